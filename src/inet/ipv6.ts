/**
 * IPv6 addresses as text: read as RFC 4291 §2.2 allows, written as RFC 5952 and glibc's inet_ntop do (which is how ip6tables,
 * conntrack and tcpdump print). No zone index: a rule or packet has none.
 *
 * In memory an address is four int32 words, the most significant first.
 * @module
 */
import { formatIpv4, parseIpv4 } from './ipv4.ts';

const GROUPS = 8;
const ZEROS: readonly number[] = [0, 0, 0, 0, 0, 0, 0, 0];
/** Longest text there is: six groups and a dotted quad. */
const MAX_TEXT = 45;

/** The address a text names, or null when it is none. */
export function parseIpv6(text: string): Int32Array | null {
  if (text.length < 2 || text.length > MAX_TEXT) return null;
  const gap = text.indexOf('::');
  if (gap < 0) {
    const all = parseGroups(text, true);
    return all !== null && all.length === GROUPS ? toWords(all) : null;
  }
  const head = gap === 0 ? [] : parseGroups(text.slice(0, gap), false);
  const tailText = text.slice(gap + 2);
  const tail = tailText === '' ? [] : parseGroups(tailText, true);
  if (head === null || tail === null) return null;
  const missing = GROUPS - head.length - tail.length;
  if (missing < 1) return null;
  return toWords([...head, ...ZEROS.slice(0, missing), ...tail]);
}

/** Groups between single colons; a dotted quad may stand last and counts as two. */
function parseGroups(text: string, quadAllowed: boolean): number[] | null {
  const groups: number[] = [];
  const parts = text.split(':');
  for (let i = 0; i < parts.length; i++) {
    const part = parts[i]!;
    if (quadAllowed && i === parts.length - 1 && part.includes('.')) {
      const word = parseIpv4(part);
      if (word === null) return null;
      groups.push(word >>> 16, word & 0xffff);
    } else if (/^[0-9a-fA-F]{1,4}$/.test(part)) {
      groups.push(Number.parseInt(part, 16));
    } else {
      return null;
    }
  }
  return groups;
}

function toWords(groups: readonly number[]): Int32Array {
  const words = new Int32Array(4);
  for (let i = 0; i < 4; i++) words[i] = (groups[2 * i]! << 16) | groups[2 * i + 1]!;
  return words;
}

/** Four words as text. The first of the longest runs of two or more zero groups is written `::`. */
export function formatIpv6(w0: number, w1: number, w2: number, w3: number): string {
  // inet_ntop writes the last 32 bits of ::/96 and ::ffff:0:0/96 as a dotted quad, but for the short addresses below ::1:0.
  if (w0 === 0 && w1 === 0 && w2 === 0 && w3 >>> 16 !== 0) return `::${formatIpv4(w3)}`;
  if (w0 === 0 && w1 === 0 && w2 === 0xffff) return `::ffff:${formatIpv4(w3)}`;
  const groups = [w0 >>> 16, w0 & 0xffff, w1 >>> 16, w1 & 0xffff, w2 >>> 16, w2 & 0xffff, w3 >>> 16, w3 & 0xffff];
  const { from, length } = longestZeroRun(groups);
  if (length < 2) return hex(groups);
  return `${hex(groups.slice(0, from))}::${hex(groups.slice(from + length))}`;
}

function hex(groups: readonly number[]): string {
  return groups.map((group) => group.toString(16)).join(':');
}

function longestZeroRun(groups: readonly number[]): { from: number; length: number } {
  let from = 0;
  let length = 0;
  for (let i = 0; i < GROUPS; i++) {
    let end = i;
    while (end < GROUPS && groups[end] === 0) end++;
    if (end - i > length) {
      from = i;
      length = end - i;
    }
    i = end;
  }
  return { from, length };
}
