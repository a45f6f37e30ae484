/**
 * Home: which worker a packet belongs to. A function of its two addresses alone, and the same for both directions:
 *
 *   pair      both addresses, in no order       flows, their answers, their fragments
 *   far side  the one address that is not ours  the same, though the near address and port are translated on the way
 *
 * Where one of the two lies among the near addresses (what NAT rules translate, and into what) and the other does not, the far
 * one decides. An ICMP error belongs where the packet belongs that it quotes, unless it comes in pieces: those belong together.
 * Ports play no part: fragments have none, ICMP's are none, and NAT changes them. That nothing but this is needed is not trusted but checked while it runs (watch.ts).
 * @module
 */
import { ICMP, ICMPV6, TCP, UDP } from '../inet/protocol.ts';
import { LinkType } from '../packet/link-type.ts';
import type { ReadonlyPacket } from '../packet/packet.ts';
import type { Near } from './near.ts';

const MIX1 = 0x9e3779b1;
const MIX2 = 0x85ebca6b;
const ICMP_HEADER = 8;
const IPV4_HEADER = 20;
const IPV6_HEADER = 40;
const FIRST_INFORMATIONAL6 = 128;
const REDIRECT6 = 137;
/** Where a redirect's quote starts: header, two addresses, head of the option. */
const REDIRECT_QUOTE = 48;
/** ICMP errors (bits): unreachable, source quench, redirect, time exceeded, parameter problem. */
const ERRORS4 = (1 << 3) | (1 << 4) | (1 << 5) | (1 << 11) | (1 << 12);
const MAX_TYPE4 = 18;

// Names of this module's own: V8 folds those into the code and loads an imported constant every time.
const ETHERNET = LinkType.Ethernet;
const IS_TCP = TCP;
const IS_UDP = UDP;
const ETHERNET_LEN = 14;
/** Upper 24 of the 32 bits from the type on: IPv4, version 4, a header of five words. */
const PLAIN_IPV4 = 0x080045;
/** Upper 20: IPv6, version 6. */
const PLAIN_IPV6 = 0x86dd6;
/** More fragments, or an offset. */
const FRAGMENT_BITS = 0x3fff;
/** Longest fixed header behind that of IP. */
const TRANSPORT_LEN = 20;

export class Home {
  readonly workers: number;
  private readonly near: Near | null;

  /** `near`: addresses that translation may change; null: there is none. */
  constructor(workers: number, near: Near | null) {
    this.workers = workers;
    this.near = near;
  }

  /** Number of the worker a decoded packet belongs to; what has no addresses belongs to the first. */
  ofPacket(packet: ReadonlyPacket): number {
    const { family, protocol } = packet;
    if (family === 4) {
      if (protocol === ICMP && isError4(packet)) return this.quoted4(packet, packet.transport + ICMP_HEADER);
      return this.of4(packet.src0, packet.dst0);
    }
    if (protocol === ICMPV6) {
      const quote = quoteAt6(packet);
      if (quote > 0) return this.quoted6(packet, quote);
    }
    return this.ofEnds(packet);
  }

  /** The same of a frame that is not decoded yet: TCP or UDP in plain IP in Ethernet; -1: it has to be decoded. */
  ofFrame(view: DataView, start: number, end: number, linkType: number): number {
    if (linkType !== ETHERNET || end - start < ETHERNET_LEN + IPV4_HEADER + TRANSPORT_LEN) return -1;
    const type = view.getInt32(start + 12);
    const at = start + ETHERNET_LEN;
    if (type >>> 8 === PLAIN_IPV4) {
      const length = view.getUint16(at + 2);
      const word = view.getInt32(at + 6);
      const protocol = word & 0xff;
      if (((word >>> 16) & FRAGMENT_BITS) !== 0 || (protocol !== IS_TCP && protocol !== IS_UDP)) return -1;
      if (length < IPV4_HEADER + TRANSPORT_LEN || at + length > end) return -1;
      return this.of4(view.getInt32(at + 12), view.getInt32(at + 16));
    }
    if (type >>> 12 !== PLAIN_IPV6 || end - at < IPV6_HEADER + TRANSPORT_LEN) return -1;
    const next = view.getUint8(at + 6);
    const length = view.getUint16(at + 4);
    if ((next !== IS_TCP && next !== IS_UDP) || length < TRANSPORT_LEN || at + IPV6_HEADER + length > end) return -1;
    return this.quoted6({ view }, at);
  }

  /** Number of the worker that the addresses of the packet itself belong to, whatever it quotes. */
  ofEnds({ family, src0, src1, src2, src3, dst0, dst1, dst2, dst3 }: ReadonlyPacket): number {
    if (family === 4) return this.of4(src0, dst0);
    return family === 6 ? this.of6(src0, src1, src2, src3, dst0, dst1, dst2, dst3) : 0;
  }

  /** The same of a pair of IPv4 addresses. */
  of4(a: number, b: number): number {
    const { near } = this;
    if (near === null) return this.reduce(a ^ b);
    // without a branch: nothing foresees which of the two it is, and a wrong guess costs as much as all the rest
    const nearA = near.has4(a);
    const nearB = near.has4(b);
    const isOne = -(nearA ^ nearB);
    const far = (a & -nearB) | (b & -nearA);
    return this.reduce((isOne & far) | (~isOne & (a ^ b)));
  }

  /** The same of a pair of IPv6 addresses. */
  of6(a0: number, a1: number, a2: number, a3: number, b0: number, b1: number, b2: number, b3: number): number {
    const a = mix6(a0, a1, a2, a3);
    const b = mix6(b0, b1, b2, b3);
    const { near } = this;
    if (near !== null) {
      const isNear = near.has6(a0, a1, a2, a3);
      if (isNear !== near.has6(b0, b1, b2, b3)) return this.reduce(isNear ? b : a);
    }
    return this.reduce((a + b) | 0);
  }

  /** A hash of the pair of addresses a packet itself has. */
  pairOf({ family, src0, src1, src2, src3, dst0, dst1, dst2, dst3 }: ReadonlyPacket): number {
    if (family === 4) return (mix(src0) + mix(dst0)) | 0;
    return (mix6(src0, src1, src2, src3) + mix6(dst0, dst1, dst2, dst3)) | 0;
  }

  private quoted4({ view }: ReadonlyPacket, at: number): number {
    return this.of4(view.getInt32(at + 12), view.getInt32(at + 16));
  }

  private quoted6({ view }: { readonly view: DataView }, at: number): number {
    return this.of6(
      view.getInt32(at + 8),
      view.getInt32(at + 12),
      view.getInt32(at + 16),
      view.getInt32(at + 20),
      view.getInt32(at + 24),
      view.getInt32(at + 28),
      view.getInt32(at + 32),
      view.getInt32(at + 36),
    );
  }

  private reduce(hash: number): number {
    return Math.imul(mix(hash) >>> 16, this.workers) >>> 16;
  }
}

/** Whether a whole ICMP packet of IPv4 quotes another, whose header is there. */
function isError4(packet: ReadonlyPacket): boolean {
  if (isPiece(packet) || packet.transportLength < ICMP_HEADER + IPV4_HEADER) return false;
  return isErrorType4(packet.view.getUint8(packet.transport));
}

function isErrorType4(type: number): boolean {
  return type <= MAX_TYPE4 && (ERRORS4 & (1 << type)) !== 0;
}

/** Whether a packet belongs where the packet belongs that it quotes. */
export function isQuoting(packet: ReadonlyPacket): boolean {
  return packet.family === 4 ? packet.protocol === ICMP && isError4(packet) : packet.protocol === ICMPV6 && quoteAt6(packet) > 0;
}

/** Whether a packet is a piece of another. */
export function isPiece(packet: ReadonlyPacket): boolean {
  return packet.fragOffset !== 0 || packet.moreFragments !== 0 || packet.fragHeader >= 0;
}

/** Whether a piece may begin an ICMP error: the packet it quotes decides when it is whole, and perhaps elsewhere. */
export function beginsError(piece: ReadonlyPacket): boolean {
  const { family, fragOffset, protocol, transport, transportLength, view } = piece;
  if (fragOffset !== 0) return false;
  if (family === 4) return protocol === ICMP && (transportLength < 1 || isErrorType4(view.getUint8(transport)));
  if (protocol !== ICMPV6) return protocol < 0;
  const type = transportLength < 1 ? 0 : view.getUint8(transport);
  return type < FIRST_INFORMATIONAL6 || type === REDIRECT6;
}

/** Where the packet starts that a whole ICMPv6 packet quotes; 0: it quotes none, or less than a header of it. */
function quoteAt6(packet: ReadonlyPacket): number {
  const { transport, transportLength } = packet;
  if (isPiece(packet) || transportLength < ICMP_HEADER + IPV6_HEADER) return 0;
  const type = packet.view.getUint8(transport);
  if (type < FIRST_INFORMATIONAL6) return transport + ICMP_HEADER;
  if (type !== REDIRECT6 || transportLength < REDIRECT_QUOTE + IPV6_HEADER) return 0;
  return transport + REDIRECT_QUOTE;
}

function mix(word: number): number {
  const a = Math.imul(word ^ (word >>> 15), MIX1);
  const b = Math.imul(a ^ (a >>> 13), MIX2);
  return b ^ (b >>> 16);
}

/** A hash of an address; of IPv4 in its first word. */
export function hashOf(w0: number, w1: number, w2: number, w3: number): number {
  return mix6(w0, w1, w2, w3);
}

function mix6(w0: number, w1: number, w2: number, w3: number): number {
  return mix(w3 ^ Math.imul(mix(w2 ^ Math.imul(mix(w1 ^ Math.imul(mix(w0), MIX1)), MIX2)), MIX1));
}
