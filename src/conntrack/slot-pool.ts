/**
 * SlotPool: rows of int32 words that are taken and given back; the array grows by a quarter when it is full. Row 0 is never handed
 * out, so 0 can mean "no row". Word 0 of a free row is the next free row.
 * @module
 */

/** A quarter more rows, and not less than 64. */
export function grown(words: Int32Array, stride: number): Int32Array {
  const rows = words.length / stride;
  const larger = new Int32Array((rows + Math.max(64, rows >>> 2)) * stride);
  larger.set(words);
  return larger;
}

export class SlotPool {
  words: Int32Array;
  readonly stride: number;
  private free = 0;
  private used = 1;

  constructor(stride: number) {
    this.stride = stride;
    this.words = new Int32Array(stride);
  }

  /** A row of zeroes. */
  take(): number {
    const { stride } = this;
    const row = this.free;
    if (row !== 0) {
      this.free = this.words[row * stride]!;
      this.words[row * stride] = 0;
      return row;
    }
    if ((this.used + 1) * stride > this.words.length) this.words = grown(this.words, stride);
    return this.used++;
  }

  give(row: number): void {
    const at = row * this.stride;
    this.words.fill(0, at, at + this.stride);
    this.words[at] = this.free;
    this.free = row;
  }
}
