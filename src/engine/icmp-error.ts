/**
 * ICMP errors the host sends (icmp_send). RFC 1812 §4.3.2, RFC 792.
 *
 *   [ IPv4 20: TOS (tos & 0x1e) | 0xc0, TTL 64, no DF ][ type code checksum rest ][ the offender, as it is now ]
 *
 * Never about errors, later fragments, broadcasts, or what no route was found for. At most 576 octets in all. The error belongs to
 * the offender's connection (RELATED) and walks OUTPUT and POSTROUTING.
 * @module
 */
import { finish, pseudoHeaderSum, sum16 } from '../inet/checksum.ts';
import { ICMP, TCP } from '../inet/protocol.ts';
import { DestinationKind } from '../packet/destination.ts';
import { decodeNetwork } from '../packet/decode.ts';
import { PacketType, Origin, type Packet } from '../packet/packet.ts';
import type { Engine } from './engine.ts';
import { routeOutput } from './output-route.ts';
import { sendRouted } from './send.ts';

const MAX_LENGTH = 576;
const IP_HEADER = 20;
const ICMP_HEADER = 8;
const TCP_CHECKSUM = 16;
const OFFSET_MASK = 0x1fff;
const HIGHEST_TYPE = 18;

export interface ErrorMessage {
  readonly type: number;
  readonly code: number;
  /** The 32 bits behind the checksum. */
  readonly rest: number;
  readonly origin: Origin;
}

/** ICMP types an error may be about (bits): echo, timestamp, information and address mask, asked and answered. */
const MAY_BE_TOLD_OF = 0b111_1110_0001_0000_0001;
/** Errors under icmp_ratelimit (bits): 3, 4, 11, 12; not 3/4. */
const LIMITED = 0x1818;
const FRAG_NEEDED = 4;
const UNREACHABLE = 3;
const PARAMETER_PROBLEM = 12;

export function icmpError(engine: Engine, offender: Packet, message: ErrorMessage): void {
  if (engine.icmpBusy4 || !mayBeTold(offender)) return;
  const limit = message.type === PARAMETER_PROBLEM ? message.rest >>> 24 : offender.headerLength;
  if (!engine.echoed.take(offender, limit)) return;
  const reply = engine.pool.take();
  if (reply === null) return;
  if (routeBack(engine, offender, reply) && isGranted(engine, offender, reply, message)) {
    write(engine, offender, reply, message);
    engine.conntrack.relate(reply, offender);
    sendIcmp4(engine, reply);
  }
  engine.recycle(reply);
}

/** Send an ICMP message of the host; nothing that happens to it is told by another. */
export function sendIcmp4(engine: Engine, reply: Packet): void {
  engine.icmpBusy4 = true;
  sendRouted(engine, reply);
  engine.icmpBusy4 = false;
}

/** icmpv4_xrlim_allow: per correspondent, but not over lo. */
function isGranted(engine: Engine, offender: Packet, reply: Packet, { type, code }: ErrorMessage): boolean {
  if ((LIMITED & (1 << type)) === 0 || (type === UNREACHABLE && code === FRAG_NEEDED)) return true;
  if (reply.dst.dev === engine.host.loopback) return true;
  return engine.errorBuckets.allow(offender.src0, engine.icmpLimitMs, offender.nowUs);
}

function mayBeTold(offender: Packet): boolean {
  const { dst, view, network } = offender;
  if (dst.kind === DestinationKind.None) return false;
  if (offender.pktType !== PacketType.Host || dst.broadcast !== 0 || dst.multicast !== 0) return false;
  if ((view.getUint16(network + 6) & OFFSET_MASK) !== 0) return false;
  if (view.getUint8(network + 9) !== ICMP) return true;
  const at = network + ((view.getUint8(network) & 15) << 2);
  if (at >= offender.end) return false;
  const type = view.getUint8(at);
  return type <= HIGHEST_TYPE && (MAY_BE_TOLD_OF & (1 << type)) !== 0;
}

/** Route to the offender's source; the source of the error is the offender's destination if that is this host. */
function routeBack(engine: Engine, offender: Packet, reply: Packet): boolean {
  const tos = errorTos(offender);
  const own = offender.dst.local !== 0 ? offender.dst0 : 0;
  const target = { family: 4, dst0: offender.src0, dst1: 0, dst2: 0, dst3: 0 };
  if (!routeOutput(engine, reply, target, { tos, src0: own })) return false;
  if (own !== 0) reply.dst.src0 = own;
  return true;
}

function errorTos(offender: Packet): number {
  return (offender.view.getUint8(offender.network + 1) & 0x1e) | 0xc0;
}

function write(engine: Engine, offender: Packet, reply: Packet, message: ErrorMessage): void {
  const header = IP_HEADER + engine.echoed.length;
  const room = Math.min(reply.dst.mtu, MAX_LENGTH) - header - ICMP_HEADER;
  const quoted = Math.min(offender.networkLength, room);
  const total = header + ICMP_HEADER + quoted;
  blankFrom(reply, offender, total);
  const { view, bytes, network } = reply;
  view.setUint8(network, 0x40 | (header >> 2));
  view.setUint8(network + 1, errorTos(offender));
  view.setUint16(network + 2, total);
  view.setUint16(network + 4, engine.random.u16());
  view.setUint8(network + 8, engine.defaultTtl);
  view.setUint8(network + 9, ICMP);
  view.setInt32(network + 12, reply.dst.src0);
  view.setInt32(network + 16, offender.src0);
  engine.echoed.write(reply);
  view.setUint16(network + 10, finish(sum16(view, network, header)));
  const icmp = network + header;
  view.setUint8(icmp, message.type);
  view.setUint8(icmp + 1, message.code);
  view.setInt32(icmp + 4, message.rest);
  bytes.set(offender.bytes.subarray(offender.network, offender.network + quoted), icmp + ICMP_HEADER);
  if (offender.origin === Origin.Reject && offender.protocol === TCP && quoted === offender.networkLength)
    leaveUnfinished(offender, reply, icmp);
  view.setUint16(icmp + 2, finish(sum16(view, icmp, ICMP_HEADER + quoted)));
  reply.origin = message.origin;
  decodeNetwork(reply);
}

/** The kernel finishes the checksum of its own reset on the device only: a quote made before shows the pseudo header's sum. */
function leaveUnfinished(offender: Packet, reply: Packet, icmp: number): void {
  const at = icmp + ICMP_HEADER + (offender.transport - offender.network) + TCP_CHECKSUM;
  reply.view.setUint16(at, pseudoHeaderSum(offender, TCP, offender.transportLength));
}

/** A blank packet of `length` octets that shares the arrival of the one it answers. */
export function blankFrom(reply: Packet, cause: Packet, length: number): void {
  reply.blank(length);
  reply.network = reply.start;
  reply.index = cause.index;
  reply.nowUs = cause.nowUs;
  reply.remainderNs = cause.remainderNs;
}
