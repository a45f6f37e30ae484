/**
 * decode() from the first octet of a frame to the header behind the link layer: Ethernet II, 802.3 with LLC and SNAP, VLAN
 * tags, raw IP, the loopback headers of the BSDs and Linux "cooked" captures.
 * @module
 */
import { ETHERNET_HEADER_LEN, EtherType, LLC_HEADER_LEN, MIN_ETHER_TYPE, SNAP_HEADER_LEN, SNAP_START } from '../wire/ethernet.ts';
import { VLAN_ID_MASK, VLAN_TAG_LEN } from '../wire/vlan.ts';
import { decodeIpv4 } from './decode-ipv4.ts';
import { decodeIpv6 } from './decode-ipv6.ts';
import { Fault, Layer, LengthSource, setFault, truncated } from './fault.ts';
import { LinkType } from './link-type.ts';
import { type Packet, PacketType } from './packet.ts';

/** VLAN tags that are followed. Real stacks have two; more than this is an attack on decoders. */
const MAX_TAGS = 8;
const TYPE_AT = ETHERNET_HEADER_LEN - 2;
/** Octets of a BSD loopback header. */
const LOOPBACK_LEN = 4;
const SLL_LEN = 16;
const SLL_TYPE_AT = 14;
const SLL2_LEN = 20;
const SLL2_PACKET_TYPE_AT = 10;
/** Octets of an ARP header in front of its addresses. */
const ARP_START = 8;
/** AF_INET is 2 everywhere; AF_INET6 is 10 on Linux and one of these on NetBSD and OpenBSD, FreeBSD, macOS. */
const AF_INET = 2;
const AF_INET6: readonly number[] = [10, 24, 28, 30];

/** Any link type but Ethernet. Needs: layers forgotten. */
export function decodeLink(packet: Packet, linkType: number): void {
  const { start, end } = packet;
  switch (linkType) {
    case LinkType.Raw:
    case LinkType.RawBsd:
    case LinkType.RawOpenBsd:
      decodeRaw(packet, start, end);
      break;
    case LinkType.Ipv4:
      decodeType(packet, EtherType.Ipv4, start, end);
      break;
    case LinkType.Ipv6:
      decodeType(packet, EtherType.Ipv6, start, end);
      break;
    case LinkType.Null:
    case LinkType.Loop:
      decodeLoopback(packet, linkType);
      break;
    case LinkType.LinuxSll:
    case LinkType.LinuxSll2:
      decodeCooked(packet, linkType === LinkType.LinuxSll2);
      break;
    case LinkType.Ethernet:
      decodeEthernet(packet, start, end);
      break;
    default:
      setFault(packet, Fault.UnknownLinkType, Layer.None, start, 0, linkType);
  }
}

/** An Ethernet frame from `at` to `end`. */
export function decodeEthernet(packet: Packet, at: number, end: number): void {
  if (end - at < ETHERNET_HEADER_LEN) {
    truncated(packet, Layer.Ethernet, at, ETHERNET_HEADER_LEN, end - at, LengthSource.Captured);
    return;
  }
  packet.link = at;
  decodeTags(packet, packet.view.getUint16(at + TYPE_AT), at + ETHERNET_HEADER_LEN, end);
}

/** A type and what follows it: perhaps VLAN tags first. Only the two types Linux takes for tags are. */
function decodeTags(packet: Packet, outer: number, from: number, end: number): void {
  const { view } = packet;
  let type = outer;
  let at = from;
  for (let tags = 0; type === EtherType.Vlan || type === EtherType.ServiceVlan; tags++) {
    if (tags === MAX_TAGS) {
      packet.etherType = type;
      setFault(packet, Fault.TooDeep, Layer.Vlan, at, MAX_TAGS, tags + 1);
      return;
    }
    if (end - at < VLAN_TAG_LEN) {
      packet.etherType = type;
      truncated(packet, Layer.Vlan, at, VLAN_TAG_LEN, end - at, LengthSource.Captured);
      return;
    }
    packet.vlan = view.getUint16(at) & VLAN_ID_MASK;
    type = view.getUint16(at + 2);
    at += VLAN_TAG_LEN;
  }
  if (type < MIN_ETHER_TYPE) decodeLlc(packet, at, Math.min(end, at + type));
  else decodeType(packet, type, at, end);
}

/** An 802.3 frame. IP behind a SNAP header is found, but etherType stays -1: Linux does not take such a packet for IP. */
function decodeLlc(packet: Packet, at: number, end: number): void {
  const { view } = packet;
  if (end - at < LLC_HEADER_LEN) {
    truncated(packet, Layer.Llc, at, LLC_HEADER_LEN, end - at, LengthSource.Captured);
    return;
  }
  if (end - at < LLC_HEADER_LEN + 1 || (view.getInt32(at) & -256) !== SNAP_START) return;
  if (end - at < SNAP_HEADER_LEN) {
    truncated(packet, Layer.Snap, at, SNAP_HEADER_LEN, end - at, LengthSource.Captured);
    return;
  }
  if (view.getUint8(at + LLC_HEADER_LEN) !== 0 || view.getUint16(at + LLC_HEADER_LEN + 1) !== 0) return;
  decodeType(packet, view.getUint16(at + SNAP_HEADER_LEN - 2), at + SNAP_HEADER_LEN, end);
  packet.etherType = -1;
}

/** What an Ethernet type announces. */
function decodeType(packet: Packet, type: number, at: number, end: number): void {
  packet.etherType = type;
  if (type === EtherType.Ipv4) decodeIpv4(packet, at, end);
  else if (type === EtherType.Ipv6) decodeIpv6(packet, at, end);
  else if (type === EtherType.Arp || type === EtherType.Rarp) checkArp(packet, at, end);
}

/** ARP has no offset in a packet; only its completeness is looked at. */
function checkArp(packet: Packet, at: number, end: number): void {
  const available = end - at;
  const { view } = packet;
  let need = ARP_START;
  if (available >= need) need += 2 * (view.getUint8(at + 4) + view.getUint8(at + 5));
  if (available < need) truncated(packet, Layer.Arp, at, need, available, LengthSource.Captured);
}

function decodeRaw(packet: Packet, at: number, end: number): void {
  if (at >= end) {
    truncated(packet, Layer.Ipv4, at, 1, 0, LengthSource.Captured);
    return;
  }
  const version = packet.view.getUint8(at) >>> 4;
  decodeType(packet, version === 6 ? EtherType.Ipv6 : EtherType.Ipv4, at, end);
}

/** NULL carries the family in the byte order of some machine; LOOP in network order. Both orders are read for both. */
function decodeLoopback(packet: Packet, linkType: number): void {
  const { view, start, end } = packet;
  const layer = linkType === LinkType.Null ? Layer.Null : Layer.Loop;
  if (end - start < LOOPBACK_LEN) {
    truncated(packet, layer, start, LOOPBACK_LEN, end - start, LengthSource.Captured);
    return;
  }
  const big = view.getUint32(start);
  const family = big > 0xffff ? view.getUint32(start, true) : big;
  if (family === AF_INET) decodeType(packet, EtherType.Ipv4, start + LOOPBACK_LEN, end);
  else if (AF_INET6.includes(family)) decodeType(packet, EtherType.Ipv6, start + LOOPBACK_LEN, end);
}

/** Linux cooked: the type, and whom the packet was for, which the kernel noted when it captured. */
function decodeCooked(packet: Packet, second: boolean): void {
  const { view, start, end } = packet;
  const length = second ? SLL2_LEN : SLL_LEN;
  if (end - start < length) {
    truncated(packet, second ? Layer.LinuxSll2 : Layer.LinuxSll, start, length, end - start, LengthSource.Captured);
    return;
  }
  const type = view.getUint16(second ? start : start + SLL_TYPE_AT);
  const kind = second ? view.getUint8(start + SLL2_PACKET_TYPE_AT) : view.getUint16(start);
  packet.pktType = kind <= PacketType.OtherHost ? (kind as PacketType) : PacketType.Host;
  decodeTags(packet, type, start + length, end);
}
