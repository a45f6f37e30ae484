/**
 * Where a packet's payload lies, for helpers: octets behind the transport header up to the end of the IP packet.
 * @module
 */
import type { Packet } from '../../packet/packet.ts';
import { CtInfo } from '../ctinfo.ts';

const TCP_HEADER = 20;
const UDP_HEADER = 8;
const DATA_OFFSET = 12;

/** Octets of TCP payload of a packet of an established connection; 0: none, or nothing to look at. */
export function tcpPayloadLength(packet: Packet): number {
  const { ctinfo, transportLength } = packet;
  if (ctinfo !== CtInfo.Established && ctinfo !== CtInfo.EstablishedReply) return 0;
  if (transportLength < TCP_HEADER) return 0;
  return Math.max(0, transportLength - tcpHeaderLength(packet));
}

export function tcpHeaderLength(packet: Packet): number {
  return (packet.view.getUint8(packet.transport + DATA_OFFSET) >> 4) << 2;
}

export function udpPayloadLength(packet: Packet): number {
  return Math.max(0, packet.transportLength - UDP_HEADER);
}

/** Whether `text` stands at `at`. Needs: its octets are in the view. */
export function startsWith(view: DataView, at: number, text: string): boolean {
  for (let i = 0; i < text.length; i++) if (view.getUint8(at + i) !== text.charCodeAt(i)) return false;
  return true;
}

/** As startsWith, whatever the case; `text` is in lower case. */
export function startsWithAnyCase(view: DataView, at: number, text: string): boolean {
  for (let i = 0; i < text.length; i++) if (lower(view.getUint8(at + i)) !== text.charCodeAt(i)) return false;
  return true;
}

function lower(octet: number): number {
  return octet >= 0x41 && octet <= 0x5a ? octet + 0x20 : octet;
}

export function isDigit(octet: number): boolean {
  return octet >= 0x30 && octet <= 0x39;
}

/** As the kernel's isalpha: those of Latin-1 too, among which stand a multiplication and a division sign. */
export function isLetter(octet: number): boolean {
  const small = octet | 0x20;
  return (small >= 0x61 && small <= 0x7a) || (octet >= 0xc0 && small !== 0xf7);
}
