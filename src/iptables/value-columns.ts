/**
 * ValueColumns: the values of rows, six words each, as the scanner took them from their lines: who asks for a rule's values need not
 * look at its text again.
 *
 *   word 0 source, 1 destination, 2 source ports (lo << 16 | hi), 3 destination ports, 4 address of a NAT target,
 *        5 from bit 0 length of the source, 6 of the destination, 12 port of the NAT target, 28 which of 2, 3 and 4 are given
 *
 * @module
 */
import type { RowValues } from '../xtables/rule-rows.ts';

const WORDS = 6;
const DST_LENGTH = 6;
const NAT_PORT = 12;
const LENGTH_MASK = 0x3f;
const PORT_MASK = 0xffff;
const HAS_SRC_PORT = 1 << 28;
const HAS_DST_PORT = 1 << 29;
const HAS_NAT = 1 << 30;

export class ValueColumns implements RowValues {
  srcLength = 0;
  src = 0;
  dstLength = 0;
  dst = 0;
  srcPortLo = -1;
  srcPortHi = -1;
  dstPortLo = -1;
  dstPortHi = -1;
  hasNat = false;
  nat = 0;
  natPort = 0;
  private words: Int32Array;
  private used = 0;

  /** With room for so many rows at first. */
  constructor(room: number) {
    this.words = new Int32Array(room * WORDS);
  }

  /** Keep the values of the next row. */
  add(values: RowValues): void {
    const at = this.used;
    this.used += WORDS;
    if (this.used > this.words.length) {
      const before = this.words;
      this.words = new Int32Array(2 * before.length);
      this.words.set(before);
    }
    const { words } = this;
    let rest = values.srcLength | (values.dstLength << DST_LENGTH);
    words[at] = values.src;
    words[at + 1] = values.dst;
    if (values.srcPortLo >= 0) {
      words[at + 2] = (values.srcPortLo << 16) | values.srcPortHi;
      rest |= HAS_SRC_PORT;
    }
    if (values.dstPortLo >= 0) {
      words[at + 3] = (values.dstPortLo << 16) | values.dstPortHi;
      rest |= HAS_DST_PORT;
    }
    if (values.hasNat) {
      words[at + 4] = values.nat;
      rest |= HAS_NAT | (values.natPort << NAT_PORT);
    }
    words[at + 5] = rest;
  }

  /** The values of a row: this object, until the next call. */
  of(row: number): RowValues {
    const { words } = this;
    const at = row * WORDS;
    const rest = words[at + 5]!;
    const hasSrcPort = (rest & HAS_SRC_PORT) !== 0;
    const hasDstPort = (rest & HAS_DST_PORT) !== 0;
    this.src = words[at]!;
    this.srcLength = rest & LENGTH_MASK;
    this.dst = words[at + 1]!;
    this.dstLength = (rest >>> DST_LENGTH) & LENGTH_MASK;
    this.srcPortLo = hasSrcPort ? words[at + 2]! >>> 16 : -1;
    this.srcPortHi = hasSrcPort ? words[at + 2]! & PORT_MASK : -1;
    this.dstPortLo = hasDstPort ? words[at + 3]! >>> 16 : -1;
    this.dstPortHi = hasDstPort ? words[at + 3]! & PORT_MASK : -1;
    this.hasNat = (rest & HAS_NAT) !== 0;
    this.nat = words[at + 4]!;
    this.natPort = (rest >>> NAT_PORT) & PORT_MASK;
    return this;
  }
}
