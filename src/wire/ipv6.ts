/**
 * IPv6 header view. RFC 8200 §3.
 *
 *    0    4          12                   31
 *   +----+-----------+--------------------+
 *   | ver|  traffic  |     flow label     |
 *   +----+-----------+-----+--------------+
 *   |  payload length  | next| hop limit  |
 *   +------------------+-----+------------+
 *   |            source address (4 words) |
 *   +-------------------------------------+
 *   |       destination address (4 words) |
 *   +-------------------------------------+
 *
 * The payload length counts everything behind these 40 octets. Addresses are four int32 words, the most significant first.
 * There is no header checksum to keep.
 * @module
 */
import { HeaderView } from './header-view.ts';
import { bits, HeaderLayout, octet, u16, word } from './layout.ts';

export const IPV6_LAYOUT: HeaderLayout = new HeaderLayout([
  bits(4, ['version', 4], ['trafficClass', 8], ['flowLabel', 20]),
  u16('payloadLength'),
  octet('nextHeader'),
  octet('hopLimit'),
  word('src0'),
  word('src1'),
  word('src2'),
  word('src3'),
  word('dst0'),
  word('dst1'),
  word('dst2'),
  word('dst3'),
]);

const FIRST = IPV6_LAYOUT.offsetOf('version');
const VERSION_SHIFT = IPV6_LAYOUT.shiftOf('version');
const CLASS_SHIFT = IPV6_LAYOUT.shiftOf('trafficClass');
const CLASS_MASK = IPV6_LAYOUT.maskOf('trafficClass');
const FLOW_MASK = IPV6_LAYOUT.maskOf('flowLabel');

export const IPV6_PAYLOAD_LENGTH: number = IPV6_LAYOUT.offsetOf('payloadLength');
export const IPV6_NEXT_HEADER: number = IPV6_LAYOUT.offsetOf('nextHeader');
export const IPV6_HOP_LIMIT: number = IPV6_LAYOUT.offsetOf('hopLimit');
export const IPV6_SRC: number = IPV6_LAYOUT.offsetOf('src0');
export const IPV6_DST: number = IPV6_LAYOUT.offsetOf('dst0');
export const IPV6_HEADER_LEN: number = IPV6_LAYOUT.span;

export class Ipv6View extends HeaderView {
  private get first(): number {
    return this.view.getInt32(this.offset + FIRST);
  }
  private set first(word: number) {
    this.view.setInt32(this.offset + FIRST, word);
  }

  get version(): number {
    return this.first >>> VERSION_SHIFT;
  }
  get trafficClass(): number {
    return (this.first >>> CLASS_SHIFT) & CLASS_MASK;
  }
  get flowLabel(): number {
    return this.first & FLOW_MASK;
  }
  get payloadLength(): number {
    return this.view.getUint16(this.offset + IPV6_PAYLOAD_LENGTH);
  }
  get nextHeader(): number {
    return this.view.getUint8(this.offset + IPV6_NEXT_HEADER);
  }
  get hopLimit(): number {
    return this.view.getUint8(this.offset + IPV6_HOP_LIMIT);
  }
  get src0(): number {
    return this.view.getInt32(this.offset + IPV6_SRC);
  }
  get src1(): number {
    return this.view.getInt32(this.offset + IPV6_SRC + 4);
  }
  get src2(): number {
    return this.view.getInt32(this.offset + IPV6_SRC + 8);
  }
  get src3(): number {
    return this.view.getInt32(this.offset + IPV6_SRC + 12);
  }
  get dst0(): number {
    return this.view.getInt32(this.offset + IPV6_DST);
  }
  get dst1(): number {
    return this.view.getInt32(this.offset + IPV6_DST + 4);
  }
  get dst2(): number {
    return this.view.getInt32(this.offset + IPV6_DST + 8);
  }
  get dst3(): number {
    return this.view.getInt32(this.offset + IPV6_DST + 12);
  }

  set version(version: number) {
    this.first = (this.first & ~(-1 << VERSION_SHIFT)) | (version << VERSION_SHIFT);
  }
  set trafficClass(tos: number) {
    this.first = (this.first & ~(CLASS_MASK << CLASS_SHIFT)) | ((tos & CLASS_MASK) << CLASS_SHIFT);
  }
  set flowLabel(label: number) {
    this.first = (this.first & ~FLOW_MASK) | (label & FLOW_MASK);
  }
  set payloadLength(octets: number) {
    this.view.setUint16(this.offset + IPV6_PAYLOAD_LENGTH, octets);
  }
  set nextHeader(protocol: number) {
    this.view.setUint8(this.offset + IPV6_NEXT_HEADER, protocol);
  }
  set hopLimit(hops: number) {
    this.view.setUint8(this.offset + IPV6_HOP_LIMIT, hops);
  }
  set src0(word: number) {
    this.view.setInt32(this.offset + IPV6_SRC, word);
  }
  set src1(word: number) {
    this.view.setInt32(this.offset + IPV6_SRC + 4, word);
  }
  set src2(word: number) {
    this.view.setInt32(this.offset + IPV6_SRC + 8, word);
  }
  set src3(word: number) {
    this.view.setInt32(this.offset + IPV6_SRC + 12, word);
  }
  set dst0(word: number) {
    this.view.setInt32(this.offset + IPV6_DST, word);
  }
  set dst1(word: number) {
    this.view.setInt32(this.offset + IPV6_DST + 4, word);
  }
  set dst2(word: number) {
    this.view.setInt32(this.offset + IPV6_DST + 8, word);
  }
  set dst3(word: number) {
    this.view.setInt32(this.offset + IPV6_DST + 12, word);
  }

  setSrc(w0: number, w1: number, w2: number, w3: number): void {
    this.src0 = w0;
    this.src1 = w1;
    this.src2 = w2;
    this.src3 = w3;
  }

  setDst(w0: number, w1: number, w2: number, w3: number): void {
    this.dst0 = w0;
    this.dst1 = w1;
    this.dst2 = w2;
    this.dst3 = w3;
  }
}
