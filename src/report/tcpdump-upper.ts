/**
 * What tcpdump prints of an upper-layer packet is made from: where it starts, what was captured of it, how long it claims to
 * be. One value for every formatter of this family of files.
 * @module
 */
import { formatIpv4 } from '../inet/ipv4.ts';
import { formatIpv6 } from '../inet/ipv6.ts';
import type { ReadonlyPacket } from '../packet/packet.ts';
import type { Conversations } from './tcpdump-tcp.ts';

export interface Upper {
  readonly packet: ReadonlyPacket;
  readonly protocol: number;
  /** First octet. */
  readonly at: number;
  /** Octets captured from there to the end of the IP packet. */
  readonly captured: number;
  /** Octets the IP header claims from there. */
  readonly length: number;
  /** Whether the line has the addresses already: behind an extension header or AH only ports are added. */
  readonly named: boolean;
  readonly conversations: Conversations | null;
}

export function sourceOf(packet: ReadonlyPacket): string {
  if (packet.family === 4) return formatIpv4(packet.src0);
  return formatIpv6(packet.src0, packet.src1, packet.src2, packet.src3);
}

export function destinationOf(packet: ReadonlyPacket): string {
  if (packet.family === 4) return formatIpv4(packet.dst0);
  return formatIpv6(packet.dst0, packet.dst1, packet.dst2, packet.dst3);
}

/** `a > b: ` unless the line has it. */
export function hosts(upper: Upper): string {
  return upper.named ? '' : `${sourceOf(upper.packet)} > ${destinationOf(upper.packet)}: `;
}

/** `a.1024 > b.80: `, or the ports alone. Needs: four octets captured. */
export function ends(upper: Upper): string {
  const { packet, at } = upper;
  const src = packet.view.getUint16(at);
  const dst = packet.view.getUint16(at + 2);
  if (upper.named) return `${src} > ${dst}: `;
  return `${sourceOf(packet)}.${src} > ${destinationOf(packet)}.${dst}: `;
}

/** Octets as hex digits. */
export function hexDigits(bytes: Uint8Array, from: number, to: number): string {
  let text = '';
  for (let at = from; at < to; at++) text += bytes[at]!.toString(16).padStart(2, '0');
  return text;
}

/** An IPv6 address that stands in the packet. */
export function ipv6At(view: DataView, at: number): string {
  return formatIpv6(view.getInt32(at), view.getInt32(at + 4), view.getInt32(at + 8), view.getInt32(at + 12));
}
