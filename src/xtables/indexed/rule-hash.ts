/**
 * RuleHash: the rules of one chain found by what a packet carries. Rules that name the same fields (a shape) form a group; all
 * groups share one hash table, from the hash of those fields to the rules that name these values, in order.
 *
 *   packet -> groups that can be meant (pruned by address halves and port) -> one probe a group -> the lowest rule not yet asked
 *
 * Only hashes are compared: a false friend costs one full question, never a wrong answer. Built once, then only read; a look-up
 * allocates nothing. Kin of tuple space search (Srinivasan, Suri, Varghese 1999) with the pruning of the same paper.
 * @module
 */
import type { ReadonlyPacket } from '../../packet/packet.ts';
import type { Chain } from '../chain.ts';
import { type Depth, RuleKey } from './rule-key.ts';
import {
  chooseLevel,
  coarsen,
  SHAPE_DST_PORT,
  SHAPE_INDEV,
  SHAPE_MARK,
  SHAPE_OUTDEV,
  SHAPE_PROTOCOL,
  SHAPE_SRC_PORT,
  shapeOf,
} from './shape.ts';
import { Pruning } from './pruning.ts';

/** Words of a group: masks of dst*4, src*4, ports, protocol and devices, mark; then its seed. */
const STRIDE = 12;
const PORTS = 8;
const MISC = 9;
const MARK = 10;
const SEED = 11;
/** Words of a slot: hash, first place in `order`, one past the last; an end of 0 is an empty slot. */
const SLOT = 4;

const M0 = 0x9e3779b1;
const M1 = 0x85ebca6b;
const M2 = 0xc2b2ae35;
const M3 = 0x27d4eb2f;
const M4 = 0x165667b1;
const M5 = 0x2c1b3c6d;
const M6 = 0x297a2d39;
const M7 = 0x1b56c4e9;
const M8 = 0x7feb352d;
const M9 = 0x846ca68b;
const M10 = 0x31848bab;
/** Answer when no rule is left. */
export const NO_RULE = 0x7fffffff;

/** The number of a device by its name; 0: there is none; -1: devices are not told apart. */
export type DeviceNumbers = (name: string) => number;

export interface RuleHashOptions {
  readonly family: 4 | 6;
  readonly depth: Depth;
  readonly deviceOf: DeviceNumbers;
  readonly isPruned: boolean;
}

export class RuleHash {
  readonly groupCount: number;
  private readonly groups: Int32Array;
  /** The first rule of each group; ascending. */
  private readonly firsts: Int32Array;
  private readonly slots: Int32Array;
  private readonly mask: number;
  /** Rule numbers, those of one slot together and ascending. */
  private readonly order: Int32Array;
  private readonly pruning: Pruning | null;

  constructor(chain: Chain, options: RuleHashOptions) {
    const shapes = readShapes(chain, options);
    this.groupCount = shapes.groups.size;
    this.groups = new Int32Array(this.groupCount * STRIDE);
    this.firsts = Int32Array.from(shapes.groups.keys(), (shape) => shapes.byRule.indexOf(shape));
    for (const [shape, group] of shapes.groups) this.setGroup(group, shape);
    this.pruning = options.isPruned && this.groupCount > 2 ? new Pruning(chain.length) : null;
    this.mask = sizeFor(shapes.entries) - 1;
    this.slots = new Int32Array((this.mask + 1) * SLOT);
    this.order = this.fill(chain, options, shapes);
  }

  /** The first rule from `from` on that an IPv4 packet may match, or NO_RULE. */
  next4(packet: ReadonlyPacket, from: number): number {
    const { groups, groupCount, firsts, pruning } = this;
    const { src0, dst0, mark } = packet;
    const ports = (packet.srcPort << 16) | (packet.dstPort & 0xffff);
    const misc = (packet.protocol & 0xff) | (packet.indev << 8) | (packet.outdev << 20);
    let candidates = pruning === null ? -1 : pruning.groups(src0, dst0, packet.dstPort);
    let best = NO_RULE;
    while (candidates !== 0) {
      const group = 31 - Math.clz32(candidates & -candidates);
      if (group >= groupCount || firsts[group]! >= best) break;
      candidates &= candidates - 1;
      const g = group * STRIDE;
      const addresses = (Math.imul(dst0 & groups[g]!, M0) + Math.imul(src0 & groups[g + 4]!, M4)) | 0;
      const transport = (Math.imul(ports & groups[g + PORTS]!, M8) + Math.imul(misc & groups[g + MISC]!, M9)) | 0;
      const rest = (Math.imul(mark & groups[g + MARK]!, M10) + groups[g + SEED]!) | 0;
      const rule = this.firstFrom(finish(addresses + transport + rest), from);
      if (rule === from) return rule;
      if (rule < best) best = rule;
    }
    return best;
  }

  next6(packet: ReadonlyPacket, from: number): number {
    const { groups, groupCount, firsts, pruning } = this;
    const ports = (packet.srcPort << 16) | (packet.dstPort & 0xffff);
    const misc = (packet.protocol & 0xff) | (packet.indev << 8) | (packet.outdev << 20);
    let candidates = pruning === null ? -1 : pruning.groups(packet.src0, packet.dst0, packet.dstPort);
    let best = NO_RULE;
    while (candidates !== 0) {
      const group = 31 - Math.clz32(candidates & -candidates);
      if (group >= groupCount || firsts[group]! >= best) break;
      candidates &= candidates - 1;
      const g = group * STRIDE;
      const address =
        Math.imul(packet.dst0 & groups[g]!, M0) +
        Math.imul(packet.dst1 & groups[g + 1]!, M1) +
        Math.imul(packet.dst2 & groups[g + 2]!, M2) +
        Math.imul(packet.dst3 & groups[g + 3]!, M3);
      const source =
        Math.imul(packet.src0 & groups[g + 4]!, M4) +
        Math.imul(packet.src1 & groups[g + 5]!, M5) +
        Math.imul(packet.src2 & groups[g + 6]!, M6) +
        Math.imul(packet.src3 & groups[g + 7]!, M7);
      const rest =
        Math.imul(ports & groups[g + PORTS]!, M8) +
        Math.imul(misc & groups[g + MISC]!, M9) +
        Math.imul(packet.mark & groups[g + MARK]!, M10);
      const rule = this.firstFrom(finish((address | 0) + (source | 0) + (rest | 0) + groups[g + SEED]!), from);
      if (rule === from) return rule;
      if (rule < best) best = rule;
    }
    return best;
  }

  /** The lowest rule of a hash that is not below `from`. */
  private firstFrom(hash: number, from: number): number {
    const { slots, mask, order } = this;
    let at = (hash & mask) * SLOT;
    for (;;) {
      let high = slots[at + 2]!;
      if (high === 0) return NO_RULE;
      if (slots[at] === hash) {
        let low = slots[at + 1]!;
        if (order[low]! >= from) return order[low]!;
        const end = high;
        while (low < high) {
          const middle = (low + high) >>> 1;
          if (order[middle]! < from) low = middle + 1;
          else high = middle;
        }
        return low < end ? order[low]! : NO_RULE;
      }
      at = (at + SLOT) & (mask * SLOT + SLOT - 1);
    }
  }

  // -- construction

  /** Give every rule its slot, or several: one for each port it lists. Answers the rules in the order of their slots. */
  private fill(chain: Chain, { depth, deviceOf }: RuleHashOptions, { byRule, groups, entries }: Shapes): Int32Array {
    const key = new RuleKey();
    const slotOf = new Int32Array(entries);
    const ruleOf = new Int32Array(entries);
    let used = 0;
    for (let i = 0; i < chain.length; i++) {
      const shape = byRule[i]!;
      if (shape === DEAD) continue;
      key.readAt(chain, i, depth, deviceOf);
      const group = groups.get(shape)!;
      this.pruning?.add(group, shape, key);
      const ports = (shape & SHAPE_DST_PORT) === 0 ? 1 : key.dstPorts.length;
      for (let p = 0; p < ports; p++) {
        ruleOf[used] = i;
        slotOf[used++] = this.claim(this.hashOf(group, key, key.dstPorts[p] ?? 0));
      }
    }
    return this.arrange(slotOf, ruleOf, used);
  }

  private setGroup(number: number, shape: number): void {
    const { groups } = this;
    const at = number * STRIDE;
    for (let i = 0; i < 4; i++) {
      groups[at + i] = maskWord(shape & 0xff, i);
      groups[at + 4 + i] = maskWord((shape >>> 8) & 0xff, i);
    }
    groups[at + PORTS] = ((shape & SHAPE_SRC_PORT) !== 0 ? 0xffff << 16 : 0) | ((shape & SHAPE_DST_PORT) !== 0 ? 0xffff : 0);
    groups[at + MISC] =
      ((shape & SHAPE_PROTOCOL) !== 0 ? 0xff : 0) |
      ((shape & SHAPE_INDEV) !== 0 ? 0xfff << 8 : 0) |
      ((shape & SHAPE_OUTDEV) !== 0 ? 0xfff << 20 : 0);
    groups[at + MARK] = (shape & SHAPE_MARK) !== 0 ? -1 : 0;
    groups[at + SEED] = Math.imul(number + 1, M1);
  }

  /** The hash of a packet that has just what the rule names. */
  private hashOf(group: number, key: RuleKey, dstPort: number): number {
    const { groups } = this;
    const { src, dst } = key;
    const g = group * STRIDE;
    const ports = (key.srcPort << 16) | dstPort;
    const misc = key.protocol | (key.indev << 8) | (key.outdev << 20);
    let sum = groups[g + SEED]!;
    for (let i = 0; i < 4; i++) {
      sum = (sum + Math.imul(dst[i]! & groups[g + i]!, MULTIPLIERS[i]!)) | 0;
      sum = (sum + Math.imul(src[i]! & groups[g + 4 + i]!, MULTIPLIERS[4 + i]!)) | 0;
    }
    sum = (sum + Math.imul(ports & groups[g + PORTS]!, M8)) | 0;
    sum = (sum + Math.imul(misc & groups[g + MISC]!, M9)) | 0;
    return finish(sum + Math.imul(key.mark & groups[g + MARK]!, M10));
  }

  /** The slot of a hash, its own from now on; counts one rule more in it. */
  private claim(hash: number): number {
    const { slots, mask } = this;
    let slot = hash & mask;
    for (;;) {
      const at = slot * SLOT;
      if (slots[at + 2] === 0) {
        slots[at] = hash;
      } else if (slots[at] !== hash) {
        slot = (slot + 1) & mask;
        continue;
      }
      slots[at + 2]!++;
      return slot;
    }
  }

  /** Turn the counts of the slots into places, and fill them. */
  private arrange(slotOf: Int32Array, ruleOf: Int32Array, entries: number): Int32Array {
    const { slots } = this;
    const order = new Int32Array(entries + 1);
    let place = 0;
    for (let at = 0; at < slots.length; at += SLOT) {
      const count = slots[at + 2]!;
      if (count === 0) continue;
      slots[at + 1] = place;
      slots[at + 2] = place;
      place += count;
    }
    for (let i = 0; i < entries; i++) {
      const at = slotOf[i]! * SLOT;
      order[slots[at + 2]!] = ruleOf[i]!;
      slots[at + 2]!++;
    }
    return order;
  }
}

/** The shape of every rule as it is indexed, and the number of each shape's group. */
interface Shapes {
  readonly byRule: Int32Array;
  readonly groups: ReadonlyMap<number, number>;
  /** Slots asked for, at most. */
  readonly entries: number;
}

/** Stands for a rule that no packet matches. */
const DEAD = -1;

function readShapes(chain: Chain, { family, depth, deviceOf }: RuleHashOptions): Shapes {
  const key = new RuleKey();
  const byRule = new Int32Array(chain.length).fill(DEAD);
  const distinct = new Set<number>();
  let entries = 0;
  for (let i = 0; i < chain.length; i++) {
    key.readAt(chain, i, depth, deviceOf);
    if (key.isDead) continue;
    byRule[i] = shapeOf(key);
    distinct.add(byRule[i]!);
    entries += Math.max(1, key.dstPorts.length);
  }
  const level = chooseLevel(distinct, family);
  const groups = new Map<number, number>();
  for (let i = 0; i < chain.length; i++) {
    if (byRule[i] === DEAD) continue;
    const shape = coarsen(byRule[i]!, level, family);
    byRule[i] = shape;
    if (!groups.has(shape)) groups.set(shape, groups.size);
  }
  return { byRule, groups, entries };
}

const MULTIPLIERS: readonly number[] = [M0, M1, M2, M3, M4, M5, M6, M7];

/** From a sum of products to a hash all of whose bits depend on all of it. */
function finish(sum: number): number {
  let h = sum | 0;
  h = Math.imul(h ^ (h >>> 15), M8);
  h = Math.imul(h ^ (h >>> 13), M9);
  return h ^ (h >>> 16);
}

function maskWord(length: number, index: number): number {
  const bits = length - 32 * index;
  return bits <= 0 ? 0 : bits >= 32 ? -1 : -1 << (32 - bits);
}

/** A power of two that is at most half full. */
function sizeFor(count: number): number {
  return 1 << (32 - Math.clz32(Math.max(8, 2 * count) - 1));
}
