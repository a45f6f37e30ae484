/**
 * Searches for the string match: Knuth-Morris-Pratt (1977) and Boyer-Moore (1977), over octets that may be folded.
 *
 * Both find the same, but for --icase and two letters: the kernel folds the octets 0xdf and 0xff (to 0xbf and 0xdf) when it
 * compares, but Boyer-Moore's table of bad characters does not know the octets they come from, so that it may skip a match.
 * Rules say which search they use, so that is kept. No search takes longer than the product of both lengths; the pattern has at
 * most 128 octets.
 * @module
 */

/** Whether bytes[from..end) contain the pattern. */
export type Search = (bytes: Uint8Array, from: number, end: number) => boolean;

const OCTETS = 256;
/** Between a small letter and its capital. */
const CASE = 0x20;

/** The kernel's toupper(): ASCII, and the small letters of Latin-1 but for the division sign. */
export function upper(octet: number): number {
  const ascii = octet >= 0x61 && octet <= 0x7a;
  const latin = octet >= 0xdf && octet !== 0xf7;
  return ascii || latin ? octet - CASE : octet;
}

/** The kernel's tolower(). */
export function lower(octet: number): number {
  const ascii = octet >= 0x41 && octet <= 0x5a;
  const latin = octet >= 0xc0 && octet <= 0xde && octet !== 0xd7;
  return ascii || latin ? octet + CASE : octet;
}

export function kmpSearch(pattern: Uint8Array, icase: boolean): Search {
  const fold = foldTable(icase);
  const wanted = pattern.map((octet) => fold[octet]!);
  const borders = bordersOf(wanted);
  return (bytes, from, end) => {
    let matched = 0;
    for (let at = from; at < end; at++) {
      const octet = fold[bytes[at]!]!;
      while (matched > 0 && wanted[matched] !== octet) matched = borders[matched]!;
      if (wanted[matched] === octet && ++matched === wanted.length) return true;
    }
    return false;
  };
}

export function bmSearch(pattern: Uint8Array, icase: boolean): Search {
  const fold = foldTable(icase);
  const wanted = pattern.map((octet) => fold[octet]!);
  const bad = badShifts(wanted, icase);
  const good = goodShifts(wanted);
  const last = wanted.length - 1;
  return (bytes, from, end) => {
    for (let at = from + last; at < end; ) {
      let matched = 0;
      while (matched <= last && fold[bytes[at - matched]!] === wanted[last - matched]) matched++;
      if (matched > last) return true;
      at += Math.max(bad[bytes[at - matched]!]! - matched, good[matched]!);
    }
    return false;
  };
}

function foldTable(icase: boolean): Uint8Array {
  return Uint8Array.from({ length: OCTETS }, (_, octet) => (icase ? upper(octet) : octet));
}

/** For every length of a partial match: how much of it is still one when the next octet does not fit. */
function bordersOf(pattern: Uint8Array): Uint8Array {
  const borders = new Uint8Array(pattern.length + 1);
  let border = 0;
  for (let i = 1; i < pattern.length; i++) {
    while (border > 0 && pattern[border] !== pattern[i]) border = borders[border]!;
    if (pattern[border] === pattern[i]) border++;
    borders[i + 1] = border;
  }
  return borders;
}

/** How far an octet lies in front of the pattern's last one; the whole length when it does not occur there. */
function badShifts(pattern: Uint8Array, icase: boolean): Uint8Array {
  const shifts = new Uint8Array(OCTETS).fill(pattern.length);
  for (let i = 0; i < pattern.length - 1; i++) {
    shifts[pattern[i]!] = pattern.length - 1 - i;
    if (icase) shifts[lower(pattern[i]!)] = pattern.length - 1 - i;
  }
  return shifts;
}

/** For every length of a matched end: the least shift after which it may match again, with another octet in front. */
function goodShifts(pattern: Uint8Array): Uint8Array {
  const { length } = pattern;
  return Uint8Array.from({ length }, (_, matched) => {
    let shift = 1;
    while (shift < length && !fits(pattern, matched, shift)) shift++;
    return matched === 0 ? 1 : shift;
  });
}

function fits(pattern: Uint8Array, matched: number, shift: number): boolean {
  const from = pattern.length - matched;
  for (let i = from; i < pattern.length; i++) {
    if (i - shift >= 0 && pattern[i - shift] !== pattern[i]) return false;
  }
  return from - 1 - shift < 0 || pattern[from - 1 - shift] !== pattern[from - 1];
}
