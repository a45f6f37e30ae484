/**
 * Extra: what few connections have (the kernel's extensions): a master, a helper with its memory, labels, sequence adjustment.
 * @module
 */
import type { Helper } from './helper/helper.ts';
import type { Timeouts } from './options.ts';

/** Words of sequence adjustment of one direction: position, offset before it, offset behind it. */
export const SEQ_WORDS = 3;
/** 128 labels. */
export const LABEL_WORDS = 4;

export class Extra {
  /** The connection that announced this one, or -1. */
  master = -1;
  helper: Helper | null = null;
  /** What the helper remembers. */
  memory: Int32Array | null = null;
  labels: Int32Array | null = null;
  /** Of a timeout policy. */
  timeouts: Timeouts | null = null;
  /** Both directions, SEQ_WORDS each. */
  sequence: Int32Array | null = null;
}
