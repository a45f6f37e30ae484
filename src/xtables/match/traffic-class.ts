/**
 * The octet that IPv4 calls TOS and IPv6 calls traffic class: six bits of DSCP (RFC 2474), two of ECN (RFC 3168).
 * @module
 */
import type { ReadonlyPacket } from '../../packet/packet.ts';
import { IPV4_TOS } from '../../wire/ipv4.ts';

export function trafficClass(packet: ReadonlyPacket): number {
  if (packet.family === 4) return packet.view.getUint8(packet.network + IPV4_TOS);
  return (packet.view.getUint16(packet.network) >>> 4) & 0xff;
}
