/**
 * Words of addresses as a little-endian machine holds them in memory: what the kernel's hashes are fed with.
 * @module
 */

/** The octets of a word in the opposite order, int32. */
export function networkOrderWord(word: number): number {
  return (word << 24) | ((word & 0xff00) << 8) | ((word >>> 8) & 0xff00) | (word >>> 24);
}
