/**
 * decode: the layers of a packet, found once. Every later stage asks the Packet, nobody parses again.
 *
 *   decode(packet, linkType)   from the first octet of the frame: link header, tags, IP, ports
 *   decodeNetwork(packet)      from packet.network, as the version nibble says: after a header changed, for packets made here
 *
 * Needs view, start and end. Never throws, never reads at or past `end`, allocates nothing. An offset is set only when the
 * header it points at is there; what is missing becomes the packet's fault (fault.ts), the deepest one found. Nothing is judged:
 * checksums, martians, reserved bits are the engine's business. A header of another version than the type in front says leaves
 * family 0.
 *
 * Nearly all frames are Ethernet with a whole IPv4 packet whose header has 20 octets: one 32-bit load tells (type 0x0800,
 * version 4, five words). They are read here, in one piece; everything else leaves this file. Measured in bench/decode.
 * Kernel counterpart: eth_type_trans, ip_rcv, ipv6_find_hdr (behaviour only). Proof: test/property/packet/decode.prop.ts.
 * @module
 */
import { ETHERNET_HEADER_LEN, EtherType } from '../wire/ethernet.ts';
import {
  IPV4_DST,
  IPV4_FRAGMENT,
  IPV4_HEADER_LEN,
  IPV4_MF,
  IPV4_OFFSET_MASK,
  IPV4_PROTOCOL,
  IPV4_SRC,
  IPV4_TOTAL_LENGTH,
} from '../wire/ipv4.ts';
import { decodeIpv4 } from './decode-ipv4.ts';
import { decodeIpv6 } from './decode-ipv6.ts';
import { decodeLink } from './decode-link.ts';
import { HAS_PORTS, TRANSPORT_HEADER_LEN } from './decode-transport.ts';
import { Fault, Layer, LengthSource, setFault, truncated } from './fault.ts';
import { LinkType } from './link-type.ts';
import type { Packet } from './packet.ts';

// Names of this module's own: V8 folds those into the code and loads an imported constant every time (measured: 13 ns against 19).
const ETHERNET = LinkType.Ethernet;
const ETHER_TYPE_IPV4 = EtherType.Ipv4;
const HEADER_LEN = IPV4_HEADER_LEN;
const MIN_LEN = TRANSPORT_HEADER_LEN;
const PORTS = HAS_PORTS;
/** Upper 24 of the 32 bits from the type on: IPv4, version 4, a header of five words. */
const PLAIN_IPV4 = (EtherType.Ipv4 << 8) | 0x45;
/** Bits that make a fragment. */
const FRAGMENT_BITS = IPV4_MF | IPV4_OFFSET_MASK;
/** Where the plain frame has its fields. */
const NETWORK = ETHERNET_HEADER_LEN;
const TYPE_AT = NETWORK - 2;
const TOTAL_AT = NETWORK + IPV4_TOTAL_LENGTH;
const FRAGMENT_AT = NETWORK + IPV4_FRAGMENT;
const PROTOCOL_AT = NETWORK + IPV4_PROTOCOL;
const SRC_AT = NETWORK + IPV4_SRC;
const DST_AT = NETWORK + IPV4_DST;
const TRANSPORT = NETWORK + IPV4_HEADER_LEN;

/** Find the layers of the frame at packet.start. */
export function decode(packet: Packet, linkType: number): void {
  if (linkType === ETHERNET && packet.end - packet.start >= TRANSPORT && decodePlain(packet)) return;
  packet.resetLayers();
  decodeLink(packet, linkType);
}

/**
 * The common frame; false, with nothing touched, when it is not one: another type, options, a fragment, lengths that do not
 * fit. Needs: the first 34 octets are there.
 */
function decodePlain(packet: Packet): boolean {
  const { view, start } = packet;
  if (view.getInt32(start + TYPE_AT) >>> 8 !== PLAIN_IPV4) return false;
  const total = view.getUint16(start + TOTAL_AT);
  const protocol = view.getUint8(start + PROTOCOL_AT);
  const transport = start + TRANSPORT;
  const transportLength = total - HEADER_LEN;
  if (transportLength < MIN_LEN[protocol]! || transport + transportLength > packet.end) return false;
  if ((view.getUint16(start + FRAGMENT_AT) & FRAGMENT_BITS) !== 0) return false;
  if (packet.plain === 0) becomePlain(packet);
  packet.link = start;
  packet.network = start + NETWORK;
  packet.networkLength = total;
  packet.protocol = protocol;
  packet.transport = transport;
  packet.transportLength = transportLength;
  packet.src0 = view.getInt32(start + SRC_AT);
  packet.dst0 = view.getInt32(start + DST_AT);
  if (PORTS[protocol] === 1) {
    const ports = view.getInt32(transport);
    packet.srcPort = ports >>> 16;
    packet.dstPort = ports & 0xffff;
  } else {
    packet.srcPort = -1;
    packet.dstPort = -1;
  }
  return true;
}

/** What all plain frames have in common. */
function becomePlain(packet: Packet): void {
  packet.resetLayers();
  packet.etherType = ETHER_TYPE_IPV4;
  packet.family = 4;
  packet.headerLength = HEADER_LEN;
  packet.plain = 1;
}

/** Find the layers from packet.network on, anew. Link header, type and tag stay as they are, and so does `network`. */
export function decodeNetwork(packet: Packet): void {
  const { link, etherType, vlan, network, end } = packet;
  packet.resetLayers();
  packet.link = link;
  packet.etherType = etherType;
  packet.vlan = vlan;
  packet.network = network;
  if (network < 0 || network >= end) {
    truncated(packet, Layer.None, network < 0 ? packet.start : network, 1, 0, LengthSource.Captured);
    return;
  }
  const version = packet.view.getUint8(network) >>> 4;
  if (version === 4) decodeIpv4(packet, network, end);
  else if (version === 6) decodeIpv6(packet, network, end);
  else setFault(packet, Fault.BadVersion, Layer.Ipv4, network, 4, version);
}
