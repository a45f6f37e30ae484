/**
 * TCP header view. RFC 9293 §3.1.
 *
 *    0                  16                 31
 *   +------------------+------------------+
 *   |   source port    | destination port |
 *   +------------------+------------------+
 *   |           sequence number           |
 *   +-------------------------------------+
 *   |        acknowledgment number        |
 *   +----+-----+-------+------------------+
 *   |offs|resvd| flags |      window      |
 *   +----+-----+-------+------------------+
 *   |     checksum     |  urgent pointer  |
 *   +------------------+------------------+
 *
 * `dataWords` counts 4 octets. Sequence numbers are unsigned; compare them with inet/seq.ts. The rewriters keep the checksum as
 * true as it was: amended by RFC 1624, which a partial (offloaded) sum survives as well.
 * @module
 */
import { replaceU16, replaceU32 } from '../inet/checksum.ts';
import { HeaderView } from './header-view.ts';
import { bits, HeaderLayout, octet, u16, u32 } from './layout.ts';

export const TCP_LAYOUT: HeaderLayout = new HeaderLayout([
  u16('srcPort'),
  u16('dstPort'),
  u32('seq'),
  u32('ack'),
  bits(1, ['dataWords', 4], ['reserved', 4]),
  octet('flags'),
  u16('window'),
  u16('checksum'),
  u16('urgentPointer'),
]);

const SRC_PORT = TCP_LAYOUT.offsetOf('srcPort');
const DST_PORT = TCP_LAYOUT.offsetOf('dstPort');
const SEQ = TCP_LAYOUT.offsetOf('seq');
const ACK = TCP_LAYOUT.offsetOf('ack');
const DATA_WORDS = TCP_LAYOUT.offsetOf('dataWords');
const DATA_SHIFT = TCP_LAYOUT.shiftOf('dataWords');
const RESERVED_MASK = TCP_LAYOUT.maskOf('reserved');
const FLAGS = TCP_LAYOUT.offsetOf('flags');
const WINDOW = TCP_LAYOUT.offsetOf('window');
const CHECKSUM = TCP_LAYOUT.offsetOf('checksum');
const URGENT = TCP_LAYOUT.offsetOf('urgentPointer');

/** Octets of a header without options. */
export const TCP_HEADER_LEN: number = TCP_LAYOUT.span;
export const TCP_SEQ: number = SEQ;
export const TCP_ACK: number = ACK;
export const TCP_FLAGS: number = FLAGS;
export const TCP_WINDOW: number = WINDOW;
export const TCP_CHECKSUM: number = CHECKSUM;

/** Bits of the flags octet. */
export const TcpFlag = { Fin: 0x01, Syn: 0x02, Rst: 0x04, Psh: 0x08, Ack: 0x10, Urg: 0x20, Ece: 0x40, Cwr: 0x80 } as const;
export type TcpFlag = (typeof TcpFlag)[keyof typeof TcpFlag];

export class TcpView extends HeaderView {
  get srcPort(): number {
    return this.view.getUint16(this.offset + SRC_PORT);
  }
  get dstPort(): number {
    return this.view.getUint16(this.offset + DST_PORT);
  }
  get seq(): number {
    return this.view.getUint32(this.offset + SEQ);
  }
  get ack(): number {
    return this.view.getUint32(this.offset + ACK);
  }
  get dataWords(): number {
    return this.view.getUint8(this.offset + DATA_WORDS) >>> DATA_SHIFT;
  }
  /** Three reserved bits and the accurate-ECN bit (RFC 7560). */
  get reserved(): number {
    return this.view.getUint8(this.offset + DATA_WORDS) & RESERVED_MASK;
  }
  get flags(): number {
    return this.view.getUint8(this.offset + FLAGS);
  }
  get window(): number {
    return this.view.getUint16(this.offset + WINDOW);
  }
  get checksum(): number {
    return this.view.getUint16(this.offset + CHECKSUM);
  }
  get urgentPointer(): number {
    return this.view.getUint16(this.offset + URGENT);
  }
  /** Octets of the header with its options, as it claims. */
  get headerLength(): number {
    return this.dataWords << 2;
  }

  set srcPort(port: number) {
    this.view.setUint16(this.offset + SRC_PORT, port);
  }
  set dstPort(port: number) {
    this.view.setUint16(this.offset + DST_PORT, port);
  }
  set seq(seq: number) {
    this.view.setUint32(this.offset + SEQ, seq);
  }
  set ack(ack: number) {
    this.view.setUint32(this.offset + ACK, ack);
  }
  set dataWords(words: number) {
    this.view.setUint8(this.offset + DATA_WORDS, ((words << DATA_SHIFT) & 0xff) | this.reserved);
  }
  set reserved(value: number) {
    this.view.setUint8(this.offset + DATA_WORDS, (this.dataWords << DATA_SHIFT) | (value & RESERVED_MASK));
  }
  set flags(flags: number) {
    this.view.setUint8(this.offset + FLAGS, flags);
  }
  set window(window: number) {
    this.view.setUint16(this.offset + WINDOW, window);
  }
  set checksum(checksum: number) {
    this.view.setUint16(this.offset + CHECKSUM, checksum);
  }
  set urgentPointer(pointer: number) {
    this.view.setUint16(this.offset + URGENT, pointer);
  }

  rewriteSrcPort(port: number): void {
    this.checksum = replaceU16(this.checksum, this.srcPort, port);
    this.srcPort = port;
  }

  rewriteDstPort(port: number): void {
    this.checksum = replaceU16(this.checksum, this.dstPort, port);
    this.dstPort = port;
  }

  rewriteSeq(seq: number): void {
    this.checksum = replaceU32(this.checksum, this.seq, seq);
    this.seq = seq;
  }

  rewriteAck(ack: number): void {
    this.checksum = replaceU32(this.checksum, this.ack, ack);
    this.ack = ack;
  }

  rewriteFlags(flags: number): void {
    const before = this.view.getUint16(this.offset + DATA_WORDS);
    this.flags = flags;
    this.checksum = replaceU16(this.checksum, before, this.view.getUint16(this.offset + DATA_WORDS));
  }

  /** An address word of the pseudo header changed. */
  amendAddress(before: number, after: number): void {
    this.checksum = replaceU32(this.checksum, before, after);
  }
}
