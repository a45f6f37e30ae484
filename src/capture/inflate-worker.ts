/**
 * The decompressing thread: reads the file, undoes its compression, fills the ring. The file is its own from the start and closed
 * here. Whatever goes wrong is told through the ring, behind the octets in front of it.
 * @module
 */
import { workerData } from 'node:worker_threads';
import { CaptureError } from '../errors.ts';
import { findCodec } from './compression.ts';
import { InflateRing } from './inflate-ring.ts';
import type { InflateJob, InflateFailure } from './inflate-thread.ts';
import { InflateSource } from './inflate-source.ts';
import { Inflater } from './inflater.ts';
import { sourceOf } from './source.ts';
import { systemCode } from './system-code.ts';

const job = workerData as InflateJob;
const ring = new InflateRing(job.memory);
let failure: InflateFailure | null = null;
try {
  inflate();
} catch (error) {
  failure = failureOf(error);
}
ring.end(failure === null ? null : JSON.stringify(failure));

function inflate(): void {
  const source = sourceOf(job.fd);
  const codec = findCodec(job.head, job.file);
  if (codec === null) throw new TypeError('not compressed');
  const inflated = new InflateSource(source, job.head, new Inflater(codec, job.file, job.maxDecompressed));
  try {
    for (let slot = ring.free(); slot !== null; slot = ring.free()) {
      const count = inflated.read(slot, 0, slot.length);
      if (count === 0) return;
      ring.publish(count);
    }
  } finally {
    inflated.close();
  }
}

function failureOf(error: unknown): InflateFailure {
  if (error instanceof CaptureError) return { code: error.code, offset: error.offset, message: error.message };
  return { code: 'ERR_INPUT', offset: 0, message: `${job.file}: at octet 0: cannot read: ${systemCode(error)}` };
}
