/**
 * What NAT remembers of an entry beside its tuples, in one word: why each side became what it is, the device its first packet left by, and
 * whether it masquerades on that.
 *
 *   31              17    16        15                8 7                 0
 *   [ device          | masquerades | why the destination | why the source ]
 *
 * @module
 */
import { grown } from '../conntrack/slot-pool.ts';
import type { Manip } from './range.ts';

const REASON_BITS = 8;
const REASON = 0xff;
const MASQUERADES = 1 << 16;
const DEVICE_SHIFT = 17;
const BELOW_DEVICE = (1 << DEVICE_SHIFT) - 1;

export class EntryNotes {
  private words: Int32Array = new Int32Array(0);

  /** Device the flow masquerades on; 0 for none. */
  device(entry: number): number {
    const word = this.word(entry);
    return (word & MASQUERADES) === 0 ? 0 : word >>> DEVICE_SHIFT;
  }

  /** The flow masquerades on the device it leaves by (setOutdev). */
  setMasquerading(entry: number): void {
    this.reach(entry);
    this.words[entry]! |= MASQUERADES;
  }

  /** Device by which the flow's first packet left; 0: it did not. */
  outdev(entry: number): number {
    return this.word(entry) >>> DEVICE_SHIFT;
  }

  setOutdev(entry: number, device: number): void {
    this.reach(entry);
    this.words[entry] = (this.words[entry]! & BELOW_DEVICE) | (device << DEVICE_SHIFT);
  }

  reason(entry: number, manip: Manip): number {
    return (this.word(entry) >>> (manip * REASON_BITS)) & REASON;
  }

  setReason(entry: number, manip: Manip, code: number): void {
    this.reach(entry);
    const shift = manip * REASON_BITS;
    this.words[entry] = (this.words[entry]! & ~(REASON << shift)) | (code << shift);
  }

  clear(entry: number): void {
    if (entry < this.words.length) this.words[entry] = 0;
  }

  private word(entry: number): number {
    return entry < this.words.length ? this.words[entry]! : 0;
  }

  private reach(entry: number): void {
    while (entry >= this.words.length) this.words = grown(this.words, 1);
  }
}
