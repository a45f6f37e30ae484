/**
 * The elements of a hash set: fixed-width keys of int32 words in one slab, found through chained buckets. Element numbers stay
 * the same while an element lives; freed ones are given out again.
 *
 * Grows by doubling up to the number of elements the set may hold. Finding does not allocate.
 * @module
 */

/** Elements the slab begins with. */
const FIRST_CAPACITY = 16;
const NONE = -1;

export class ElementTable {
  /** Elements in use. */
  count = 0;
  /** One past the highest element number ever used. */
  end = 0;
  /** Elements the columns have room for. */
  capacity = 0;
  private readonly width: number;
  private readonly hashed: number;
  private keys: Int32Array = new Int32Array(0);
  /** Next element of the bucket; of a free element, the next free one. */
  private next: Int32Array = new Int32Array(0);
  private used: Uint8Array = new Uint8Array(0);
  private buckets: Int32Array = new Int32Array(0);
  private free: number = NONE;
  private readonly reserved: (capacity: number) => void;

  /**
   * `width` words a key, of which the first `hashed` are compared by find(). `reserved` is called when the capacity grows,
   * for columns kept beside the keys.
   */
  constructor(width: number, hashed: number, reserved: (capacity: number) => void) {
    this.width = width;
    this.hashed = hashed;
    this.reserved = reserved;
    this.grow(FIRST_CAPACITY);
  }

  isUsed(element: number): boolean {
    return this.used[element] === 1;
  }

  word(element: number, i: number): number {
    return this.keys[element * this.width + i]!;
  }

  /** First element with this key, or -1; `after` the one to go on from, or -1. */
  find(key: Int32Array, after: number = NONE): number {
    let element = after === NONE ? this.buckets[this.bucketOf(key)]! : this.next[after]!;
    while (element !== NONE && !this.equals(element, key)) element = this.next[element]!;
    return element;
  }

  /** Store a key; answers its element number. The caller has seen that there is room. */
  insert(key: Int32Array): number {
    let element = this.free;
    if (element !== NONE) this.free = this.next[element]!;
    else {
      if (this.end === this.capacity) this.grow(this.capacity * 2);
      element = this.end++;
    }
    this.keys.set(key, element * this.width);
    this.used[element] = 1;
    this.count++;
    this.link(element);
    return element;
  }

  remove(element: number): void {
    const bucket = this.bucketOfElement(element);
    let at = this.buckets[bucket]!;
    if (at === element) this.buckets[bucket] = this.next[element]!;
    else {
      while (this.next[at] !== element) at = this.next[at]!;
      this.next[at] = this.next[element]!;
    }
    this.used[element] = 0;
    this.next[element] = this.free;
    this.free = element;
    this.count--;
  }

  clear(): void {
    this.used.fill(0);
    this.buckets.fill(NONE);
    this.free = NONE;
    this.count = 0;
    this.end = 0;
  }

  private link(element: number): void {
    const bucket = this.bucketOfElement(element);
    this.next[element] = this.buckets[bucket]!;
    this.buckets[bucket] = element;
  }

  private equals(element: number, key: Int32Array): boolean {
    const at = element * this.width;
    for (let i = 0; i < this.hashed; i++) if (this.keys[at + i] !== key[i]) return false;
    return true;
  }

  private bucketOf(key: Int32Array): number {
    let hash = 0;
    for (let i = 0; i < this.hashed; i++) hash = mix(hash, key[i]!);
    return finish(hash) & (this.buckets.length - 1);
  }

  private bucketOfElement(element: number): number {
    const at = element * this.width;
    let hash = 0;
    for (let i = 0; i < this.hashed; i++) hash = mix(hash, this.keys[at + i]!);
    return finish(hash) & (this.buckets.length - 1);
  }

  private grow(capacity: number): void {
    const { keys, next, used } = this;
    this.keys = new Int32Array(capacity * this.width);
    this.keys.set(keys);
    this.next = new Int32Array(capacity);
    this.next.set(next);
    this.used = new Uint8Array(capacity);
    this.used.set(used);
    this.buckets = new Int32Array(capacity * 2).fill(NONE);
    this.capacity = capacity;
    this.reserved(capacity);
    for (let element = 0; element < this.end; element++) if (this.used[element] === 1) this.link(element);
  }
}

/** One round of murmur3's mixing. */
function mix(hash: number, word: number): number {
  let k = Math.imul(word, 0xcc9e2d51);
  k = Math.imul((k << 15) | (k >>> 17), 0x1b873593);
  const h = hash ^ k;
  return (Math.imul((h << 13) | (h >>> 19), 5) + 0xe6546b64) | 0;
}

/** Spread a hash over the low bits. */
function finish(hash: number): number {
  let h = hash ^ (hash >>> 16);
  h = Math.imul(h, 0x85ebca6b);
  return h ^ (h >>> 13);
}
