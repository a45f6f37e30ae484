/**
 * hbh and dst: the IPv6 hop-by-hop and destination options headers. RFC 8200 §4.2, 4.3, 4.6.
 *
 *   -m hbh [!] --hbh-len 8 [--hbh-opts 5:2,1]            -m dst [!] --dst-len 8 [--dst-opts 201:16]
 *
 * The options asked for must be the first ones of the header, in order; `type:length`, or any length. Types and lengths are
 * taken modulo 256, and a length of 255 means any: so does ip6tables. A header that claims more than there is, or a chain of
 * headers that is cut off, drops the packet at once.
 * Reference: ip6tables-extensions, "hbh", "dst". Kernel counterpart: net/ipv6/netfilter/ip6t_hbh.c (behaviour only).
 * @module
 */
import * as ipproto from '../../inet/protocol.ts';
import type { ReadonlyPacket } from '../../packet/packet.ts';
import type { MatchModule } from '../match.ts';
import type { GivenOption } from '../options.ts';
import { ABSENT, findHeader, lengthOf } from './ipv6-extension.ts';
import { MAX_U32, scanNumber, unsigned } from './option-value.ts';

const MAX_OPTIONS = 16;
const HEADER_LEN = 2;
const ANY_LENGTH = 255;
const UNREADABLE = -1;

export interface OptionHeaderInfo {
  readonly length: number | null;
  readonly lengthInvert: boolean;
  /** type << 8 | length; length 255 is any. */
  readonly opts: readonly number[];
}

export const hbh: MatchModule<OptionHeaderInfo> = optionHeader('hbh', ipproto.HOPOPTS, 'PAD0 has not got length');
export const dst: MatchModule<OptionHeaderInfo> = optionHeader('dst', ipproto.DSTOPTS, "PAD0 hasn't got length");

function optionHeader(name: 'hbh' | 'dst', header: number, padRefusal: string): MatchModule<OptionHeaderInfo> {
  return {
    name,
    scope: 'stateless',
    families: [6],
    options: [{ name: `${name}-len`, invert: true }, { name: `${name}-opts` }],

    parse(options) {
      const length = options.get(`${name}-len`);
      const opts = options.get(`${name}-opts`);
      return {
        length: length === undefined ? null : unsigned(length, name),
        lengthInvert: length?.invert ?? false,
        opts: opts === undefined ? [] : readOptions(opts, name, padRefusal),
      };
    },

    print({ length, lengthInvert, opts }) {
      const words: string[] = [];
      if (length !== null) words.push(`${lengthInvert ? '! ' : ''}--${name}-len ${length}`);
      if (opts.length > 0) words.push(`--${name}-opts ${opts.map(formatOption).join(',')}`);
      return words.join(' ');
    },

    list({ length, lengthInvert, opts }) {
      const words: string[] = [name];
      if (length !== null) words.push(`length:${lengthInvert ? '!' : ''}${length}`);
      if (opts.length > 0) words.push(`opts ${opts.map(formatOption).join(',')}`);
      return words.join(' ');
    },

    compile({ length, lengthInvert, opts }) {
      const wanted = Uint16Array.from(opts);
      return (packet) => {
        const at = findHeader(packet, header);
        if (at === ABSENT) return false;
        const octets = at < 0 || at + HEADER_LEN > packet.networkEnd ? UNREADABLE : lengthOf(packet.view, at, header);
        if (octets === UNREADABLE || at + octets > packet.networkEnd) {
          packet.hotdrop = true;
          return false;
        }
        if (length !== null && (octets === length) === lengthInvert) return false;
        return wanted.length === 0 || startsWith(packet, wanted, at, octets);
      };
    },
  };
}

function readOptions(given: GivenOption, module: string, padRefusal: string): readonly number[] {
  const parts = given.value.split(',');
  if (parts.length > MAX_OPTIONS) given.fail('too many addresses specified');
  return parts.map((part) => {
    const colon = part.indexOf(':');
    const type = readNumber(given, module, { what: 'opt', text: colon < 0 ? part : part.slice(0, colon) });
    if (colon < 0) return ((type & 0xff) << 8) | ANY_LENGTH;
    if (type === 0) given.fail(padRefusal);
    const length = readNumber(given, module, { what: 'length', text: part.slice(colon + 1) });
    return ((type & 0xff) << 8) | (length & 0xff);
  });
}

function readNumber(given: GivenOption, module: string, part: { what: string; text: string }): number {
  const { what, text } = part;
  const scanned = scanNumber(text);
  if (scanned === null) return given.fail(`${module}: no valid digits in ${what} \`${text}'`);
  if (scanned.end !== text.length || scanned.value > BigInt(MAX_U32)) given.fail(`${module}: error parsing ${what} \`${text}'`);
  return Number(scanned.value);
}

function formatOption(option: number): string {
  return (option & 0xff) === ANY_LENGTH ? `${option >> 8}` : `${option >> 8}:${option & 0xff}`;
}

/** Whether the options in the header begin with those wanted. The last one need not fit whole. */
function startsWith(packet: ReadonlyPacket, wanted: Uint16Array, header: number, octets: number): boolean {
  const { view, networkEnd } = packet;
  let at = header + HEADER_LEN;
  let left = octets - HEADER_LEN;
  for (let i = 0; i < wanted.length; i++) {
    if (left < 1) return false;
    const type = view.getUint8(at);
    if (type !== wanted[i]! >> 8) return false;
    let taken = 1;
    if (type !== 0) {
      if (left < 2) return false;
      const length = view.getUint8(at + 1);
      const asked = wanted[i]! & 0xff;
      if (asked !== ANY_LENGTH && asked !== length) return false;
      taken = length + 2;
    }
    if (i < wanted.length - 1 && (at > networkEnd - taken || left < taken)) return false;
    at += taken;
    left -= taken;
  }
  return true;
}
