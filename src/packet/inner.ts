/**
 * The packet inside a packet: what a tunnel carries, and what an ICMP error quotes.
 *
 *   VXLAN  UDP to a known port, 8 octets, an Ethernet frame          RFC 7348
 *   GRE    4 to 16 octets, then IP or an Ethernet frame              RFC 2784, RFC 2890
 *   IPIP   IPv4 or IPv6 directly behind IPv4 or IPv6                 RFC 2003, RFC 4213, RFC 2473
 *   ICMP   errors: 8 octets, then the head of the offender           RFC 792, RFC 4443
 *
 * One level per call: `inner` is aimed at the octets of `outer` (nothing is copied) and decoded. Whoever goes deeper calls
 * again with the two exchanged; every level starts further on, so the walk ends with the packet. What a quote was cut of is
 * inner's fault, with LengthSource.Quote.
 * @module
 */
import { GRE, ICMP, ICMPV6, IPIP, IPV6, UDP } from '../inet/protocol.ts';
import { EtherType } from '../wire/ethernet.ts';
import { GRE_HEADER_LEN, GRE_PROTOCOL_TYPE, greHeaderLength } from '../wire/gre.ts';
import { ICMP_HEADER_LEN, isIcmpError } from '../wire/icmp.ts';
import { ICMPV6_HEADER_LEN, Icmpv6Type } from '../wire/icmpv6.ts';
import { UDP_HEADER_LEN } from '../wire/udp.ts';
import { VXLAN_HEADER_LEN, VXLAN_LINUX_PORT, VXLAN_PORT, VXLAN_VALID } from '../wire/vxlan.ts';
import { decode } from './decode.ts';
import { LengthSource } from './fault.ts';
import { LinkType } from './link-type.ts';
import type { Packet, ReadonlyPacket } from './packet.ts';

/** UDP ports taken for VXLAN unless others are given. */
export const VXLAN_PORTS: readonly number[] = [VXLAN_PORT, VXLAN_LINUX_PORT];

/** Version 0, no routing field: the GRE headers that are followed. */
const GRE_FOLLOWED_MASK = 0x4007;

/** Aim `inner` at what `outer` carries; false, with `inner` untouched, when it carries no packet that can be followed. */
export function decodeInner(outer: ReadonlyPacket, inner: Packet, vxlanPorts: readonly number[] = VXLAN_PORTS): boolean {
  if (outer.family === 0 || outer.transport < 0 || outer.fragOffset !== 0) return false;
  const { transport } = outer;
  switch (outer.protocol) {
    case IPIP:
      return aim(outer, inner, transport, LinkType.Ipv4);
    case IPV6:
      return aim(outer, inner, transport, LinkType.Ipv6);
    case GRE:
      return decodeGre(outer, inner);
    case UDP:
      return decodeVxlan(outer, inner, vxlanPorts);
    case ICMP:
      if (!isIcmpQuote(outer)) return false;
      return quoted(aim(outer, inner, transport + ICMP_HEADER_LEN, LinkType.Ipv4), inner);
    case ICMPV6:
      if (!isIcmpQuote(outer)) return false;
      return quoted(aim(outer, inner, transport + ICMPV6_HEADER_LEN, LinkType.Ipv6), inner);
    default:
      return false;
  }
}

/** Whether a packet is an ICMP or ICMPv6 error with at least one octet of a quote. */
export function isIcmpQuote(packet: ReadonlyPacket): boolean {
  if (packet.fragOffset !== 0 || packet.transport < 0 || packet.transportLength <= ICMP_HEADER_LEN) return false;
  const type = packet.view.getUint8(packet.transport);
  if (packet.protocol === ICMP && packet.family === 4) return isIcmpError(type);
  if (packet.protocol !== ICMPV6 || packet.family !== 6) return false;
  return type >= Icmpv6Type.Unreachable && type <= Icmpv6Type.ParameterProblem;
}

function decodeGre(outer: ReadonlyPacket, inner: Packet): boolean {
  const { view, transport, transportLength } = outer;
  if (transportLength < GRE_HEADER_LEN) return false;
  const flags = view.getUint16(transport);
  const headerLength = greHeaderLength(flags);
  if ((flags & GRE_FOLLOWED_MASK) !== 0 || transportLength <= headerLength) return false;
  const type = view.getUint16(transport + GRE_PROTOCOL_TYPE);
  const at = transport + headerLength;
  if (type === EtherType.Ipv4) return aim(outer, inner, at, LinkType.Ipv4);
  if (type === EtherType.Ipv6) return aim(outer, inner, at, LinkType.Ipv6);
  return type === EtherType.TransparentBridging && aim(outer, inner, at, LinkType.Ethernet);
}

function decodeVxlan(outer: ReadonlyPacket, inner: Packet, ports: readonly number[]): boolean {
  const header = outer.transport + UDP_HEADER_LEN;
  if (outer.transportLength < UDP_HEADER_LEN + VXLAN_HEADER_LEN || !ports.includes(outer.dstPort)) return false;
  if ((outer.view.getUint8(header) & VXLAN_VALID) === 0) return false;
  return aim(outer, inner, header + VXLAN_HEADER_LEN, LinkType.Ethernet);
}

function aim(outer: ReadonlyPacket, inner: Packet, start: number, linkType: LinkType): boolean {
  const end = Math.min(outer.network + outer.networkLength, outer.end);
  if (start >= end) return false;
  inner.view = outer.view;
  inner.bytes = outer.bytes;
  inner.start = start;
  inner.end = end;
  // What the snap length cut off the frame is missing inside as well.
  inner.wireLength = end - start + Math.max(0, outer.start + outer.wireLength - outer.end);
  inner.index = outer.index;
  inner.nowUs = outer.nowUs;
  decode(inner, linkType);
  return true;
}

function quoted(found: boolean, inner: Packet): boolean {
  if (found && inner.faultSource === LengthSource.Captured) inner.faultSource = LengthSource.Quote;
  return found;
}
