/**
 * Where the octets of a capture come from, read one after the other and without promises: a file, standard input, memory.
 * @module
 */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { HooklineError } from '../errors.ts';
import { systemCode } from './system-code.ts';

export interface OctetSource {
  /** Octets in all, where that is known; else Infinity. */
  readonly size: number;
  /** How much of what is stored has been read, 0 to 1; NaN where nobody knows how much there is. */
  readonly fraction: number;
  /** Put up to `length` octets at `target[offset]`. Answers how many; 0 is the end. */
  read(target: Uint8Array, offset: number, length: number): number;
  close(): void;
}

const STDIN = 0;
/** Wait between two looks at a pipe that has nothing yet and does not block. */
const RETRY_MS = 5;
const NEVER = new Int32Array(new SharedArrayBuffer(4));

export class FileSource implements OctetSource {
  readonly size: number;
  /** -1 once it is closed or given away. */
  fd: number;
  private taken = 0;

  constructor(fd: number) {
    this.fd = fd;
    const stat = fstatSync(fd);
    this.size = stat.isFile() ? stat.size : Number.POSITIVE_INFINITY;
  }

  get fraction(): number {
    return Number.isFinite(this.size) ? fractionOf(this.taken, this.size) : Number.NaN;
  }

  read(target: Uint8Array, offset: number, length: number): number {
    if (this.fd < 0) return 0;
    for (;;) {
      try {
        const count = readSync(this.fd, target, offset, length, null);
        this.taken += count;
        return count;
      } catch (error) {
        const code = systemCode(error);
        if (code === 'EOF') return 0;
        if (code !== 'EAGAIN') throw error;
        Atomics.wait(NEVER, 0, 0, RETRY_MS);
      }
    }
  }

  /** Hand the open file to somebody else, who closes it. */
  giveAway(): number {
    const { fd } = this;
    this.fd = -1;
    return fd;
  }

  close(): void {
    if (this.fd > STDIN) closeSync(this.fd);
    this.fd = -1;
  }
}

/** A file that is open. */
export function sourceOf(fd: number): OctetSource {
  return new FileSource(fd);
}

class MemorySource implements OctetSource {
  readonly size: number;
  private readonly octets: Uint8Array;
  private at = 0;

  constructor(octets: Uint8Array) {
    this.octets = octets;
    this.size = octets.length;
  }

  get fraction(): number {
    return fractionOf(this.at, this.size);
  }

  read(target: Uint8Array, offset: number, length: number): number {
    const count = Math.min(length, this.octets.length - this.at);
    target.set(this.octets.subarray(this.at, this.at + count), offset);
    this.at += count;
    return count;
  }

  close(): void {
    this.at = this.octets.length;
  }
}

/** A file may grow while it is read. */
function fractionOf(taken: number, size: number): number {
  return size === 0 ? 1 : Math.min(1, taken / size);
}

/**
 * A file by its name, standard input for `-`, or octets in memory.
 * @throws HooklineError ERR_INPUT when the file cannot be opened.
 */
export function openSource(source: string | Uint8Array, name: string): OctetSource {
  if (typeof source !== 'string') return new MemorySource(source);
  if (source === '-') return new FileSource(STDIN);
  try {
    return new FileSource(openSync(source, 'r'));
  } catch (error) {
    throw new HooklineError('ERR_INPUT', `${name}: cannot open: ${systemCode(error)}`, { cause: error });
  }
}
