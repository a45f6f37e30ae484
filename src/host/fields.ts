/**
 * Readers of the texts that host files hold: addresses, prefixes, hardware addresses, device names, tables, route types. Each
 * takes a JsonValue, so that a refusal names its place.
 * @module
 */
import { parseIpv4 } from '../inet/ipv4.ts';
import { parseIpv6 } from '../inet/ipv6.ts';
import { parseMac } from '../inet/mac.ts';
import { RouteType } from '../packet/destination.ts';
import { mask4, mask6 } from './interface.ts';
import { type JsonValue, quote } from './json-value.ts';
import { TABLE_DEFAULT, TABLE_LOCAL, TABLE_MAIN } from './route.ts';

const MAX_DEVICE_NAME = 15;

export interface AddressField {
  readonly family: 4 | 6;
  readonly words: Int32Array;
}

export interface PrefixField extends AddressField {
  readonly length: number;
}

const ROUTE_TYPES: ReadonlyMap<string, RouteType> = new Map([
  ['unicast', RouteType.Unicast],
  ['local', RouteType.Local],
  ['broadcast', RouteType.Broadcast],
  ['anycast', RouteType.Anycast],
  ['multicast', RouteType.Multicast],
  ['blackhole', RouteType.Blackhole],
  ['unreachable', RouteType.Unreachable],
  ['prohibit', RouteType.Prohibit],
  ['throw', RouteType.Throw],
]);

/** An address of either family, or null. */
export function parseAddressField(text: string): AddressField | null {
  const word = parseIpv4(text);
  if (word !== null) return { family: 4, words: Int32Array.of(word) };
  const words = parseIpv6(text);
  return words === null ? null : { family: 6, words };
}

/** `ADDRESS[/LENGTH]`; without a length the whole address. Null when it is neither. */
export function parsePrefixField(text: string): PrefixField | null {
  const slash = text.indexOf('/');
  const address = parseAddressField(slash < 0 ? text : text.slice(0, slash));
  if (address === null) return null;
  const whole = address.family === 4 ? 32 : 128;
  if (slash < 0) return { ...address, length: whole };
  const digits = text.slice(slash + 1);
  const length = /^\d{1,3}$/.test(digits) ? Number(digits) : -1;
  return length < 0 || length > whole ? null : { ...address, length };
}

/** Whether an address has no bit set behind the prefix. */
export function isNetwork({ family, words, length }: PrefixField): boolean {
  if (family === 4) return (words[0]! & ~mask4(length)) === 0;
  return words.every((word, i) => (word & ~mask6(length, i)) === 0);
}

export function readAddress(value: JsonValue): AddressField {
  return parseAddressField(value.asString()) ?? value.expected('an address');
}

export function readInterfaceAddress(value: JsonValue): PrefixField {
  return parsePrefixField(value.asString()) ?? value.expected('an address with its prefix length');
}

/** Destination of a route: a prefix, or `default` of the family told. */
export function readNetwork(value: JsonValue, defaultFamily: 4 | 6): PrefixField {
  const text = value.asString();
  if (text === 'default' || text === 'all' || text === 'any') {
    return { family: defaultFamily, words: new Int32Array(defaultFamily === 4 ? 1 : 4), length: 0 };
  }
  const prefix = parsePrefixField(text) ?? value.expected('a prefix');
  if (!isNetwork(prefix)) value.fail(`${quote(text)} has bits set behind its prefix`);
  return prefix;
}

export function readMac(value: JsonValue): Uint8Array {
  return parseMac(value.asString()) ?? value.expected('a hardware address');
}

/** A name as the kernel takes it for a device. */
export function readDeviceName(value: JsonValue): string {
  const name = value.asString();
  const bad = name === '' || name.length > MAX_DEVICE_NAME || name === '.' || name === '..' || /[\s/:]/.test(name);
  return bad ? value.expected(`a device name of at most ${MAX_DEVICE_NAME} characters`) : name;
}

/** Number of a device of the host. */
export function readDevice(value: JsonValue, names: ReadonlyMap<string, number>): number {
  return names.get(value.asString()) ?? value.fail(`there is no interface ${quote(value.asString())}`);
}

/** Number of a routing table by its name or digits, or null. */
export function parseTable(text: string): number | null {
  if (text === 'local') return TABLE_LOCAL;
  if (text === 'main') return TABLE_MAIN;
  if (text === 'default') return TABLE_DEFAULT;
  const number = /^\d{1,10}$/.test(text) ? Number(text) : 0;
  return number > 0 && number <= 0xffffffff ? number : null;
}

export function readTable(value: JsonValue, byDefault: number): number {
  if (value.isAbsent) return byDefault;
  const text = typeof value.raw === 'number' ? String(value.raw) : value.asString();
  return parseTable(text) ?? value.expected('a routing table');
}

export function readRouteType(value: JsonValue): RouteType {
  if (value.isAbsent || value.raw === '') return RouteType.Unicast;
  return ROUTE_TYPES.get(value.asString()) ?? value.expected('a route type');
}
