/**
 * Faults: what decode() could not read of a packet, as numbers on the packet. A fault is no error and no verdict: what could be
 * read stays readable, and whether the packet is good enough for a router is the engine's question.
 *
 *   UDP at octet 34: needs 8 octets, 3 available (IPv4 total length)
 *   layer       offset     need           have            source
 * @module
 */
import type { Packet, ReadonlyPacket } from './packet.ts';

/** What is wrong. */
export const Fault = {
  None: 0,
  /** Fewer octets than the header (or its own length field) asks for. */
  Truncated: 1,
  /** The version nibble is not that of the type in front; `need` and `have` are the two. */
  BadVersion: 2,
  /** A length field smaller than the header that holds it. */
  BadLength: 3,
  /** More tags or tunnels than are followed; `need` is how many are. */
  TooDeep: 4,
  /** A link type that is not known; `have` is its number. */
  UnknownLinkType: 5,
} as const;
export type Fault = (typeof Fault)[keyof typeof Fault];

/** Where it is wrong. */
export const Layer = {
  None: 0,
  Ethernet: 1,
  Vlan: 2,
  Llc: 3,
  Snap: 4,
  Null: 5,
  Loop: 6,
  LinuxSll: 7,
  LinuxSll2: 8,
  Arp: 9,
  Ipv4: 10,
  Ipv6: 11,
  HopByHop: 12,
  Routing: 13,
  Fragment: 14,
  DestinationOptions: 15,
  Ah: 16,
  Icmp: 17,
  Icmpv6: 18,
  Tcp: 19,
  Udp: 20,
  UdpLite: 21,
  Sctp: 22,
  Dccp: 23,
  Gre: 24,
  Vxlan: 25,
  Igmp: 26,
} as const;
export type Layer = (typeof Layer)[keyof typeof Layer];

/** Who says how many octets there are. */
export const LengthSource = {
  None: 0,
  Captured: 1,
  Ipv4TotalLength: 2,
  Ipv6PayloadLength: 3,
  HeaderLength: 4,
  Quote: 5,
} as const;
export type LengthSource = (typeof LengthSource)[keyof typeof LengthSource];

const LAYER_NAMES: readonly string[] = [
  'frame',
  'Ethernet',
  'VLAN tag',
  'LLC',
  'SNAP',
  'NULL',
  'LOOP',
  'Linux SLL',
  'Linux SLL2',
  'ARP',
  'IPv4',
  'IPv6',
  'hop-by-hop options',
  'routing header',
  'fragment header',
  'destination options',
  'AH',
  'ICMP',
  'ICMPv6',
  'TCP',
  'UDP',
  'UDP-Lite',
  'SCTP',
  'DCCP',
  'GRE',
  'VXLAN',
  'IGMP',
];

const SOURCE_NAMES: readonly string[] = ['', 'captured', 'IPv4 total length', 'IPv6 payload length', 'header length', 'ICMP quote'];

/** A layer's name, as people write it. */
export function layerName(layer: number): string {
  return LAYER_NAMES[layer] ?? 'frame';
}

/** Record that a layer at `offset` needs more than there is. */
export function truncated(packet: Packet, layer: Layer, offset: number, need: number, have: number, source: LengthSource): void {
  packet.fault = Fault.Truncated;
  packet.faultLayer = layer;
  packet.faultOffset = offset;
  packet.faultNeed = need;
  packet.faultHave = have < 0 ? 0 : have;
  packet.faultSource = source;
}

/** Record any other fault. */
export function setFault(packet: Packet, fault: Fault, layer: Layer, offset: number, need: number, have: number): void {
  packet.fault = fault;
  packet.faultLayer = layer;
  packet.faultOffset = offset;
  packet.faultNeed = need;
  packet.faultHave = have;
  packet.faultSource = fault === Fault.BadLength ? LengthSource.HeaderLength : LengthSource.None;
}

/** The fault as a sentence; '' when there is none. Octets count from the start of the frame. */
export function describeFault(packet: ReadonlyPacket): string {
  const { fault, faultNeed, faultHave } = packet;
  const where = `${layerName(packet.faultLayer)} at octet ${packet.faultOffset - packet.start}`;
  switch (fault) {
    case Fault.Truncated:
      return `${where}: needs ${faultNeed} octets, ${faultHave} available (${SOURCE_NAMES[packet.faultSource] ?? ''})`;
    case Fault.BadVersion:
      return `${where}: version ${faultHave}, not ${faultNeed}`;
    case Fault.BadLength:
      return `${where}: length field says ${faultHave} octets, at least ${faultNeed} are needed`;
    case Fault.TooDeep:
      return `${where}: nested deeper than ${faultNeed}`;
    case Fault.UnknownLinkType:
      return `unknown link type ${faultHave}`;
    default:
      return '';
  }
}
