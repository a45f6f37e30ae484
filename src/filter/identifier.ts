/**
 * Names and numbers of a filter: what `10.0.0.1`, `443`, `http` or `\tcp` means behind its qualifiers.
 * @module
 */
import { serviceNames, serviceOf } from '../inet/service-port.ts';
import { didYouMean } from '../suggest.ts';
import { parseIpv6 } from '../inet/ipv6.ts';
import * as ipproto from '../inet/protocol.ts';
import { EtherType } from '../wire/ethernet.ts';
import type { Condition } from './condition.ts';
import type { Cursor } from './cursor.ts';
import type { LinkLayer } from './link-layer.ts';
import { type Direction, etherHost, host4, host6, ipProtocol, ipv4Protocol, ipv6Protocol, isoProtocol, ports } from './primitives.ts';
import type { Token } from './tokens.ts';
import { ETHER_PROTOCOLS, ISO_PROTOCOLS, KEYWORDS, PROTOCOLS } from './words.ts';

/** What stands in front of a name: `tcp src port`. '' and null where nothing does. */
export interface Qualifiers {
  readonly protocol: string;
  readonly direction: Direction | null;
  readonly kind: 'host' | 'net' | 'port' | 'portrange' | 'proto' | null;
  readonly at: Token;
}

const MAX_PORT = 65_535;
const WITH_IPV4 = [EtherType.Ipv4, EtherType.Arp, EtherType.Rarp] as const;
const PORT_PROTOCOLS: ReadonlyMap<string, number> = new Map([
  ['', -1],
  ['tcp', ipproto.TCP],
  ['udp', ipproto.UDP],
  ['sctp', ipproto.SCTP],
]);

/** The name at the cursor. @throws FilterError, Unanswerable */
export function identifier(cursor: Cursor, link: LinkLayer, qualifiers: Qualifiers): Condition {
  switch (qualifiers.kind) {
    case 'port':
    case 'portrange':
      return port(cursor, link, qualifiers);
    case 'proto':
      return protocol(cursor, link, qualifiers);
    default:
      return address(cursor, link, qualifiers);
  }
}

// -- hosts and nets

function address(cursor: Cursor, link: LinkLayer, qualifiers: Qualifiers): Condition {
  const { token } = cursor;
  const { kind, protocol: over } = qualifiers;
  const isLink = PROTOCOLS.get(over)?.by === 'link';
  if (token.kind === 'mac') {
    if (!isLink || kind === 'net') cursor.fail('an address of the link needs ether host, ether src or ether dst in front of it');
    cursor.take();
    return etherHost(link, qualifiers.direction ?? 'either', macOf(token.text));
  }
  if (isLink && (cursor.isNumber() || token.kind === 'dotted' || token.kind === 'ipv6')) {
    cursor.fail(`an address of the link (00:00:5e:00:53:01) expected behind ${over}`);
  }
  if (token.kind === 'ipv6') return ipv6(cursor, link, qualifiers);
  if (cursor.isNumber() || token.kind === 'dotted') return ipv4(cursor, link, qualifiers);
  if (KEYWORDS.has(token.text)) cursor.fail(`an address expected, not ${token.text}`);
  if (token.kind === 'end' || token.kind === 'sign') cursor.fail('an address expected');
  return cursor.fail(`${token.text} is a name: names are not looked up, write the address`);
}

function ipv4(cursor: Cursor, link: LinkLayer, { protocol: over, direction, kind, at }: Qualifiers): Condition {
  const start = cursor.token;
  const isNumber = cursor.isNumber();
  const [bits, length] = isNumber ? [cursor.number(), 32] : dotted(cursor);
  let word = bits;
  let mask = -1;
  if (cursor.takes('/')) {
    const given = isNumber ? cursor.failAt(start, 'a net with a length has two to four parts: 10.0.0.0/8') : prefixLength(cursor, 32);
    if (kind !== 'net') cursor.failAt(start, 'only a net has a length: write net in front of it');
    word = shifted(bits, 32 - length);
    mask = given === 0 ? 0 : -1 << (32 - given);
    if ((word & mask) !== (word | 0)) cursor.failAt(start, `bits behind the length are set in ${start.text}/${given}`);
  } else if (kind === 'net' && !isNumber && cursor.takes('mask')) {
    if (cursor.token.kind !== 'dotted') cursor.fail('a mask (255.255.0.0) expected');
    const maskStart = cursor.token;
    const [maskBits, maskLength] = dotted(cursor);
    word = shifted(bits, 32 - length);
    mask = shifted(maskBits, 32 - maskLength);
    if ((word & mask) !== (word | 0)) cursor.failAt(start, `bits outside the mask ${maskStart.text} are set in ${start.text}`);
  } else if (kind === 'net' && isNumber) {
    while (word !== 0 && word >>> 24 === 0) {
      word = (word << 8) >>> 0;
      mask <<= 8;
    }
  } else {
    word = shifted(bits, 32 - length);
    mask = shifted(-1, 32 - length);
  }
  const own = PROTOCOLS.get(over);
  if (over !== '' && !['ip', 'arp', 'rarp'].includes(over)) cursor.failAt(at, `${over} packets have no IPv4 addresses of their own`);
  const types = own?.by === 'type' ? [own.number] : link.isLabelled ? [EtherType.Ipv4] : WITH_IPV4;
  return host4(link, types, direction ?? 'either', word | 0, mask | 0);
}

/** Two to four parts: the bits they make, and how many. */
function dotted(cursor: Cursor): [bits: number, length: number] {
  const token = cursor.take();
  const parts = token.text.split('.').map(Number);
  if (parts.some((part) => part > 255)) cursor.failAt(token, `${token.text}: a part of an address is at most 255`);
  return [parts.reduce((bits, part) => bits * 256 + part, 0), parts.length * 8];
}

function shifted(bits: number, by: number): number {
  return by >= 32 ? 0 : bits << by;
}

function prefixLength(cursor: Cursor, most: number): number {
  if (cursor.token.kind !== 'number') cursor.fail('the length of a net expected');
  const { token } = cursor;
  const length = cursor.number();
  if (length > most) cursor.failAt(token, `the length of a net is at most ${most}`);
  return length;
}

function ipv6(cursor: Cursor, link: LinkLayer, { protocol: over, direction, kind, at }: Qualifiers): Condition {
  const token = cursor.take();
  const words = parseIpv6(token.text);
  if (words === null) return cursor.failAt(token, `${token.text} is no IPv6 address`);
  let length = 128;
  if (cursor.takes('/')) {
    length = prefixLength(cursor, 128);
    if (kind !== 'net' && length !== 128) cursor.failAt(token, 'only a net has a length: write net in front of it');
  }
  const mask = Int32Array.from({ length: 4 }, (_, i) => {
    const left = Math.min(Math.max(length - 32 * i, 0), 32);
    return left === 0 ? 0 : -1 << (32 - left);
  });
  if (words.some((word, i) => (word & ~mask[i]!) !== 0)) cursor.failAt(token, `bits behind the length are set in ${token.text}/${length}`);
  if (over !== '' && over !== 'ip6') cursor.failAt(at, `${over} packets have no IPv6 addresses of their own`);
  return host6(link, direction ?? 'either', words, mask);
}

function macOf(text: string): Uint8Array {
  const digits =
    /[:.-]/.test(text) && !/^[0-9a-fA-F]{4}\./.test(text)
      ? text
          .split(/[:.-]/)
          .map((part) => part.padStart(2, '0'))
          .join('')
      : text.replace(/\./g, '');
  return Uint8Array.from({ length: 6 }, (_, i) => Number.parseInt(digits.slice(2 * i, 2 * i + 2), 16));
}

// -- ports

interface Port {
  readonly number: number;
  /** -1: any. */
  readonly protocol: number;
}

function port(cursor: Cursor, link: LinkLayer, { protocol: over, direction, kind, at }: Qualifiers): Condition {
  const wanted = PORT_PROTOCOLS.get(over);
  if (wanted === undefined) return cursor.failAt(at, `only tcp, udp and sctp have ports, not ${over}`);
  const { token } = cursor;
  const isRange = kind === 'portrange';
  if (cursor.isNumber()) {
    const number = cursor.number();
    if (number > MAX_PORT) cursor.failAt(token, `a port is at most ${MAX_PORT}`);
    return ports(link, wanted, direction ?? 'either', number, number);
  }
  if (token.kind !== 'word' && token.kind !== 'name') return cursor.fail(isRange ? 'ports (6000-6008) expected' : 'a port expected');
  if (KEYWORDS.has(token.text)) return cursor.fail(`a port expected, not ${token.text}`);
  cursor.take();
  const text = token.text.replace(/^\\/, '');
  const dash = isRange ? text.indexOf('-') : -1;
  if (isRange && dash < 0) return cursor.failAt(token, `two ports with a dash between them expected, not ${text}`);
  const first = portOf(cursor, token, dash < 0 ? text : text.slice(0, dash), wanted);
  const last = dash < 0 ? first : portOf(cursor, token, text.slice(dash + 1), wanted);
  const protocol = wanted >= 0 ? wanted : first.protocol === last.protocol ? first.protocol : first.protocol < 0 ? last.protocol : -1;
  return ports(link, protocol, direction ?? 'either', Math.min(first.number, last.number), Math.max(first.number, last.number));
}

function portOf(cursor: Cursor, token: Token, text: string, wanted: number): Port {
  if (/^\d+$/.test(text)) {
    const number = Number(text);
    return number > MAX_PORT ? cursor.failAt(token, `a port is at most ${MAX_PORT}`) : { number, protocol: -1 };
  }
  const known = serviceOf(text);
  if (known === null) return cursor.failAt(token, `no such port: ${text}${didYouMean(text, serviceNames())}`);
  if (wanted >= 0 && known.protocol >= 0 && known.protocol !== wanted) {
    cursor.failAt(token, `port ${text} is one of ${ipproto.protocolName(known.protocol)}`);
  }
  return { number: known.port, protocol: known.protocol };
}

// -- protocols

function protocol(cursor: Cursor, link: LinkLayer, { protocol: over, direction, at }: Qualifiers): Condition {
  if (direction !== null) cursor.failAt(at, 'a protocol has no direction');
  const { token } = cursor;
  const by = PROTOCOLS.get(over)?.by;
  const number = protocolValue(cursor, over);
  switch (over) {
    case '':
      return ipProtocol(link, number);
    case 'ip':
      return ipv4Protocol(link, number);
    case 'ip6':
      return ipv6Protocol(link, number);
    case 'iso':
      return isoProtocol(link, number);
    default:
      if (by === 'link') return link.carries(number);
      return cursor.failAt(token, `${over} carries no other protocol that could be told`);
  }
}

function protocolValue(cursor: Cursor, over: string): number {
  const { token } = cursor;
  if (cursor.isNumber()) return cursor.number();
  if (token.kind !== 'name' && (token.kind !== 'word' || KEYWORDS.has(token.text))) {
    const known = token.kind === 'word' ? ` (a protocol whose name is a word of filters has a backslash in front: \\${token.text})` : '';
    return cursor.fail(`a protocol expected${known}`);
  }
  cursor.take();
  const name = token.text.replace(/^\\/, '');
  const isLink = PROTOCOLS.get(over)?.by === 'link';
  const number = isLink
    ? ETHER_PROTOCOLS.get(name)
    : over === 'iso'
      ? ISO_PROTOCOLS.get(name)
      : (ipproto.protocolNumber(name) ?? undefined);
  return number ?? cursor.failAt(token, `no such protocol: ${name}`);
}
