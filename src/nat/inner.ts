/**
 * Finds the upper-layer header behind the extension headers of an IPv6 header that stands anywhere in a packet
 * (ipv6_skip_exthdr): the quote of an ICMPv6 error may break off within them.
 * @module
 */
import { AH, DSTOPTS, FRAGMENT, HOPOPTS, NONE, ROUTING } from '../inet/protocol.ts';
import type { Packet } from '../packet/packet.ts';
import { IPV6_HEADER_LEN, IPV6_NEXT_HEADER } from '../wire/ipv6.ts';
import { IPV6_FRAGMENT_HEADER_LEN, IPV6_FRAGMENT_OFFSET_MASK, IPV6_FRAGMENT_WORD } from '../wire/ipv6-ext.ts';

/** Octets of an extension header that say what follows and how long it is. */
const MIN_EXTENSION = 2;

/** Offset of the upper-layer header; -1 when the chain breaks off, ends in no next header, or this is a later fragment. */
export function findTransport6(packet: Packet, network: number): number {
  const { view, networkEnd } = packet;
  let next = view.getUint8(network + IPV6_NEXT_HEADER);
  let at = network + IPV6_HEADER_LEN;
  while (isExtension(next)) {
    if (next === NONE || at + MIN_EXTENSION > networkEnd) return -1;
    let length = (view.getUint8(at + 1) + 1) << 3;
    if (next === FRAGMENT) {
      if (at + IPV6_FRAGMENT_HEADER_LEN > networkEnd || (view.getUint16(at + IPV6_FRAGMENT_WORD) & IPV6_FRAGMENT_OFFSET_MASK) !== 0)
        return -1;
      length = IPV6_FRAGMENT_HEADER_LEN;
    } else if (next === AH) {
      length = (view.getUint8(at + 1) + 2) << 2;
    }
    next = view.getUint8(at);
    at += length;
  }
  return at;
}

function isExtension(protocol: number): boolean {
  return (
    protocol === HOPOPTS || protocol === ROUTING || protocol === FRAGMENT || protocol === AH || protocol === NONE || protocol === DSTOPTS
  );
}
