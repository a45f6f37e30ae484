/**
 * IPv4 header view. RFC 791 §3.1.
 *
 *    0    4    8       14 16              31
 *   +----+----+---------+--+---------------+
 *   | ver| ihl|  dscp   |ec|  total length |
 *   +----+----+---------+--+---------------+
 *   |  identification   |flg|   offset     |
 *   +---------+---------+---+--------------+
 *   |   ttl   | protocol|    checksum      |
 *   +---------+---------+------------------+
 *   |            source address            |
 *   +--------------------------------------+
 *   |          destination address         |
 *   +--------------------------------------+
 *
 * Lengths count octets except `headerWords`; the fragment offset counts 8 octets. Addresses are int32.
 * The rewriters keep the header checksum as true as it was (RFC 1624); an address is also part of the pseudo header of TCP and
 * UDP, whose checksums are amended by their own views.
 * @module
 */
import { replaceU16, replaceU32 } from '../inet/checksum.ts';
import { HeaderView } from './header-view.ts';
import { bits, HeaderLayout, octet, u16, word } from './layout.ts';

export const IPV4_LAYOUT: HeaderLayout = new HeaderLayout([
  bits(1, ['version', 4], ['headerWords', 4]),
  octet('tos'),
  u16('totalLength'),
  u16('identification'),
  bits(2, ['reserved', 1], ['dontFragment', 1], ['moreFragments', 1], ['fragmentOffset', 13]),
  octet('ttl'),
  octet('protocol'),
  u16('checksum'),
  word('src'),
  word('dst'),
]);

const VERSION = IPV4_LAYOUT.offsetOf('version');
const VERSION_SHIFT = IPV4_LAYOUT.shiftOf('version');
const WORDS_MASK = IPV4_LAYOUT.maskOf('headerWords');
const RESERVED_SHIFT = IPV4_LAYOUT.shiftOf('reserved');
const DF_SHIFT = IPV4_LAYOUT.shiftOf('dontFragment');
const MF_SHIFT = IPV4_LAYOUT.shiftOf('moreFragments');

export const IPV4_TOS: number = IPV4_LAYOUT.offsetOf('tos');
export const IPV4_TOTAL_LENGTH: number = IPV4_LAYOUT.offsetOf('totalLength');
export const IPV4_ID: number = IPV4_LAYOUT.offsetOf('identification');
/** Flags and fragment offset share these two octets. */
export const IPV4_FRAGMENT: number = IPV4_LAYOUT.offsetOf('fragmentOffset');
export const IPV4_TTL: number = IPV4_LAYOUT.offsetOf('ttl');
export const IPV4_PROTOCOL: number = IPV4_LAYOUT.offsetOf('protocol');
export const IPV4_CHECKSUM: number = IPV4_LAYOUT.offsetOf('checksum');
export const IPV4_SRC: number = IPV4_LAYOUT.offsetOf('src');
export const IPV4_DST: number = IPV4_LAYOUT.offsetOf('dst');

/** Octets of a header without options. */
export const IPV4_HEADER_LEN: number = IPV4_LAYOUT.span;
/** Octets of the longest header: fifteen words. */
export const IPV4_MAX_HEADER_LEN = 60;
/** Bits of the word at IPV4_FRAGMENT. */
export const IPV4_DF: number = 1 << DF_SHIFT;
export const IPV4_MF: number = 1 << MF_SHIFT;
export const IPV4_OFFSET_MASK: number = IPV4_LAYOUT.maskOf('fragmentOffset');

export class Ipv4View extends HeaderView {
  get version(): number {
    return this.view.getUint8(this.offset + VERSION) >>> VERSION_SHIFT;
  }
  get headerWords(): number {
    return this.view.getUint8(this.offset + VERSION) & WORDS_MASK;
  }
  get tos(): number {
    return this.view.getUint8(this.offset + IPV4_TOS);
  }
  get totalLength(): number {
    return this.view.getUint16(this.offset + IPV4_TOTAL_LENGTH);
  }
  get identification(): number {
    return this.view.getUint16(this.offset + IPV4_ID);
  }
  get reserved(): number {
    return (this.fragmentWord >>> RESERVED_SHIFT) & 1;
  }
  get dontFragment(): number {
    return (this.fragmentWord >>> DF_SHIFT) & 1;
  }
  get moreFragments(): number {
    return (this.fragmentWord >>> MF_SHIFT) & 1;
  }
  /** In units of 8 octets. */
  get fragmentOffset(): number {
    return this.fragmentWord & IPV4_OFFSET_MASK;
  }
  get ttl(): number {
    return this.view.getUint8(this.offset + IPV4_TTL);
  }
  get protocol(): number {
    return this.view.getUint8(this.offset + IPV4_PROTOCOL);
  }
  get checksum(): number {
    return this.view.getUint16(this.offset + IPV4_CHECKSUM);
  }
  get src(): number {
    return this.view.getInt32(this.offset + IPV4_SRC);
  }
  get dst(): number {
    return this.view.getInt32(this.offset + IPV4_DST);
  }

  /** Octets of the header with its options, as it claims. */
  get headerLength(): number {
    return this.headerWords << 2;
  }
  get dscp(): number {
    return this.tos >>> 2;
  }
  get ecn(): number {
    return this.tos & 3;
  }

  set version(version: number) {
    this.view.setUint8(this.offset + VERSION, ((version << VERSION_SHIFT) & 0xff) | this.headerWords);
  }
  set headerWords(words: number) {
    this.view.setUint8(this.offset + VERSION, (this.version << VERSION_SHIFT) | (words & WORDS_MASK));
  }
  set tos(tos: number) {
    this.view.setUint8(this.offset + IPV4_TOS, tos);
  }
  set totalLength(octets: number) {
    this.view.setUint16(this.offset + IPV4_TOTAL_LENGTH, octets);
  }
  set identification(id: number) {
    this.view.setUint16(this.offset + IPV4_ID, id);
  }
  set reserved(bit: number) {
    this.setFragmentBit(RESERVED_SHIFT, bit);
  }
  set dontFragment(bit: number) {
    this.setFragmentBit(DF_SHIFT, bit);
  }
  set moreFragments(bit: number) {
    this.setFragmentBit(MF_SHIFT, bit);
  }
  set fragmentOffset(units: number) {
    this.fragmentWord = (this.fragmentWord & ~IPV4_OFFSET_MASK) | (units & IPV4_OFFSET_MASK);
  }
  set ttl(ttl: number) {
    this.view.setUint8(this.offset + IPV4_TTL, ttl);
  }
  set protocol(protocol: number) {
    this.view.setUint8(this.offset + IPV4_PROTOCOL, protocol);
  }
  set checksum(checksum: number) {
    this.view.setUint16(this.offset + IPV4_CHECKSUM, checksum);
  }
  set src(address: number) {
    this.view.setInt32(this.offset + IPV4_SRC, address);
  }
  set dst(address: number) {
    this.view.setInt32(this.offset + IPV4_DST, address);
  }

  rewriteTos(tos: number): void {
    const before = this.view.getUint16(this.offset + VERSION);
    this.tos = tos;
    this.checksum = replaceU16(this.checksum, before, this.view.getUint16(this.offset + VERSION));
  }

  rewriteTotalLength(octets: number): void {
    this.checksum = replaceU16(this.checksum, this.totalLength, octets);
    this.totalLength = octets;
  }

  rewriteIdentification(id: number): void {
    this.checksum = replaceU16(this.checksum, this.identification, id);
    this.identification = id;
  }

  /** Flags and fragment offset at once: the whole 16-bit word. */
  rewriteFragmentWord(flagsAndOffset: number): void {
    this.checksum = replaceU16(this.checksum, this.fragmentWord, flagsAndOffset);
    this.fragmentWord = flagsAndOffset;
  }

  rewriteTtl(ttl: number): void {
    const before = this.view.getUint16(this.offset + IPV4_TTL);
    this.ttl = ttl;
    this.checksum = replaceU16(this.checksum, before, this.view.getUint16(this.offset + IPV4_TTL));
  }

  rewriteSrc(address: number): void {
    this.checksum = replaceU32(this.checksum, this.src, address);
    this.src = address;
  }

  rewriteDst(address: number): void {
    this.checksum = replaceU32(this.checksum, this.dst, address);
    this.dst = address;
  }

  private get fragmentWord(): number {
    return this.view.getUint16(this.offset + IPV4_FRAGMENT);
  }
  private set fragmentWord(flagsAndOffset: number) {
    this.view.setUint16(this.offset + IPV4_FRAGMENT, flagsAndOffset);
  }

  private setFragmentBit(shift: number, bit: number): void {
    this.fragmentWord = (this.fragmentWord & ~(1 << shift)) | ((bit & 1) << shift);
  }
}
