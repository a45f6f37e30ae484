/**
 * Which address of a range a flow gets (find_best_ips_proto): no random choice but a hash of its own two addresses, so that a
 * client keeps its address, towards one server or (persistent) towards all.
 *
 * The hash sees addresses as little-endian words, as a PC's kernel does. Compared with the kernel: oracle selftest, natrange.
 * @module
 */
import type { Tuple } from '../conntrack/tuple.ts';
import { jhash2, reciprocalScale } from '../inet/hash.ts';
import { hasOneAddress, type NatRange, RangeFlag } from './range.ts';

export class AddressChooser {
  private readonly words: Int32Array = new Int32Array(4);

  /** Write the address chosen into one side of `tuple`. Needs: MapIps. */
  choose(tuple: Tuple, range: NatRange, isSource: boolean, zone: number): void {
    const last = tuple.family === 6 ? 3 : 0;
    if (hasOneAddress(range)) {
      for (let i = 0; i <= last; i++) setWord(tuple, isSource, i, minWord(range, i));
      return;
    }
    const isPersistent = (range.flags & RangeFlag.Persistent) !== 0;
    let hash = this.hash(tuple, isPersistent ? 0 : littleEndian(wordOf(tuple, false, last)) ^ zone);
    let isFull = false;
    for (let i = 0; i <= last; i++) {
      const low = isFull ? 0 : minWord(range, i) >>> 0;
      const distance = isFull ? 0xffff_ffff : (maxWord(range, i) - minWord(range, i) + 1) >>> 0;
      const word = (low + reciprocalScale(hash, distance)) | 0;
      setWord(tuple, isSource, i, word);
      if (word !== maxWord(range, i)) isFull = true;
      if (!isPersistent) hash ^= littleEndian(wordOf(tuple, false, i));
    }
  }

  private hash(tuple: Tuple, initval: number): number {
    const { words } = this;
    words[0] = littleEndian(tuple.src0);
    words[1] = littleEndian(tuple.src1);
    words[2] = littleEndian(tuple.src2);
    words[3] = littleEndian(tuple.src3);
    return jhash2(words, 4, initval);
  }
}

/** A word read with its octets in the other order. */
function littleEndian(word: number): number {
  return (word << 24) | ((word & 0xff00) << 8) | ((word >>> 8) & 0xff00) | (word >>> 24);
}

function wordOf(tuple: Tuple, isSource: boolean, index: number): number {
  if (index === 0) return isSource ? tuple.src0 : tuple.dst0;
  if (index === 1) return isSource ? tuple.src1 : tuple.dst1;
  if (index === 2) return isSource ? tuple.src2 : tuple.dst2;
  return isSource ? tuple.src3 : tuple.dst3;
}

function setWord(tuple: Tuple, isSource: boolean, index: number, word: number): void {
  if (isSource) {
    if (index === 0) tuple.src0 = word;
    else if (index === 1) tuple.src1 = word;
    else if (index === 2) tuple.src2 = word;
    else tuple.src3 = word;
  } else if (index === 0) tuple.dst0 = word;
  else if (index === 1) tuple.dst1 = word;
  else if (index === 2) tuple.dst2 = word;
  else tuple.dst3 = word;
}

function minWord(range: NatRange, index: number): number {
  return index === 0 ? range.min0 : index === 1 ? range.min1 : index === 2 ? range.min2 : range.min3;
}

function maxWord(range: NatRange, index: number): number {
  return index === 0 ? range.max0 : index === 1 ? range.max1 : index === 2 ? range.max2 : range.max3;
}
