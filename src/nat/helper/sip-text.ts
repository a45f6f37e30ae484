/**
 * Addresses as SIP's NAT half writes them, and the sides of tuples as words.
 * @module
 */
import type { SipMessage } from '../../conntrack/helper/sip-message.ts';
import type { SipPlace } from '../../conntrack/helper/sip-nat.ts';
import type { Tuple } from '../../conntrack/tuple.ts';
import { formatIpv4 } from '../../inet/ipv4.ts';
import { formatIpv6 } from '../../inet/ipv6.ts';
import { rewritePayload } from './payload.ts';

/** Put a text in the place of a piece of a message, whose length follows; false when it cannot be. */
export function rewriteMessage(message: SipMessage, place: SipPlace, text: string): boolean {
  const offset = message.offset + place.offset;
  if (!rewritePayload(message.packet, { offset, length: place.length, text })) return false;
  message.length += text.length - place.length;
  return true;
}

/** An address; one of IPv6 in brackets if that is asked for. */
export function formatSipAddress({ family }: SipMessage, address: Int32Array, bracketed: boolean): string {
  if (family !== 6) return formatIpv4(address[0]!);
  const text = formatIpv6(address[0]!, address[1]!, address[2]!, address[3]!);
  return bracketed ? `[${text}]` : text;
}

export function formatSipEndpoint(message: SipMessage, address: Int32Array, port: number): string {
  return `${formatSipAddress(message, address, true)}:${port}`;
}

export function isSource({ src0, src1, src2, src3 }: Tuple, address: Int32Array): boolean {
  return src0 === address[0] && src1 === address[1] && src2 === address[2] && src3 === address[3];
}

export function isDestination({ dst0, dst1, dst2, dst3 }: Tuple, address: Int32Array): boolean {
  return dst0 === address[0] && dst1 === address[1] && dst2 === address[2] && dst3 === address[3];
}

export function sourceOf({ src0, src1, src2, src3 }: Tuple): Int32Array {
  return Int32Array.of(src0, src1, src2, src3);
}

export function destinationOf({ dst0, dst1, dst2, dst3 }: Tuple): Int32Array {
  return Int32Array.of(dst0, dst1, dst2, dst3);
}
