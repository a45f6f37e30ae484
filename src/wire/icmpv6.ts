/**
 * ICMPv6 header view with neighbour discovery. RFC 4443 §2.1, RFC 4861 §4.
 *
 *    0        8        16                31
 *   +--------+--------+-----------------+
 *   |  type  |  code  |    checksum     |
 *   +--------+--------+-----------------+
 *   |     rest, by type                 |
 *   +-----------------------------------+
 *
 * Echo: identifier and sequence. Packet too big: the MTU. Neighbour advertisement: three flags. Solicitations, advertisements
 * and redirects of neighbour discovery have a target address behind these 8 octets, and options behind it.
 * @module
 */
import { replaceU16, replaceU32 } from '../inet/checksum.ts';
import { HeaderView } from './header-view.ts';
import { bits, HeaderLayout, octet, u16, u32, word } from './layout.ts';

export const ICMPV6_LAYOUT: HeaderLayout = new HeaderLayout([
  octet('type'),
  octet('code'),
  u16('checksum'),
  u16('identifier'),
  u16('sequence'),
]);
/** Neighbour solicitation, advertisement and redirect, whole. */
export const ND_LAYOUT: HeaderLayout = new HeaderLayout([
  octet('type'),
  octet('code'),
  u16('checksum'),
  bits(4, ['router', 1], ['solicited', 1], ['override', 1], ['reserved', 29]),
  word('target0'),
  word('target1'),
  word('target2'),
  word('target3'),
]);
/** Router advertisement, whole. */
export const ND_ROUTER_LAYOUT: HeaderLayout = new HeaderLayout([
  octet('type'),
  octet('code'),
  u16('checksum'),
  octet('hopLimit'),
  bits(1, ['managed', 1], ['otherConfig', 1], ['flags', 6]),
  u16('lifetimeSec'),
  u32('reachableMs'),
  u32('retransmitMs'),
]);

const TYPE = ICMPV6_LAYOUT.offsetOf('type');
const CODE = ICMPV6_LAYOUT.offsetOf('code');
const CHECKSUM = ICMPV6_LAYOUT.offsetOf('checksum');
const IDENTIFIER = ICMPV6_LAYOUT.offsetOf('identifier');
const SEQUENCE = ICMPV6_LAYOUT.offsetOf('sequence');
const ND_FLAGS = ND_LAYOUT.offsetOf('router');
const ROUTER_SHIFT = ND_LAYOUT.shiftOf('router');
const SOLICITED_SHIFT = ND_LAYOUT.shiftOf('solicited');
const OVERRIDE_SHIFT = ND_LAYOUT.shiftOf('override');
const RESERVED_MASK = ND_LAYOUT.maskOf('reserved');
const TARGET = ND_LAYOUT.offsetOf('target0');

const HOP_LIMIT = ND_ROUTER_LAYOUT.offsetOf('hopLimit');
const ROUTER_FLAGS = ND_ROUTER_LAYOUT.offsetOf('managed');
const MANAGED_SHIFT = ND_ROUTER_LAYOUT.shiftOf('managed');
const OTHER_SHIFT = ND_ROUTER_LAYOUT.shiftOf('otherConfig');
const FLAGS_MASK = ND_ROUTER_LAYOUT.maskOf('flags');
const LIFETIME = ND_ROUTER_LAYOUT.offsetOf('lifetimeSec');
const REACHABLE = ND_ROUTER_LAYOUT.offsetOf('reachableMs');
const RETRANSMIT = ND_ROUTER_LAYOUT.offsetOf('retransmitMs');

export const ICMPV6_HEADER_LEN: number = ICMPV6_LAYOUT.span;
export const ICMPV6_CHECKSUM: number = CHECKSUM;
export const ND_LEN: number = ND_LAYOUT.span;
export const ND_ROUTER_LEN: number = ND_ROUTER_LAYOUT.span;
/** A redirect has a second address, so its options start later. */
export const ND_REDIRECT_LEN: number = ND_LEN + 16;

export const Icmpv6Type = {
  Unreachable: 1,
  PacketTooBig: 2,
  TimeExceeded: 3,
  ParameterProblem: 4,
  Echo: 128,
  EchoReply: 129,
  ListenerQuery: 130,
  ListenerReport: 131,
  ListenerDone: 132,
  RouterSolicitation: 133,
  RouterAdvertisement: 134,
  NeighbourSolicitation: 135,
  NeighbourAdvertisement: 136,
  Redirect: 137,
  ListenerReportV2: 143,
} as const;
export type Icmpv6Type = (typeof Icmpv6Type)[keyof typeof Icmpv6Type];

export class Icmpv6View extends HeaderView {
  get type(): number {
    return this.view.getUint8(this.offset + TYPE);
  }
  get code(): number {
    return this.view.getUint8(this.offset + CODE);
  }
  get checksum(): number {
    return this.view.getUint16(this.offset + CHECKSUM);
  }
  get identifier(): number {
    return this.view.getUint16(this.offset + IDENTIFIER);
  }
  get sequence(): number {
    return this.view.getUint16(this.offset + SEQUENCE);
  }
  /** Of packet too big: the MTU. Of a parameter problem: the octet it is about. */
  get rest(): number {
    return this.view.getUint32(this.offset + IDENTIFIER);
  }

  set type(type: number) {
    this.view.setUint8(this.offset + TYPE, type);
  }
  set code(code: number) {
    this.view.setUint8(this.offset + CODE, code);
  }
  set checksum(checksum: number) {
    this.view.setUint16(this.offset + CHECKSUM, checksum);
  }
  set identifier(identifier: number) {
    this.view.setUint16(this.offset + IDENTIFIER, identifier);
  }
  set sequence(sequence: number) {
    this.view.setUint16(this.offset + SEQUENCE, sequence);
  }
  set rest(value: number) {
    this.view.setUint32(this.offset + IDENTIFIER, value);
  }

  /** Replace the identifier and keep the checksum true. */
  rewriteIdentifier(identifier: number): void {
    this.checksum = replaceU16(this.checksum, this.identifier, identifier);
    this.identifier = identifier;
  }

  /** An address word of the pseudo header changed. */
  amendAddress(before: number, after: number): void {
    this.checksum = replaceU32(this.checksum, before, after);
  }
}

/** Neighbour solicitation and advertisement, and the first part of a redirect. Needs: 24 octets. */
export class NeighbourView extends Icmpv6View {
  private get flagWord(): number {
    return this.view.getInt32(this.offset + ND_FLAGS);
  }
  private set flagWord(word: number) {
    this.view.setInt32(this.offset + ND_FLAGS, word);
  }

  get router(): number {
    return (this.flagWord >>> ROUTER_SHIFT) & 1;
  }
  get solicited(): number {
    return (this.flagWord >>> SOLICITED_SHIFT) & 1;
  }
  get override(): number {
    return (this.flagWord >>> OVERRIDE_SHIFT) & 1;
  }
  get reserved(): number {
    return this.flagWord & RESERVED_MASK;
  }
  get target0(): number {
    return this.view.getInt32(this.offset + TARGET);
  }
  get target1(): number {
    return this.view.getInt32(this.offset + TARGET + 4);
  }
  get target2(): number {
    return this.view.getInt32(this.offset + TARGET + 8);
  }
  get target3(): number {
    return this.view.getInt32(this.offset + TARGET + 12);
  }

  set router(bit: number) {
    this.setFlag(ROUTER_SHIFT, bit);
  }
  set solicited(bit: number) {
    this.setFlag(SOLICITED_SHIFT, bit);
  }
  set override(bit: number) {
    this.setFlag(OVERRIDE_SHIFT, bit);
  }
  set reserved(value: number) {
    this.flagWord = (this.flagWord & ~RESERVED_MASK) | (value & RESERVED_MASK);
  }
  set target0(word: number) {
    this.view.setInt32(this.offset + TARGET, word);
  }
  set target1(word: number) {
    this.view.setInt32(this.offset + TARGET + 4, word);
  }
  set target2(word: number) {
    this.view.setInt32(this.offset + TARGET + 8, word);
  }
  set target3(word: number) {
    this.view.setInt32(this.offset + TARGET + 12, word);
  }

  private setFlag(shift: number, bit: number): void {
    this.flagWord = (this.flagWord & ~(1 << shift)) | ((bit & 1) << shift);
  }
}

/** Router advertisement; its options start behind it. Needs: 16 octets. */
export class RouterAdvertisementView extends Icmpv6View {
  get hopLimit(): number {
    return this.view.getUint8(this.offset + HOP_LIMIT);
  }
  get managed(): number {
    return (this.flagOctet >>> MANAGED_SHIFT) & 1;
  }
  get otherConfig(): number {
    return (this.flagOctet >>> OTHER_SHIFT) & 1;
  }
  /** The six bits behind the two that have names. */
  get flags(): number {
    return this.flagOctet & FLAGS_MASK;
  }
  get lifetimeSec(): number {
    return this.view.getUint16(this.offset + LIFETIME);
  }
  get reachableMs(): number {
    return this.view.getUint32(this.offset + REACHABLE);
  }
  get retransmitMs(): number {
    return this.view.getUint32(this.offset + RETRANSMIT);
  }

  set hopLimit(hops: number) {
    this.view.setUint8(this.offset + HOP_LIMIT, hops);
  }
  set managed(bit: number) {
    this.flagOctet = (this.flagOctet & ~(1 << MANAGED_SHIFT)) | ((bit & 1) << MANAGED_SHIFT);
  }
  set otherConfig(bit: number) {
    this.flagOctet = (this.flagOctet & ~(1 << OTHER_SHIFT)) | ((bit & 1) << OTHER_SHIFT);
  }
  set flags(value: number) {
    this.flagOctet = (this.flagOctet & ~FLAGS_MASK) | (value & FLAGS_MASK);
  }
  set lifetimeSec(seconds: number) {
    this.view.setUint16(this.offset + LIFETIME, seconds);
  }
  set reachableMs(ms: number) {
    this.view.setUint32(this.offset + REACHABLE, ms);
  }
  set retransmitMs(ms: number) {
    this.view.setUint32(this.offset + RETRANSMIT, ms);
  }

  private get flagOctet(): number {
    return this.view.getUint8(this.offset + ROUTER_FLAGS);
  }
  private set flagOctet(octet: number) {
    this.view.setUint8(this.offset + ROUTER_FLAGS, octet);
  }
}
