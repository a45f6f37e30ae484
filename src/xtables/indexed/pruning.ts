/**
 * Pruning: which groups of a RuleHash can be meant at all, by the upper half of each address (of its first word) and by the
 * destination port; one bit a group. Three loads save a probe for every group they rule out.
 * @module
 */
import type { RuleKey } from './rule-key.ts';
import { SHAPE_DST_PORT } from './shape.ts';

/** Every upper half and every port has a place of its own in the largest tables; in smaller ones several share one. */
const LARGEST = 65_536;
const SMALLEST = 256;
/** Places for each rule. */
const PLACES = 4;

export class Pruning {
  private readonly src: Int32Array;
  private readonly dst: Int32Array;
  private readonly dstPort: Int32Array;
  private readonly mask: number;
  /** Groups that do not ask for the field. */
  private anySrc = 0;
  private anyDst = 0;
  private anyPort = 0;
  /** Short prefixes entered, so that none is entered twice: they fill many places. */
  private readonly entered: Set<number> = new Set();

  constructor(ruleCount: number) {
    let size = SMALLEST;
    while (size < LARGEST && size < PLACES * ruleCount) size *= 2;
    this.mask = size - 1;
    this.src = new Int32Array(size);
    this.dst = new Int32Array(size);
    this.dstPort = new Int32Array(size);
  }

  /** Enter a rule of a group. */
  add(group: number, shape: number, key: RuleKey): void {
    const bit = 1 << group;
    const dstLength = shape & 0xff;
    const srcLength = (shape >>> 8) & 0xff;
    if (dstLength === 0) this.anyDst |= bit;
    else this.enter(this.dst, key.dst[0]!, dstLength, group);
    if (srcLength === 0) this.anySrc |= bit;
    else this.enter(this.src, key.src[0]!, srcLength, group + 32);
    if ((shape & SHAPE_DST_PORT) === 0) this.anyPort |= bit;
    else for (const port of key.dstPorts) this.dstPort[port & this.mask]! |= bit;
  }

  /** The groups a packet with these fields may belong to. */
  groups(src: number, dst: number, dstPort: number): number {
    const { mask } = this;
    const byPort = this.anyPort | this.dstPort[dstPort & mask]!;
    return byPort & (this.anyDst | this.dst[(dst >>> 16) & mask]!) & (this.anySrc | this.src[(src >>> 16) & mask]!);
  }

  private enter(table: Int32Array, word: number, length: number, group: number): void {
    const { mask } = this;
    const bit = 1 << group;
    if (length >= 16) {
      table[(word >>> 16) & mask]! |= bit;
      return;
    }
    const first = (word & (-1 << (32 - length))) >>> 16;
    const name = group * LARGEST + first;
    if (this.entered.has(name)) return;
    this.entered.add(name);
    const count = Math.min(1 << (16 - length), mask + 1);
    for (let i = first; i < first + count; i++) table[i & mask]! |= bit;
  }
}
