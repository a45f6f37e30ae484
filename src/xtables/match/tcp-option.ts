/**
 * Looks for options in a TCP header as the kernel's matches do. RFC 9293 §3.2.
 *
 * The walk trusts lengths: a length of 0 counts as 1, and one that runs too far ends the walk, so that whatever octet it lands
 * on is taken for a kind. That is what the kernel does, and a crafted header may use it.
 * @module
 */
import type { ReadonlyPacket } from '../../packet/packet.ts';
import { TCP_HEADER_LEN } from '../../wire/tcp.ts';

/** Offset of the octet whose upper half is the header's length in words. */
const DATA_OFFSET = 12;

/** Kinds below this have no length octet: end of list and padding. */
const FIRST_WITH_LENGTH = 2;
const MSS = 2;
const MSS_LEN = 4;

export const ABSENT = -1;
/** The header says it is longer than it is, or shorter than it can be. */
export const UNREADABLE = -2;
export const FOUND = 1;

/** Octets of options of the header at `at`, or UNREADABLE. Needs: 20 octets there. */
function optionsLength(packet: ReadonlyPacket, at: number): number {
  const length = (packet.view.getUint8(at + DATA_OFFSET) >>> 4) << 2;
  return length < TCP_HEADER_LEN || at + length > packet.networkEnd ? UNREADABLE : length - TCP_HEADER_LEN;
}

/** FOUND, ABSENT or UNREADABLE. Needs: 20 octets at `transport`. */
export function findTcpOption(packet: ReadonlyPacket, kind: number): number {
  const length = optionsLength(packet, packet.transport);
  if (length === UNREADABLE) return UNREADABLE;
  const { view } = packet;
  const first = packet.transport + TCP_HEADER_LEN;
  const end = first + length;
  let at = first;
  while (at < end) {
    const found = view.getUint8(at);
    if (found === kind) return FOUND;
    at += found < FIRST_WITH_LENGTH || at === end - 1 ? 1 : view.getUint8(at + 1) || 1;
  }
  return ABSENT;
}

/** The maximum segment size the header at `at` announces, ABSENT or UNREADABLE. Needs: 20 octets there. */
export function readMss(packet: ReadonlyPacket, at: number): number {
  const length = optionsLength(packet, at);
  if (length === UNREADABLE) return UNREADABLE;
  const { view } = packet;
  const end = at + TCP_HEADER_LEN + length;
  let i = at + TCP_HEADER_LEN;
  while (i < end) {
    const kind = view.getUint8(i);
    if (kind === MSS && end - i >= MSS_LEN && view.getUint8(i + 1) === MSS_LEN) return view.getUint16(i + 2);
    i += kind < FIRST_WITH_LENGTH || i === end - 1 ? 1 : view.getUint8(i + 1) || 1;
  }
  return ABSENT;
}
