/**
 * ICMPv6 errors the host sends (icmp6_send). RFC 4443 §2.4.
 *
 *   [ IPv6 40: class 0, hop limit 64 ][ type code checksum rest ][ the offender, as it is now ]   at most 1280 octets
 *
 * Never about errors, multicasts (but packet too big and unknown options), or sources that name no single node.
 * @module
 */
import { finish, pseudoHeaderSum, sum16 } from '../inet/checksum.ts';
import { AH, DSTOPTS, FRAGMENT, HOPOPTS, ICMPV6, ROUTING } from '../inet/protocol.ts';
import { decodeNetwork } from '../packet/decode.ts';
import { RouteType } from '../packet/destination.ts';
import { PacketType, type Packet } from '../packet/packet.ts';
import { isLinkLocal6, isMulticast6, isUnspecified6 } from './address6.ts';
import type { Engine } from './engine.ts';
import { blankFrom, type ErrorMessage } from './icmp-error.ts';
import { routeOutput } from './output-route.ts';
import { sendRouted } from './send.ts';

const MAX_LENGTH = 1280;
const IP_HEADER = 40;
const ICMP_HEADER = 8;
const PACKET_TOO_BIG = 2;
const PARAMETER_PROBLEM = 4;
const UNKNOWN_OPTION = 2;
const INFORMATIONAL = 0x80;

export function icmpv6Error(engine: Engine, offender: Packet, message: ErrorMessage): void {
  if (engine.icmpBusy6 || !mayBeTold(offender, message)) return;
  // whoever spoke from an address that is shared, with this host among others, is not known
  if (engine.host.addressType6({ w0: offender.src0, w1: offender.src1, w2: offender.src2, w3: offender.src3 }) === RouteType.Anycast)
    return;
  const reply = engine.pool.take();
  if (reply === null) return;
  const target = { family: 6, dst0: offender.src0, dst1: offender.src1, dst2: offender.src2, dst3: offender.src3 };
  const oif = isLinkLocal6(offender.src0) ? offender.indev : 0;
  if (routeOutput(engine, reply, target, { oif }) && chooseSource(engine, offender, reply)) {
    write(engine, offender, reply, message);
    engine.conntrack.relate(reply, offender);
    sendIcmp6(engine, reply);
  }
  engine.recycle(reply);
}

/** Send an ICMPv6 message of the host; nothing that happens to it is told by another. */
export function sendIcmp6(engine: Engine, reply: Packet): void {
  engine.icmpBusy6 = true;
  sendRouted(engine, reply);
  engine.icmpBusy6 = false;
}

function mayBeTold(offender: Packet, message: ErrorMessage): boolean {
  const { src0, src1, src2, src3 } = offender;
  const toMany = isMulticast6(offender.dst0) || offender.pktType !== PacketType.Host;
  if (toMany && message.type !== PACKET_TOO_BIG && !isToldAlways(offender, message)) return false;
  if (isUnspecified6(src0, src1, src2, src3) || isMulticast6(src0)) return false;
  if (offender.protocol !== ICMPV6) return true;
  if (offender.fragOffset !== 0) return true;
  // a first fragment may end before the header that says what it is (RFC 8200 §4.5)
  if (offender.transportLength < 1) return lastFragmentWord(offender) !== 0;
  return (offender.view.getUint8(offender.transport) & INFORMATIONAL) !== 0;
}

/** Offset and flags of the innermost fragment header in a chain of extension headers; 0 without one. */
function lastFragmentWord({ view, network, networkEnd }: Packet): number {
  let word = 0;
  let kind = view.getUint8(network + 6);
  let at = network + IP_HEADER;
  while (at + 8 <= networkEnd && (kind === HOPOPTS || kind === ROUTING || kind === DSTOPTS || kind === AH || kind === FRAGMENT)) {
    const units = view.getUint8(at + 1);
    const length = kind === FRAGMENT ? 8 : kind === AH ? (units + 2) << 2 : (units + 1) << 3;
    if (kind === FRAGMENT) word = view.getUint16(at + 2);
    kind = view.getUint8(at);
    at += length;
  }
  return word;
}

/** An unknown option whose type asks that the sender be told even when the packet went to many. */
function isToldAlways({ bytes, network }: Packet, { type, code, rest }: ErrorMessage): boolean {
  return type === PARAMETER_PROBLEM && code === UNKNOWN_OPTION && bytes[network + rest]! >> 6 === 2;
}

/** The offender's destination if it is the host's own, or one it shares; else an address of the device it came in by. */
function chooseSource(engine: Engine, offender: Packet, reply: Packet): boolean {
  const { host } = engine;
  const { dst } = reply;
  const many = isMulticast6(offender.dst0) || offender.pktType !== PacketType.Host;
  const own = { w0: offender.dst0, w1: offender.dst1, w2: offender.dst2, w3: offender.dst3 };
  if (!many && (host.isLocal6(own.w0, own.w1, own.w2, own.w3) || host.addressType6(own) === RouteType.Anycast)) {
    dst.src0 = offender.dst0;
    dst.src1 = offender.dst1;
    dst.src2 = offender.dst2;
    dst.src3 = offender.dst3;
    return true;
  }
  const device = offender.indev !== 0 ? offender.indev : dst.dev;
  return useSource6(engine, device, offender, reply);
}

/** Speak to the source of `to` with an address of `device`; false when it has none that fits. */
export function useSource6(engine: Engine, device: number, to: Packet, reply: Packet): boolean {
  const source = engine.host.selectSource6(device, { w0: to.src0, w1: to.src1, w2: to.src2, w3: to.src3 });
  if (source === null) return false;
  const { dst } = reply;
  dst.src0 = source.w0;
  dst.src1 = source.w1;
  dst.src2 = source.w2;
  dst.src3 = source.w3;
  return true;
}

function write(engine: Engine, offender: Packet, reply: Packet, message: ErrorMessage): void {
  const quoted = Math.min(offender.networkLength, MAX_LENGTH - IP_HEADER - ICMP_HEADER);
  blankFrom(reply, offender, IP_HEADER + ICMP_HEADER + quoted);
  const icmp = reply.network + IP_HEADER;
  const { view, bytes } = reply;
  bytes.set(offender.bytes.subarray(offender.network, offender.network + quoted), icmp + ICMP_HEADER);
  view.setUint8(icmp, message.type);
  view.setUint8(icmp + 1, message.code);
  view.setInt32(icmp + 4, message.rest);
  writeHeader6(engine, reply, { length: ICMP_HEADER + quoted, trafficClass: 0, to: offender });
  reply.origin = message.origin;
  sealIcmpv6(reply, ICMP_HEADER + quoted);
}

/** What an ICMPv6 answer needs of its IPv6 header. */
export interface Header6 {
  readonly length: number;
  readonly trafficClass: number;
  /** Whose source becomes the destination. */
  readonly to: Packet;
}

/** IPv6 header of an ICMPv6 message from the route's source address. */
export function writeHeader6(engine: Engine, reply: Packet, header: Header6): void {
  const { view, bytes, network, dst } = reply;
  view.setUint32(network, (0x60000000 | (header.trafficClass << 20)) >>> 0);
  view.setUint16(network + 4, header.length);
  view.setUint8(network + 6, ICMPV6);
  view.setUint8(network + 7, engine.defaultHopLimit);
  view.setInt32(network + 8, dst.src0);
  view.setInt32(network + 12, dst.src1);
  view.setInt32(network + 16, dst.src2);
  view.setInt32(network + 20, dst.src3);
  bytes.set(header.to.bytes.subarray(header.to.network + 8, header.to.network + 24), network + 24);
}

/** Decode a finished ICMPv6 message of `length` octets and set its checksum. */
export function sealIcmpv6(reply: Packet, length: number): void {
  decodeNetwork(reply);
  const { view, network } = reply;
  const icmp = network + IP_HEADER;
  view.setUint16(icmp + 2, 0);
  view.setUint16(icmp + 2, finish(sum16(view, icmp, length, pseudoHeaderSum(reply, ICMPV6, length))));
}
