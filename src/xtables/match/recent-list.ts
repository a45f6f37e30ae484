/**
 * RecentList: addresses and when they were seen, for `-m recent`.
 *
 *   address -> TTL, ring of time stamps (the kernel's ticks)          at most 100 addresses; the one not renewed longest gives way
 *
 * The ring of an address holds as many stamps as the largest --hitcount of all rules, rounded up to a power of two (32 when
 * none asks); older stamps are overwritten. IPv4 and IPv6 addresses live in one list, as in the kernel, each with its family.
 * Rings are made when a place in the list is first used and kept for its next address.
 * @module
 */
import type { ReadonlyPacket } from '../../packet/packet.ts';
import { jiffiesOf } from './jiffies.ts';
import { KeyTable } from './key-table.ts';

/** Module parameter ip_list_tot. */
const MAX_ADDRESSES = 100;
/** Key: family and four words. */
const KEY_WORDS = 5;
/** Numbers of an entry. */
const TTL = 0;
const INDEX = 1;
const COUNT = 2;
const STRIDE = 3;

export class RecentList {
  /** Tick of the packet aimed at. */
  now = 0;

  private readonly mask: Int32Array;
  private readonly table: KeyTable = new KeyTable({ keyWords: KEY_WORDS, stride: STRIDE, limit: MAX_ADDRESSES });
  private readonly rings: Float64Array[] = [];
  /** Stamps of an address, less 1. */
  private last = 0;

  constructor(mask: Int32Array) {
    this.mask = mask.slice();
  }

  /** Make room for this many stamps an address. A list that has to grow forgets what it knew. */
  reserve(stamps: number): void {
    const last = (stamps <= 1 ? 1 : 1 << (32 - Math.clz32(stamps - 1))) - 1;
    if (last <= this.last) return;
    while (this.table.oldest >= 0) this.table.remove(this.table.oldest);
    this.rings.length = 0;
    this.last = last;
  }

  /** Take an address and the time from a packet. */
  aim(packet: ReadonlyPacket, useDst: boolean): void {
    const { mask } = this;
    const { key } = this.table;
    this.now = jiffiesOf(packet.nowUs);
    key[0] = packet.family;
    key[1] = (useDst ? packet.dst0 : packet.src0) & mask[0]!;
    const v6 = packet.family === 6;
    key[2] = v6 ? (useDst ? packet.dst1 : packet.src1) & this.maskWord(1) : 0;
    key[3] = v6 ? (useDst ? packet.dst2 : packet.src2) & this.maskWord(2) : 0;
    key[4] = v6 ? (useDst ? packet.dst3 : packet.src3) & this.maskWord(3) : 0;
  }

  /** The entry of the address aimed at, or -1. A TTL other than 0 must be the entry's, unless that has none. */
  find(ttl: number): number {
    const slot = this.table.find();
    if (slot < 0 || ttl === 0) return slot;
    const known = this.table.values[slot * STRIDE + TTL]!;
    return known === ttl || known === 0 ? slot : -1;
  }

  /** Enter the address aimed at, with one stamp. */
  add(ttl: number): void {
    const { table } = this;
    if (table.full) table.remove(table.oldest);
    const slot = table.insert();
    this.rings[slot] ??= new Float64Array(this.last + 1);
    this.rings[slot]![0] = this.now;
    table.values[slot * STRIDE + TTL] = ttl;
    table.values[slot * STRIDE + INDEX] = 1;
    table.values[slot * STRIDE + COUNT] = 1;
  }

  /** Renew an entry: one more stamp, its TTL, and it is the last to give way. */
  stamp(slot: number, ttl: number): void {
    const { values } = this.table;
    const at = slot * STRIDE;
    const index = values[at + INDEX]! & this.last;
    this.rings[slot]![index] = this.now;
    // Both numbers have 16 bits in the kernel: with 65536 stamps the index after the last is 0.
    values[at + INDEX] = (index + 1) & 0xffff;
    if (values[at + INDEX]! > values[at + COUNT]!) values[at + COUNT] = values[at + INDEX]!;
    values[at + TTL] = ttl;
    this.table.touch(slot);
  }

  remove(slot: number): void {
    this.table.remove(slot);
  }

  /** Whether an entry has `wanted` stamps (0: any) not older than `from`. */
  hits(slot: number, from: number, wanted: number): boolean {
    const ring = this.rings[slot]!;
    const count = this.table.values[slot * STRIDE + COUNT]!;
    let hits = 0;
    for (let i = 0; i < count; i++) {
      if (ring[i]! < from) continue;
      if (wanted === 0 || ++hits >= wanted) return true;
    }
    return false;
  }

  /** Drop the entry that was renewed longest ago if its last stamp lies before `from`; `spared` is not dropped. */
  reap(from: number, spared: number): void {
    const slot = this.table.oldest;
    if (slot < 0 || slot === spared) return;
    const index = this.table.values[slot * STRIDE + INDEX]!;
    if (index > 0 && this.rings[slot]![index - 1]! < from) this.table.remove(slot);
  }

  /** Words 1 to 3 of a mask that an IPv4 rule gave: its mask covers one word, the rest stays whole. */
  private maskWord(i: number): number {
    return this.mask[i] ?? -1;
  }
}
