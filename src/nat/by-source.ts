/**
 * BySource: flows by their original source address and port, newest first, so that another flow of the same source gets the same
 * mapping (the kernel's nf_nat_bysource). Chains through two words an entry, which grow with the highest entry:
 *
 *   bucket, next    31 tag 24 23 entry + 1 0      0: the end; the tag is of the source's hash, so that others are passed over unread
 *   previous        entry + 2; 1: the first of its chain; 0: the entry is in none
 *
 * @module
 */
import { grown } from '../conntrack/slot-pool.ts';
import { Tuple } from '../conntrack/tuple.ts';
import type { Conntrack } from '../conntrack/conntrack.ts';
import { isInRange, type NatRange } from './range.ts';

const MIN_BUCKETS = 1024;
/** Words of an entry. */
const LINK = 2;
const NEXT = 0;
const PREVIOUS = 1;
const ENTRY = 0xffffff;
const FIRST = 1;
/**
 * Flows looked at for one new flow at most. The kernel looks at all of them; a capture made of flows of one port could so cost
 * time that grows with the square of its length.
 */
const MAX_STEPS = 8192;

export class BySource {
  private readonly conntrack: Conntrack;
  private buckets: Int32Array = new Int32Array(MIN_BUCKETS);
  private links: Int32Array = new Int32Array(0);
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
    while (entry * LINK >= this.links.length) this.links = grown(this.links, LINK);
    if (this.links[entry * LINK + PREVIOUS] !== 0) return;
    if (this.count >= this.buckets.length) this.rehash();
    this.count++;
    this.link(entry, this.hashOf(entry));
  }

  /** Forget a flow whose tuples are still there. */
  remove(entry: number): void {
    const { links } = this;
    const at = entry * LINK;
    if (at >= links.length || links[at + PREVIOUS] === 0) return;
    const before = links[at + PREVIOUS]!;
    const after = links[at + NEXT]!;
    if (before === FIRST) this.buckets[this.hashOf(entry) & (this.buckets.length - 1)] = after;
    else links[(before - 2) * LINK + NEXT] = after;
    if (after !== 0) links[((after & ENTRY) - 1) * LINK + PREVIOUS] = before;
    links[at + PREVIOUS] = 0;
    this.count--;
  }

  /**
   * The mapping of the newest living flow with the source of `original` whose mapped source lies in the range: `out` becomes that
   * source with the destination of `original`. False when there is none.
   */
  findMapping(original: Tuple, range: NatRange, zone: number, out: Tuple): boolean {
    const { conntrack, tuple, links } = this;
    const hash = hashSource(original);
    let slot = this.buckets[hash & (this.buckets.length - 1)]!;
    for (let steps = 0, entry = 0; slot !== 0 && steps < MAX_STEPS; steps++, slot = links[entry * LINK + NEXT]!) {
      entry = (slot & ENTRY) - 1;
      if (((slot ^ hash) & ~ENTRY) !== 0) continue;
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

  private hashOf(entry: number): number {
    return hashSource(this.conntrack.readTuple(entry, 0, this.tuple));
  }

  private link(entry: number, hash: number): void {
    const { buckets, links } = this;
    const bucket = hash & (buckets.length - 1);
    const first = buckets[bucket]!;
    links[entry * LINK + NEXT] = first;
    links[entry * LINK + PREVIOUS] = FIRST;
    if (first !== 0) links[((first & ENTRY) - 1) * LINK + PREVIOUS] = entry + 2;
    buckets[bucket] = (hash & ~ENTRY) | (entry + 1);
  }

  /** Twice the buckets, each chain in its order. */
  private rehash(): void {
    const old = this.buckets;
    const { links } = this;
    this.buckets = new Int32Array(old.length * 2);
    for (let i = 0; i < old.length; i++) {
      let last = FIRST;
      for (let slot = old[i]!; slot !== 0; slot = links[(last - 2) * LINK + NEXT]!) last = (slot & ENTRY) + 1;
      // Oldest first, since link() puts each in front.
      while (last !== FIRST) {
        const entry = last - 2;
        last = links[entry * LINK + PREVIOUS]!;
        this.link(entry, this.hashOf(entry));
      }
    }
  }
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
