/**
 * TCP resets of the REJECT target (nf_send_reset, nf_send_reset6). RFC 9293 §3.10.7.1.
 *
 *   offender has ACK:  RST, seq = its ack          otherwise:  RST|ACK, seq 0, ack = seq + SYN + FIN + data
 *
 * Sent from the offender's destination, whoever owns it; nothing answers a reset, a truncated or a wrong segment.
 * @module
 */
import { finish, pseudoHeaderSum, sum16 } from '../inet/checksum.ts';
import { TCP } from '../inet/protocol.ts';
import { decodeNetwork } from '../packet/decode.ts';
import { Origin, type Packet } from '../packet/packet.ts';
import { resettable } from './checksum-check.ts';
import type { Engine } from './engine.ts';
import { blankFrom } from './icmp-error.ts';
import { isMulticast6 } from './address6.ts';
import { routeOutput } from './output-route.ts';
import { sendRouted } from './send.ts';

const FIN = 1;
const SYN = 2;
const RST = 4;
const ACK = 16;
const TCP_HEADER = 20;

export function tcpReset(engine: Engine, offender: Packet): void {
  if (!mayBeReset(engine, offender)) return;
  const reply = engine.pool.take();
  if (reply === null) return;
  writeReset(engine, offender, reply, { origin: Origin.Reject, tos: 0, echo: false });
  if (routeReset(engine, offender, reply)) {
    engine.conntrack.relate(reply, offender);
    engine.conntrack.forceClose(offender);
    sendRouted(engine, reply);
  }
  engine.recycle(reply);
}

function mayBeReset(engine: Engine, offender: Packet): boolean {
  const { dst } = offender;
  if (offender.protocol !== TCP || offender.fragOffset !== 0 || offender.transportLength < TCP_HEADER) return false;
  if ((offender.view.getUint8(offender.transport + 13) & RST) !== 0) return false;
  if (offender.family === 4) {
    if (dst.broadcast !== 0 || dst.multicast !== 0) return false;
  } else if (isMulticast6(offender.src0) || isMulticast6(offender.dst0) || unspecified(offender)) return false;
  return resettable(engine, offender);
}

function unspecified(packet: Packet): boolean {
  return (packet.src0 | packet.src1 | packet.src2 | packet.src3) === 0;
}

/** Route an answer that comes from the offender's destination; false: there is no way, or it is too narrow. */
export function routeReset(engine: Engine, offender: Packet, reply: Packet): boolean {
  if (!routeOutput(engine, reply, reply, { src0: reply.src0 })) return false;
  reply.view.setUint8(reply.network + (offender.family === 6 ? 7 : 8), offender.family === 6 ? engine.defaultHopLimit : engine.defaultTtl);
  if (offender.family === 4) refreshHeaderChecksum(reply);
  return reply.networkLength <= reply.dst.mtu;
}

function refreshHeaderChecksum(reply: Packet): void {
  const { view, network } = reply;
  view.setUint16(network + 10, 0);
  view.setUint16(network + 10, finish(sum16(view, network, reply.headerLength)));
}

/** Who sends the reset, with which TOS or traffic class, and whether IPv4 options are taken over (`engine.echoed`). */
export interface ResetManner {
  readonly origin: Origin;
  readonly echo: boolean;
  readonly tos: number;
}

/** Fill `reply` with the reset that answers `offender`, decoded; the route is the caller's. */
export function writeReset(engine: Engine, offender: Packet, reply: Packet, manner: ResetManner): void {
  const v6 = offender.family === 6;
  const header = v6 ? 40 : 20 + (manner.echo ? engine.echoed.length : 0);
  blankFrom(reply, offender, header + TCP_HEADER);
  writeAnswerHeader(engine, offender, reply, { ...manner, length: TCP_HEADER });
  writeTcp(offender, reply, reply.network + header);
  reply.origin = manner.origin;
  decodeNetwork(reply);
  const { view, transport } = reply;
  view.setUint16(transport + 16, finish(sum16(view, transport, TCP_HEADER, pseudoHeaderSum(reply, TCP, TCP_HEADER))));
}

interface AnswerManner extends ResetManner {
  /** Octets behind the IP header. */
  readonly length: number;
}

/** The IP header of a TCP answer, from the offender's destination to its source. Needs: room for it, blank. */
export function writeAnswerHeader(engine: Engine, offender: Packet, reply: Packet, manner: AnswerManner): void {
  if (offender.family === 6) writeIpv6(engine, offender, reply, manner);
  else writeIpv4(engine, offender, reply, manner);
}

function writeIpv4(engine: Engine, offender: Packet, reply: Packet, manner: AnswerManner): void {
  const { view, network } = reply;
  const header = 20 + (manner.echo ? engine.echoed.length : 0);
  view.setUint8(network, 0x40 | (header >> 2));
  view.setUint8(network + 1, manner.tos);
  view.setUint16(network + 2, header + manner.length);
  view.setUint16(network + 6, 0x4000);
  view.setUint8(network + 8, engine.defaultTtl);
  view.setUint8(network + 9, TCP);
  view.setInt32(network + 12, offender.dst0);
  view.setInt32(network + 16, offender.src0);
  if (manner.echo) engine.echoed.write(reply);
  view.setUint16(network + 10, finish(sum16(view, network, header)));
}

function writeIpv6(engine: Engine, offender: Packet, reply: Packet, { tos, length }: AnswerManner): void {
  const { view, network, bytes } = reply;
  view.setUint32(network, (0x60000000 | (tos << 20)) >>> 0);
  view.setUint16(network + 4, length);
  view.setUint8(network + 6, TCP);
  view.setUint8(network + 7, engine.defaultHopLimit);
  const from = offender.network;
  bytes.set(offender.bytes.subarray(from + 24, from + 40), network + 8);
  bytes.set(offender.bytes.subarray(from + 8, from + 24), network + 24);
}

function writeTcp(offender: Packet, reply: Packet, at: number): void {
  const { view } = reply;
  const old = offender.view;
  const from = offender.transport;
  const flags = old.getUint8(from + 13);
  view.setUint16(at, old.getUint16(from + 2));
  view.setUint16(at + 2, old.getUint16(from));
  if ((flags & ACK) !== 0) {
    view.setInt32(at + 4, old.getInt32(from + 8));
    view.setUint8(at + 13, RST);
  } else {
    const data = offender.transportLength - ((old.getUint8(from + 12) >> 4) << 2);
    const extra = ((flags & SYN) !== 0 ? 1 : 0) + ((flags & FIN) !== 0 ? 1 : 0);
    view.setInt32(at + 8, (old.getInt32(from + 4) + extra + data) | 0);
    view.setUint8(at + 13, RST | ACK);
  }
  view.setUint8(at + 12, 0x50);
}
