/**
 * What an IPv4 host does with a packet that reached it: echo and timestamp replies, resets and port unreachable from closed ports, protocol
 * unreachable. Sockets are those of `host.listeners`; what they are sent is taken in silence.
 * Kernel counterpart: net/ipv4/{icmp,tcp_ipv4,udp}.c.
 * @module
 */
import { finish, pseudoHeaderSum, sum16 } from '../inet/checksum.ts';
import { ICMP, IGMP, TCP, UDP, UDPLITE } from '../inet/protocol.ts';
import { RouteType } from '../packet/destination.ts';
import { decodeNetwork } from '../packet/decode.ts';
import { Origin, PacketType, type Packet } from '../packet/packet.ts';
import { transportChecksumHolds } from './checksum-check.ts';
import type { Engine } from './engine.ts';
import { blankFrom, sendIcmp4 } from './icmp-error.ts';
import { routeOutput } from './output-route.ts';
import { sendRouted } from './send.ts';
import { writeReset } from './tcp-reset.ts';
import { resetQuery4 } from './route-scratch.ts';

const ECHO = 8;
const ECHO_REPLY = 0;
const TIMESTAMP = 13;
const TIMESTAMP_REPLY = 14;
/** A timestamp message: header, and three times. */
const TIMESTAMP_LEN = 20;
const DAY_MS = 86_400_000;
const UNREACHABLE = 3;
const CODE_PROTOCOL = 2;
const CODE_PORT = 3;
const CODE_FRAG_NEEDED = 4;
const TCP_HEADER = 20;
const UDP_HEADER = 8;
const ICMP_HEADER = 8;
const RST = 4;
const ECN = 3;
/** Multicast routing takes it (pim_rcv). */
const PIM = 103;

export function answer4(engine: Engine, packet: Packet): void {
  const { protocol } = packet;
  if (protocol === ICMP) answerIcmp(engine, packet);
  else if (protocol === TCP) answerTcp(engine, packet);
  else if (protocol === UDP || protocol === UDPLITE) answerUdp(engine, packet);
  else if (protocol === IGMP || protocol === PIM || engine.sockets.takesProtocol(protocol)) return;
  else engine.icmpError(packet, UNREACHABLE, CODE_PROTOCOL, 0, 'stack');
}

function answerIcmp(engine: Engine, packet: Packet): void {
  const { view, transport, transportLength, dst } = packet;
  if (transportLength < ICMP_HEADER || sum16(view, transport, transportLength) !== 0xffff) return;
  if (isFragmentationNeeded(packet) && (dst.broadcast | dst.multicast) === 0) engine.pathMtu.learn4(packet);
  const type = view.getUint8(transport);
  if (type !== ECHO && (type !== TIMESTAMP || transportLength < ICMP_HEADER + 4)) return;
  if (type === ECHO && engine.host.sysctl('net.ipv4.icmp_echo_ignore_all', 0) !== 0) return;
  if ((dst.broadcast !== 0 || dst.multicast !== 0) && engine.host.sysctl('net.ipv4.icmp_echo_ignore_broadcasts', 1) !== 0) return;
  if (engine.icmpBusy4 || !engine.echoed.take(packet)) return;
  const reply = engine.pool.take();
  if (reply === null) return;
  const target = { family: 4, dst0: packet.src0, dst1: 0, dst2: 0, dst3: 0 };
  const tos = view.getUint8(packet.network + 1);
  const own = ownAddress(engine, packet);
  if (routeOutput(engine, reply, target, { tos, src0: own })) {
    reply.dst.src0 = own;
    writeReply(engine, packet, reply, { tos, type });
    sendIcmp4(engine, reply);
  }
  engine.recycle(reply);
}

/** fib_compute_spec_dst: the packet's destination, or for a broadcast the host's address towards the sender. */
function ownAddress(engine: Engine, packet: Packet): number {
  if (packet.dst.broadcast === 0 && packet.dst.multicast === 0) return packet.dst0;
  const { query, result } = engine.host.scratch4;
  resetQuery4(query, packet.src0, 0);
  query.iif = engine.host.loopback;
  engine.host.route4(query, result);
  if (result.type === RouteType.Unicast && result.prefSrc !== 0) return result.prefSrc;
  return engine.host.selectAddress4(packet.indev, packet.src0) ?? 0;
}

function writeReply(engine: Engine, packet: Packet, reply: Packet, { tos, type }: { readonly tos: number; readonly type: number }): void {
  const header = 20 + engine.echoed.length;
  const length = type === ECHO ? packet.transportLength : TIMESTAMP_LEN;
  blankFrom(reply, packet, header + length);
  const { view, bytes, network } = reply;
  view.setUint8(network, 0x40 | (header >> 2));
  view.setUint8(network + 1, tos);
  view.setUint16(network + 2, header + length);
  view.setUint16(network + 4, engine.random.u16());
  view.setUint8(network + 8, engine.defaultTtl);
  view.setUint8(network + 9, ICMP);
  view.setInt32(network + 12, reply.dst.src0);
  view.setInt32(network + 16, packet.src0);
  engine.echoed.write(reply);
  view.setUint16(network + 10, finish(sum16(view, network, header)));
  const icmp = network + header;
  const copied = type === ECHO ? length : ICMP_HEADER + 4;
  bytes.set(packet.bytes.subarray(packet.transport, packet.transport + copied), icmp);
  view.setUint8(icmp, type === ECHO ? ECHO_REPLY : TIMESTAMP_REPLY);
  if (type === TIMESTAMP) writeTimes(view, icmp, packet.nowUs);
  view.setUint16(icmp + 2, 0);
  view.setUint16(icmp + 2, finish(sum16(view, icmp, length)));
  reply.origin = Origin.Stack;
  decodeNetwork(reply);
}

/** RFC 792: when the request came, and when the reply goes, in milliseconds since midnight UT. The code is 0, whatever was asked. */
function writeTimes(view: DataView, icmp: number, nowUs: number): void {
  const time = Math.floor(nowUs / 1000) % DAY_MS;
  view.setUint8(icmp + 1, 0);
  view.setUint32(icmp + ICMP_HEADER + 4, time);
  view.setUint32(icmp + ICMP_HEADER + 8, time);
}

function isFragmentationNeeded({ view, transport }: Packet): boolean {
  return view.getUint8(transport) === UNREACHABLE && view.getUint8(transport + 1) === CODE_FRAG_NEEDED;
}

function answerTcp(engine: Engine, packet: Packet): void {
  const { view, transport, transportLength } = packet;
  if (packet.pktType !== PacketType.Host || transportLength < TCP_HEADER) return;
  const headerLength = (view.getUint8(transport + 12) >> 4) << 2;
  if (headerLength < TCP_HEADER || headerLength > transportLength) return;
  if (!transportChecksumHolds(packet) || (view.getUint8(transport + 13) & RST) !== 0) return;
  if (packet.dst.broadcast !== 0 || packet.dst.multicast !== 0) return;
  if (engine.sockets.take(packet)) return;
  sendStackReset(engine, packet);
}

/** tcp_v4_send_reset, tcp_v6_send_reset: from the closed port, keeping the offender's DSCP; out of device `oif` if not 0. */
export function sendStackReset(engine: Engine, packet: Packet, oif = 0): void {
  if (!engine.echoed.take(packet)) return;
  const reply = engine.pool.take();
  if (reply === null) return;
  const { view, network } = packet;
  const trafficClass = packet.family === 6 ? (view.getUint16(network) >> 4) & 0xff : view.getUint8(network + 1);
  const tos = trafficClass & ~ECN;
  writeReset(engine, packet, reply, { origin: Origin.Stack, tos, echo: packet.family === 4 });
  if (routeOutput(engine, reply, reply, { tos, oif, src0: packet.dst0 })) sendRouted(engine, reply);
  engine.recycle(reply);
}

function answerUdp(engine: Engine, packet: Packet): void {
  const { view, transport, transportLength, dst } = packet;
  if (transportLength < UDP_HEADER) return;
  const length = view.getUint16(transport + 4);
  if (length > transportLength || length < UDP_HEADER) return;
  if (dst.broadcast !== 0 || dst.multicast !== 0) return;
  if (engine.sockets.take(packet)) return;
  if (view.getUint16(transport + 6) !== 0 && !datagramHolds(packet, length)) return;
  // no socket: the datagram has left its connection behind when it is told of (nf_reset_ct)
  engine.conntrack.release(packet);
  engine.icmpError(packet, UNREACHABLE, CODE_PORT, 0, 'stack');
}

/** The checksum over the datagram's own length; octets behind it are not the datagram's. */
export function datagramHolds(packet: Packet, length: number): boolean {
  return sum16(packet.view, packet.transport, length, pseudoHeaderSum(packet, packet.protocol, length)) === 0xffff;
}
