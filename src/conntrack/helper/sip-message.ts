/**
 * A SIP message: request line, headers and their URIs. RFC 3261 §7, §20.
 *
 *   INVITE sip:bob@10.1.0.2 SIP/2.0                a header may go on over lines that begin with a blank,
 *   Via: SIP/2.0/UDP 10.0.0.2:5060;rport           may have a name of one letter (v, f, t, m, l),
 *   Contact: <sip:a@10.0.0.2>, <sip:b@10.0.0.3>    and may list values between commas
 *
 * A method that reads answers Found, Missing or Bad, or whether it found something, and leaves that in the fields. Kernel
 * counterpart: the ct_sip_* functions of net/netfilter/nf_conntrack_sip.c (behaviour only), whose oddities are kept: what is
 * believed must be the same.
 * @module
 */
import type { Packet } from '../../packet/packet.ts';
import { isLetter } from './payload.ts';
import { NONE, SipText } from './sip-text.ts';

export const Found = { Bad: -1, Missing: 0, Found: 1 } as const;
export type Found = (typeof Found)[keyof typeof Found];

/** How the part of a header that counts is found behind its search text. */
type Part = 'digits' | 'address' | 'user-address';

export interface HeaderKind {
  readonly name: string;
  readonly short: string;
  /** What is searched for within the value, '' for its beginning. */
  readonly search: string;
  readonly part: Part;
}

type HeaderName = 'CSeq' | 'From' | 'To' | 'Contact' | 'ViaUdp' | 'ViaTcp' | 'Expires' | 'ContentLength';

export const SipHeader: Readonly<Record<HeaderName, HeaderKind>> = {
  CSeq: { name: 'cseq', short: '', search: '', part: 'digits' },
  From: { name: 'from', short: 'f', search: 'sip:', part: 'user-address' },
  To: { name: 'to', short: 't', search: 'sip:', part: 'user-address' },
  Contact: { name: 'contact', short: 'm', search: 'sip:', part: 'user-address' },
  ViaUdp: { name: 'via', short: 'v', search: 'udp ', part: 'address' },
  ViaTcp: { name: 'via', short: 'v', search: 'tcp ', part: 'address' },
  Expires: { name: 'expires', short: '', search: '', part: 'digits' },
  ContentLength: { name: 'content-length', short: 'l', search: '', part: 'digits' },
};

const DEFAULT_PORT = 5060;
const COLON = 0x3a;

export class SipMessage extends SipText {
  readonly entry: number;
  readonly direction: 0 | 1;
  /** The connection's memory (SipWord). */
  readonly memory: Int32Array;
  /** What was found last: its place and octets, and the port of an address. */
  matchOffset = 0;
  matchLength = 0;
  port = 0;
  /** Where the next of a list of URIs is searched. */
  nextUri = 0;
  private inHeader = false;

  constructor(packet: Packet, at: { readonly offset: number; readonly length: number }, owner: SipOwner) {
    super(packet, at.offset, at.length);
    this.entry = owner.entry;
    this.direction = owner.direction;
    this.memory = owner.memory;
  }

  /** The address in a request line. */
  readRequestUri(): boolean {
    const limit = this.length;
    const letters = this.countLetters(0, limit);
    let at = letters + 1;
    if (letters === 0) return false;
    for (; at < limit; at++) {
      if (this.isLineEnd(at)) return false;
      if (this.says(at, 'sip:')) {
        at += 4;
        break;
      }
    }
    const start = this.skipUser(at, limit);
    this.matchOffset = start;
    this.matchLength = this.readEndpoint(start, limit);
    return this.matchLength > 0;
  }

  /** The first header of a kind at or behind a place. */
  findHeader(kind: HeaderKind, from: number): Found {
    const limit = this.length;
    for (let at = from; at < limit; at++) {
      if (!this.isLineEnd(at)) continue;
      at = this.nextLine(at);
      const value = this.headerValue(kind, at);
      if (value === NOT_THIS) continue;
      if (value === NONE) break;
      return this.findPart(kind, value);
    }
    return Found.Missing;
  }

  /** The URI of the first header of a kind that has one. */
  findUri(kind: HeaderKind): boolean {
    return this.findUriBehind(kind, 0);
  }

  /** Begin a walk through all URIs of a kind of header. */
  beginUris(): void {
    this.nextUri = 0;
    this.inHeader = false;
  }

  /** The next URI of the walk, of this header or one behind it. */
  findNextUri(kind: HeaderKind): boolean {
    let from = this.nextUri;
    while (this.inHeader) {
      const found = this.findInList(kind, from);
      if (found === Found.Missing) {
        this.inHeader = false;
      } else if (found === Found.Bad) {
        from = this.matchOffset;
      } else {
        this.nextUri = this.behind;
        return true;
      }
    }
    this.inHeader = this.findUriBehind(kind, from);
    this.nextUri = this.behind;
    return this.inHeader;
  }

  private findUriBehind(kind: HeaderKind, place: number): boolean {
    let from = place;
    for (;;) {
      const found = this.findHeader(kind, from);
      if (found !== Found.Bad) return found === Found.Found;
      from = this.matchOffset;
    }
  }

  /** A parameter with an address behind a place of a header: `maddr=10.0.0.2`. */
  findAddressParameter(name: string, from: number, bracketed: boolean): Found {
    const limit = this.endOfValue(from);
    const at = this.search(from, limit, name);
    if (at === NONE || !this.readAddress(at + name.length, limit, bracketed)) return Found.Missing;
    this.matchOffset = at + name.length;
    this.matchLength = this.behind - this.matchOffset;
    return Found.Found;
  }

  /** A parameter with a number; see `value`. */
  findNumberParameter(name: string, from: number): Found {
    const at = this.search(from, this.endOfValue(from), name);
    if (at === NONE) return Found.Missing;
    if (!this.readNumber(at + name.length)) return Found.Bad;
    this.matchOffset = at + name.length;
    this.matchLength = this.behind - this.matchOffset;
    return Found.Found;
  }

  /** Where a parameter's text begins, or NONE. */
  findParameter(name: string, from: number): number {
    const at = this.search(from, this.endOfValue(from), name);
    return at === NONE ? NONE : at + name.length;
  }

  private endOfValue(from: number): number {
    const comma = this.search(from, this.length, ',');
    return comma === NONE ? this.length : comma;
  }

  /**
   * Where a header's value begins if it is of the kind: NOT_THIS, or NONE when the search ends there. A name that ends only behind the
   * message has no value either.
   */
  private headerValue(kind: HeaderKind, line: number): number {
    const limit = this.length;
    const { name, short } = kind;
    let at = line;
    if (this.says(at, name)) at += name.length;
    else if (short !== '' && this.says(at, short) && !isLetter(this.at(at + 1))) at += 1;
    else return NOT_THIS;
    at = this.skipBlanks(at, limit);
    if (at === NONE || this.at(at) !== COLON || at + 1 >= limit) return NONE;
    return this.skipBlanks(at + 1, limit);
  }

  private findPart({ search, part }: HeaderKind, value: number): Found {
    const limit = this.length;
    this.matchOffset = value;
    let at = value;
    if (search !== '') {
      at = this.search(value, limit, search);
      if (at === NONE) return Found.Bad;
      at += search.length;
    }
    return this.measure(part, at, limit);
  }

  /** Behind a comma of the same header. */
  private findInList({ search, part }: HeaderKind, from: number): Found {
    const limit = this.length;
    const comma = this.search(from, limit, ',');
    if (comma === NONE) return Found.Missing;
    const at = this.search(comma, limit, search);
    if (at === NONE) return Found.Missing;
    this.matchOffset = at + search.length;
    return this.measure(part, this.matchOffset, limit);
  }

  private measure(part: Part, at: number, limit: number): Found {
    const start = part === 'user-address' ? this.skipUser(at, limit) : at;
    const length = part === 'digits' ? this.countDigits(start, limit) : this.readEndpoint(start, limit);
    this.matchLength = length;
    if (length === 0) return Found.Bad;
    this.matchOffset = start;
    return Found.Found;
  }

  /** Behind `user@`, if that stands on this line. */
  private skipUser(from: number, limit: number): number {
    let at = from;
    while (at < limit && this.at(at) !== 0x40 && !this.isLineEnd(at)) at++;
    return at < limit && this.at(at) === 0x40 ? at + 1 : from;
  }

  /** An address and its port: their octets, 0 when there is none, the port is none of a user's or the message ends with them. */
  private readEndpoint(from: number, limit: number): number {
    if (!this.readAddress(from, limit, true) || this.behind >= limit) return 0;
    this.port = DEFAULT_PORT;
    if (this.at(this.behind) === COLON) {
      if (!this.readPort(this.behind + 1, limit)) return 0;
      this.port = this.value;
    }
    return this.behind - from;
  }
}

const NOT_THIS = -2;

/** Whose message it is. */
export interface SipOwner {
  readonly entry: number;
  readonly direction: 0 | 1;
  readonly memory: Int32Array;
}

/** Words of a connection's memory. */
export const SipWord = { RegisterCSeq: 0, InviteCSeq: 1, ForcedPort: 2 } as const;
export const SIP_WORDS = 3;
