/**
 * ipv6header: which kinds of headers an IPv6 packet consists of. RFC 8200 §4.
 *
 *   -m ipv6header [!] --header hop-by-hop,ah [--soft]
 *
 * Without --soft exactly these must be there, with it at least these. The walk ends at ESP, at "no next header" or at the upper
 * layer, which is `protocol`; it does not know fragments, so behind a later fragment's header it reads on in its octets.
 * Reference: ip6tables-extensions, "ipv6header". Kernel counterpart: net/ipv6/netfilter/ip6t_ipv6header.c (behaviour only).
 * @module
 */
import * as ipproto from '../../inet/protocol.ts';
import type { ReadonlyPacket } from '../../packet/packet.ts';
import type { MatchModule } from '../match.ts';
import type { GivenOption } from '../options.ts';
import { FIXED_HEADER_LEN, firstHeader, lengthOf } from './ipv6-extension.ts';
import { mandatory, wholeNumber } from './option-value.ts';

const NAME = 'ipv6header';
const COMMON_LEN = 2;
const PROTO_BIT = 0x01;
const NONE_BIT = 0x02;
const ESP_BIT = 0x04;
/** The upper layer, to iptables a protocol of this number. */
const UPPER = 255;

/** In the order they are printed; `prints` is what iptables makes of it, `reads` are further words for it. */
const KINDS: readonly { readonly bit: number; readonly protocol: number; readonly prints: string; readonly reads: readonly string[] }[] = [
  { bit: 0x80, protocol: ipproto.HOPOPTS, prints: 'hop-by-hop', reads: ['hop'] },
  { bit: 0x40, protocol: ipproto.DSTOPTS, prints: 'ipv6-opts', reads: ['dst'] },
  { bit: 0x20, protocol: ipproto.ROUTING, prints: 'ipv6-route', reads: ['route'] },
  { bit: 0x10, protocol: ipproto.FRAGMENT, prints: 'ipv6-frag', reads: ['frag'] },
  { bit: 0x08, protocol: ipproto.AH, prints: 'ah', reads: ['auth'] },
  { bit: ESP_BIT, protocol: ipproto.ESP, prints: 'esp', reads: [] },
  { bit: NONE_BIT, protocol: ipproto.NONE, prints: 'ipv6-nonxt', reads: ['none'] },
  { bit: PROTO_BIT, protocol: UPPER, prints: 'protocol', reads: ['prot'] },
];

/** The walk's answer when a header is cut off. */
const CUT_OFF = -1;

export interface Ipv6headerInfo {
  readonly headers: number;
  readonly invert: boolean;
  readonly soft: boolean;
}

export const ipv6header: MatchModule<Ipv6headerInfo> = {
  name: NAME,
  scope: 'stateless',
  families: [6],
  options: [
    { name: 'header', invert: true },
    { name: 'soft', args: 0 },
  ],

  parse(options) {
    const given = mandatory(options, NAME, 'header');
    return { headers: readHeaders(given), invert: given.invert, soft: options.has('soft') };
  },

  print({ headers, invert, soft }) {
    const names = KINDS.filter(({ bit }) => (headers & bit) !== 0).map(({ prints }) => prints);
    return `${invert ? '! ' : ''}--header ${names.join(',')}${soft ? ' --soft' : ''}`;
  },

  list({ headers, invert, soft }) {
    const digits = headers.toString(16).toUpperCase().padStart(2, '0');
    return `ipv6header flags:${invert ? '!' : ''}0x${digits}${soft ? ' soft' : ''}`;
  },

  compile({ headers, invert, soft }) {
    const inverted = invert ? 0xff : 0;
    return (packet) => {
      const there = headersOf(packet);
      if (there === CUT_OFF) return false;
      if (soft) return ((there ^ headers ^ inverted) & headers) === 0;
      return (there === headers) !== invert;
    };
  },
};

function readHeaders(given: GivenOption): number {
  let headers = 0;
  const words = given.value.split(',').filter((word) => word !== '');
  if (words.length === 0) given.fail('ip6t_ipv6header: cannot parse header names');
  for (const word of words) {
    const kind = KINDS.find(({ prints, reads }) => prints === word || reads.includes(word)) ?? byProtocol(word);
    if (kind === undefined) return given.fail(`unknown header \`${protocolOf(word) ?? word}' specified`);
    headers |= kind.bit;
  }
  return headers;
}

function byProtocol(word: string): (typeof KINDS)[number] | undefined {
  const protocol = protocolOf(word);
  return protocol === null ? undefined : KINDS.find((kind) => kind.protocol === protocol);
}

function protocolOf(word: string): number | null {
  const number = wholeNumber(word, 0n, BigInt(UPPER));
  return number === null ? protocolNamed(word) : Number(number);
}

/** Names count as they are written in /etc/protocols. */
function protocolNamed(word: string): number | null {
  return word === 'icmpv6' || word === 'all' ? null : word === word.toLowerCase() ? ipproto.protocolNumber(word) : null;
}

/** The bits of all headers there are, or CUT_OFF. */
function headersOf(packet: ReadonlyPacket): number {
  const { view, networkEnd } = packet;
  let at = packet.network + FIXED_HEADER_LEN;
  let next = firstHeader(packet);
  let headers = 0;
  for (;;) {
    const bit = bitOf(next);
    if (bit === PROTO_BIT || bit === NONE_BIT) return headers | bit;
    if (at + COMMON_LEN > networkEnd) return CUT_OFF;
    if (bit === ESP_BIT) return headers | bit;
    headers |= bit;
    const length = lengthOf(view, at, next);
    next = view.getUint8(at);
    at += length;
    // What lies behind the end of the packet cannot be looked at: whatever it is called, it counts by its name alone.
    if (at > networkEnd) return next === ipproto.NONE || next === ipproto.ESP ? headers : headers | PROTO_BIT;
  }
}

function bitOf(next: number): number {
  for (let i = 0; i < KINDS.length; i++) {
    const kind = KINDS[i]!;
    if (kind.protocol === next) return kind.bit;
  }
  return PROTO_BIT;
}
