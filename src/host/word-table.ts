/**
 * WordTable: from a key of five int32 words (an address and one number: a prefix length, an interface) to a small number.
 * Open addressing over typed arrays, grown when three quarters full; a look-up allocates nothing. Nothing is ever removed.
 *
 * Keys come from host files, not from packets, so chains cannot be made long by traffic.
 * @module
 */
const EMPTY = -1;

export class WordTable {
  private size = 16;
  private used = 0;
  private keys: Int32Array = new Int32Array(16 * 5);
  private values: Int32Array = new Int32Array(16).fill(EMPTY);

  /** Keys held. */
  get count(): number {
    return this.used;
  }

  /** The value of a key, or -1. */
  get(tag: number, w0: number, w1: number, w2: number, w3: number): number {
    return this.values[this.slot(tag, w0, w1, w2, w3)]!;
  }

  /** Give a key its value (0 or more). */
  set(tag: number, address: { w0: number; w1: number; w2: number; w3: number }, value: number): void {
    if (this.used * 4 >= this.size * 3) this.grow();
    const slot = this.slot(tag, address.w0, address.w1, address.w2, address.w3);
    if (this.values[slot] === EMPTY) this.used++;
    this.values[slot] = value;
    const at = slot * 5;
    this.keys[at] = tag;
    this.keys[at + 1] = address.w0;
    this.keys[at + 2] = address.w1;
    this.keys[at + 3] = address.w2;
    this.keys[at + 4] = address.w3;
  }

  private slot(tag: number, w0: number, w1: number, w2: number, w3: number): number {
    const { keys, values } = this;
    const mask = this.size - 1;
    let slot = mix(tag, w0, w1, w2, w3) & mask;
    while (values[slot]! !== EMPTY) {
      const at = slot * 5;
      if (keys[at + 1] === w0 && keys[at] === tag && keys[at + 2] === w1 && keys[at + 3] === w2 && keys[at + 4] === w3) {
        return slot;
      }
      slot = (slot + 1) & mask;
    }
    return slot;
  }

  private grow(): void {
    const { keys, values, size } = this;
    this.size = size * 2;
    this.keys = new Int32Array(this.size * 5);
    this.values = new Int32Array(this.size).fill(EMPTY);
    for (let i = 0; i < size; i++) {
      if (values[i] === EMPTY) continue;
      const at = i * 5;
      const slot = this.slot(keys[at]!, keys[at + 1]!, keys[at + 2]!, keys[at + 3]!, keys[at + 4]!);
      this.values[slot] = values[i]!;
      this.keys.set(keys.subarray(at, at + 5), slot * 5);
    }
  }
}

function mix(tag: number, w0: number, w1: number, w2: number, w3: number): number {
  let h = Math.imul(w0 ^ Math.imul(tag, 0x2c1b3c6d), 0x9e3779b1);
  h = Math.imul((h ^ (h >>> 15)) + w1, 0x85ebca6b);
  h = Math.imul((h ^ (h >>> 13)) + w2, 0xc2b2ae35);
  h = Math.imul((h ^ (h >>> 16)) + w3, 0x27d4eb2f);
  return h ^ (h >>> 15);
}
