/**
 * IPv4 addresses as text. RFC 6943 §3.1.1 calls the form read here "strict": four decimal numbers, nothing left out, no leading
 * zeros (which some parsers read as octal, and so as another address).
 *
 * In memory an address is an int32 word, as DataView.getInt32 reads it.
 * @module
 */

const ZERO = 48;
const NINE = 57;
const DOT = 46;
/** Longest text there is: 255.255.255.255. */
const MAX_TEXT = 15;

/** The address a dotted quad names, or null when the text is anything else. */
export function parseIpv4(text: string): number | null {
  if (text.length > MAX_TEXT) return null;
  let word = 0;
  let at = 0;
  for (let part = 0; part < 4; part++) {
    if (part > 0 && text.charCodeAt(at++) !== DOT) return null;
    const from = at;
    let value = 0;
    for (; at < text.length; at++) {
      const code = text.charCodeAt(at);
      if (code < ZERO || code > NINE) break;
      value = value * 10 + code - ZERO;
    }
    const digits = at - from;
    if (digits === 0 || value > 255 || (digits > 1 && text.charCodeAt(from) === ZERO)) return null;
    word = (word << 8) | value;
  }
  return at === text.length ? word : null;
}

/** A word as a dotted quad. */
export function formatIpv4(word: number): string {
  return `${word >>> 24}.${(word >>> 16) & 0xff}.${(word >>> 8) & 0xff}.${word & 0xff}`;
}
