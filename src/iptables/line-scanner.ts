/**
 * LineScanner: looks at the octets of a line `-A CHAIN ...` as iptables-save writes them and takes the values out of it: what is
 * left is its form, which most lines of a large rule set share.
 *
 *   -A KUBE-SVC-7 -d 10.96.0.1/32 -p tcp -m comment --comment "ns/app" -m tcp --dport 80 -j KUBE-SEP-3
 *   -A            -d <A>          -p tcp -m comment --comment <C>      -m tcp --dport <P> -j <J>
 *
 * It judges nothing: a line it does not take (any quote but a comment's, blanks in a row, what is not ASCII) is read word by word
 * by LineReader. Words that are no values stand in the form octet for octet, so equal forms are lines that are equal but for values.
 *
 *   begin()   counters and own chain
 *   follow()  the rest, if it is of a form that is known: several times as quick
 *   scan()    the rest, whatever its form
 *
 * @module
 */
import type { Chain } from '../xtables/chain.ts';
import type { ChainNames } from './chain-names.ts';
import type { FormSteps } from './form-steps.ts';
import { Found, isPlain, LineValues, Value, valueBehind } from './line-values.ts';

const BLANK = 0x20;
const DASH = 0x2d;
const COLON = 0x3a;
const OPEN = 0x5b;
const CLOSE = 0x5d;
const LETTER_A = 0x41;

/** The first octet of a form: hook of a built-in chain is added to it; -1 for another. */
const OF_CHAIN = 9;
/** Octets of a form; longer lines are read word by word. */
const MAX_FORM = 1024;
/** Digits of a counter that a double holds exactly. */
const MAX_DIGITS = 15;
const FNV = 0x01000193;

export class LineScanner extends LineValues {
  private readonly view: DataView;
  /** The form, `formLength` octets of it, and its hash. */
  readonly form: Uint8Array = new Uint8Array(MAX_FORM + 16);
  formLength = 0;
  hash = 0;
  /** Whether that is the form of the line at hand. */
  hasForm = false;
  /** Kinds of values the form has, as bits; a kind that came twice makes the line one that is not taken. */
  values = 0;
  chain: Chain | null = null;
  packets = 0;
  bytesCounted = 0;
  /** Where the own chain's name ends. */
  private rest = 0;

  constructor(bytes: Uint8Array) {
    super(bytes);
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** Look at what stands in front of a rule in bytes[from..to). False: the line is not taken. `names`: null when the counters alone are of interest. */
  begin(from: number, to: number, names: ChainNames | null): boolean {
    this.at = from;
    this.end = to;
    this.names = names;
    this.packets = 0;
    this.bytesCounted = 0;
    this.hasForm = false;
    return to - from <= MAX_FORM && this.counters() && this.ownChain();
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
      this.chain = names.find(at + 3, i);
      if (this.chain === null) return false;
    }
    this.rest = i;
    return true;
  }

  /** Where the line ends. */
  get lineEnd(): number {
    return this.end;
  }

  /** Read the rest of a line that has begun. False: it is of another form. */
  follow(steps: FormSteps): boolean {
    const { end } = this;
    this.at = this.rest;
    this.forget();
    if (steps.form[0] !== OF_CHAIN + this.chain!.hook) return false;
    for (let step = 0; step < steps.count; step++) {
      if (!this.isLiteral(steps, step)) return false;
      const kind = steps.kinds[step]!;
      if (kind === Value.None) break;
      if (this.at >= end || this.bytes[this.at] !== BLANK || this.value(kind) !== steps.found[step]) return false;
    }
    return this.at === end;
  }

  /** The octets between two values, four at a time. */
  private isLiteral({ view, starts, ends }: FormSteps, step: number): boolean {
    const { bytes, view: text } = this;
    let i = starts[step]!;
    let { at } = this;
    const end = ends[step]!;
    const behind = at + end - i;
    if (behind > this.end) return false;
    for (; i + 4 <= end; i += 4, at += 4) if (text.getInt32(at) !== view.getInt32(i)) return false;
    for (; i < end; i++, at++) if (bytes[at] !== view.getUint8(i)) return false;
    this.at = behind;
    return true;
  }

  /** Read the rest of a line that has begun, and its form. False: the line is not taken. */
  scan(): boolean {
    this.at = this.rest;
    this.forget();
    this.formLength = 0;
    this.hash = 0;
    this.values = 0;
    this.mark(OF_CHAIN + this.chain!.hook);
    while (this.at < this.end) if (!this.word()) return false;
    this.hasForm = true;
    return true;
  }

  /** A blank, a word, and its value where that is one. */
  private word(): boolean {
    const { bytes } = this;
    if (bytes[this.at] !== BLANK) return false;
    const start = this.at + 1;
    if (!this.literal()) return false;
    if (this.at >= this.end) return true;
    const kind = valueBehind(bytes, start, this.at);
    if (kind === Value.None) return true;
    const found = this.value(kind);
    if (found === Found.Word) return true;
    if (found === Found.Refused || (this.values & kind) !== 0) return false;
    this.values |= kind;
    this.mark(found);
    return true;
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

  private mark(marker: number): void {
    this.form[this.formLength++] = marker;
    this.hash = Math.imul(this.hash ^ marker, FNV);
  }
}
