/**
 * GRE header view. RFC 2784, RFC 2890 (key and sequence), RFC 2637 (version 1: PPTP).
 *
 *    0 1 2 3        13 16                31
 *   +-+-+-+-+------+--+-----------------+
 *   |C|R|K|S|      |ve|  protocol type  |
 *   +-+-+-+-+------+--+-----------------+
 *   | checksum  |  reserved   |  if C (or R)
 *   | key                     |  if K
 *   | sequence                |  if S
 *
 * The protocol type is an Ethernet type; 0x6558 carries a whole frame.
 * @module
 */
import { HeaderView } from './header-view.ts';
import { bits, HeaderLayout, u16 } from './layout.ts';

export const GRE_LAYOUT: HeaderLayout = new HeaderLayout([
  bits(2, ['hasChecksum', 1], ['hasRouting', 1], ['hasKey', 1], ['hasSequence', 1], ['reserved', 9], ['version', 3]),
  u16('protocolType'),
]);

const FLAGS = GRE_LAYOUT.offsetOf('version');
const TYPE = GRE_LAYOUT.offsetOf('protocolType');
const CHECKSUM_SHIFT = GRE_LAYOUT.shiftOf('hasChecksum');
const ROUTING_SHIFT = GRE_LAYOUT.shiftOf('hasRouting');
const KEY_SHIFT = GRE_LAYOUT.shiftOf('hasKey');
const SEQUENCE_SHIFT = GRE_LAYOUT.shiftOf('hasSequence');
const RESERVED_SHIFT = GRE_LAYOUT.shiftOf('reserved');
const RESERVED_MASK = GRE_LAYOUT.maskOf('reserved');
const VERSION_MASK = GRE_LAYOUT.maskOf('version');
/** Octets of each optional field. */
const WORD_LEN = 4;

/** Octets of the part that is always there. */
export const GRE_HEADER_LEN: number = GRE_LAYOUT.span;
export const GRE_PROTOCOL_TYPE: number = TYPE;

/** Octets of a version 0 header whose first 16 bits are given. */
export function greHeaderLength(flags: number): number {
  const checksum = ((flags >>> CHECKSUM_SHIFT) | (flags >>> ROUTING_SHIFT)) & 1;
  return GRE_HEADER_LEN + WORD_LEN * (checksum + ((flags >>> KEY_SHIFT) & 1) + ((flags >>> SEQUENCE_SHIFT) & 1));
}

export class GreView extends HeaderView {
  private get word(): number {
    return this.view.getUint16(this.offset + FLAGS);
  }
  private set word(word: number) {
    this.view.setUint16(this.offset + FLAGS, word);
  }

  get hasChecksum(): number {
    return (this.word >>> CHECKSUM_SHIFT) & 1;
  }
  get hasRouting(): number {
    return (this.word >>> ROUTING_SHIFT) & 1;
  }
  get hasKey(): number {
    return (this.word >>> KEY_SHIFT) & 1;
  }
  get hasSequence(): number {
    return (this.word >>> SEQUENCE_SHIFT) & 1;
  }
  get reserved(): number {
    return (this.word >>> RESERVED_SHIFT) & RESERVED_MASK;
  }
  get version(): number {
    return this.word & VERSION_MASK;
  }
  get protocolType(): number {
    return this.view.getUint16(this.offset + TYPE);
  }
  /** Octets of a version 0 header with the fields its flags announce. */
  get headerLength(): number {
    return greHeaderLength(this.word);
  }
  /** Needs: hasChecksum, and the octets there. */
  get checksum(): number {
    return this.view.getUint16(this.offset + GRE_HEADER_LEN);
  }
  /** Needs: hasKey, and the octets there. */
  get key(): number {
    return this.view.getUint32(this.offset + this.keyOffset);
  }
  /** Needs: hasSequence, and the octets there. */
  get sequence(): number {
    return this.view.getUint32(this.offset + this.keyOffset + WORD_LEN * this.hasKey);
  }

  set hasChecksum(bit: number) {
    this.setBit(CHECKSUM_SHIFT, bit);
  }
  set hasRouting(bit: number) {
    this.setBit(ROUTING_SHIFT, bit);
  }
  set hasKey(bit: number) {
    this.setBit(KEY_SHIFT, bit);
  }
  set hasSequence(bit: number) {
    this.setBit(SEQUENCE_SHIFT, bit);
  }
  set reserved(value: number) {
    this.word = (this.word & ~(RESERVED_MASK << RESERVED_SHIFT)) | ((value & RESERVED_MASK) << RESERVED_SHIFT);
  }
  set version(version: number) {
    this.word = (this.word & ~VERSION_MASK) | (version & VERSION_MASK);
  }
  set protocolType(type: number) {
    this.view.setUint16(this.offset + TYPE, type);
  }
  set checksum(checksum: number) {
    this.view.setUint16(this.offset + GRE_HEADER_LEN, checksum);
  }
  set key(key: number) {
    this.view.setUint32(this.offset + this.keyOffset, key);
  }
  set sequence(sequence: number) {
    this.view.setUint32(this.offset + this.keyOffset + WORD_LEN * this.hasKey, sequence);
  }

  private get keyOffset(): number {
    return GRE_HEADER_LEN + WORD_LEN * (this.hasChecksum | this.hasRouting);
  }
  private setBit(shift: number, bit: number): void {
    this.word = (this.word & ~(1 << shift)) | ((bit & 1) << shift);
  }
}
