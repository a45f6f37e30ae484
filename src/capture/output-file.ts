/**
 * OutputFile: octets that go to a file which is there whole or not at all. They are written beside it under another name, forced
 * to the disk, and given its name at the end; abort() removes them. Standard output (`-`) and what is no regular file (a pipe, a
 * device) are written to as they are.
 * @module
 */
import { closeSync, fsyncSync, openSync, realpathSync, renameSync, rmSync, statSync, writeSync } from 'node:fs';
import { HooklineError } from '../errors.ts';
import { systemCode } from './system-code.ts';

const STDOUT = 1;
/** Wait between two tries at a pipe that is full and does not block. */
const RETRY_MS = 2;
/** Names tried for the file beside the target. */
const MAX_ATTEMPTS = 100;
const NEVER = new Int32Array(new SharedArrayBuffer(4));

export class OutputFile {
  private readonly name: string;
  /** Where the octets are to end up; null when they go there at once. */
  private readonly target: string | null;
  private readonly temporary: string = '';
  private fd: number;
  private aborted = false;

  /** @throws HooklineError ERR_OUTPUT */
  constructor(path: string) {
    this.name = path === '-' ? 'standard output' : path;
    try {
      this.target = path === '-' ? null : targetOf(path);
      if (this.target === null) this.fd = path === '-' ? STDOUT : openSync(path, 'w');
      else [this.fd, this.temporary] = openBeside(this.target);
    } catch (error) {
      throw this.error('open', error);
    }
  }

  /** Write the first `length` octets; after abort() they are dropped. */
  write(octets: Uint8Array, length: number): void {
    let done = this.aborted ? length : 0;
    while (done < length) {
      try {
        done += writeSync(this.fd, octets, done, length - done);
      } catch (error) {
        if (systemCode(error) !== 'EAGAIN') {
          this.abort();
          throw this.error('write', error);
        }
        Atomics.wait(NEVER, 0, 0, RETRY_MS);
      }
    }
  }

  writeText(text: string): void {
    const octets = Buffer.from(text);
    this.write(octets, octets.length);
  }

  /** Give the file its name. */
  close(): void {
    if (this.fd < 0) return;
    try {
      if (this.target !== null) fsyncSync(this.fd);
      this.closeDescriptor();
      if (this.target !== null) renameSync(this.temporary, this.target);
    } catch (error) {
      this.abort();
      throw this.error('finish', error);
    }
  }

  /** Leave nothing behind. */
  abort(): void {
    this.aborted = true;
    this.closeDescriptor();
    if (this.target !== null) rmSync(this.temporary, { force: true });
  }

  private closeDescriptor(): void {
    const { fd } = this;
    this.fd = -1;
    if (fd > STDOUT) closeSync(fd);
  }

  private error(what: string, cause: unknown): HooklineError {
    return new HooklineError('ERR_OUTPUT', `${this.name}: cannot ${what}: ${systemCode(cause)}`, { cause });
  }
}

/** A file with this text, or these octets. @throws HooklineError ERR_OUTPUT */
export function writeWhole(path: string, content: string | Uint8Array): void {
  const file = new OutputFile(path);
  if (typeof content === 'string') file.writeText(content);
  else file.write(content, content.length);
  file.close();
}

/** The file a path stands for, behind links; null when it is there and is no regular file. */
function targetOf(path: string): string | null {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return path;
  return stat.isFile() ? realpathSync(path) : null;
}

/** A file that was not there, next to `target`. */
function openBeside(target: string): [fd: number, path: string] {
  for (let attempt = 0; ; attempt++) {
    const path = `${target}.${process.pid}-${attempt}.part`;
    try {
      return [openSync(path, 'wx'), path];
    } catch (error) {
      if (systemCode(error) !== 'EEXIST' || attempt === MAX_ATTEMPTS) throw error;
    }
  }
}
