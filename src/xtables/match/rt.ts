/**
 * rt: the IPv6 routing header. RFC 8200 §4.4; type 0, with a list of addresses: RFC 2460 §4.4.
 *
 *   -m rt [!] --rt-type 0 [!] --rt-segsleft 0:3 [!] --rt-len 24 [--rt-0-res] [--rt-0-addrs ::1,::2 [--rt-0-not-strict]]
 *
 *   +-------------+--------+------+-----------+----------+------------------------+
 *   | next header | length | type | segs left | reserved | addresses, 16 octets.. |
 *   +-------------+--------+------+-----------+----------+------------------------+
 *
 * Addresses are compared in order: all of them and no other, or, not strictly, as a subsequence of the header's. A header that
 * claims more than there is, or a chain of headers that is cut off, drops the packet at once.
 * Reference: ip6tables-extensions, "rt". Kernel counterpart: net/ipv6/netfilter/ip6t_rt.c (behaviour only).
 * @module
 */
import { formatAddress } from '../../inet/address.ts';
import { parseIpv6 } from '../../inet/ipv6.ts';
import * as ipproto from '../../inet/protocol.ts';
import type { ReadonlyPacket } from '../../packet/packet.ts';
import type { MatchModule } from '../match.ts';
import type { Options } from '../options.ts';
import { ABSENT, findHeader, lengthOf } from './ipv6-extension.ts';
import { MAX_U32, range32, unsigned } from './option-value.ts';
import { formatRange } from './port-option.ts';

const NAME = 'rt';
const HEADER_LEN = 4;
const TYPE = 2;
const SEGS_LEFT = 3;
const RESERVED = 4;
const ADDRESSES = 8;
const ADDRESS_LEN = 16;
const MAX_ADDRESSES = 16;

export interface RtInfo {
  readonly type: number | null;
  readonly typeInvert: boolean;
  readonly lo: number;
  readonly hi: number;
  readonly segsInvert: boolean;
  readonly length: number | null;
  readonly lengthInvert: boolean;
  readonly reserved: boolean;
  readonly addresses: readonly Int32Array[];
  readonly notStrict: boolean;
}

export const rt: MatchModule<RtInfo> = {
  name: NAME,
  scope: 'stateless',
  families: [6],
  options: [
    { name: 'rt-type', invert: true },
    { name: 'rt-segsleft', invert: true },
    { name: 'rt-len', invert: true },
    { name: 'rt-0-res', args: 0 },
    { name: 'rt-0-addrs' },
    { name: 'rt-0-not-strict', args: 0 },
  ],

  parse(options) {
    const type = options.get('rt-type');
    const segs = options.get('rt-segsleft');
    const length = options.get('rt-len');
    const [lo, hi] = segs === undefined ? [0, MAX_U32] : range32(segs, NAME);
    const typeNumber = type === undefined ? null : unsigned(type, NAME);
    checkType0(options, typeNumber === 0 && type?.invert === false);
    return {
      type: typeNumber,
      typeInvert: type?.invert ?? false,
      lo,
      hi,
      segsInvert: segs?.invert ?? false,
      length: length === undefined ? null : unsigned(length, NAME),
      lengthInvert: length?.invert ?? false,
      reserved: options.has('rt-0-res'),
      addresses: readAddresses(options),
      notStrict: options.has('rt-0-not-strict'),
    };
  },

  print(info) {
    const words: string[] = [];
    if (info.type !== null) words.push(`${info.typeInvert ? '! ' : ''}--rt-type ${info.type}`);
    // A full range is not written down, inverted or not: so does ip6tables 1.8.9.
    if (info.lo !== 0 || info.hi !== MAX_U32) words.push(`${info.segsInvert ? '! ' : ''}--rt-segsleft ${formatRange(info.lo, info.hi)}`);
    if (info.length !== null) words.push(`${info.lengthInvert ? '! ' : ''}--rt-len ${info.length}`);
    if (info.reserved) words.push('--rt-0-res');
    if (info.addresses.length > 0) words.push(`--rt-0-addrs ${info.addresses.map(formatAddress).join(',')}`);
    if (info.notStrict) words.push('--rt-0-not-strict');
    return words.join(' ');
  },

  list(info) {
    const { lo, hi, segsInvert } = info;
    const words = ['rt'];
    if (info.type !== null) words.push(`type:${info.typeInvert ? '!' : ''}${info.type}`);
    if (lo !== 0 || hi !== MAX_U32 || segsInvert) {
      words.push(`segsleft${lo === hi ? '' : 's'}:${segsInvert ? '!' : ''}${formatRange(lo, hi)}`);
    }
    if (info.length !== null) words.push(`length:${info.lengthInvert ? '!' : ''}${info.length}`);
    if (info.reserved) words.push('reserved');
    if (info.addresses.length > 0) words.push(`0-addrs ${info.addresses.map(formatAddress).join(',')}`);
    if (info.notStrict) words.push('0-not-strict');
    return words.join(' ');
  },

  compile(info) {
    const { type, typeInvert, lo, hi, segsInvert, length, lengthInvert, reserved, notStrict } = info;
    const words = Int32Array.from(info.addresses.flatMap((address) => [...address]));
    return (packet) => {
      const at = findHeader(packet, ipproto.ROUTING);
      if (at === ABSENT) return false;
      if (at < 0 || at + HEADER_LEN > packet.networkEnd) return hotdrop(packet);
      const { view } = packet;
      const octets = lengthOf(view, at, ipproto.ROUTING);
      if (at + octets > packet.networkEnd) return hotdrop(packet);
      const left = view.getUint8(at + SEGS_LEFT);
      if ((left >= lo && left <= hi) === segsInvert) return false;
      if (length !== null && (octets === length) === lengthInvert) return false;
      if (type !== null && (view.getUint8(at + TYPE) === type) === typeInvert) return false;
      if (reserved && view.getInt32(at + RESERVED) !== 0) return false;
      if (words.length === 0) return true;
      const there = (octets - ADDRESSES) >> 4;
      return notStrict ? isSubsequence(words, view, at, there) : isList(words, view, at, there);
    };
  },
};

function hotdrop(packet: ReadonlyPacket): false {
  packet.hotdrop = true;
  return false;
}

function checkType0(options: Options, isType0: boolean): void {
  for (const name of ['rt-0-res', 'rt-0-addrs']) {
    if (options.has(name) && !isType0) options.get(name)!.fail(`\`--rt-type 0' required before \`--${name}'`);
  }
  if (options.has('rt-0-not-strict') && !options.has('rt-0-addrs')) {
    options.get('rt-0-not-strict')!.fail("`--rt-0-addr ...' required before `--rt-0-not-strict'");
  }
}

function readAddresses(options: Options): readonly Int32Array[] {
  const given = options.get('rt-0-addrs');
  if (given === undefined) return [];
  const texts = given.value.split(',');
  if (texts.length > MAX_ADDRESSES) given.fail('too many addresses specified');
  return texts.map((text) => parseIpv6(text) ?? given.fail(`bad address: ${text}`));
}

/** Whether address `n` of the header is the `i`th asked for. */
function isAddress(words: Int32Array, i: number, view: DataView, at: number): boolean {
  for (let word = 0; word < 4; word++) {
    if (view.getInt32(at + 4 * word) !== words[4 * i + word]) return false;
  }
  return true;
}

function isList(words: Int32Array, view: DataView, at: number, there: number): boolean {
  const wanted = words.length >> 2;
  if (wanted !== there) return false;
  for (let i = 0; i < wanted; i++) {
    if (!isAddress(words, i, view, at + ADDRESSES + ADDRESS_LEN * i)) return false;
  }
  return true;
}

function isSubsequence(words: Int32Array, view: DataView, at: number, there: number): boolean {
  const wanted = words.length >> 2;
  let i = 0;
  for (let n = 0; n < there && i < wanted; n++) {
    if (isAddress(words, i, view, at + ADDRESSES + ADDRESS_LEN * n)) i++;
  }
  return i === wanted;
}
