/**
 * Bob Jenkins' lookup3 hash over 32-bit words (public domain, burtleburtle.net/bob/c/lookup3.c), as the kernel calls it: the
 * choices of HMARK, `-m cluster` and NAT's persistent address follow from it.
 * Kernel counterpart: include/linux/jhash.h (behaviour only); compared with the live kernel's in test/unit/inet/hash.test.ts.
 * @module
 */

/** Added to every seed. */
const START = 0xdeadbeef | 0;

/** Hash of the first `length` words, int32. */
export function jhash2(words: Int32Array, length: number, initval: number): number {
  const start = (START + (length << 2) + initval) | 0;
  let a = start;
  let b = start;
  let c = start;
  let at = 0;
  for (; length - at > 3; at += 3) {
    a = (a + words[at]!) | 0;
    b = (b + words[at + 1]!) | 0;
    c = (c + words[at + 2]!) | 0;
    a = (a - c) ^ rotate(c, 4);
    c = (c + b) | 0;
    b = (b - a) ^ rotate(a, 6);
    a = (a + c) | 0;
    c = (c - b) ^ rotate(b, 8);
    b = (b + a) | 0;
    a = (a - c) ^ rotate(c, 16);
    c = (c + b) | 0;
    b = (b - a) ^ rotate(a, 19);
    a = (a + c) | 0;
    c = (c - b) ^ rotate(b, 4);
    b = (b + a) | 0;
  }
  const rest = length - at;
  if (rest <= 0) return c;
  a = (a + words[at]!) | 0;
  if (rest > 1) b = (b + words[at + 1]!) | 0;
  if (rest > 2) c = (c + words[at + 2]!) | 0;
  return last(a, b, c);
}

/** Hash of three words, int32. */
export function jhash3words(w0: number, w1: number, w2: number, initval: number): number {
  const start = (START + 12 + initval) | 0;
  return last((start + w0) | 0, (start + w1) | 0, (start + w2) | 0);
}

/** Hash of two words, int32. */
export function jhash2words(w0: number, w1: number, initval: number): number {
  const start = (START + 8 + initval) | 0;
  return last((start + w0) | 0, (start + w1) | 0, start);
}

/** Hash of one word, int32. */
export function jhash1word(word: number, initval: number): number {
  const start = (START + 4 + initval) | 0;
  return last((start + word) | 0, start, start);
}

function rotate(word: number, by: number): number {
  return (word << by) | (word >>> (32 - by));
}

/** The closing rounds over the last one to three words. */
function last(x: number, y: number, z: number): number {
  let c = ((z ^ y) - rotate(y, 14)) | 0;
  let a = ((x ^ c) - rotate(c, 11)) | 0;
  let b = ((y ^ a) - rotate(a, 25)) | 0;
  c = ((c ^ b) - rotate(b, 16)) | 0;
  a = ((a ^ c) - rotate(c, 4)) | 0;
  b = ((b ^ a) - rotate(a, 14)) | 0;
  return ((c ^ b) - rotate(b, 24)) | 0;
}

/**
 * A 32-bit value scaled to 0..range-1: the upper half of their 64-bit product. `range` up to 2^32.
 * In two steps, since the whole product does not fit a double.
 */
export function reciprocalScale(value: number, range: number): number {
  const low = Math.floor(((value & 0xffff) * range) / 0x10000);
  return Math.floor(((value >>> 16) * range + low) / 0x10000);
}
