/**
 * Replaces a piece of a packet's payload by another, longer or shorter, and keeps lengths and checksums right: the IP header's
 * length, UDP's own, a checksum made anew (an absent one of UDP stays absent); for TCP also the shift of all later numbers of
 * this direction.
 * Kernel counterpart: nf_nat_mangle_tcp_packet, nf_nat_mangle_udp_packet (net/netfilter/nf_nat_helper.c).
 * @module
 */
import type { Conntrack } from '../../conntrack/conntrack.ts';
import { directionOf } from '../../conntrack/ctinfo.ts';
import { tcpHeaderLength } from '../../conntrack/helper/payload.ts';
import { finish, pseudoHeaderSum, sum16 } from '../../inet/checksum.ts';
import { TCP, UDP } from '../../inet/protocol.ts';
import type { Packet } from '../../packet/packet.ts';
import { IPV4_CHECKSUM, IPV4_TOTAL_LENGTH } from '../../wire/ipv4.ts';
import { IPV6_HEADER_LEN, IPV6_PAYLOAD_LENGTH } from '../../wire/ipv6.ts';
import { TCP_CHECKSUM, TCP_SEQ } from '../../wire/tcp.ts';
import { UDP_CHECKSUM, UDP_HEADER_LEN, UDP_LENGTH } from '../../wire/udp.ts';

const MAX_PACKET = 0xffff;

/** Where in the payload, and what to put there (characters up to U+00FF, an octet each). */
export interface Replacement {
  readonly offset: number;
  readonly length: number;
  readonly text: string;
}

/** False when the packet would become too long. */
export function replacePayload(conntrack: Conntrack, packet: Packet, replacement: Replacement): boolean {
  if (!rewritePayload(packet, replacement)) return false;
  const change = replacement.text.length - replacement.length;
  if (packet.protocol === TCP && change !== 0) shiftSequence(conntrack, packet, change);
  return true;
}

/** The same without the shift of later numbers. */
export function rewritePayload(packet: Packet, { offset, length, text }: Replacement): boolean {
  const change = text.length - length;
  if (packet.networkLength + change > MAX_PACKET) return false;
  packet.makeWritable();
  const start = payloadOf(packet) + offset;
  const end = packet.networkEnd;
  if (start + length > end) return false;
  if (change > 0) packet.resizeTail(change);
  packet.bytes.copyWithin(start + text.length, start + length, end);
  if (change < 0) packet.resizeTail(change);
  for (let i = 0; i < text.length; i++) packet.bytes[start + i] = text.charCodeAt(i);
  packet.networkLength += change;
  packet.transportLength += change;
  renewHeader(packet);
  if (packet.protocol === TCP) renewChecksum(packet, TCP_CHECKSUM, TCP);
  else renewUdp(packet);
  return true;
}

/** All numbers behind this segment's are off by `change`. */
export function shiftSequence(conntrack: Conntrack, packet: Packet, change: number): void {
  conntrack.adjustSequence(packet.ct, directionOf(packet.ctinfo), packet.view.getInt32(packet.transport + TCP_SEQ), change);
}

function payloadOf(packet: Packet): number {
  return packet.transport + (packet.protocol === TCP ? tcpHeaderLength(packet) : UDP_HEADER_LEN);
}

function renewHeader(packet: Packet): void {
  const { view, network, networkLength } = packet;
  if (packet.family === 6) {
    view.setUint16(network + IPV6_PAYLOAD_LENGTH, networkLength - IPV6_HEADER_LEN);
    return;
  }
  view.setUint16(network + IPV4_TOTAL_LENGTH, networkLength);
  view.setUint16(network + IPV4_CHECKSUM, 0);
  view.setUint16(network + IPV4_CHECKSUM, finish(sum16(view, network, packet.headerLength)));
}

/** Of an ICMP error too, which a helper takes for a datagram: its own checksum is left behind. */
function renewUdp(packet: Packet): void {
  const { view, transport, transportLength } = packet;
  view.setUint16(transport + UDP_LENGTH, transportLength);
  if (view.getUint16(transport + UDP_CHECKSUM) === 0) return;
  renewChecksum(packet, UDP_CHECKSUM, UDP);
  if (view.getUint16(transport + UDP_CHECKSUM) === 0) view.setUint16(transport + UDP_CHECKSUM, 0xffff);
}

function renewChecksum(packet: Packet, field: number, protocol: number): void {
  const { view, transport, transportLength } = packet;
  view.setUint16(transport + field, 0);
  const sum = sum16(view, transport, transportLength, pseudoHeaderSum(packet, protocol, transportLength));
  view.setUint16(transport + field, finish(sum));
}
