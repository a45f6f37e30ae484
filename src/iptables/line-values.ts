/**
 * LineValues: the values of one line, read out of its octets where they stand: each reader begins at the blank in front of a word.
 * What it takes iptables takes, and means the same by it; what it does not take is judged by who reads the words.
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
const BACKSLASH = 0x5c;
const DEL = 0x7f;

const LETTER_D = 0x64;
const LETTER_G = 0x67;
const LETTER_J = 0x6a;
const LETTER_S = 0x73;

/** Kinds of values, as bits. */
export const Value = {
  None: 0,
  Comment: 1,
  SrcPort: 2,
  DstPort: 4,
  NatSource: 8,
  NatDestination: 16,
  Chain: 32,
  Source: 64,
  Destination: 128,
} as const;

/** What a reader found; those above 0 stand in a form for the value, and no line holds such octets. */
export const Found = { Refused: -1, Word: 0, Address: 1, Port: 2, Ports: 3, Comment: 4, Chain: 5, Nat: 6, NatPort: 7 } as const;

const ADDRESS_BITS = 32;
const MAX_PORT = 0xffff;

const octetsOf = (text: string): Uint8Array => Uint8Array.from(text, (char) => char.charCodeAt(0));
const DPORT = octetsOf('--dport');
const SPORT = octetsOf('--sport');
const COMMENT_OPTION = octetsOf('--comment');
const TO_DESTINATION = octetsOf('--to-destination');
const TO_SOURCE = octetsOf('--to-source');

/** The kind of value that stands behind the word octets[from..to), or None. */
export function valueBehind(octets: Uint8Array, from: number, to: number): number {
  if (octets[from] !== DASH) return Value.None;
  switch (to - from) {
    case 2:
      return valueBehindLetter(octets[from + 1]!);
    case DPORT.length:
      if (isWord(octets, from, DPORT)) return Value.DstPort;
      return isWord(octets, from, SPORT) ? Value.SrcPort : Value.None;
    case COMMENT_OPTION.length:
      return isWord(octets, from, COMMENT_OPTION) ? Value.Comment : Value.None;
    case TO_DESTINATION.length:
      return isWord(octets, from, TO_DESTINATION) ? Value.NatDestination : Value.None;
    case TO_SOURCE.length:
      return isWord(octets, from, TO_SOURCE) ? Value.NatSource : Value.None;
    default:
      return Value.None;
  }
}

function valueBehindLetter(letter: number): number {
  if (letter === LETTER_J || letter === LETTER_G) return Value.Chain;
  if (letter === LETTER_S) return Value.Source;
  return letter === LETTER_D ? Value.Destination : Value.None;
}

function isWord(octets: Uint8Array, from: number, word: Uint8Array): boolean {
  for (let i = 1; i < word.length; i++) if (octets[from + i] !== word[i]) return false;
  return true;
}

/** Neither a blank nor a quote, nor beyond ASCII. */
export function isPlain(octet: number): boolean {
  return octet > BLANK && octet < DEL && octet !== QUOTE;
}

export class LineValues implements RowValues {
  protected readonly bytes: Uint8Array;
  /** What -j or -g names, where that is a chain. */
  target: Chain | null = null;

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

  protected at = 0;
  protected end = 0;
  protected names: ChainNames | null = null;
  /** What decimal() and address() found. */
  protected number = 0;
  private length = 0;
  private hadSlash = false;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  protected forget(): void {
    this.target = null;
    this.srcLength = 0;
    this.dstLength = 0;
    this.srcPortLo = -1;
    this.dstPortLo = -1;
    this.hasNat = false;
  }

  /** Read a value of a kind; where there is none stays at the blank. */
  protected value(kind: number): number {
    const before = this.at;
    const found = this.read(kind);
    if (found <= 0) this.at = before;
    return found;
  }

  private read(kind: number): number {
    switch (kind) {
      case Value.Chain:
        return this.jump();
      case Value.Comment:
        return this.comment();
      case Value.Source:
      case Value.Destination:
        return this.headerAddress(kind);
      case Value.SrcPort:
      case Value.DstPort:
        return this.ports(kind);
      default:
        return this.natAddress();
    }
  }

  private headerAddress(kind: number): number {
    if (!this.address() || !this.ends() || this.length === 0) return Found.Word;
    if (kind === Value.Source) {
      this.src = this.number;
      this.srcLength = this.length;
    } else {
      this.dst = this.number;
      this.dstLength = this.length;
    }
    return Found.Address;
  }

  private jump(): number {
    const { bytes, end, at, names } = this;
    let i = at + 1;
    while (i < end && isPlain(bytes[i]!)) i++;
    const target = names!.find(at + 1, i);
    if (target === null) return Found.Word;
    if (target.builtin) return Found.Refused;
    this.target = target;
    this.at = i;
    return this.ends() ? Found.Chain : Found.Refused;
  }

  private ports(kind: number): number {
    this.at++;
    if (!this.decimal(5) || this.number > MAX_PORT) return Found.Word;
    const lo = this.number;
    let hi = lo;
    if (!this.ends()) {
      if (this.bytes[this.at] !== COLON) return Found.Word;
      this.at++;
      if (!this.decimal(5) || this.number > MAX_PORT || !this.ends()) return Found.Word;
      hi = this.number;
    }
    if (hi < lo) return Found.Word;
    if (kind === Value.DstPort) {
      this.dstPortLo = lo;
      this.dstPortHi = hi;
    } else {
      this.srcPortLo = lo;
      this.srcPortHi = hi;
    }
    return hi === lo ? Found.Port : Found.Ports;
  }

  private comment(): number {
    const { bytes, end } = this;
    const from = this.at + 1;
    let i = from;
    if (bytes[i] === QUOTE) {
      i++;
      for (let octet = bytes[i]!; i < end && octet !== QUOTE; octet = bytes[++i]!) {
        if (octet < BLANK || octet >= DEL || octet === BACKSLASH) return Found.Refused;
      }
      if (i === from + 1 || i >= end) return Found.Refused;
      i++;
    } else {
      if (bytes[i] === DASH) return Found.Word;
      while (i < end && isPlain(bytes[i]!)) i++;
      if (i === from) return Found.Refused;
    }
    this.at = i;
    return this.ends() ? Found.Comment : Found.Refused;
  }

  private natAddress(): number {
    if (!this.address() || this.length !== ADDRESS_BITS || this.hadSlash) return Found.Word;
    const address = this.number;
    let port = 0;
    if (!this.ends()) {
      if (this.bytes[this.at] !== COLON) return Found.Word;
      this.at++;
      if (!this.decimal(5) || this.number < 1 || this.number > MAX_PORT || !this.ends()) return Found.Word;
      port = this.number;
    }
    this.hasNat = true;
    this.nat = address;
    this.natPort = port;
    return port === 0 ? Found.Nat : Found.NatPort;
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
  protected decimal(maxDigits: number): boolean {
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
}
