/**
 * What the kernel finds in a SIP message, said with regular expressions about what is left of its text; its places are how much that
 * is less than all. `null`: nothing found.
 */
import { parseIpv6 } from '../../src/inet/ipv6.ts';
import type { HeaderKind } from '../../src/conntrack/helper/sip-message.ts';

export interface Address {
  readonly words: readonly number[];
  readonly length: number;
}

export interface Uri {
  readonly at: number;
  readonly length: number;
  readonly port: number;
  readonly words: readonly number[];
}

/** A header's part that counts; `bad`: the header is there, that is not. */
export type HeaderPart = { readonly at: number; readonly length: number } | { readonly bad: number } | null;

const LETTERS = /^[a-z]+/i;
const PORT = /^:([0-9]{1,5})[^0-9]/;

/** Behind blanks, over one line that goes on. */
export function behindBlanks(left: string): string | null {
  const behind = left.replace(/^[ \t]+/, '');
  if (!/^[\r\n]/.test(behind)) return behind;
  const next = /^(?:\r\n|[\r\n])[ \t]+/.exec(behind);
  return next === null ? null : behind.slice(next[0].length);
}

/** From a text in lower case on; it is not seen at the very end, nor right behind the blanks of a line that goes on. */
export function searched(left: string, text: string): string | null {
  let at = left;
  for (const [step] of left.slice(0, Math.max(0, left.length - text.length)).matchAll(/(?:\r\n|[\r\n])[ \t]+[^]?|[^\r\n]/gy)) {
    if (!/^[\r\n]/.test(step) && at.toLowerCase().startsWith(text)) return at;
    at = at.slice(step.length);
  }
  return null;
}

export class SipModel {
  readonly text: string;
  readonly family: number;

  constructor(text: string, family: number) {
    this.text = text;
    this.family = family;
  }

  place(left: string): number {
    return this.text.length - left.length;
  }

  address(left: string, bracketed: boolean): Address | null {
    return this.family === 4 ? ipv4At(left) : ipv6At(left, bracketed);
  }

  /** An address with its port, neither of them at the very end. */
  private uri(left: string): Uri | null {
    const address = this.address(left, true);
    if (address === null || address.length === left.length) return null;
    const at = this.place(left);
    const { words, length } = address;
    const behind = left.slice(length);
    if (!behind.startsWith(':')) return { at, length, words, port: 5060 };
    const digits = PORT.exec(behind)?.[1] ?? '';
    const port = Number(digits);
    return port < 1024 || port > 65_535 ? null : { at, length: length + 1 + digits.length, words, port };
  }

  private userUri(left: string): Uri | null {
    return this.uri(left.replace(/^[^@\r\n]*@/, ''));
  }

  private uriOf({ part }: HeaderKind, left: string): Uri | null {
    return part === 'user-address' ? this.userUri(left) : this.uri(left);
  }

  requestUri(): Uri | null {
    if (!LETTERS.test(this.text)) return null;
    const left = this.text.replace(LETTERS, '').slice(1);
    if (left === '') return null;
    // with something behind it, or there is no address anyway
    const scheme = /^[^\r\n]*?sip:/i.exec(left);
    return scheme === null ? null : this.userUri(left.slice(scheme[0].length));
  }

  /** The first header of a kind whose line ends in front of it at or behind a place. */
  header(kind: HeaderKind, from: number): HeaderPart {
    const left = this.text.slice(from);
    // whatever stands first in a line cannot end it
    for (const { 0: end, index } of left.matchAll(/(?:\r\n|\r(?!\n)|\n)[^]/g)) {
      const line = left.slice(index + end.length - 1);
      if (/^[ \t]/.test(line)) continue;
      const name = nameOf(kind, line);
      if (name === '') continue;
      const colon = behindBlanks(line.slice(name.length));
      if (colon === null || !/^:[^]/.test(colon)) return null;
      const value = behindBlanks(colon.slice(1));
      return value === null ? null : this.part(kind, value);
    }
    return null;
  }

  private part(kind: HeaderKind, value: string): HeaderPart {
    const bad = { bad: this.place(value) };
    const at = kind.search === '' ? value : searched(value, kind.search);
    if (at === null) return bad;
    const left = at.slice(kind.search.length);
    if (kind.part !== 'digits') return this.uriOf(kind, left) ?? bad;
    const { length } = /^[0-9]*/.exec(left)![0];
    return length === 0 ? bad : { at: this.place(left), length };
  }

  /** The URI of the first header of a kind that has one. */
  firstUri(kind: HeaderKind, from = 0): Uri | null {
    const found = this.header(kind, from);
    if (found === null) return null;
    return 'bad' in found ? this.firstUri(kind, found.bad) : (found as Uri);
  }

  /** All URIs of all headers of a kind, with commas between those of one. */
  uris(kind: HeaderKind): Uri[] {
    const all: Uri[] = [];
    for (let uri = this.firstUri(kind); uri !== null; ) {
      all.push(uri);
      const left = this.text.slice(uri.at + uri.length);
      const next = this.listed(kind, left);
      uri = typeof next === 'object' ? next : this.firstUri(kind, next);
    }
    return all;
  }

  /** The next of a header's list, or the place to which the list was read. */
  private listed(kind: HeaderKind, left: string): Uri | number {
    const comma = searched(left, ',');
    const scheme = comma === null ? null : searched(comma, kind.search);
    if (scheme === null) return this.place(left);
    const behind = scheme.slice(kind.search.length);
    return this.uriOf(kind, behind) ?? this.listed(kind, behind);
  }

  /** What stands behind a parameter's name, of its value in a list with commas. */
  parameter(name: string, from: number): string | null {
    const left = this.text.slice(from);
    const comma = searched(left, ',');
    const value = comma === null ? left : left.slice(0, left.length - comma.length);
    const found = searched(value, name);
    return found?.slice(name.length) ?? null;
  }

  /** What counts in the first line of a description at or behind a place, but not behind one that is `before`. */
  sdp(from: number, line: string, before: string | null): { at: number; length: number; words?: readonly number[] } | null {
    const left = this.text.slice(from);
    // whatever stands first in a line cannot end it
    for (const { 0: end, index } of left.matchAll(/(?:\r\n|\r(?!\n)|\n)[^]/g)) {
      const found = left.slice(index + end.length - 1);
      const kind = found.slice(0, 2).toLowerCase();
      if (kind === before) return null;
      if (kind !== line) continue;
      const value = found.slice(2);
      if (NETWORK_LINES.includes(line)) return this.network(value);
      const [part] = (line === 'v=' ? /^[0-9]*/ : /^(?:[a-z]* [0-9]*)?/i).exec(value)!;
      return part === '' ? null : { at: this.place(value), length: part.length };
    }
    return null;
  }

  private network(value: string): (Address & { at: number }) | null {
    const before = new RegExp(`^[^\\r\\n]*?IN IP${this.family} `).exec(value);
    if (before === null) return null;
    const left = value.slice(before[0].length);
    const address = this.family === 4 ? ipv4At(left) : plainIpv6(left);
    return address === null ? null : { at: this.place(left), ...address };
  }

  /** Where a parameter's text stands. */
  parameterPlace(name: string, from: number): number {
    const left = this.text.slice(from);
    const comma = searched(left, ',') ?? '';
    const value = this.parameter(name, from);
    return value === null ? -1 : this.text.length - comma.length - value.length;
  }
}

/** Description lines whose part that counts is a network's address. */
const NETWORK_LINES = ['o=', 'c='];

/** A header's name at the beginning of a line, or ''; a short one needs a character behind it that is no letter. */
function nameOf({ name, short }: HeaderKind, line: string): string {
  const long = line.slice(0, name.length);
  if (long.toLowerCase() === name) return long;
  return short !== '' && line.slice(0, 1).toLowerCase() === short && /^.[^a-z]/is.test(line) ? short : '';
}

function ipv4At(left: string): Address | null {
  const match = /^([0-9]+)\.([0-9]+)\.([0-9]+)\.([0-9]+)(?![.0-9a-f])/i.exec(left);
  const octets = match?.slice(1).map(Number) ?? [256];
  if (octets.some((octet) => octet > 255)) return null;
  return { words: [octets.reduce((word, octet) => (word << 8) | octet), 0, 0, 0], length: match![0].length };
}

function ipv6At(left: string, bracketed: boolean): Address | null {
  const match = (bracketed ? /^\[([0-9a-f:.]*)\]/i : /^\[?([0-9a-f:.]*)\]?/i).exec(left);
  const words = parseIpv6(match?.[1] ?? '');
  return words === null ? null : { words: [...words], length: match![0].length };
}

function plainIpv6(left: string): Address | null {
  const [text] = /^[0-9a-f:.]*/i.exec(left)!;
  const words = parseIpv6(text);
  return words === null ? null : { words: [...words], length: text.length };
}
