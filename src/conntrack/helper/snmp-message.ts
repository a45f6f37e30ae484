/**
 * Reads an SNMP message for its addresses. RFC 1157 §4.1, RFC 3416 §3, BER of ITU-T X.690 §8.
 *
 *   Message  = SEQUENCE { version INTEGER (0, 1), community OCTET STRING, pdu }
 *   pdu      = [0..3, 5..8] { INTEGER, INTEGER, INTEGER, SEQUENCE OF SEQUENCE { OBJECT IDENTIFIER, value } }
 *   value    = INTEGER | OCTET STRING | OBJECT IDENTIFIER | NULL | [APPLICATION 0..4, 6] | [0..2]        IpAddress = [APPLICATION 0]
 *
 * Read as the kernel reads it, which is laxer and stricter than the standard: alternatives are tried one after the other, those
 * marked "always" even behind one that was found, so that several may follow each other (and an end of contents in their place is
 * an error); nothing at all is taken for one that was found. Linear in the message; no recursion.
 * @module
 */
const INTEGER = 0x02;
const OCTETS = 0x04;
const NULL = 0x05;
const OID = 0x06;
const SEQUENCE = 0x30;
const CONSTRUCTED = 0x20;
const LONG_TAG = 0x1f;
const INDEFINITE = 0x80;
const IP_ADDRESS = 0x40;
const MAX_VERSION = 1;
const ADDRESS_LEN = 4;
const MAX_DEPTH = 4;

interface Alternative {
  readonly tag: number;
  /** Tried even when one before it was found. */
  readonly always: boolean;
}

const VALUES: readonly Alternative[] = [
  { tag: INTEGER, always: true },
  { tag: OCTETS, always: false },
  { tag: OID, always: false },
  { tag: IP_ADDRESS, always: true },
  { tag: 0x41, always: true },
  { tag: 0x43, always: true },
  { tag: 0x44, always: true },
  { tag: 0x46, always: true },
  { tag: 0x42, always: true },
  { tag: NULL, always: false },
  { tag: 0x80, always: false },
  { tag: 0x81, always: false },
  { tag: 0x82, always: false },
];
/** Requests, bulk request, response, set, inform, v2 trap, report. */
const PDUS: readonly Alternative[] = [0, 1, 5, 2, 3, 6, 7, 8].map((number) => ({ tag: 0xa0 | number, always: true }));

/** What a header turned out to be. */
const Header = { Found: 0, Other: 1, Broken: 2 } as const;
type Header = (typeof Header)[keyof typeof Header];

export class SnmpReader {
  /** Called with the place of each address. */
  onAddress: (at: number) => void = () => {};
  private readonly view: DataView;
  private at: number;
  /** End of the innermost constructed value. */
  private end: number;
  private length = 0;
  /** Ends of the values around it, -1 for one of indefinite length. */
  private readonly outer: Int32Array = new Int32Array(MAX_DEPTH);
  private depth = 0;

  constructor(view: DataView, start: number, end: number) {
    this.view = view;
    this.at = start;
    this.end = end;
  }

  /** Whether the message is well formed. */
  read(): boolean {
    if (!this.enter(SEQUENCE) || !this.match(INTEGER)) return false;
    if (this.length !== 1 || this.view.getUint8(this.at) > MAX_VERSION) return false;
    this.at++;
    return this.skip(OCTETS) && this.choose(PDUS) && this.leave();
  }

  /** Step over those of the alternatives that are there. */
  private choose(alternatives: readonly Alternative[]): boolean {
    let isFound = true;
    for (const { tag, always } of alternatives) {
      if ((!always && isFound) || this.at === this.end) continue;
      const header = this.header(tag);
      if (header === Header.Broken) return false;
      isFound = header === Header.Found;
      if (isFound && !this.readChosen(tag)) return false;
    }
    return isFound;
  }

  private readChosen(tag: number): boolean {
    if ((tag & CONSTRUCTED) !== 0) return this.readPdu();
    if (this.length < 0) return false;
    if (tag === IP_ADDRESS) {
      if (this.length !== ADDRESS_LEN) return false;
      this.onAddress(this.at);
    }
    this.at += this.length;
    return true;
  }

  private readPdu(): boolean {
    this.push();
    if (!this.skip(INTEGER) || !this.skip(INTEGER) || !this.skip(INTEGER) || !this.enter(SEQUENCE)) return false;
    do {
      if (!this.enter(SEQUENCE) || !this.skip(OID) || !this.choose(VALUES) || !this.leave()) return false;
    } while (this.hasMore());
    return this.leave() && this.leave();
  }

  private skip(tag: number): boolean {
    if (!this.match(tag)) return false;
    this.at += this.length;
    return true;
  }

  /** Step over tag and length of a primitive value. */
  private match(tag: number): boolean {
    return this.header(tag) === Header.Found && this.length >= 0;
  }

  /** Step into a constructed value. */
  private enter(tag: number): boolean {
    if (this.header(tag) !== Header.Found) return false;
    this.push();
    return true;
  }

  private push(): void {
    this.outer[this.depth++] = this.length < 0 ? -1 : this.end;
    if (this.length >= 0) this.end = this.at + this.length;
  }

  /** Step over a tag and a length (-1: indefinite); a constructed value's tag may lack the bit that says so. */
  private header(tag: number): Header {
    const { view, end } = this;
    if (end - this.at < 2) return Header.Broken;
    const read = view.getUint8(this.at);
    if ((read & LONG_TAG) === LONG_TAG) return Header.Broken;
    if (((read ^ tag) & ~(tag & CONSTRUCTED)) !== 0) return Header.Other;
    const length = view.getUint8(this.at + 1);
    this.at += 2;
    this.length = length;
    if (length === INDEFINITE) {
      this.length = -1;
      return (read & CONSTRUCTED) !== 0 && end - this.at >= 2 ? Header.Found : Header.Broken;
    }
    if (length > INDEFINITE && !this.readLongLength(length - INDEFINITE)) return Header.Broken;
    return this.length <= end - this.at ? Header.Found : Header.Broken;
  }

  private readLongLength(octets: number): boolean {
    if (octets > 2 || octets > this.end - this.at) return false;
    this.length = octets === 1 ? this.view.getUint8(this.at) : this.view.getUint16(this.at);
    this.at += octets;
    return true;
  }

  /** Whether the innermost constructed value has more elements. */
  private hasMore(): boolean {
    if (this.outer[this.depth - 1] !== -1) return this.at < this.end;
    return this.end - this.at >= 2 && this.view.getUint8(this.at) !== 0;
  }

  /** Step out of the innermost constructed value, which must be over. */
  private leave(): boolean {
    const outer = this.outer[--this.depth]!;
    if (outer !== -1) {
      if (this.at !== this.end) return false;
      this.end = outer;
      return true;
    }
    if (this.end - this.at < 2 || this.view.getUint16(this.at) !== 0) return false;
    this.at += 2;
    return true;
  }
}
