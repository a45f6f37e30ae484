/**
 * IPv6 extension header views. RFC 8200 §4, RFC 4302 (AH), RFC 6275 (home address option).
 *
 *    0        8        16               32
 *   +--------+--------+-----------------+
 *   |  next  | length |  options, or routing type and segments left ...
 *   +--------+--------+-----------------+
 *
 * `length` counts 8 octets and does not count the first 8. The fragment header is always 8 octets:
 *
 *   +--------+--------+--------------+--+-+
 *   |  next  |reserved| offset (8 oct)|re|M|   then the 32-bit identification
 *   +--------+--------+--------------+--+-+
 * @module
 */
import { AH, DSTOPTS, FRAGMENT, HOPOPTS, NONE, ROUTING } from '../inet/protocol.ts';
import { HeaderView } from './header-view.ts';
import { bits, HeaderLayout, octet, u32 } from './layout.ts';

export const IPV6_EXT_LAYOUT: HeaderLayout = new HeaderLayout([octet('nextHeader'), octet('lengthUnits')]);
export const IPV6_ROUTING_LAYOUT: HeaderLayout = new HeaderLayout([
  octet('nextHeader'),
  octet('lengthUnits'),
  octet('routingType'),
  octet('segmentsLeft'),
]);
export const IPV6_FRAGMENT_LAYOUT: HeaderLayout = new HeaderLayout([
  octet('nextHeader'),
  octet('reserved'),
  bits(2, ['fragmentOffset', 13], ['reservedBits', 2], ['moreFragments', 1]),
  u32('identification'),
]);

const NEXT = IPV6_EXT_LAYOUT.offsetOf('nextHeader');
const LENGTH = IPV6_EXT_LAYOUT.offsetOf('lengthUnits');
const ROUTING_TYPE = IPV6_ROUTING_LAYOUT.offsetOf('routingType');
const SEGMENTS_LEFT = IPV6_ROUTING_LAYOUT.offsetOf('segmentsLeft');
const RESERVED = IPV6_FRAGMENT_LAYOUT.offsetOf('reserved');
const IDENTIFICATION = IPV6_FRAGMENT_LAYOUT.offsetOf('identification');
const OFFSET_SHIFT = IPV6_FRAGMENT_LAYOUT.shiftOf('fragmentOffset');
const RESERVED_SHIFT = IPV6_FRAGMENT_LAYOUT.shiftOf('reservedBits');

/** Offset and flags share these two octets. */
export const IPV6_FRAGMENT_WORD: number = IPV6_FRAGMENT_LAYOUT.offsetOf('fragmentOffset');
/** Bits of the word at IPV6_FRAGMENT_WORD: the offset in octets, and "more follow". */
export const IPV6_FRAGMENT_OFFSET_MASK = 0xfff8;
export const IPV6_FRAGMENT_MORE = 1;
export const IPV6_FRAGMENT_HEADER_LEN: number = IPV6_FRAGMENT_LAYOUT.span;
/** Octets every extension header has at least. */
export const IPV6_EXT_MIN_LEN = 8;

/** Whether a next-header value is an extension header or "no next header"; ESP is an upper layer here, as in the kernel. */
export function isExtensionHeader(protocol: number): boolean {
  return (
    protocol === HOPOPTS || protocol === ROUTING || protocol === FRAGMENT || protocol === AH || protocol === NONE || protocol === DSTOPTS
  );
}

/** Octets of an extension header of kind `protocol` whose length field says `units`. */
export function extensionLength(protocol: number, units: number): number {
  if (protocol === FRAGMENT) return IPV6_FRAGMENT_HEADER_LEN;
  return protocol === AH ? (units + 2) << 2 : (units + 1) << 3;
}

/** Hop-by-hop and destination options: the header itself; the options are read with OptionIterator6. */
export class Ipv6ExtView extends HeaderView {
  get nextHeader(): number {
    return this.view.getUint8(this.offset + NEXT);
  }
  /** Units of 8 octets beyond the first. */
  get lengthUnits(): number {
    return this.view.getUint8(this.offset + LENGTH);
  }
  /** Octets of the whole header. */
  get length(): number {
    return (this.lengthUnits + 1) << 3;
  }

  set nextHeader(protocol: number) {
    this.view.setUint8(this.offset + NEXT, protocol);
  }
  set lengthUnits(units: number) {
    this.view.setUint8(this.offset + LENGTH, units);
  }
}

export class Ipv6RoutingView extends Ipv6ExtView {
  get routingType(): number {
    return this.view.getUint8(this.offset + ROUTING_TYPE);
  }
  get segmentsLeft(): number {
    return this.view.getUint8(this.offset + SEGMENTS_LEFT);
  }

  set routingType(type: number) {
    this.view.setUint8(this.offset + ROUTING_TYPE, type);
  }
  set segmentsLeft(count: number) {
    this.view.setUint8(this.offset + SEGMENTS_LEFT, count);
  }
}

export class Ipv6FragmentView extends HeaderView {
  private get word(): number {
    return this.view.getUint16(this.offset + IPV6_FRAGMENT_WORD);
  }
  private set word(word: number) {
    this.view.setUint16(this.offset + IPV6_FRAGMENT_WORD, word);
  }

  get nextHeader(): number {
    return this.view.getUint8(this.offset + NEXT);
  }
  get reserved(): number {
    return this.view.getUint8(this.offset + RESERVED);
  }
  /** In units of 8 octets. */
  get fragmentOffset(): number {
    return this.word >>> OFFSET_SHIFT;
  }
  get reservedBits(): number {
    return (this.word >>> RESERVED_SHIFT) & 3;
  }
  get moreFragments(): number {
    return this.word & IPV6_FRAGMENT_MORE;
  }
  get identification(): number {
    return this.view.getUint32(this.offset + IDENTIFICATION);
  }

  set nextHeader(protocol: number) {
    this.view.setUint8(this.offset + NEXT, protocol);
  }
  set reserved(value: number) {
    this.view.setUint8(this.offset + RESERVED, value);
  }
  set fragmentOffset(units: number) {
    this.word = (this.word & ~IPV6_FRAGMENT_OFFSET_MASK) | ((units << OFFSET_SHIFT) & IPV6_FRAGMENT_OFFSET_MASK);
  }
  set reservedBits(value: number) {
    this.word = (this.word & ~(3 << RESERVED_SHIFT)) | ((value & 3) << RESERVED_SHIFT);
  }
  set moreFragments(bit: number) {
    this.word = (this.word & ~IPV6_FRAGMENT_MORE) | (bit & 1);
  }
  set identification(id: number) {
    this.view.setUint32(this.offset + IDENTIFICATION, id);
  }
}
