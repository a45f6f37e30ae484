/**
 * IPv6 extension headers, walked as the kernel's matches walk them: look for one kind of header (ipv6_find_hdr), or for the
 * place where ports may stand (ipv6_skip_exthdr). RFC 8200 §4.
 *
 *   +-------------+-------------+------------------------+
 *   | next header | length      | ...                    |   length counts 8 octets beyond the first 8; AH's counts 4
 *   +-------------+-------------+------------------------+   beyond the first 8; a fragment header has always 8 octets
 *
 * Offsets are absolute in `packet.view`. Every step moves at least 8 octets on, so a walk ends with the packet.
 * @module
 */
import * as ipproto from '../../inet/protocol.ts';
import type { ReadonlyPacket } from '../../packet/packet.ts';

/** No such header. */
export const ABSENT = -1;
/** The chain cannot be followed: a header that is cut off. */
export const BROKEN = -2;

export const FIXED_HEADER_LEN = 40;
const NEXT_HEADER = 6;
/** Octets of the part that all extension headers share. */
const COMMON_LEN = 2;
const ROUTING_LEN = 4;
const FRAGMENT_LEN = 8;
const FRAG_OFF = 2;
/** Bits of the fragment offset. */
const OFFSET_MASK = 0xfff8;

/** The first extension header's kind. */
export function firstHeader(packet: ReadonlyPacket): number {
  return packet.view.getUint8(packet.network + NEXT_HEADER);
}

/** Whether a header has another behind it (ESP is not among them: nobody can look into it). */
export function isExtension(nextHeader: number): boolean {
  switch (nextHeader) {
    case ipproto.HOPOPTS:
    case ipproto.ROUTING:
    case ipproto.FRAGMENT:
    case ipproto.AH:
    case ipproto.NONE:
    case ipproto.DSTOPTS:
      return true;
    default:
      return false;
  }
}

/** Octets of an extension header by its own account. */
export function lengthOf(view: DataView, at: number, kind: number): number {
  const length = view.getUint8(at + 1);
  if (kind === ipproto.FRAGMENT) return FRAGMENT_LEN;
  return kind === ipproto.AH ? (length + 2) << 2 : (length + 1) << 3;
}

/** Offset of the first header of this kind, ABSENT, or BROKEN. A later fragment ends the walk. */
export function findHeader(packet: ReadonlyPacket, kind: number): number {
  const { view, networkEnd } = packet;
  let at = packet.network + FIXED_HEADER_LEN;
  if (at > networkEnd) return BROKEN;
  let next = firstHeader(packet);
  for (;;) {
    if (!isExtension(next) || next === ipproto.NONE) return next === kind ? at : ABSENT;
    if (at + COMMON_LEN > networkEnd) return BROKEN;
    if (next === ipproto.ROUTING && at + ROUTING_LEN > networkEnd) return BROKEN;
    if (next === ipproto.FRAGMENT) {
      if (at + FRAG_OFF + 2 > networkEnd) return BROKEN;
      if ((view.getUint16(at + FRAG_OFF) & OFFSET_MASK) !== 0 && next !== kind) return ABSENT;
    }
    if (next === kind) return at;
    const length = lengthOf(view, at, next);
    next = view.getUint8(at);
    at += length;
  }
}

/** What skipExtensions found: the header behind the extensions and where it starts. Reused. */
export class Landing {
  protocol = 0;
  offset = 0;
}

/** Walk over all extension headers. A later fragment stops at its fragment header. False: "no next header", or cut off. */
export function skipExtensions(packet: ReadonlyPacket, landing: Landing): boolean {
  const { view, networkEnd } = packet;
  let at = packet.network + FIXED_HEADER_LEN;
  if (at > networkEnd) return false;
  let next = firstHeader(packet);
  while (isExtension(next)) {
    if (next === ipproto.NONE || at + COMMON_LEN > networkEnd) return false;
    if (next === ipproto.FRAGMENT) {
      if (at + FRAG_OFF + 2 > networkEnd) return false;
      if ((view.getUint16(at + FRAG_OFF) & OFFSET_MASK) !== 0) break;
    }
    const length = lengthOf(view, at, next);
    next = view.getUint8(at);
    at += length;
  }
  landing.protocol = next;
  landing.offset = at;
  return true;
}
