/**
 * The entry of an `add` or `del` line, taken apart: one range per field of the set's type.
 *
 *   10.0.0.1-10.0.0.3,tcp:80-82,192.168.0.0/24      three addresses, three ports, one network
 *
 * Addresses and ports of a range are expanded by element-expand.ts. Host names are not resolved.
 * @module
 */
import { parseIpv4 } from '../../inet/ipv4.ts';
import { parseIpv6 } from '../../inet/ipv6.ts';
import * as ipproto from '../../inet/protocol.ts';
import { protocolNumber } from '../../inet/protocol.ts';
import { servicePort } from '../../inet/service-port.ts';
import { parseIcmpCode } from './icmp-code.ts';
import type { IpSet } from './ip-set.ts';

/**
 * One field of an entry. Addresses of IPv4 and ports run from `first` to `last` (addresses may run backwards); an IPv6 address is
 * in `words`.
 */
export interface FieldRange {
  readonly first: number;
  readonly last: number;
  readonly words: Int32Array | null;
  /** Prefix length given, or -1. */
  readonly prefix: number;
  readonly protocol: number;
  readonly mac: Uint8Array | null;
  readonly iface: string;
  readonly physdev: boolean;
}

/** Refuses a piece of an entry. */
export type Fail = (token: string, reason: string) => never;

const EMPTY: FieldRange = {
  first: 0,
  last: 0,
  words: null,
  prefix: -1,
  protocol: 0,
  mac: null,
  iface: '',
  physdev: false,
};

const IFNAMSIZ = 16;

/** Take an entry apart by the set's fields. A MAC of bitmap:ip,mac may be missing: its field is then absent. */
export function parseElement(set: IpSet, text: string, fail: Fail): FieldRange[] {
  const { fields } = set.type;
  const parts = splitOutsideBrackets(text, ',');
  if (parts.length > fields.length) fail(text, `'${text}' has more elements than settype ${set.type.name} supports`);
  const optionalMac = set.type.name === 'bitmap:ip,mac';
  if (parts.length < fields.length && !(optionalMac && parts.length === 1)) {
    fail(text, `${ORDINALS[parts.length]} element is missing from ${text}`);
  }
  const family = set.family === 6 ? 6 : 4;
  return parts.map((part, i) => {
    switch (fields[i]) {
      case 'ip':
        return parseAddress(part, family, { range: i === 0 && !optionalMac && family === 4, network: false, zero: true }, fail);
      case 'net':
        return parseAddress(part, family, { range: family === 4, network: true, zero: set.type.zeroPrefix }, fail);
      case 'port':
        return parsePortField(part, family, fail);
      case 'iface':
        return parseInterface(part, fail);
      case 'mac':
        return { ...EMPTY, mac: parseHardwareAddress(part) ?? fail(part, `cannot parse '${part}' as ethernet address`) };
      default: {
        const mark = parseNumber(part, 0xffffffff) ?? fail(part, `'${part}' is invalid as number`);
        return { ...EMPTY, first: mark, last: mark };
      }
    }
  });
}

const ORDINALS = ['First', 'Second', 'Third'];

/** Split at a separator, but not inside [ ]. */
function splitOutsideBrackets(text: string, separator: string): string[] {
  const parts: string[] = [];
  let from = 0;
  let inside = false;
  for (let i = 0; i < text.length; i++) {
    if (text[i] === '[') inside = true;
    else if (text[i] === ']') inside = false;
    else if (text[i] === separator && !inside) {
      parts.push(text.slice(from, i));
      from = i + 1;
    }
  }
  parts.push(text.slice(from));
  return parts;
}

function unbracket(text: string): string {
  return text.startsWith('[') && text.endsWith(']') ? text.slice(1, -1) : text;
}

interface AddressForms {
  /** Whether `from-to` and `ip/cidr` mean many addresses. */
  readonly range: boolean;
  /** Whether `ip/cidr` is one network. */
  readonly network: boolean;
  readonly zero: boolean;
}

function parseAddress(text: string, family: 4 | 6, forms: AddressForms, fail: Fail): FieldRange {
  const ends = splitOutsideBrackets(text, '-');
  if (ends.length === 2 && forms.range) return parseAddressRange(ends[0]!, ends[1]!, fail);
  const [host, length, ...rest] = text.split('/');
  const bits = family === 4 ? 32 : 128;
  const prefix = length === undefined ? -1 : parseNumber(length, bits);
  if (prefix === null || rest.length > 0) fail(text, `'${length}' is out of range 0-${bits}`);
  const isPlain = prefix < 0 || prefix === bits;
  if (ends.length > 1 || (!isPlain && !forms.range && !forms.network)) fail(text, `plain IP address must be supplied: ${text}`);
  if (prefix === 0 && !(forms.network && forms.zero)) fail(text, 'the value of the CIDR parameter of the IP address is invalid');
  if (family === 6)
    return { ...EMPTY, words: parseIpv6(unbracket(host!)) ?? fail(text, `cannot parse ${host} as an IPv6 address`), prefix };
  const first = parseAddress4(host!) ?? fail(text, `cannot parse ${host} as an IPv4 address`);
  return { ...EMPTY, first, last: first, prefix };
}

function parseAddressRange(from: string, to: string, fail: Fail): FieldRange {
  const a = parseAddress4(from) ?? fail(from, `cannot parse ${from} as an IPv4 address`);
  const b = parseAddress4(to) ?? fail(to, `cannot parse ${to} as an IPv4 address`);
  return { ...EMPTY, first: a, last: b };
}

/** An IPv4 address as an unsigned number; also `10.1` for 10.0.0.1, as inet_aton(3) reads it. */
export function parseAddress4(text: string): number | null {
  const host = unbracket(text);
  const strict = parseIpv4(host);
  if (strict !== null) return strict >>> 0;
  const parts = host.split('.');
  if (parts.length > 3) return null;
  let value = 0;
  for (let i = 0; i < parts.length; i++) {
    const isLast = i === parts.length - 1;
    const octets = isLast ? 4 - i : 1;
    const part = parseNumber(parts[i]!, 2 ** (8 * octets) - 1);
    if (part === null) return null;
    value = value * 2 ** (8 * octets) + part;
  }
  return value;
}

function parsePortField(text: string, family: 4 | 6, fail: Fail): FieldRange {
  const parts = splitOutsideBrackets(text, ':');
  if (parts.length === 1) return { ...parsePorts(text, ipproto.TCP, fail), protocol: ipproto.TCP };
  const name = parts[0]!;
  const protocol = name.toLowerCase() === 'icmpv6' ? ipproto.ICMPV6 : protocolOf(name);
  if (protocol === null) fail(text, `cannot parse '${name}' as a protocol`);
  if (protocol === 0) fail(text, 'invalid protocol specified');
  const rest = parts.slice(1).join(':');
  if (protocol === ipproto.ICMP || protocol === ipproto.ICMPV6) {
    if ((protocol === ipproto.ICMP) !== (family === 4))
      fail(text, `protocol ${name} can be used with family ${family === 4 ? 'inet6' : 'inet'} only`);
    const code = parseIcmpCode(rest, protocol);
    if (code === null) fail(text, `cannot parse ${rest} as an ICMP type/code`);
    return { ...EMPTY, first: code, last: code, protocol };
  }
  if (!hasPorts(protocol)) {
    if (rest !== '0') fail(text, `protocol ${name} can be used with pseudo port value 0 only`);
    return { ...EMPTY, protocol };
  }
  return { ...parsePorts(rest, protocol, fail), protocol };
}

function protocolOf(name: string): number | null {
  const number = parseNumber(name, 255);
  return number ?? protocolNumber(name.toLowerCase());
}

function hasPorts(protocol: number): boolean {
  return protocol === ipproto.TCP || protocol === ipproto.UDP || protocol === ipproto.UDPLITE || protocol === ipproto.SCTP;
}

function parsePorts(text: string, protocol: number, fail: Fail): FieldRange {
  const whole = parsePortName(text, protocol);
  if (whole !== null) return { ...EMPTY, first: whole, last: whole };
  const ends = splitOutsideBrackets(text, '-');
  const from = parsePortName(ends[0]!, protocol);
  const to = ends.length === 2 ? parsePortName(ends[1]!, protocol) : null;
  if (from === null || to === null) fail(text, `cannot parse '${text}' as a port`);
  return { ...EMPTY, first: Math.min(from, to), last: Math.max(from, to) };
}

function parsePortName(text: string, protocol: number): number | null {
  return parseNumber(text, 0xffff) ?? servicePort(unbracket(text), protocol);
}

/** Ports of a `range` option, `[proto:]from-to`; without protocol. */
export function parsePortRange(text: string, fail: Fail): FieldRange {
  return parsePortField(text, 4, fail);
}

function parseInterface(text: string, fail: Fail): FieldRange {
  const physdev = text.startsWith('physdev:');
  const iface = physdev ? text.slice('physdev:'.length) : text;
  if (iface.length === 0 || iface.length >= IFNAMSIZ)
    fail(text, `interface name '${iface}' is longer than ${IFNAMSIZ - 1} characters or empty`);
  return { ...EMPTY, iface, physdev };
}

/** Six hexadecimal numbers with colons; one digit is enough. */
function parseHardwareAddress(text: string): Uint8Array | null {
  const parts = text.split(':');
  if (parts.length !== 6 || !parts.every((part) => /^[0-9a-fA-F]{1,2}$/.test(part))) return null;
  return Uint8Array.from(parts, (part) => Number.parseInt(part, 16));
}

/** A number as C reads it (decimal, 0x hexadecimal, 0 octal) of at most `max`, or null. */
export function parseNumber(text: string, max: number): number | null {
  const digits = /^(0[xX])?([0-9a-fA-F]{1,16})$/.exec(text);
  if (digits === null) return null;
  const isOctal = digits[1] === undefined && text.length > 1 && text.startsWith('0');
  if (digits[1] === undefined && !(isOctal ? /^[0-7]+$/ : /^[0-9]+$/).test(text)) return null;
  const value = Number.parseInt(digits[2]!, digits[1] !== undefined ? 16 : isOctal ? 8 : 10);
  return value <= max ? value : null;
}
