/**
 * Packets for unit tests, written down field by field. Every packet has a buffer of exactly its own size, so that a read beyond
 * it throws. Checksums are zero: no match looks at them.
 */
import { parseAddress } from '../../src/inet/address.ts';
import { decodeNetwork } from '../../src/packet/decode.ts';
import { Packet } from '../../src/packet/packet.ts';

export type Octets = readonly number[] | Uint8Array;

const u16 = (value: number): number[] => [(value >>> 8) & 0xff, value & 0xff];
const u32 = (value: number): number[] => [...u16(value >>> 16), ...u16(value & 0xffff)];
const address = (text: string, family: 4 | 6): number[] => [...parseAddress(text, family)!].flatMap(u32);

export interface Ipv4Fields {
  readonly src?: string;
  readonly dst?: string;
  readonly tos?: number;
  readonly ttl?: number;
  readonly protocol?: number;
  /** Octets. */
  readonly fragOffset?: number;
  readonly moreFragments?: boolean;
  readonly options?: Octets;
}

/** An IPv4 packet. */
export function ipv4(fields: Ipv4Fields, payload: Octets = []): number[] {
  const options = fields.options ?? [];
  const words = 5 + options.length / 4;
  const flags = (fields.moreFragments === true ? 0x2000 : 0) | ((fields.fragOffset ?? 0) >>> 3);
  return [
    0x40 | words,
    fields.tos ?? 0,
    ...u16(4 * words + payload.length),
    ...u16(7),
    ...u16(flags),
    fields.ttl ?? 64,
    fields.protocol ?? 6,
    ...u16(0),
    ...address(fields.src ?? '10.0.0.1', 4),
    ...address(fields.dst ?? '10.0.1.1', 4),
    ...options,
    ...payload,
  ];
}

export interface Ipv6Fields {
  readonly src?: string;
  readonly dst?: string;
  readonly trafficClass?: number;
  readonly hopLimit?: number;
  readonly next?: number;
}

/** An IPv6 packet; extension headers are part of the payload. */
export function ipv6(fields: Ipv6Fields, payload: Octets = []): number[] {
  return [
    ...u32((6 << 28) | ((fields.trafficClass ?? 0) << 20)),
    ...u16(payload.length),
    fields.next ?? 6,
    fields.hopLimit ?? 64,
    ...address(fields.src ?? 'fd00::1', 6),
    ...address(fields.dst ?? 'fd00:1::1', 6),
    ...payload,
  ];
}

/** A fragment header. `fragOffset` counts octets. */
export function fragment6(next: number, fragOffset: number, moreFragments: boolean, payload: Octets = []): number[] {
  return [next, 0, ...u16((fragOffset & 0xfff8) | (moreFragments ? 1 : 0)), ...u32(99), ...payload];
}

export interface TcpFields {
  readonly sport?: number;
  readonly dport?: number;
  /** The octet of flags. */
  readonly flags?: number;
  readonly options?: Octets;
  /** Header length in words, when the true one is not wanted. */
  readonly dataOffset?: number;
}

export function tcp(fields: TcpFields = {}, payload: Octets = []): number[] {
  const options = fields.options ?? [];
  const dataOffset = fields.dataOffset ?? 5 + options.length / 4;
  return [
    ...u16(fields.sport ?? 1234),
    ...u16(fields.dport ?? 80),
    ...u32(1),
    ...u32(0),
    dataOffset << 4,
    fields.flags ?? 2,
    ...u16(1000),
    ...u16(0),
    ...u16(0),
    ...options,
    ...payload,
  ];
}

export function udp(sport: number, dport: number, payload: Octets = []): number[] {
  return [...u16(sport), ...u16(dport), ...u16(8 + payload.length), ...u16(0), ...payload];
}

export function icmp(type: number, code: number, payload: Octets = [0, 0, 0, 0]): number[] {
  return [type, code, 0, 0, ...payload];
}

/** Ethernet header, from and to as six octets each. */
export function ethernet(src: Octets, dst: Octets, etherType: number): number[] {
  return [...dst, ...src, ...u16(etherType)];
}

/** A decoded packet of these octets. With `link` octets in front the frame begins with an Ethernet header. */
export function packetOf(network: Octets, set: Partial<Packet> = {}, link: Octets = []): Packet {
  const bytes = Uint8Array.from([...link, ...network]);
  const packet = new Packet();
  packet.view = new DataView(bytes.buffer);
  packet.bytes = bytes;
  packet.start = 0;
  packet.end = bytes.length;
  packet.wireLength = bytes.length;
  packet.network = link.length;
  packet.link = link.length > 0 ? 0 : -1;
  decodeNetwork(packet);
  return Object.assign(packet, set);
}
