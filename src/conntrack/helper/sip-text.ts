/**
 * The characters of a SIP message: search, numbers, addresses. All places count from the message's first octet; a place without
 * an octet reads as -1. Every scan runs forward once.
 * @module
 */
import { parseIpv6 } from '../../inet/ipv6.ts';
import type { Packet } from '../../packet/packet.ts';
import { isDigit, isLetter, tcpHeaderLength } from './payload.ts';
import { TCP } from '../../inet/protocol.ts';

/** No place. */
export const NONE = -1;

const UDP_HEADER = 8;
const CR = 0x0d;
const LF = 0x0a;
const SPACE = 0x20;
const TAB = 0x09;
const DOT = 0x2e;
const MAX_IPV6_TEXT = 45;
const MAX_DIGITS = 11;
const MAX_NUMBER = 0xffffffff;
const MAX_PORT_DIGITS = 5;
const MIN_PORT = 1024;
const MAX_PORT = 0xffff;

export class SipText {
  readonly packet: Packet;
  readonly family: number;
  /** Place of the message in the payload. */
  offset: number;
  length: number;
  /** The last number or address read: its value, and the place behind it. */
  value = 0;
  behind = 0;
  readonly address: Int32Array = new Int32Array(4);

  constructor(packet: Packet, offset: number, length: number) {
    this.packet = packet;
    this.family = packet.family;
    this.offset = offset;
    this.length = length;
  }

  at(place: number): number {
    const { packet } = this;
    const header = packet.protocol === TCP ? tcpHeaderLength(packet) : UDP_HEADER;
    const at = packet.transport + header + this.offset + place;
    return at < packet.networkEnd ? packet.view.getUint8(at) : -1;
  }

  isLineEnd(place: number): boolean {
    const octet = this.at(place);
    return octet === CR || octet === LF;
  }

  isBlank(place: number): boolean {
    const octet = this.at(place);
    return octet === SPACE || octet === TAB;
  }

  /** Whether a text stands at a place, whatever the case; `text` is in lower case. */
  says(place: number, text: string): boolean {
    for (let i = 0; i < text.length; i++) {
      const octet = this.at(place + i);
      if ((octet >= 0x41 && octet <= 0x5a ? octet + 0x20 : octet) !== text.charCodeAt(i)) return false;
    }
    return true;
  }

  /** The same in exactly these letters. */
  saysExactly(place: number, text: string): boolean {
    for (let i = 0; i < text.length; i++) if (this.at(place + i) !== text.charCodeAt(i)) return false;
    return true;
  }

  countLetters(from: number, limit: number): number {
    let at = from;
    while (at < limit && isLetter(this.at(at))) at++;
    return at - from;
  }

  countDigits(from: number, limit: number): number {
    let at = from;
    while (at < limit && isDigit(this.at(at))) at++;
    return at - from;
  }

  /** The place behind a line's end, and one behind that: where a line begins. */
  nextLine(end: number): number {
    return this.at(end) === CR && this.at(end + 1) === LF ? end + 2 : end + 1;
  }

  /** Behind a line's end and the blanks of the line that continues it, or NONE when none does. */
  followContinuation(from: number, limit: number): number {
    let at = this.nextLine(from);
    if (at >= limit || !this.isBlank(at)) return NONE;
    while (at < limit && this.isBlank(at)) at++;
    return at;
  }

  /** Behind blanks and one line continuation; NONE when the header ends there. */
  skipBlanks(from: number, limit: number): number {
    let at = from;
    while (at < limit && this.isBlank(at)) at++;
    return at < limit && this.isLineEnd(at) ? this.followContinuation(at, limit) : at;
  }

  /** Where a text stands within a header and its continuation lines, before the last octet of `limit`; or NONE. */
  search(from: number, limit: number, text: string): number {
    const last = limit - text.length;
    for (let at = from; at < last; at++) {
      if (this.isLineEnd(at)) {
        at = this.followContinuation(at, last);
        if (at === NONE) return NONE;
      } else if (this.says(at, text)) {
        return at;
      }
    }
    return NONE;
  }

  /** A decimal number of at most eleven digits that fits 32 bits; false when there is none (value is then 0). */
  readNumber(from: number, limit: number = this.length): boolean {
    const digits = this.countDigits(from, Math.min(limit, from + MAX_DIGITS + 1));
    let value = 0;
    for (let i = 0; i < digits; i++) value = value * 10 + this.at(from + i) - 0x30;
    this.behind = from + digits;
    const isNumber = digits > 0 && digits <= MAX_DIGITS && value <= MAX_NUMBER;
    this.value = isNumber ? value : 0;
    return isNumber;
  }

  /** A port a user may have, of at most five digits, with something behind it. */
  readPort(from: number, limit: number): boolean {
    if (!this.readNumber(from, limit) || this.behind > from + MAX_PORT_DIGITS || this.behind >= limit) return false;
    return this.value >= MIN_PORT && this.value <= MAX_PORT;
  }

  /** An address of the packet's family; `bracketed`: one of IPv6 must stand in brackets, else it may. */
  readAddress(from: number, limit: number, bracketed: boolean): boolean {
    this.address.fill(0);
    if (this.family !== 6) return this.readIpv4(from, limit);
    const opens = this.at(from) === 0x5b;
    if (!opens && bracketed) return false;
    if (!this.readIpv6(opens ? from + 1 : from, limit)) return false;
    if (this.behind < limit && this.at(this.behind) === 0x5d) this.behind++;
    else if (bracketed) return false;
    return true;
  }

  /** An address that stands as it is, in a session description. */
  readPlainAddress(from: number, limit: number): boolean {
    this.address.fill(0);
    return this.family === 6 ? this.readIpv6(from, limit) : this.readIpv4(from, limit);
  }

  private readIpv4(from: number, limit: number): boolean {
    let word = 0;
    let at = from;
    for (let i = 0; i < 4; i++) {
      if (i > 0 && this.at(at++) !== DOT) return false;
      const start = at;
      let octet = 0;
      for (; at < limit && isDigit(this.at(at)); at++) {
        octet = octet * 10 + this.at(at) - 0x30;
        if (octet > 255) return false;
      }
      if (at === start) return false;
      word = (word << 8) | octet;
    }
    if (at < limit && (this.at(at) === DOT || isHexDigit(this.at(at)))) return false;
    this.address[0] = word;
    this.behind = at;
    return true;
  }

  private readIpv6(from: number, limit: number): boolean {
    let text = '';
    let at = from;
    for (; at < limit && text.length <= MAX_IPV6_TEXT && isIpv6Character(this.at(at)); at++) text += String.fromCharCode(this.at(at));
    const words = parseIpv6(text);
    if (words === null) return false;
    this.address.set(words);
    this.behind = at;
    return true;
  }
}

function isHexDigit(octet: number): boolean {
  const letter = octet | 0x20;
  return isDigit(octet) || (letter >= 0x61 && letter <= 0x66);
}

function isIpv6Character(octet: number): boolean {
  return isHexDigit(octet) || octet === 0x3a || octet === DOT;
}
