/**
 * InflateThread: a compressed file read as what was compressed, by a thread of its own: decompression goes on while packets are
 * worked at. Octets, damage and limits are those of InflateSource, which does the same in the thread that asks.
 *
 * Only for regular files, and not for small ones, where the thread's start (20 ms) costs more than it gives; a pipe is undone by
 * who reads it, since a thread that waits for one cannot be ended.
 * @module
 */
import { existsSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { CaptureError, type ErrorCode } from '../errors.ts';
import { InflateRing, RingState } from './inflate-ring.ts';
import type { OctetSource } from './source.ts';

/** What the thread is told. */
export interface InflateJob {
  readonly memory: SharedArrayBuffer;
  /** Open file, from here on the thread's. */
  readonly fd: number;
  /** What was read of it. */
  readonly head: Uint8Array;
  readonly file: string;
  readonly maxDecompressed: number;
}

/** What it tells when it fails. */
export interface InflateFailure {
  readonly code: ErrorCode;
  readonly offset: number;
  readonly message: string;
}

/** Compressed octets from which on a thread pays. */
const WORTH_A_THREAD = 8 * 1024 * 1024;
/** Looks at a ring in which nothing happens (100 ms each) before the thread is given up: it did not start. */
const PATIENCE = 600;
const WORKER = new URL('./inflate-worker.js', import.meta.url);

/** A thread for a file of `size` octets, or null where there should be none. */
export function inflateThread(size: number, job: Omit<InflateJob, 'memory'>): InflateThread | null {
  if (!Number.isFinite(size) || size < WORTH_A_THREAD) return null;
  // not there where the code is not built (Node 20 loads no TypeScript), or was bundled
  if (!existsSync(WORKER)) return null;
  const ring = new InflateRing();
  try {
    const worker = new Worker(WORKER, {
      workerData: { ...job, head: job.head.slice(), memory: ring.memory } satisfies InflateJob,
      execArgv: [],
      // it closes a file that it did not open
      trackUnmanagedFds: false,
    });
    worker.on('error', () => undefined);
    worker.unref();
  } catch {
    return null; // no more threads: the work is done here
  }
  return new InflateThread(ring, job.file);
}

export class InflateThread implements OctetSource {
  readonly size: number = Number.POSITIVE_INFINITY;
  /** The other thread alone knows how far it has read. */
  readonly fraction: number = Number.NaN;
  private readonly ring: InflateRing;
  private readonly file: string;
  private slot: Uint8Array | null = null;
  private at = 0;

  /** Made by inflateThread(). */
  constructor(ring: InflateRing, file: string) {
    this.ring = ring;
    this.file = file;
  }

  /** @throws CaptureError once everything in front of the damage was read. */
  read(target: Uint8Array, offset: number, length: number): number {
    const slot = this.slot ?? this.wait();
    if (slot === null) return 0;
    const count = Math.min(length, slot.length - this.at);
    target.set(slot.subarray(this.at, this.at + count), offset);
    this.at += count;
    this.slot = slot;
    if (this.at === slot.length) {
      this.slot = null;
      this.at = 0;
      this.ring.release();
    }
    return count;
  }

  close(): void {
    this.ring.stop();
  }

  /** The next slot; null at the end. */
  private wait(): Uint8Array | null {
    const { ring } = this;
    for (let looks = 0; ; looks++) {
      const before = ring.state;
      const slot = ring.full();
      if (slot !== null) return slot;
      // the state was read in front of the ring: what was published before the end is not missed
      if (before === RingState.Ended) return null;
      if (before === RingState.Failed) throw this.failure();
      if (before === RingState.Starting && looks > PATIENCE) {
        throw new CaptureError('ERR_INPUT', this.file, 0, 'cannot read: the decompressing thread did not start');
      }
    }
  }

  private failure(): CaptureError {
    const { code, offset, message } = JSON.parse(this.ring.failure) as InflateFailure;
    return new CaptureError(code, this.file, offset, message.slice(`${this.file}: at octet ${offset}: `.length));
  }
}
