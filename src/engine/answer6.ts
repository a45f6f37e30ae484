/**
 * What an IPv6 host does with a packet that reached it: extension headers in their order, then echo replies, resets and port
 * unreachable; a header it does not know is a parameter problem. RFC 8200 §4, RFC 4443.
 * Kernel counterpart: net/ipv6/{ip6_input,exthdrs,icmp,tcp_ipv6,udp}.c.
 * @module
 */
import { sum16, pseudoHeaderSum } from '../inet/checksum.ts';
import { DSTOPTS, FRAGMENT, HOPOPTS, ICMPV6, NONE, ROUTING, TCP, UDP, UDPLITE } from '../inet/protocol.ts';
import { isHeaderChainCut } from '../conntrack/defrag6.ts';
import { Origin, PacketType, type Packet } from '../packet/packet.ts';
import { isLinkLocal6, isLoopback6, isMulticast6 } from './address6.ts';
import { datagramHolds, sendStackReset } from './answer4.ts';
import { isMistrusted, transportChecksumHolds } from './checksum-check.ts';
import type { Engine } from './engine.ts';
import { sealIcmpv6, sendIcmp6, useSource6, writeHeader6 } from './icmpv6-error.ts';
import { RouteType } from '../packet/destination.ts';
import { blankFrom } from './icmp-error.ts';
import { readOptions6 } from './options6.ts';
import { routeOutput } from './output-route.ts';

const HEADER = 40;
const TOO_BIG = 2;
const ECHO_REQUEST = 128;
const ECHO_REPLY = 129;
const UNREACHABLE = 1;
const CODE_PORT = 4;
const PARAMETER_PROBLEM = 4;
const CODE_FIELD = 0;
const CODE_NEXT_HEADER = 1;
const CODE_INCOMPLETE_CHAIN = 3;
const MAX_HEADERS = 16;
const RST = 4;
/** Multicast routing takes it (pim6_rcv). */
const PIM = 103;
const FRAGMENT_HEADER = 8;
const OFFSET = 0xfff8;
const MORE = 1;
const OFFSET_AND_MORE = 0xfff9;
const PAYLOAD_LENGTH = 4;
const MAX_PAYLOAD = 65_535;

export function answer6(engine: Engine, packet: Packet): void {
  let passedFragment = packet.reassembledAt !== 0;
  // one that stood behind the fragment header was no hop-by-hop header while it travelled, and is none now
  const hopByHop = packet.bytes[packet.network + 6] === HOPOPTS && packet.reassembledAt !== HEADER;
  let nextAt = hopByHop ? HEADER : 6;
  let at = HEADER;
  if (hopByHop) at += (packet.bytes[packet.network + HEADER + 1]! + 1) << 3;
  // After reassembly the kernel goes on where the fragment header was, with the headers in front still to be read.
  if (packet.reassembledAt !== 0) at = packet.reassembledAt;
  for (let count = 0; count < MAX_HEADERS; count++) {
    const kind = packet.bytes[packet.network + nextAt]!;
    if (kind === DSTOPTS) {
      if (!readOptions6(engine, packet, at, 'destination')) return;
    } else if (kind === ROUTING) {
      if (!takesRoutingHeader(engine, packet, at)) return;
    } else if (kind === FRAGMENT) {
      if (!takesFragment(engine, packet, { at, again: passedFragment })) return;
      passedFragment = true;
    } else {
      answerUpper(engine, packet, { kind, at, nextAt });
      return;
    }
    if (at + 8 > packet.networkLength) return;
    nextAt = at;
    at += kind === FRAGMENT ? FRAGMENT_HEADER : (packet.bytes[packet.network + at + 1]! + 1) << 3;
  }
}

interface Upper {
  readonly kind: number;
  readonly at: number;
  readonly nextAt: number;
}

function answerUpper(engine: Engine, packet: Packet, upper: Upper): void {
  const known = upper.kind === ICMPV6 || upper.kind === TCP || upper.kind === UDP || upper.kind === UDPLITE;
  if (known) {
    if (upper.at !== packet.headerLength) return;
    engine.conntrack.release(packet);
  }
  if (upper.kind === ICMPV6) answerIcmpv6(engine, packet);
  else if (upper.kind === TCP) answerTcp6(engine, packet);
  else if (upper.kind === UDP || upper.kind === UDPLITE) answerUdp6(engine, packet);
  else if (upper.kind === NONE || upper.kind === PIM || engine.sockets.takesProtocol(upper.kind)) return;
  else engine.icmpv6Error(packet, PARAMETER_PROBLEM, CODE_NEXT_HEADER, upper.nextAt, 'stack');
}

/** ipv6_frag_rcv: an atomic fragment is passed, once; pieces wait for the others, and the whole is answered then. */
function takesFragment(engine: Engine, packet: Packet, { at, again }: { readonly at: number; readonly again: boolean }): boolean {
  const { view, network, networkLength } = packet;
  if (again || at + FRAGMENT_HEADER > networkLength) return refuse(engine, packet, at);
  const field = view.getUint16(network + at + 2);
  if ((field & OFFSET_AND_MORE) === 0) return true;
  if ((field & OFFSET) === 0 && isHeaderChainCut(packet, network + at)) {
    engine.icmpv6Error(packet, PARAMETER_PROBLEM, CODE_INCOMPLETE_CHAIN, 0, 'stack');
    return false;
  }
  const end = (field & OFFSET) + networkLength - at - FRAGMENT_HEADER;
  if (end > MAX_PAYLOAD) return refuse(engine, packet, at + 2);
  if ((field & MORE) !== 0 && (end & 7) !== 0) return refuse(engine, packet, PAYLOAD_LENGTH);
  const before = packet.reassembledAt;
  if (engine.conntrack.reassembleForDelivery(packet) === 1 && packet.reassembledAt !== before) answer6(engine, packet);
  return false;
}

/** Answer that the field at `pointer` is wrong. */
function refuse(engine: Engine, packet: Packet, pointer: number): boolean {
  engine.icmpv6Error(packet, PARAMETER_PROBLEM, CODE_FIELD, pointer, 'stack');
  return false;
}

/** ipv6_rthdr_rcv without source routing: a used-up header is passed, any other refused. */
function takesRoutingHeader(engine: Engine, packet: Packet, at: number): boolean {
  const { bytes, network } = packet;
  if (at + 8 > packet.networkLength || at + ((bytes[network + at + 1]! + 1) << 3) > packet.networkLength) return false;
  if (isMulticast6(packet.dst0) || packet.pktType !== PacketType.Host) return false;
  const type = bytes[network + at + 2]!;
  const left = bytes[network + at + 3]!;
  if (type === 3 || type === 4) return false;
  if (left === 0) return true;
  return refuse(engine, packet, at + 2);
}

function answerIcmpv6(engine: Engine, packet: Packet): void {
  const { view, transport, transportLength } = packet;
  if (transportLength < 8 || !checksumHolds(packet)) return;
  if (view.getUint8(transport) === TOO_BIG) engine.pathMtu.learn6(packet);
  if (view.getUint8(transport) !== ECHO_REQUEST) return;
  if (engine.host.sysctl('net.ipv6.icmp.echo_ignore_all', 0) !== 0) return;
  if (isMulticast6(packet.dst0) && engine.host.sysctl('net.ipv6.icmp.echo_ignore_multicast', 0) !== 0) return;
  if (engine.icmpBusy6) return;
  const reply = engine.pool.take();
  if (reply === null) return;
  const target = { family: 6, dst0: packet.src0, dst1: packet.src1, dst2: packet.src2, dst3: packet.src3 };
  // a question to many is answered on its link, or not at all
  const oif = isOwnAddress(engine, packet) ? 0 : packet.indev;
  if (routeOutput(engine, reply, target, { oif }) && echoSource(engine, packet, reply)) {
    blankFrom(reply, packet, HEADER + transportLength);
    const icmp = reply.network + HEADER;
    reply.bytes.set(packet.bytes.subarray(transport, transport + transportLength), icmp);
    reply.view.setUint8(icmp, ECHO_REPLY);
    writeHeader6(engine, reply, { length: transportLength, trafficClass: (view.getUint16(packet.network) >> 4) & 0xff, to: packet });
    reply.origin = Origin.Stack;
    sealIcmpv6(reply, transportLength);
    sendIcmp6(engine, reply);
  }
  engine.recycle(reply);
}

/** The address that was asked, or for a multicast or anycast one of the way out. */
function echoSource(engine: Engine, packet: Packet, reply: Packet): boolean {
  const { dst } = reply;
  if (isOwnAddress(engine, packet)) {
    dst.src0 = packet.dst0;
    dst.src1 = packet.dst1;
    dst.src2 = packet.dst2;
    dst.src3 = packet.dst3;
    return true;
  }
  return useSource6(engine, dst.dev, packet, reply);
}

function isOwnAddress(engine: Engine, packet: Packet): boolean {
  return !isMulticast6(packet.dst0) && !isAnycast(engine, packet);
}

function isAnycast(engine: Engine, packet: Packet): boolean {
  const address = { w0: packet.dst0, w1: packet.dst1, w2: packet.dst2, w3: packet.dst3 };
  return engine.host.addressType6(address) === RouteType.Anycast;
}

function checksumHolds(packet: Packet): boolean {
  const { view, transport, transportLength } = packet;
  return sum16(view, transport, transportLength, pseudoHeaderSum(packet, ICMPV6, transportLength)) === 0xffff;
}

function answerTcp6(engine: Engine, packet: Packet): void {
  const { view, transport, transportLength } = packet;
  if (packet.pktType !== PacketType.Host || transportLength < 20) return;
  const headerLength = (view.getUint8(transport + 12) >> 4) << 2;
  if (headerLength < 20 || headerLength > transportLength) return;
  if (!transportChecksumHolds(packet) || (view.getUint8(transport + 13) & RST) !== 0) return;
  if (isMulticast6(packet.dst0) || engine.sockets.take(packet)) return;
  if (isAnycast(engine, packet)) return;
  sendStackReset(engine, packet, needsDevice(packet) ? arrivalDevice(engine, packet) : 0);
}

/** Whether the sender's address means nothing without a device (rt6_need_strict): ::1, fe80::/10. */
function needsDevice({ src0, src1, src2, src3 }: Packet): boolean {
  return isLinkLocal6(src0) || isLoopback6(src0, src1, src2, src3);
}

/** The device a packet counts as come in by: of one that came back over lo, the device that has the address it went to. */
function arrivalDevice({ host }: Engine, packet: Packet): number {
  if (packet.looped === 0) return packet.indev;
  for (const { index, addresses6 } of host.interfaces) {
    for (const { w0, w1, w2, w3 } of addresses6) {
      if (w0 === packet.dst0 && w1 === packet.dst1 && w2 === packet.dst2 && w3 === packet.dst3) return index;
    }
  }
  return packet.indev;
}

function answerUdp6(engine: Engine, packet: Packet): void {
  const { view, transport, transportLength } = packet;
  if (transportLength < 8) return;
  const stated = view.getUint16(transport + 4);
  const length = stated === 0 ? transportLength : stated;
  if (length > transportLength || length < 8 || isMulticast6(packet.dst0)) return;
  if (engine.sockets.take(packet)) return;
  if (view.getUint16(transport + 6) === 0 || !datagramHolds(packet, length) || isMistrusted(packet, length)) return;
  engine.icmpv6Error(packet, UNREACHABLE, CODE_PORT, 0, 'stack');
}
