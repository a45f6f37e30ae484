/**
 * From the ranges of an entry to elements: every combination of addresses, ports and networks in turn.
 *
 * A range of addresses in a `net` field becomes the fewest networks that cover it exactly.
 * @module
 */
import type { FieldRange } from './element-parse.ts';
import { prefixMask, type HashSet } from './hash-set.ts';

/** Combinations one line may stand for; a text may not ask for all time. */
export const MAX_EXPANSION: number = 1 << 22;

/** What visit() answers to go on. */
export type Visit = () => boolean;

/** Whether a range of a network field is all of IPv4, which no set takes. */
export function coversEverything(range: FieldRange): boolean {
  return range.words === null && range.prefix < 0 && Math.abs(range.last - range.first) === 0xffffffff;
}

/** How many elements an entry stands for, at most. */
export function countElements(set: HashSet, ranges: readonly FieldRange[]): number {
  let count = 1;
  for (let i = 0; i < ranges.length; i++) count *= set.type.fields[i] === 'net' ? 1 : spanOf(ranges[i]!);
  return count;
}

/** Put each element of an entry into the set's key and visit it, until a visit answers false. */
export function forEachElement(set: HashSet, ranges: readonly FieldRange[], visit: Visit): void {
  expandField(set, ranges, 0, visit);
}

function expandField(set: HashSet, ranges: readonly FieldRange[], i: number, visit: Visit): boolean {
  if (i === ranges.length) return visit();
  const next = (): boolean => expandField(set, ranges, i + 1, visit);
  const range = ranges[i]!;
  const at = set.offsets[i]!;
  switch (set.type.fields[i]) {
    case 'ip':
      return range.words === null ? expandAddresses(set, range, at, next) : putAddress6(set, range, at) && next();
    case 'net':
      return range.words === null ? expandNetworks(set, range, i, next) : putNetwork6(set, range, i) && next();
    case 'port':
      return expandPorts(set, range, at, next);
    case 'mac':
      putMac(set, range.mac!, at);
      return next();
    case 'mark':
      set.key[at] = range.first & set.options.markmask;
      return next();
    default:
      return next();
  }
}

/** Addresses between a range's ends or in a prefix. */
function spanOf(range: FieldRange): number {
  if (range.words !== null) return 1;
  return range.prefix >= 0 ? 2 ** (32 - range.prefix) : Math.abs(range.last - range.first) + 1;
}

/**
 * The set's mask is laid over the first address only, before the ends are put in order; hash:ip with a netmask goes on from
 * network to network.
 */
function expandAddresses(set: HashSet, range: FieldRange, at: number, next: Visit): boolean {
  const masked = (range.first & set.maskWord(0)) >>> 0;
  let from = masked;
  let to = masked;
  if (range.prefix >= 0) {
    from = (masked & prefixMask(range.prefix, 0)) >>> 0;
    to = from + spanOf(range) - 1;
  } else if (range.first !== range.last) {
    from = Math.min(masked, range.last);
    to = Math.max(masked, range.last);
  }
  const step = set.type.name === 'hash:ip' && set.options.netmask >= 0 ? 2 ** (32 - set.options.netmask) : 1;
  for (let address = from; address <= to; address += step) {
    set.key[at] = address | 0;
    if (!next()) return false;
  }
  return true;
}

function putAddress6(set: HashSet, range: FieldRange, at: number): boolean {
  for (let w = 0; w < 4; w++) set.key[at + w] = range.words![w]! & set.maskWord(w);
  return true;
}

function putNetwork6(set: HashSet, range: FieldRange, i: number): boolean {
  const length = range.prefix < 0 ? 128 : range.prefix;
  const at = set.offsets[i]!;
  for (let w = 0; w < 4; w++) set.key[at + w] = range.words![w]! & prefixMask(length, w) & set.maskWord(w);
  putPrefix(set, i, length);
  return true;
}

function expandNetworks(set: HashSet, range: FieldRange, i: number, next: Visit): boolean {
  const at = set.offsets[i]!;
  if (range.prefix >= 0 || range.first === range.last) {
    const length = range.prefix < 0 ? 32 : range.prefix;
    set.key[at] = range.first & prefixMask(length, 0) & set.maskWord(0);
    putPrefix(set, i, length);
    return next();
  }
  const last = Math.max(range.first, range.last);
  for (let address = Math.min(range.first, range.last); address <= last; ) {
    const length = largestNetwork(address, last);
    set.key[at] = address | 0;
    putPrefix(set, i, length);
    if (!next()) return false;
    address += 2 ** (32 - length);
  }
  return true;
}

/** Length of the largest network that begins at `first` and does not reach beyond `last`. */
function largestNetwork(first: number, last: number): number {
  let length = 32;
  while (length > 1 && first % 2 ** (33 - length) === 0 && first + 2 ** (33 - length) - 1 <= last) length--;
  return length;
}

/** Write the prefix length of the network field `i` into the key's prefix word. */
function putPrefix(set: HashSet, i: number, length: number): void {
  const isSecond = set.type.fields.indexOf('net') !== i;
  const word = set.key[set.prefixWord]!;
  set.key[set.prefixWord] = isSecond ? (word & 0xff) | (length << 8) : (word & 0xff00) | length;
}

function expandPorts(set: HashSet, range: FieldRange, at: number, next: Visit): boolean {
  for (let port = range.first; port <= range.last; port++) {
    set.key[at] = (range.protocol << 16) | port;
    if (!next()) return false;
  }
  return true;
}

function putMac(set: HashSet, mac: Uint8Array, at: number): void {
  set.key[at] = (mac[0]! << 24) | (mac[1]! << 16) | (mac[2]! << 8) | mac[3]!;
  set.key[at + 1] = (mac[4]! << 8) | mac[5]!;
}
