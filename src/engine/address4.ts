/**
 * Kinds of IPv4 addresses, from the word alone.
 * @module
 */

/** 224.0.0.0/4. */
export function isMulticast4(word: number): boolean {
  return word >>> 28 === 0xe;
}

/** 224.0.0.0/24: never leaves the link. */
export function isLocalMulticast4(word: number): boolean {
  return word >>> 8 === 0xe00000;
}

/** 255.255.255.255. */
export function isLimitedBroadcast(word: number): boolean {
  return word === -1;
}

/** 127.0.0.0/8. */
export function isLoopback4(word: number): boolean {
  return word >>> 24 === 127;
}
