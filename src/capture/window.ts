/**
 * Window: the part of a capture that is in memory, a buffer that is made once and refilled.
 *
 *   0            at               limit      limit + PADDING   capacity + PADDING
 *   | read       | to be read     | zeros    | free            |
 *
 * Readers take records from `at`; when the next one is not there whole, make() moves the rest to the front and more octets are
 * put behind it. Packets aim into the buffer: they are valid until the next refill. One DataView serves all of them, since one a
 * packet costs 75 ns and garbage (measured); the zeros keep an aligned load at the end of the data inside the buffer.
 * @module
 */

/** Zero octets kept behind the data. */
export const PADDING = 64;

export class Window {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  /** Next octet to read. */
  at = 0;
  /** One past the last octet. */
  limit = 0;
  /** Octet of the stream that stands at offset 0. */
  base = 0;
  /** Set when nothing comes behind `limit` any more. */
  ended = false;
  private readonly capacity: number;

  constructor(capacity: number) {
    const buffer = new ArrayBuffer(capacity + PADDING);
    this.capacity = capacity;
    this.bytes = new Uint8Array(buffer);
    this.view = new DataView(buffer);
  }

  /** Octets that can be read. */
  get available(): number {
    return this.limit - this.at;
  }

  /** Octet of the stream at `at`. */
  get offset(): number {
    return this.base + this.at;
  }

  /** Move what is unread to the front. Answers the octets there is room for at `limit`. */
  makeRoom(): number {
    if (this.at > 0) {
      this.bytes.copyWithin(0, this.at, this.limit);
      this.base += this.at;
      this.limit -= this.at;
      this.at = 0;
    }
    return this.capacity - this.limit;
  }

  /** `count` octets were put at `limit`. */
  added(count: number): void {
    this.limit += count;
    this.bytes.fill(0, this.limit, this.limit + PADDING);
  }

  /** Take as much of `chunk`, from `from` on, as there is room for. Answers how much. */
  take(chunk: Uint8Array, from: number): number {
    const count = Math.min(this.makeRoom(), chunk.length - from);
    this.bytes.set(chunk.subarray(from, from + count), this.limit);
    this.added(count);
    return count;
  }

  /** Let go of what is unread. */
  drop(): void {
    this.at = this.limit;
  }

  /** Forget all octets and start over at octet 0 of another stream. */
  clear(): void {
    this.at = 0;
    this.limit = 0;
    this.base = 0;
    this.ended = false;
  }
}
