/**
 * Kinds of IPv6 addresses, from their words alone.
 * @module
 */

/** ff00::/8. */
export function isMulticast6(word0: number): boolean {
  return word0 >>> 24 === 0xff;
}

/** fe80::/10. */
export function isLinkLocal6(word0: number): boolean {
  return word0 >>> 22 === 0x3fa;
}

/** ::1. */
export function isLoopback6(w0: number, w1: number, w2: number, w3: number): boolean {
  return (w0 | w1 | w2) === 0 && w3 === 1;
}

/** ::. */
export function isUnspecified6(w0: number, w1: number, w2: number, w3: number): boolean {
  return (w0 | w1 | w2 | w3) === 0;
}
