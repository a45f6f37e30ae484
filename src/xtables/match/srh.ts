/**
 * srh: the IPv6 Segment Routing Header. RFC 8754 §2.
 *
 *   -m srh [!] --srh-next-hdr 17 [!] --srh-hdr-len-eq 8 [!] --srh-segs-left-gt 1 [!] --srh-psid a::/64 ...
 *
 *   +-------------+--------+------+-----------+------------+-------+-----+-----------------------+
 *   | next header | length | type | segs left | last entry | flags | tag | segments, 16 octets.. |   segment 0 is the last one
 *   +-------------+--------+------+-----------+------------+-------+-----+-----------------------+
 *
 * The three lengths (`eq`, `gt`, `lt`) are one number to the kernel, as are the three of segments left and of the last entry:
 * the one given last counts for all. The tag is compared as it lies in the memory of a little-endian machine. A header that is
 * not there, is not whole or contradicts itself does not match.
 * Reference: ip6tables-extensions, "srh". Kernel counterpart: net/ipv6/netfilter/ip6t_srh.c (behaviour only).
 * @module
 */
import { formatAddress } from '../../inet/address.ts';
import { parseIpv6 } from '../../inet/ipv6.ts';
import { maskOf } from '../../inet/prefix.ts';
import * as ipproto from '../../inet/protocol.ts';
import type { ReadonlyPacket } from '../../packet/packet.ts';
import type { MatchModule } from '../match.ts';
import type { GivenOption, Options } from '../options.ts';
import { findHeader, lengthOf } from './ipv6-extension.ts';
import { parseMaskLength, RAGGED } from './mask-length.ts';
import { unsigned } from './option-value.ts';

const NAME = 'srh';
const HEADER_LEN = 8;
const LENGTH = 1;
const TYPE = 2;
const SEGS_LEFT = 3;
const LAST_ENTRY = 4;
const TAG = 6;
const SEGMENT_LEN = 16;
/** Routing header type. */
const SEGMENT_ROUTING = 4;

/** Comparisons, in the order they are printed and tested; `field` is the number they share. */
const NUMBERS = [
  { name: 'next-hdr', field: 'nextHeader', at: 0, compare: 'eq', max: 255 },
  { name: 'hdr-len-eq', field: 'length', at: LENGTH, compare: 'eq', max: 255 },
  { name: 'hdr-len-gt', field: 'length', at: LENGTH, compare: 'gt', max: 255 },
  { name: 'hdr-len-lt', field: 'length', at: LENGTH, compare: 'lt', max: 255 },
  { name: 'segs-left-eq', field: 'segsLeft', at: SEGS_LEFT, compare: 'eq', max: 255 },
  { name: 'segs-left-gt', field: 'segsLeft', at: SEGS_LEFT, compare: 'gt', max: 255 },
  { name: 'segs-left-lt', field: 'segsLeft', at: SEGS_LEFT, compare: 'lt', max: 255 },
  { name: 'last-entry-eq', field: 'lastEntry', at: LAST_ENTRY, compare: 'eq', max: 255 },
  { name: 'last-entry-gt', field: 'lastEntry', at: LAST_ENTRY, compare: 'gt', max: 255 },
  { name: 'last-entry-lt', field: 'lastEntry', at: LAST_ENTRY, compare: 'lt', max: 255 },
  { name: 'tag', field: 'tag', at: TAG, compare: 'eq', max: 0xffff },
] as const;
const SEGMENTS = ['psid', 'nsid', 'lsid'] as const;
type Segment = (typeof SEGMENTS)[number];

export interface SrhNumber {
  readonly name: string;
  readonly value: number;
  readonly invert: boolean;
}

export interface SrhSegment {
  readonly name: Segment;
  readonly address: Int32Array;
  readonly length: number;
  readonly invert: boolean;
}

export interface SrhInfo {
  readonly numbers: readonly SrhNumber[];
  readonly segments: readonly SrhSegment[];
}

export const srh: MatchModule<SrhInfo> = {
  name: NAME,
  scope: 'stateless',
  families: [6],
  options: [...NUMBERS.map(({ name }) => name), ...SEGMENTS].map((name) => ({ name: `srh-${name}`, invert: true })),

  parse(options) {
    const numbers = NUMBERS.flatMap(({ name, field }) => {
      const given = options.get(`srh-${name}`);
      return given === undefined ? [] : [{ name, value: lastOf(options, field), invert: given.invert }];
    });
    const segments = SEGMENTS.flatMap((name) => {
      const given = options.get(`srh-${name}`);
      return given === undefined ? [] : [readSegment(given, name)];
    });
    return { numbers, segments };
  },

  print({ numbers, segments }) {
    const words = numbers.map(({ name, value, invert }) => `${invert ? '! ' : ''}--srh-${name} ${value}`);
    for (const { name, address, length, invert } of segments) {
      words.push(`${invert ? '! ' : ''}--srh-${name} ${formatAddress(address)}/${length}`);
    }
    return words.join(' ');
  },

  list({ numbers, segments }) {
    const words = [NAME, ...numbers.map(({ name, value, invert }) => `${name}:${invert ? '!' : ''}${value}`)];
    for (const { name, address, length, invert } of segments)
      words.push(`${name} ${invert ? '!' : ''} ${formatAddress(address)}/${length}`);
    return words.join(' ');
  },

  compile({ numbers, segments }) {
    const tests = [...numbers.map(compileNumber), ...segments.map(compileSegment)];
    return (packet) => {
      const at = findHeader(packet, ipproto.ROUTING);
      if (at < 0 || at + HEADER_LEN > packet.networkEnd) return false;
      const { view } = packet;
      if (at + lengthOf(view, at, ipproto.ROUTING) > packet.networkEnd) return false;
      if (view.getUint8(at + TYPE) !== SEGMENT_ROUTING || view.getUint8(at + SEGS_LEFT) > view.getUint8(at + LAST_ENTRY)) return false;
      for (let i = 0; i < tests.length; i++) {
        if (!tests[i]!(packet, at)) return false;
      }
      return true;
    };
  },
};

type Test = (packet: ReadonlyPacket, at: number) => boolean;

/** The value of the option given last of those that share a number. */
function lastOf(options: Options, field: string): number {
  let value = 0;
  for (const given of options.all()) {
    const number = NUMBERS.find(({ name }) => given.name === `srh-${name}`);
    if (number?.field === field) value = unsigned(given, NAME, 0, number.max);
  }
  return value;
}

function readSegment(given: GivenOption, name: Segment): SrhSegment {
  const slash = given.value.indexOf('/');
  const address = parseIpv6(slash < 0 ? given.value : given.value.slice(0, slash));
  if (address === null) return given.fail(`${NAME}: "${given.value}" is no IPv6 address`);
  if (slash < 0) return { name, address, length: 128, invert: given.invert };
  const length = parseMaskLength({ ...given, value: given.value.slice(slash + 1), fail: (reason) => given.fail(reason) }, NAME, 128);
  return {
    name,
    address,
    length: length === RAGGED ? given.fail(`${NAME}: the mask of "--${given.name}" is no prefix`) : length,
    invert: given.invert,
  };
}

function compileNumber({ name, value, invert }: SrhNumber): Test {
  const { at: field, compare, max } = NUMBERS.find((number) => number.name === name)!;
  if (max > 255) return ({ view }, at) => (view.getUint16(at + field, true) === value) !== invert;
  if (compare === 'eq') return ({ view }, at) => (view.getUint8(at + field) === value) !== invert;
  if (compare === 'gt') return ({ view }, at) => view.getUint8(at + field) > value !== invert;
  return ({ view }, at) => view.getUint8(at + field) < value !== invert;
}

/** The segment before the one the packet is at, the one behind it, the last of the list. */
function compileSegment({ name, address, length, invert }: SrhSegment): Test {
  const mask = maskOf(length, 6);
  const wanted = address.map((word, i) => word & mask[i]!);
  return (packet, at) => {
    const { view } = packet;
    const left = view.getUint8(at + SEGS_LEFT);
    let index = 0;
    if (name === 'psid') {
      if (left === view.getUint8(at + LAST_ENTRY)) return false;
      index = left + 1;
    } else if (name === 'nsid') {
      if (left === 0) return false;
      index = left - 1;
    }
    const segment = at + HEADER_LEN + SEGMENT_LEN * index;
    if (segment + SEGMENT_LEN > packet.networkEnd) return false;
    return isWithin(view, segment, wanted, mask) !== invert;
  };
}

function isWithin(view: DataView, at: number, wanted: Int32Array, mask: Int32Array): boolean {
  for (let i = 0; i < 4; i++) {
    if ((view.getInt32(at + 4 * i) & mask[i]!) !== wanted[i]!) return false;
  }
  return true;
}
