/**
 * decode() from an IPv6 header on, through its extension headers.
 *
 * The walk is that of the kernel's ipv6_find_hdr without a target, as ip6tables uses it: hop-by-hop, routing, fragment,
 * destination options and AH are walked in any order; ESP, "no next header" and everything unknown is the upper layer. A later
 * fragment ends it: its protocol is the fragment header's next header, unless that is an extension header again, which makes
 * the chain one that cannot be followed (-1). Every step moves at least 8 octets, so the packet's length bounds the walk.
 * @module
 */
import { AH, DSTOPTS, FRAGMENT, HOPOPTS, NONE, ROUTING } from '../inet/protocol.ts';
import { IPV6_DST, IPV6_HEADER_LEN, IPV6_NEXT_HEADER, IPV6_PAYLOAD_LENGTH, IPV6_SRC } from '../wire/ipv6.ts';
import { extensionLength, IPV6_FRAGMENT_MORE, IPV6_FRAGMENT_OFFSET_MASK, IPV6_FRAGMENT_WORD, isExtensionHeader } from '../wire/ipv6-ext.ts';
import { decodeTransport } from './decode-transport.ts';
import { Fault, Layer, LengthSource, setFault, truncated } from './fault.ts';
import type { Packet } from './packet.ts';

/** Octets of an extension header that say its kind and length. */
const EXT_START = 2;
/** Octets of a fragment header up to its offset and flags; as many the kernel asks of a routing header. */
const LONG_START = 4;

/** An IPv6 header at `at`, of which nothing is proved yet; the frame ends at `end`. */
export function decodeIpv6(packet: Packet, at: number, end: number): void {
  const available = end - at;
  if (available < IPV6_HEADER_LEN) {
    truncated(packet, Layer.Ipv6, at, IPV6_HEADER_LEN, available, LengthSource.Captured);
    return;
  }
  const { view } = packet;
  const version = view.getUint8(at) >>> 4;
  if (version !== 6) {
    setFault(packet, Fault.BadVersion, Layer.Ipv6, at, 6, version);
    return;
  }
  packet.family = 6;
  packet.network = at;
  packet.src0 = view.getInt32(at + IPV6_SRC);
  packet.src1 = view.getInt32(at + IPV6_SRC + 4);
  packet.src2 = view.getInt32(at + IPV6_SRC + 8);
  packet.src3 = view.getInt32(at + IPV6_SRC + 12);
  packet.dst0 = view.getInt32(at + IPV6_DST);
  packet.dst1 = view.getInt32(at + IPV6_DST + 4);
  packet.dst2 = view.getInt32(at + IPV6_DST + 8);
  packet.dst3 = view.getInt32(at + IPV6_DST + 12);
  const next = view.getUint8(at + IPV6_NEXT_HEADER);
  const payload = view.getUint16(at + IPV6_PAYLOAD_LENGTH);
  let length = payload + IPV6_HEADER_LEN;
  let source: LengthSource = LengthSource.Ipv6PayloadLength;
  // A length of 0 in front of hop-by-hop options announces a jumbogram (RFC 2675): the kernel cuts nothing off then.
  if (length > available || (payload === 0 && next === HOPOPTS)) {
    if (length > available) truncated(packet, Layer.Ipv6, at, length, available, LengthSource.Captured);
    length = available;
    source = LengthSource.Captured;
  }
  packet.networkLength = length;
  walkExtensions(packet, next, source);
}

/** From the first next-header value to the upper layer. Sets protocol, transport and what a fragment header says. */
function walkExtensions(packet: Packet, first: number, source: LengthSource): void {
  const { view, network } = packet;
  const end = network + packet.networkLength;
  let next = first;
  let at = network + IPV6_HEADER_LEN;
  while (isExtensionHeader(next) && next !== NONE) {
    const need = next === FRAGMENT || next === ROUTING ? LONG_START : EXT_START;
    if (end - at < need) {
      truncated(packet, layerOf(next), Math.min(at, end), need, end - at, source);
      endWalk(packet, -1, at, end);
      return;
    }
    const kind = next;
    next = view.getUint8(at);
    if (kind === FRAGMENT && takeFragment(packet, at)) {
      endWalk(packet, isExtensionHeader(next) && next !== NONE ? -1 : next, at + extensionLength(FRAGMENT, 0), end);
      return;
    }
    const length = extensionLength(kind, view.getUint8(at + 1));
    if (end - at < length) truncated(packet, layerOf(kind), at, length, end - at, source);
    at += length;
  }
  endWalk(packet, next, at, end);
  decodeTransport(packet, source);
}

/** Read a fragment header; true for a later fragment. Of several the first is remembered. */
function takeFragment(packet: Packet, at: number): boolean {
  const fragment = packet.view.getUint16(at + IPV6_FRAGMENT_WORD);
  if (packet.fragHeader < 0) {
    packet.fragHeader = at;
    packet.moreFragments = fragment & IPV6_FRAGMENT_MORE;
  }
  packet.fragOffset = fragment & IPV6_FRAGMENT_OFFSET_MASK;
  return packet.fragOffset !== 0;
}

/** A header that claims to reach beyond the packet leaves the upper layer at its end, with nothing there. */
function endWalk(packet: Packet, protocol: number, at: number, end: number): void {
  const transport = at < end ? at : end;
  packet.protocol = protocol;
  packet.transport = transport;
  packet.headerLength = transport - packet.network;
  packet.transportLength = end - transport;
}

function layerOf(protocol: number): Layer {
  if (protocol === HOPOPTS) return Layer.HopByHop;
  if (protocol === FRAGMENT) return Layer.Fragment;
  if (protocol === DSTOPTS) return Layer.DestinationOptions;
  return protocol === AH ? Layer.Ah : Layer.Routing;
}
