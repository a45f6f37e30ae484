/**
 * LineScanner: looks at the octets of a line `-A CHAIN ...` as iptables-save writes them and takes the values out of it: what is
 * left is its form, which most lines of a large rule set share.
 *
 *   -A KUBE-SVC-7 -d 10.96.0.1/32 -p tcp -m comment --comment "ns/app" -m tcp --dport 80 -j KUBE-SEP-3
 *   -A            -d <A>          -p tcp -m comment --comment <C>      -m tcp --dport <P> -j <J>
 *
 * It judges nothing: a line it does not take (any quote but a comment's, blanks in a row, what is not ASCII) is read word by word
 * by LineReader. Words that are no values stand in the form octet for octet, so equal forms are lines that are equal but for values.
 * @module
 */
import type { Chain } from '../xtables/chain.ts';
import type { RowValues } from '../xtables/rule-rows.ts';
import type { ChainNames } from './chain-names.ts';

const BLANK = 0x20;
const QUOTE = 0x22;
const DASH = 0x2d;
const DOT = 0x2e;
const SLASH = 0x2f;
const ZERO = 0x30;
const NINE = 0x39;
const COLON = 0x3a;
const OPEN = 0x5b;
const CLOSE = 0x5d;
const BACKSLASH = 0x5c;
const DEL = 0x7f;

/** What stands in a form for a value; no line holds such octets. */
const ADDRESS = 1;
const PORT = 2;
const PORTS = 3;
const COMMENT = 4;
const CHAIN = 5;
const NAT = 6;
const NAT_PORT = 7;
/** Hook of a built-in chain is added to it; -1 for another. */
const OF_CHAIN = 9;

/** Which values of a form a template must account for. */
export const Value = { Comment: 1, SrcPort: 2, DstPort: 4, NatSource: 8, NatDestination: 16, Chain: 32 } as const;

/** Octets of a form; longer lines are read word by word. */
const MAX_FORM = 1024;
const MAX_PORT = 0xffff;
/** Digits of a counter that a double holds exactly. */
const MAX_DIGITS = 15;
const FNV = 0x01000193;

const octetsOf = (text: string): Uint8Array => Uint8Array.from(text, (char) => char.charCodeAt(0));
const DPORT = octetsOf('--dport');
const SPORT = octetsOf('--sport');
const COMMENT_OPTION = octetsOf('--comment');
const TO_DESTINATION = octetsOf('--to-destination');
const TO_SOURCE = octetsOf('--to-source');

const LETTER_A = 0x41;
const LETTER_D = 0x64;
const LETTER_G = 0x67;
const LETTER_J = 0x6a;
const LETTER_S = 0x73;

export class LineScanner implements RowValues {
  private readonly bytes: Uint8Array;
  /** The form, `formLength` octets of it, and its hash. */
  readonly form: Uint8Array = new Uint8Array(MAX_FORM + 16);
  formLength = 0;
  hash = 0;
  /** Kinds of values the form has, as bits; a kind that came twice makes the line one that is not taken. */
  values = 0;
  chain: Chain | null = null;
  /** What -j or -g names, where that is a chain. */
  target: Chain | null = null;
  packets = 0;
  bytesCounted = 0;

  srcLength = 0;
  src = 0;
  dstLength = 0;
  dst = 0;
  srcPortLo = -1;
  srcPortHi = -1;
  dstPortLo = -1;
  dstPortHi = -1;
  hasNat = false;
  nat = 0;
  natPort = 0;

  private at = 0;
  private end = 0;
  private names: ChainNames | null = null;
  private number = 0;
  private length = 0;
  private hadSlash = false;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  /** Look at bytes[from..to). False: the line is not taken. `names`: null when chains are of no interest. */
  scan(from: number, to: number, names: ChainNames | null): boolean {
    this.at = from;
    this.end = to;
    this.names = names;
    this.formLength = 0;
    this.hash = 0;
    this.values = 0;
    this.target = null;
    this.packets = 0;
    this.bytesCounted = 0;
    this.srcLength = 0;
    this.dstLength = 0;
    this.srcPortLo = -1;
    this.dstPortLo = -1;
    this.hasNat = false;
    if (to - from > MAX_FORM || !this.counters() || !this.ownChain()) return false;
    while (this.at < to) if (!this.word()) return false;
    return true;
  }

  /** `[packets:octets] `, or nothing. */
  private counters(): boolean {
    const { bytes } = this;
    if (bytes[this.at] !== OPEN) return true;
    this.at++;
    if (!this.decimal(MAX_DIGITS) || bytes[this.at] !== COLON) return false;
    this.packets = this.number;
    this.at++;
    if (!this.decimal(MAX_DIGITS) || bytes[this.at] !== CLOSE || bytes[this.at + 1] !== BLANK) return false;
    this.bytesCounted = this.number;
    this.at += 2;
    return true;
  }

  /** `-A NAME`, up to the blank behind it. */
  private ownChain(): boolean {
    const { bytes, at, end, names } = this;
    if (bytes[at] !== DASH || bytes[at + 1] !== LETTER_A || bytes[at + 2] !== BLANK) return false;
    let i = at + 3;
    while (i < end && isPlain(bytes[i]!)) i++;
    if (i >= end || bytes[i] !== BLANK || i === at + 3) return false;
    if (names !== null) {
      this.chain = names.find(bytes, at + 3, i);
      if (this.chain === null) return false;
      this.mark(OF_CHAIN + this.chain.hook);
    }
    this.at = i;
    return true;
  }

  /** A blank, a word, and its value where that is one. */
  private word(): boolean {
    const { bytes, end } = this;
    if (bytes[this.at] !== BLANK) return false;
    const start = this.at + 1;
    if (!this.literal()) return false;
    if (bytes[start] !== DASH || this.at >= end) return true;
    return this.at - start === 2 ? this.letterValue(bytes[start + 1]!) : this.optionValue(start, this.at - start);
  }

  /** A blank and a word into the form, octet for octet. */
  private literal(): boolean {
    const { bytes, end, form } = this;
    let { at: i, formLength, hash } = this;
    const first = i + 1;
    do {
      const octet = bytes[i]!;
      form[formLength++] = octet;
      hash = Math.imul(hash ^ octet, FNV);
      i++;
    } while (i < end && isPlain(bytes[i]!));
    this.at = i;
    this.formLength = formLength;
    this.hash = hash;
    return i > first && (i >= end || bytes[i] === BLANK);
  }

  private letterValue(letter: number): boolean {
    if (letter === LETTER_S || letter === LETTER_D) return this.headerAddress(letter);
    return letter === LETTER_J || letter === LETTER_G ? this.jump() : true;
  }

  private optionValue(start: number, length: number): boolean {
    switch (length) {
      case DPORT.length:
        if (this.is(start, DPORT)) return this.ports(Value.DstPort);
        return this.is(start, SPORT) ? this.ports(Value.SrcPort) : true;
      case COMMENT_OPTION.length:
        return this.is(start, COMMENT_OPTION) ? this.comment() : true;
      case TO_DESTINATION.length:
        return this.is(start, TO_DESTINATION) ? this.natAddress(Value.NatDestination) : true;
      case TO_SOURCE.length:
        return this.is(start, TO_SOURCE) ? this.natAddress(Value.NatSource) : true;
      default:
        return true;
    }
  }

  private is(start: number, word: Uint8Array): boolean {
    const { bytes } = this;
    for (let i = 2; i < word.length; i++) if (bytes[start + i] !== word[i]) return false;
    return true;
  }

  // Each at the blank before a value; a word that is none of the kind stays for literal().

  private headerAddress(letter: number): boolean {
    const before = this.at;
    if (!this.address() || !this.ends() || this.length === 0) {
      this.at = before;
      return true;
    }
    const word = this.number;
    if (letter === LETTER_S) {
      this.src = word;
      this.srcLength = this.length;
    } else {
      this.dst = word;
      this.dstLength = this.length;
    }
    this.mark(ADDRESS);
    return true;
  }

  private jump(): boolean {
    const { bytes, end, at, names } = this;
    let i = at + 1;
    while (i < end && isPlain(bytes[i]!)) i++;
    const target = names === null ? null : names.find(bytes, at + 1, i);
    if (target === null) return true;
    if (target.builtin || (i < end && bytes[i] !== BLANK)) return false;
    this.at = i;
    this.target = target;
    return this.take(Value.Chain, CHAIN);
  }

  private ports(kind: number): boolean {
    const before = this.at++;
    const { bytes } = this;
    let lo = -1;
    let hi = -1;
    if (this.decimal(5) && this.number <= MAX_PORT) {
      lo = this.number;
      hi = lo;
      if (!this.ends() && bytes[this.at] === COLON) {
        this.at++;
        hi = this.decimal(5) && this.number <= MAX_PORT ? this.number : -1;
      }
    }
    const isRange = hi !== lo;
    if (lo < 0 || hi < lo || !this.ends()) {
      this.at = before;
      return true;
    }
    if (kind === Value.DstPort) {
      this.dstPortLo = lo;
      this.dstPortHi = hi;
    } else {
      this.srcPortLo = lo;
      this.srcPortHi = hi;
    }
    return this.take(kind, isRange ? PORTS : PORT);
  }

  private comment(): boolean {
    const { bytes, end } = this;
    let i = this.at + 1;
    if (bytes[i] === QUOTE) {
      i++;
      const from = i;
      while (i < end && bytes[i] !== QUOTE) {
        const octet = bytes[i]!;
        if (octet < BLANK || octet >= DEL || octet === BACKSLASH) return false;
        i++;
      }
      if (i === from || i >= end) return false;
      i++;
    } else {
      if (bytes[i] === DASH) return true;
      while (i < end && isPlain(bytes[i]!)) i++;
      if (i === this.at + 1) return false;
    }
    if (i < end && bytes[i] !== BLANK) return false;
    this.at = i;
    return this.take(Value.Comment, COMMENT);
  }

  private natAddress(kind: number): boolean {
    const before = this.at;
    let marker = NAT;
    let isValue = this.address() && this.length === ADDRESS_BITS && !this.hadSlash;
    const address = this.number;
    let port = 0;
    if (isValue && !this.ends()) {
      isValue = this.bytes[this.at] === COLON;
      this.at++;
      isValue = isValue && this.decimal(5) && this.number >= 1 && this.number <= MAX_PORT && this.ends();
      port = this.number;
      marker = NAT_PORT;
    }
    if (isValue) {
      this.hasNat = true;
      this.nat = address;
      this.natPort = port;
      return this.take(kind, marker);
    }
    this.at = before;
    return true;
  }

  /** A blank, four decimal octets and perhaps `/length`, into number and length. */
  private address(): boolean {
    const { bytes } = this;
    let word = 0;
    for (let k = 0; k < 4; k++) {
      if (k > 0 && bytes[this.at] !== DOT) return false;
      this.at++;
      if (!this.decimal(3) || this.number > 255) return false;
      word = (word << 8) | this.number;
    }
    this.hadSlash = this.at < this.end && bytes[this.at] === SLASH;
    this.length = ADDRESS_BITS;
    if (this.hadSlash) {
      this.at++;
      if (!this.decimal(2) || this.number > ADDRESS_BITS) return false;
      this.length = this.number;
    }
    this.number = this.length === 0 ? 0 : word & (-1 << (ADDRESS_BITS - this.length));
    return true;
  }

  /** A decimal number without zeros in front, into `number`. */
  private decimal(maxDigits: number): boolean {
    const { bytes, end, at } = this;
    let i = at;
    let value = 0;
    while (i < end && bytes[i]! >= ZERO && bytes[i]! <= NINE) {
      value = value * 10 + (bytes[i]! - ZERO);
      i++;
      if (i - at > maxDigits) return false;
    }
    this.at = i;
    this.number = value;
    return i > at && (bytes[at] !== ZERO || i === at + 1);
  }

  private ends(): boolean {
    return this.at >= this.end || this.bytes[this.at] === BLANK;
  }

  private take(kind: number, marker: number): boolean {
    if ((this.values & kind) !== 0) return false;
    this.values |= kind;
    this.mark(marker);
    return true;
  }

  private mark(marker: number): void {
    this.form[this.formLength++] = marker;
    this.hash = Math.imul(this.hash ^ marker, FNV);
  }
}

const ADDRESS_BITS = 32;

/** Neither a blank nor a quote, nor beyond ASCII. */
function isPlain(octet: number): boolean {
  return octet > BLANK && octet < DEL && octet !== QUOTE;
}
