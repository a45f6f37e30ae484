/**
 * Which prefix lengths the networks of a set have, longest first: the order in which an address is looked up in them.
 * @module
 */
export class PrefixCounts {
  /** Lengths in use, descending; the first `used` octets. */
  readonly lengths: Uint8Array = new Uint8Array(129);
  used = 0;
  private readonly counts = new Int32Array(129);

  add(length: number): void {
    if (this.counts[length]!++ > 0) return;
    let at = this.used++;
    for (; at > 0 && this.lengths[at - 1]! < length; at--) this.lengths[at] = this.lengths[at - 1]!;
    this.lengths[at] = length;
  }

  remove(length: number): void {
    if (--this.counts[length]! > 0) return;
    const at = this.lengths.indexOf(length);
    this.lengths.copyWithin(at, at + 1, this.used--);
  }

  /** The longest length in use, or `host` when there is none. */
  longest(host: number): number {
    return this.used === 0 ? host : this.lengths[0]!;
  }

  clear(): void {
    this.counts.fill(0);
    this.used = 0;
  }
}
