/**
 * Names of ICMP and ICMPv6 types and codes as ipset reads and lists them, `type << 8 | code`.
 * @module
 */
import * as ipproto from '../../inet/protocol.ts';

const ICMP_CODES: ReadonlyMap<string, number> = new Map([
  ['echo-reply', 0x0000],
  ['pong', 0x0000],
  ['network-unreachable', 0x0300],
  ['host-unreachable', 0x0301],
  ['protocol-unreachable', 0x0302],
  ['port-unreachable', 0x0303],
  ['fragmentation-needed', 0x0304],
  ['source-route-failed', 0x0305],
  ['network-unknown', 0x0306],
  ['host-unknown', 0x0307],
  ['network-prohibited', 0x0309],
  ['host-prohibited', 0x030a],
  ['TOS-network-unreachable', 0x030b],
  ['TOS-host-unreachable', 0x030c],
  ['communication-prohibited', 0x030d],
  ['host-precedence-violation', 0x030e],
  ['precedence-cutoff', 0x030f],
  ['source-quench', 0x0400],
  ['network-redirect', 0x0500],
  ['host-redirect', 0x0501],
  ['TOS-network-redirect', 0x0502],
  ['TOS-host-redirect', 0x0503],
  ['echo-request', 0x0800],
  ['ping', 0x0800],
  ['router-advertisement', 0x0900],
  ['router-solicitation', 0x0a00],
  ['ttl-zero-during-transit', 0x0b00],
  ['ttl-zero-during-reassembly', 0x0b01],
  ['ip-header-bad', 0x0c00],
  ['required-option-missing', 0x0c01],
  ['timestamp-request', 0x0d00],
  ['timestamp-reply', 0x0e00],
  ['address-mask-request', 0x1100],
  ['address-mask-reply', 0x1200],
]);

const ICMPV6_CODES: ReadonlyMap<string, number> = new Map([
  ['no-route', 0x0100],
  ['communication-prohibited', 0x0101],
  ['address-unreachable', 0x0103],
  ['port-unreachable', 0x0104],
  ['packet-too-big', 0x0200],
  ['ttl-zero-during-transit', 0x0300],
  ['ttl-zero-during-reassembly', 0x0301],
  ['bad-header', 0x0400],
  ['unknown-header-type', 0x0401],
  ['unknown-option', 0x0402],
  ['echo-request', 0x8000],
  ['ping', 0x8000],
  ['echo-reply', 0x8100],
  ['pong', 0x8100],
  ['router-solicitation', 0x8500],
  ['router-advertisement', 0x8600],
  ['neighbour-solicitation', 0x8700],
  ['neigbour-solicitation', 0x8700],
  ['neighbour-advertisement', 0x8800],
  ['neigbour-advertisement', 0x8800],
  ['redirect', 0x8900],
]);

/** Reads `type/code` or a name; null for anything else. */
export function parseIcmpCode(text: string, protocol: number): number | null {
  const numbers = /^(\d{1,3})\/(\d{1,3})$/.exec(text);
  if (numbers === null) return codesOf(protocol).get(text) ?? null;
  const type = Number(numbers[1]);
  const code = Number(numbers[2]);
  return type > 255 || code > 255 ? null : (type << 8) | code;
}

/** The name of a type and code, or `type/code`. */
export function formatIcmpCode(typeCode: number, protocol: number): string {
  for (const [name, value] of codesOf(protocol)) if (value === typeCode) return name;
  return `${typeCode >> 8}/${typeCode & 0xff}`;
}

function codesOf(protocol: number): ReadonlyMap<string, number> {
  return protocol === ipproto.ICMPV6 ? ICMPV6_CODES : ICMP_CODES;
}
