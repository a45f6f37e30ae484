/**
 * Descriptions of layers for build(): one function a header. Fields are named as the header's layout in wire/ names them and
 * given as numbers; what is left out is computed or takes the value hosts use, and what is given stands, right or wrong.
 * @module
 */
import { parseAddress } from '../inet/address.ts';
import { parseMac } from '../inet/mac.ts';
import { AH, DCCP, DSTOPTS, ESP, FRAGMENT, GRE, HOPOPTS, ICMP, ICMPV6, IGMP, IPIP, IPV6, ROUTING } from '../inet/protocol.ts';
import { SCTP, TCP, UDP, UDPLITE } from '../inet/protocol.ts';
import { ARP_LAYOUT } from '../wire/arp.ts';
import { ETHERNET_LAYOUT, EtherType, SNAP_LAYOUT } from '../wire/ethernet.ts';
import { GRE_LAYOUT } from '../wire/gre.ts';
import { ICMP_LAYOUT } from '../wire/icmp.ts';
import { ICMPV6_LAYOUT } from '../wire/icmpv6.ts';
import { IGMP_LAYOUT } from '../wire/igmp.ts';
import { AH_LAYOUT, ESP_LAYOUT } from '../wire/ipsec.ts';
import { IPV4_LAYOUT } from '../wire/ipv4.ts';
import { IPV6_LAYOUT } from '../wire/ipv6.ts';
import { IPV6_EXT_LAYOUT, IPV6_FRAGMENT_LAYOUT, IPV6_ROUTING_LAYOUT } from '../wire/ipv6-ext.ts';
import type { HeaderLayout } from '../wire/layout.ts';
import { SCTP_LAYOUT } from '../wire/sctp.ts';
import { TCP_LAYOUT } from '../wire/tcp.ts';
import { UDP_LAYOUT, UDPLITE_LAYOUT } from '../wire/udp.ts';
import { VLAN_LAYOUT } from '../wire/vlan.ts';
import { VXLAN_LAYOUT, VXLAN_VALID } from '../wire/vxlan.ts';

/** Header fields by their names in the layout. */
export type Fields = Readonly<Record<string, number>>;

/** What a layer is, for the fields and sums its neighbours and build() compute. */
export type LayerKind =
  | 'ethernet'
  | 'snap'
  | 'vlan'
  | 'arp'
  | 'ipv4'
  | 'ipv6'
  | 'extension'
  | 'ah'
  | 'tcp'
  | 'udp'
  | 'udplite'
  | 'icmp'
  | 'icmpv6'
  | 'igmp'
  | 'gre'
  | 'sctp'
  | 'plain';

/** One layer of a frame to be built. */
export interface LayerSpec {
  readonly kind: LayerKind;
  readonly layout: HeaderLayout | null;
  readonly fields: Fields;
  /** Octets behind the fixed part that belong to this layer: options, or a payload. */
  readonly tail: Uint8Array;
  /** How the layer in front names this one; -1 when it has no such name. */
  readonly etherType: number;
  readonly protocol: number;
}

const NOTHING = new Uint8Array(0);

function layer(kind: LayerKind, layout: HeaderLayout | null, fields: Fields, names: Partial<LayerSpec> = {}): LayerSpec {
  return { kind, layout, fields, tail: NOTHING, etherType: -1, protocol: -1, ...names };
}

function macNumber(text: string): number {
  const bytes = parseMac(text);
  if (bytes === null) throw new RangeError(`expected an Ethernet address, got ${text}`);
  return bytes.reduce((number, byte) => number * 256 + byte, 0);
}

function words(text: string, family: 4 | 6): Int32Array {
  const address = parseAddress(text, family);
  if (address === null) throw new RangeError(`expected an IPv${family} address, got ${text}`);
  return address;
}

/** Octets of a text, or of hex digits when it is written `hex:…`. */
function octetsOf(data: Uint8Array | string): Uint8Array {
  if (typeof data !== 'string') return data;
  if (!data.startsWith('hex:')) return new TextEncoder().encode(data);
  const digits = data.slice(4).replaceAll(/\s/g, '');
  return Uint8Array.from({ length: digits.length >> 1 }, (_, i) => Number.parseInt(digits.slice(2 * i, 2 * i + 2), 16));
}

export function ethernet(destination: string, source: string, fields: Fields = {}): LayerSpec {
  const addresses = { destination: macNumber(destination), source: macNumber(source) };
  return layer('ethernet', ETHERNET_LAYOUT, { ...addresses, ...fields }, { etherType: EtherType.TransparentBridging });
}

/** LLC with SNAP: the Ethernet header in front gets a length instead of a type. */
export function snap(fields: Fields = {}): LayerSpec {
  return layer('snap', SNAP_LAYOUT, { dsap: 0xaa, ssap: 0xaa, control: 3, ...fields });
}

/** A VLAN tag; `tagType` 0x88a8 for a provider's. */
export function vlan(identifier: number, fields: Fields = {}, tagType: number = EtherType.Vlan): LayerSpec {
  return layer('vlan', VLAN_LAYOUT, { identifier, ...fields }, { etherType: tagType });
}

/** ARP for Ethernet and IPv4: operation 1 asks, 2 answers. */
export function arp(operation: number, sender: readonly [mac: string, ip: string], target: readonly [mac: string, ip: string]): LayerSpec {
  const fields = {
    hardwareType: 1,
    protocolType: EtherType.Ipv4,
    hardwareLength: 6,
    protocolLength: 4,
    operation,
    senderMac: macNumber(sender[0]),
    senderAddress: words(sender[1], 4)[0]!,
    targetMac: macNumber(target[0]),
    targetAddress: words(target[1], 4)[0]!,
  };
  return layer('arp', ARP_LAYOUT, fields, { etherType: EtherType.Arp });
}

export function ipv4(src: string, dst: string, fields: Fields = {}, options: Uint8Array = NOTHING): LayerSpec {
  const given = { version: 4, ttl: 64, src: words(src, 4)[0]!, dst: words(dst, 4)[0]!, ...fields };
  return layer('ipv4', IPV4_LAYOUT, given, { tail: padded(options, 4), etherType: EtherType.Ipv4, protocol: IPIP });
}

export function ipv6(src: string, dst: string, fields: Fields = {}): LayerSpec {
  const [src0, src1, src2, src3] = words(src, 6) as unknown as [number, number, number, number];
  const [dst0, dst1, dst2, dst3] = words(dst, 6) as unknown as [number, number, number, number];
  const given = { version: 6, hopLimit: 64, src0, src1, src2, src3, dst0, dst1, dst2, dst3, ...fields };
  return layer('ipv6', IPV6_LAYOUT, given, { etherType: EtherType.Ipv6, protocol: IPV6 });
}

/** Hop-by-hop options; padded to 8 octets. */
export function hopByHop(options: Uint8Array = NOTHING, fields: Fields = {}): LayerSpec {
  return layer('extension', IPV6_EXT_LAYOUT, fields, { tail: optionArea(options), protocol: HOPOPTS });
}

/** Destination options; padded to 8 octets. */
export function destinationOptions(options: Uint8Array = NOTHING, fields: Fields = {}): LayerSpec {
  return layer('extension', IPV6_EXT_LAYOUT, fields, { tail: optionArea(options), protocol: DSTOPTS });
}

/** A routing header; `data` is all behind its first 4 octets. */
export function routing(fields: Fields = {}, data: Uint8Array = new Uint8Array(4)): LayerSpec {
  return layer('extension', IPV6_ROUTING_LAYOUT, fields, { tail: data, protocol: ROUTING });
}

export function fragment(fields: Fields = {}): LayerSpec {
  return layer('extension', IPV6_FRAGMENT_LAYOUT, fields, { protocol: FRAGMENT });
}

/** An authentication header; `integrity` is its value behind the fixed 12 octets. */
export function ah(fields: Fields = {}, integrity: Uint8Array = new Uint8Array(12)): LayerSpec {
  return layer('ah', AH_LAYOUT, fields, { tail: integrity, protocol: AH });
}

export function esp(fields: Fields = {}): LayerSpec {
  return layer('plain', ESP_LAYOUT, fields, { protocol: ESP });
}

export function tcp(srcPort: number, dstPort: number, fields: Fields = {}, options: Uint8Array = NOTHING): LayerSpec {
  return layer('tcp', TCP_LAYOUT, { srcPort, dstPort, window: 65_535, ...fields }, { tail: padded(options, 4), protocol: TCP });
}

export function udp(srcPort: number, dstPort: number, fields: Fields = {}): LayerSpec {
  return layer('udp', UDP_LAYOUT, { srcPort, dstPort, ...fields }, { protocol: UDP });
}

export function udplite(srcPort: number, dstPort: number, fields: Fields = {}): LayerSpec {
  return layer('udplite', UDPLITE_LAYOUT, { srcPort, dstPort, ...fields }, { protocol: UDPLITE });
}

export function sctp(srcPort: number, dstPort: number, fields: Fields = {}): LayerSpec {
  return layer('sctp', SCTP_LAYOUT, { srcPort, dstPort, ...fields }, { protocol: SCTP });
}

/** DCCP has no layout of its own: two ports and `rest` octets behind them. */
export function dccp(srcPort: number, dstPort: number, rest: Uint8Array = new Uint8Array(12)): LayerSpec {
  const ports = Uint8Array.of(srcPort >> 8, srcPort, dstPort >> 8, dstPort);
  return layer('plain', null, {}, { tail: joined(ports, rest), protocol: DCCP });
}

export function icmp(type: number, code = 0, fields: Fields = {}): LayerSpec {
  return layer('icmp', ICMP_LAYOUT, { type, code, ...fields }, { protocol: ICMP });
}

export function icmpv6(type: number, code = 0, fields: Fields = {}): LayerSpec {
  return layer('icmpv6', ICMPV6_LAYOUT, { type, code, ...fields }, { protocol: ICMPV6 });
}

export function igmp(type: number, group: string, fields: Fields = {}): LayerSpec {
  return layer('igmp', IGMP_LAYOUT, { type, group: words(group, 4)[0]!, ...fields }, { protocol: IGMP });
}

/** What a GRE header may have behind its first 4 octets. */
export interface GreOptions {
  readonly key?: number;
  readonly sequence?: number;
  /** Whether it carries a checksum. */
  readonly checksum?: boolean;
}

export function gre(options: GreOptions = {}, fields: Fields = {}): LayerSpec {
  const extra: number[] = [];
  if (options.checksum === true) extra.push(0);
  if (options.key !== undefined) extra.push(options.key);
  if (options.sequence !== undefined) extra.push(options.sequence);
  const tail = new Uint8Array(4 * extra.length);
  const view = new DataView(tail.buffer);
  extra.forEach((value, i) => view.setUint32(4 * i, value));
  const flags = {
    hasChecksum: options.checksum === true ? 1 : 0,
    hasKey: options.key === undefined ? 0 : 1,
    hasSequence: options.sequence === undefined ? 0 : 1,
  };
  return layer('gre', GRE_LAYOUT, { ...flags, ...fields }, { tail, protocol: GRE });
}

export function vxlan(vni: number, fields: Fields = {}): LayerSpec {
  return layer('plain', VXLAN_LAYOUT, { flags: VXLAN_VALID, vni, ...fields });
}

/** Any octets: bytes, a text, or `hex:00 ff …`. */
export function payload(data: Uint8Array | string): LayerSpec {
  return layer('plain', null, {}, { tail: octetsOf(data) });
}

/** Filled with zeros to a multiple of `unit` octets. */
function padded(data: Uint8Array, unit: number): Uint8Array {
  const rest = data.length % unit;
  return rest === 0 ? data : joined(data, new Uint8Array(unit - rest));
}

/** Options behind the first 2 octets of an extension header, filled up with a PadN or Pad1. */
function optionArea(options: Uint8Array): Uint8Array {
  const missing = (8 - ((options.length + 2) % 8)) % 8;
  if (missing === 0) return options;
  const filler = new Uint8Array(missing);
  if (missing > 1) filler.set([1, missing - 2]);
  return joined(options, filler);
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array {
  const all = new Uint8Array(first.length + second.length);
  all.set(first);
  all.set(second, first.length);
  return all;
}
