/**
 * BySource: flows by their original source address and port, newest first, so that another flow of the same source gets the same
 * mapping (the kernel's nf_nat_bysource). Chains of entry numbers in typed arrays that grow with the highest entry.
 * @module
 */
import { Tuple } from '../conntrack/tuple.ts';
import type { Conntrack } from '../conntrack/conntrack.ts';
import { isInRange, type NatRange } from './range.ts';

const NONE = -1;
const MIN_BUCKETS = 1024;
/**
 * Flows looked at for one new flow at most. The kernel looks at all of them; a capture made of flows of one port could so cost
 * time that grows with the square of its length.
 */
const MAX_STEPS = 8192;

export class BySource {
  private readonly conntrack: Conntrack;
  private buckets: Int32Array = new Int32Array(MIN_BUCKETS).fill(NONE);
  private next: Int32Array = new Int32Array(0);
  private previous: Int32Array = new Int32Array(0);
  /** Hash of an entry's source; only meaningful while `held`. */
  private hashes: Int32Array = new Int32Array(0);
  private held: Uint8Array = new Uint8Array(0);
  private count = 0;
  private readonly tuple: Tuple = new Tuple();
  private readonly reply: Tuple = new Tuple();

  constructor(conntrack: Conntrack) {
    this.conntrack = conntrack;
  }

  /** Flows held. */
  get size(): number {
    return this.count;
  }

  /** Enter a flow under its original source. A flow that is there already stays where it is. */
  add(entry: number): void {
    if (entry >= this.held.length) this.reach(entry);
    if (this.held[entry] !== 0) return;
    if (this.count >= this.buckets.length) this.rehash();
    const tuple = this.conntrack.readTuple(entry, 0, this.tuple);
    this.hashes[entry] = hashSource(tuple);
    this.held[entry] = 1;
    this.count++;
    this.link(entry);
  }

  remove(entry: number): void {
    if (entry >= this.held.length || this.held[entry] === 0) return;
    const before = this.previous[entry]!;
    const after = this.next[entry]!;
    if (before === NONE) this.buckets[this.hashes[entry]! & (this.buckets.length - 1)] = after;
    else this.next[before] = after;
    if (after !== NONE) this.previous[after] = before;
    this.held[entry] = 0;
    this.count--;
  }

  /**
   * The mapping of the newest living flow with the source of `original` whose mapped source lies in the range: `out` becomes that
   * source with the destination of `original`. False when there is none.
   */
  findMapping(original: Tuple, range: NatRange, zone: number, out: Tuple): boolean {
    const { conntrack, tuple } = this;
    const hash = hashSource(original);
    let entry = this.buckets[hash & (this.buckets.length - 1)]!;
    for (let steps = 0; entry !== NONE && steps < MAX_STEPS; steps++, entry = this.next[entry]!) {
      if (this.hashes[entry] !== hash) continue;
      if (!isSameSource(conntrack.readTuple(entry, 0, tuple), original)) continue;
      if (conntrack.zone(entry, 0) !== zone || !conntrack.isAlive(entry)) continue;
      if (!conntrack.invert(conntrack.readTuple(entry, 1, this.reply), out)) continue;
      out.dst0 = original.dst0;
      out.dst1 = original.dst1;
      out.dst2 = original.dst2;
      out.dst3 = original.dst3;
      out.dstL4 = original.dstL4;
      if (isInRange(out, range)) return true;
    }
    return false;
  }

  private link(entry: number): void {
    const at = this.hashes[entry]! & (this.buckets.length - 1);
    const first = this.buckets[at]!;
    this.next[entry] = first;
    this.previous[entry] = NONE;
    if (first !== NONE) this.previous[first] = entry;
    this.buckets[at] = entry;
  }

  /** Twice the buckets, each chain in its order. */
  private rehash(): void {
    const old = this.buckets;
    this.buckets = new Int32Array(old.length * 2).fill(NONE);
    for (let i = 0; i < old.length; i++) {
      let entry = old[i]!;
      let last = NONE;
      for (; entry !== NONE; entry = this.next[entry]!) last = entry;
      // Oldest first, since link() puts each in front.
      for (entry = last; entry !== NONE; ) {
        const newer = this.previous[entry]!;
        this.link(entry);
        entry = newer;
      }
    }
  }

  private reach(entry: number): void {
    const length = Math.max(MIN_BUCKETS, 1 << (32 - Math.clz32(entry)));
    this.next = grown(this.next, length);
    this.previous = grown(this.previous, length);
    this.hashes = grown(this.hashes, length);
    const held = new Uint8Array(length);
    held.set(this.held);
    this.held = held;
  }
}

function grown(array: Int32Array, length: number): Int32Array {
  const larger = new Int32Array(length);
  larger.set(array);
  return larger;
}

function isSameSource(a: Tuple, b: Tuple): boolean {
  return (
    a.srcL4 === b.srcL4 &&
    a.src0 === b.src0 &&
    a.protocol === b.protocol &&
    a.family === b.family &&
    a.src1 === b.src1 &&
    a.src2 === b.src2 &&
    a.src3 === b.src3
  );
}

function hashSource(tuple: Tuple): number {
  let hash = Math.imul(tuple.src0 ^ (tuple.srcL4 << 8) ^ tuple.protocol, 0x9e3779b1);
  hash = Math.imul((hash ^ (hash >>> 15)) + tuple.src1, 0x85ebca6b);
  hash = Math.imul((hash ^ (hash >>> 13)) + tuple.src2, 0xc2b2ae35);
  hash = Math.imul((hash ^ (hash >>> 16)) + tuple.src3, 0x27d4eb2f);
  return hash ^ (hash >>> 15);
}
