/**
 * Reads the options of a rule's header (-s -d -p -i -o -f) and its counters (-c) into a draft.
 * @module
 */
import * as ipproto from '../inet/protocol.ts';
import { AddressError, parseAddressList } from './address.ts';
import { type Cursor, octets } from './cursor.ts';
import type { Draft } from './draft.ts';

/** Octets of an interface's name. */
const MAX_DEVICE = 15;
/** Headers that IPv6's `-p` walks over, so that it never finds them. */
const WALKED6: ReadonlySet<number> = new Set([ipproto.HOPOPTS, ipproto.ROUTING, ipproto.FRAGMENT, ipproto.AH, ipproto.DSTOPTS]);

/** Takes what is odd but allowed. */
export type NoteSink = (offset: number, text: string) => void;

export class HeaderReader {
  private readonly cursor: Cursor;
  private readonly draft: Draft;
  private readonly family: 4 | 6;
  private readonly note: NoteSink;

  constructor(cursor: Cursor, draft: Draft, family: 4 | 6, note: NoteSink) {
    this.cursor = cursor;
    this.draft = draft;
    this.family = family;
    this.note = note;
  }

  /** Read the option whose letter stands at word `at`. */
  read(letter: string, at: number, invert: boolean): void {
    switch (letter) {
      case 's':
      case 'd':
        return this.addresses(letter, at, invert);
      case 'p':
        return this.protocol(at, invert);
      case 'i':
      case 'o':
        return this.device(letter, at, invert);
      case 'f':
        return this.fragment(at, invert);
      default:
        return this.counters(at);
    }
  }

  private addresses(letter: 's' | 'd', at: number, invert: boolean): void {
    const { draft, cursor } = this;
    this.onlyOnce(letter, at, (letter === 's' ? draft.src : draft.dst) !== null);
    const text = this.value(at);
    const list = this.addressList(text);
    if (invert && list.length > 1) throw cursor.error(at, '! not allowed with multiple source or destination IP addresses');
    if (letter === 's') {
      draft.src = list;
      draft.srcInvert = invert;
    } else {
      draft.dst = list;
      draft.dstInvert = invert;
    }
  }

  private addressList(text: string): ReturnType<typeof parseAddressList> {
    try {
      return parseAddressList(text, this.family);
    } catch (error) {
      if (error instanceof AddressError) throw this.cursor.error(this.cursor.next - 1, error.message);
      throw error;
    }
  }

  private protocol(at: number, invert: boolean): void {
    const { draft, cursor } = this;
    this.onlyOnce('p', at, draft.protocol >= 0);
    const text = this.value(at);
    const number = parseProtocol(text);
    if (number === null) throw cursor.error(cursor.next - 1, `unknown protocol "${text}" specified`);
    if (number === 0 && invert) throw cursor.error(at, 'rule would never match protocol');
    if (this.family === 6 && number !== 0 && WALKED6.has(number) && !invert) {
      this.note(cursor.offset(at), `-p ${text} never matches in IPv6: -p walks over this header; there is a match for it`);
    }
    draft.protocol = number;
    draft.protocolInvert = invert;
  }

  private device(letter: 'i' | 'o', at: number, invert: boolean): void {
    const { draft, cursor } = this;
    this.onlyOnce(letter, at, (letter === 'i' ? draft.indevAt : draft.outdevAt) >= 0);
    const name = cursor.value(at);
    const nameAt = cursor.next - 1;
    if (name === '') throw cursor.error(nameAt, 'Empty interface is likely to be undesired');
    if (octets(name) > MAX_DEVICE) {
      throw cursor.error(nameAt, `interface name \`${name}' must be shorter than IFNAMSIZ (${MAX_DEVICE})`);
    }
    if (name.includes('/') || name.includes(' ')) this.note(cursor.offset(nameAt), `weird character in interface \`${name}'`);
    if (letter === 'i') {
      draft.indev = name;
      draft.indevInvert = invert;
      draft.indevAt = cursor.offset(at);
    } else {
      draft.outdev = name;
      draft.outdevInvert = invert;
      draft.outdevAt = cursor.offset(at);
    }
  }

  private fragment(at: number, invert: boolean): void {
    if (this.family === 6) throw this.cursor.error(at, "`-f' is not supported in IPv6, use -m frag instead");
    this.onlyOnce('f', at, this.draft.fragment);
    this.draft.fragment = true;
    this.draft.fragmentInvert = invert;
  }

  private counters(at: number): void {
    const { draft, cursor } = this;
    this.onlyOnce('c', at, draft.hasCounters);
    const [packets = '', rest] = cursor.value(at).split(',', 2);
    const bytes = rest ?? cursor.optionalValue();
    if (bytes === '') throw cursor.error(at, '-c requires packet and byte counter');
    if (!isCounter(packets)) throw cursor.error(at, '-c packet counter not numeric');
    if (!isCounter(bytes)) throw cursor.error(at, '-c byte counter not numeric');
    draft.hasCounters = true;
    draft.packets = Number(packets);
    draft.bytes = Number(bytes);
  }

  private onlyOnce(letter: string, at: number, given: boolean): void {
    if (given) throw this.cursor.error(at, `multiple -${letter} flags not allowed`);
  }

  /** The option's word; iptables of old took `-s ! addr`, this one does not. */
  private value(at: number): string {
    const { cursor } = this;
    const text = cursor.value(at);
    if (text !== '!') return text;
    const value = cursor.word(cursor.next);
    throw cursor.error(cursor.next - 1, `Bad argument \`${value}' (the ! comes first: "! ${cursor.word(at)} ${value}")`);
  }
}

/** A counter as the text writes it: decimal digits, at most what 64 bits hold. */
export function isCounter(text: string): boolean {
  if (text.length === 0 || text.length > 20) return false;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < 0x30 || code > 0x39) return false;
  }
  return true;
}

/** A protocol by name in any case, or by number as C writes it; `all` is 0. */
function parseProtocol(text: string): number | null {
  const name = ipproto.protocolNumber(text);
  if (name !== null) return name;
  if (text.toLowerCase() === 'all') return 0;
  if (text.length > 5 || !/^(?:0x[0-9a-f]+|[0-9]+)$/i.test(text)) return null;
  const number = /^0[0-7]+$/.test(text) ? Number.parseInt(text, 8) : Number(text);
  return number <= 255 ? number : null;
}
