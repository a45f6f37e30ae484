/**
 * What the NAT targets offer, as text: `[address[-address]][:port[-port[/base]]]`, for IPv6 with the addresses in brackets when a
 * port follows. Read into NatRange and printed back.
 * @module
 */
import { formatAddress, parseAddress } from '../../inet/address.ts';
import * as ipproto from '../../inet/protocol.ts';
import { EMPTY_RANGE, RangeFlag, type NatRange } from '../../nat/range.ts';
import type { GivenOption, Options, RuleContext } from '../options.ts';
import { servicePort } from '../../inet/service-port.ts';
import { parseUint, U16 } from './number.ts';

type Writable<T> = { -readonly [K in keyof T]: T[K] };

/** Protocols whose rule may name ports: iptables lets ICMP's id pass for one. */
const WITH_PORTS: readonly number[] = [ipproto.TCP, ipproto.UDP, ipproto.SCTP, ipproto.DCCP, ipproto.ICMP];

/** Read addresses and ports of SNAT or DNAT. */
export function readNatRange(option: GivenOption, context: RuleContext): NatRange {
  const { addresses, ports } = splitRange(option, context.family);
  const range = ports === null ? { ...EMPTY_RANGE } : readPorts(option, ports, context);
  if (addresses === '' && ports !== null) return range;
  const ends = addresses.split('-');
  const first = parseAddress(ends[0]!, context.family);
  const last = ends.length === 2 ? parseAddress(ends[1]!, context.family) : first;
  if (first === null || last === null || ends.length > 2) return option.fail(`bad IP address "${addresses}"`);
  return withAddresses(range, first, last);
}

/** The range with addresses offered. */
export function withAddresses(range: NatRange, first: Int32Array, last: Int32Array): NatRange {
  return {
    ...range,
    flags: range.flags | RangeFlag.MapIps,
    min0: first[0] ?? 0,
    min1: first[1] ?? 0,
    min2: first[2] ?? 0,
    min3: first[3] ?? 0,
    max0: last[0] ?? 0,
    max1: last[1] ?? 0,
    max2: last[2] ?? 0,
    max3: last[3] ?? 0,
  };
}

interface Halves {
  readonly addresses: string;
  /** Behind the colon; null without one. */
  readonly ports: string | null;
}

function splitRange(option: GivenOption, family: 4 | 6): Halves {
  const text = option.value;
  if (family === 4) {
    const colon = text.indexOf(':');
    return colon < 0 ? { addresses: text, ports: null } : { addresses: text.slice(0, colon), ports: text.slice(colon + 1) };
  }
  if (text.startsWith(':') && !text.startsWith('::')) return { addresses: '', ports: text.slice(1) };
  if (!text.startsWith('[')) return { addresses: text, ports: null };
  const close = text.indexOf(']');
  if (close < 0) return option.fail('invalid address format');
  return { addresses: text.slice(1, close), ports: text[close + 1] === ':' ? text.slice(close + 2) : null };
}

/** Read `port[-port[/base]]`. */
export function readPorts(option: GivenOption, text: string, context: RuleContext): NatRange {
  if (!WITH_PORTS.includes(context.protocol)) option.fail('need TCP, UDP, SCTP or DCCP with port specification');
  const named = parseUint(text) === null ? servicePort(text, 0) : null;
  const [ends, base, ...rest] = named === null ? text.split('/') : [String(named)];
  const dash = ends!.indexOf('-', 1);
  const first = readPort(option, dash < 0 ? ends! : ends!.slice(0, dash));
  const last = dash < 0 ? first : readPort(option, ends!.slice(dash + 1));
  if (first > last) option.fail(`port range '${last}' funky`);
  if (base !== undefined && (dash < 0 || rest.length > 0)) option.fail(`garbage after port value: '/${base}'`);
  const range: Writable<NatRange> = { ...EMPTY_RANGE, flags: RangeFlag.ProtoSpecified, minProto: first, maxProto: last };
  if (base === undefined) return range;
  range.flags |= RangeFlag.ProtoOffset;
  range.baseProto = servicePort(base, 0) ?? readPort(option, base);
  if (range.baseProto === 0) option.fail(`port '${base}' not valid`);
  return range;
}

/** A port of a range: a number; names of services only stand alone. */
function readPort(option: GivenOption, text: string): number {
  const port = parseUint(text);
  return port === null || port > U16 ? option.fail(`port '${text}' not valid`) : port;
}

/** The flag bits of the options without a word that are given. */
export function readFlags(options: Options, range: NatRange): NatRange {
  let { flags } = range;
  if (options.has('random')) flags |= RangeFlag.ProtoRandom;
  if (options.has('random-fully')) flags |= RangeFlag.ProtoRandomFully;
  if (options.has('persistent')) flags |= RangeFlag.Persistent;
  return { ...range, flags };
}

/** Addresses and ports as iptables prints them. */
export function printNatRange(range: NatRange, family: 4 | 6): string {
  const addresses = printAddresses(range, family);
  const ports = printPorts(range);
  if (ports === '') return addresses;
  return family === 6 && addresses !== '' ? `[${addresses}]:${ports}` : `${addresses}:${ports}`;
}

function printAddresses(range: NatRange, family: 4 | 6): string {
  if ((range.flags & RangeFlag.MapIps) === 0) return '';
  const { min0, min1, min2, min3, max0, max1, max2, max3 } = range;
  const first = formatAddress(family === 4 ? Int32Array.of(min0) : Int32Array.of(min0, min1, min2, min3));
  const last = formatAddress(family === 4 ? Int32Array.of(max0) : Int32Array.of(max0, max1, max2, max3));
  return first === last ? first : `${first}-${last}`;
}

/** `port[-port[/base]]`, or '' when none are offered. */
export function printPorts(range: NatRange): string {
  if ((range.flags & RangeFlag.ProtoSpecified) === 0) return '';
  const base = (range.flags & RangeFlag.ProtoOffset) !== 0 ? `/${range.baseProto}` : '';
  return range.minProto === range.maxProto ? `${range.minProto}${base}` : `${range.minProto}-${range.maxProto}${base}`;
}

/** The flag words, each behind `before`. */
export function printFlags({ flags }: NatRange, before: string): string {
  let text = '';
  if ((flags & RangeFlag.ProtoRandom) !== 0) text += `${before}random`;
  if ((flags & RangeFlag.ProtoRandomFully) !== 0) text += `${before}random-fully`;
  if ((flags & RangeFlag.Persistent) !== 0) text += `${before}persistent`;
  return text;
}
