/**
 * KeyTable: a bounded table of things a match remembers by address and port: a hash over int32 keys whose entries also stand in
 * the order of their last use, oldest first. An entry is a slot number; its numbers live in `values`.
 *
 *   key (scratch, filled by the caller) -> find() -> slot or -1 -> insert() -> slot;  values[slot * stride + n]
 *
 * Nothing is allocated per packet: slots of removed entries are taken again, and the arrays double when they are full, up to
 * `limit` entries. Which entry to give up at the limit is the caller's business (`oldest`).
 * @module
 */
import { jhash2 } from '../../inet/hash.ts';

const FIRST_CAPACITY = 16;
const FIRST_BUCKETS = 16;
const NONE = -1;
/** Any constant will do: order and results do not depend on the hash. */
const SEED = 0x686b6c6e;

export interface KeyTableShape {
  /** Words of a key. */
  readonly keyWords: number;
  /** Numbers kept with an entry. */
  readonly stride: number;
  /** Most entries there can be. */
  readonly limit: number;
}

export class KeyTable {
  /** The key find() and insert() mean. */
  readonly key: Int32Array;
  /** Numbers of all entries; replaced when the table grows. */
  values: Float64Array;
  count = 0;
  /** Slot whose last use lies furthest back, or -1. */
  oldest: number = NONE;

  private readonly words: number;
  private readonly stride: number;
  private readonly limit: number;
  private newest: number = NONE;
  private capacity = 0;
  private used = 0;
  private free: number = NONE;
  private keys: Int32Array;
  private hashes: Int32Array;
  /** First slot of each bucket, and the next in the same one. */
  private heads: Int32Array;
  private chain: Int32Array;
  private before: Int32Array;
  private after: Int32Array;

  constructor(shape: KeyTableShape) {
    this.words = shape.keyWords;
    this.stride = shape.stride;
    this.limit = Math.max(1, shape.limit);
    this.key = new Int32Array(shape.keyWords);
    this.capacity = Math.min(FIRST_CAPACITY, this.limit);
    this.values = new Float64Array(this.capacity * this.stride);
    this.keys = new Int32Array(this.capacity * this.words);
    this.hashes = new Int32Array(this.capacity);
    this.heads = new Int32Array(FIRST_BUCKETS).fill(NONE);
    this.chain = new Int32Array(this.capacity);
    this.before = new Int32Array(this.capacity);
    this.after = new Int32Array(this.capacity);
  }

  /** Whether no further entry fits. */
  get full(): boolean {
    return this.count >= this.limit;
  }

  /** The entry of `key`, or -1. */
  find(): number {
    const hash = jhash2(this.key, this.words, SEED);
    for (let slot = this.heads[this.bucket(hash)]!; slot !== NONE; slot = this.chain[slot]!) {
      if (this.hashes[slot] === hash && this.holds(slot)) return slot;
    }
    return NONE;
  }

  /** A new entry for `key`, the newest, its numbers 0. Needs: not full, key not there. Allocates: when the arrays are full. */
  insert(): number {
    const slot = this.takeSlot();
    const { words, key, keys, stride } = this;
    for (let i = 0; i < words; i++) keys[slot * words + i] = key[i]!;
    this.values.fill(0, slot * stride, (slot + 1) * stride);
    this.hashes[slot] = jhash2(key, words, SEED);
    this.link(slot);
    this.append(slot);
    this.count++;
    return slot;
  }

  /** Make an entry the newest. */
  touch(slot: number): void {
    if (slot === this.newest) return;
    this.detach(slot);
    this.append(slot);
  }

  /** Forget an entry. */
  remove(slot: number): void {
    const bucket = this.bucket(this.hashes[slot]!);
    if (this.heads[bucket] === slot) {
      this.heads[bucket] = this.chain[slot]!;
    } else {
      let prior = this.heads[bucket]!;
      while (this.chain[prior] !== slot) prior = this.chain[prior]!;
      this.chain[prior] = this.chain[slot]!;
    }
    this.detach(slot);
    this.chain[slot] = this.free;
    this.free = slot;
    this.count--;
  }

  private bucket(hash: number): number {
    return hash & (this.heads.length - 1);
  }

  private link(slot: number): void {
    const bucket = this.bucket(this.hashes[slot]!);
    this.chain[slot] = this.heads[bucket]!;
    this.heads[bucket] = slot;
  }

  private holds(slot: number): boolean {
    const { words, keys, key } = this;
    for (let i = 0, at = slot * words; i < words; i++, at++) {
      if (keys[at] !== key[i]) return false;
    }
    return true;
  }

  private append(slot: number): void {
    this.before[slot] = this.newest;
    this.after[slot] = NONE;
    if (this.newest === NONE) this.oldest = slot;
    else this.after[this.newest] = slot;
    this.newest = slot;
  }

  private detach(slot: number): void {
    const before = this.before[slot]!;
    const after = this.after[slot]!;
    if (before === NONE) this.oldest = after;
    else this.after[before] = after;
    if (after === NONE) this.newest = before;
    else this.before[after] = before;
  }

  private takeSlot(): number {
    const slot = this.free;
    if (slot !== NONE) {
      this.free = this.chain[slot]!;
      return slot;
    }
    if (this.used === this.capacity) this.grow();
    return this.used++;
  }

  private grow(): void {
    const capacity = Math.min(this.capacity * 2, this.limit);
    this.values = enlargeFloats(this.values, capacity * this.stride);
    this.keys = enlarge(this.keys, capacity * this.words);
    this.hashes = enlarge(this.hashes, capacity);
    this.chain = enlarge(this.chain, capacity);
    this.before = enlarge(this.before, capacity);
    this.after = enlarge(this.after, capacity);
    this.capacity = capacity;
    this.rehash(1 << (32 - Math.clz32(capacity - 1)));
  }

  private rehash(buckets: number): void {
    this.heads = new Int32Array(buckets).fill(NONE);
    for (let slot = this.oldest; slot !== NONE; slot = this.after[slot]!) this.link(slot);
  }
}

function enlarge(from: Int32Array, length: number): Int32Array {
  const to = new Int32Array(length);
  to.set(from);
  return to;
}

function enlargeFloats(from: Float64Array, length: number): Float64Array {
  const to = new Float64Array(length);
  to.set(from);
  return to;
}
