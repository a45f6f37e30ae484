/**
 * Kinds of IPv6 addresses by their own look (ipv6_addr_type). RFC 4291 §2.4.
 * @module
 */
export function isUnspecified6(w0: number, w1: number, w2: number, w3: number): boolean {
  return (w0 | w1 | w2 | w3) === 0;
}

export function isMulticast6(w0: number): boolean {
  return w0 >>> 24 === 0xff;
}

/** fe80::/10. */
export function isLinkLocal6(w0: number): boolean {
  return w0 >>> 22 === 0x3fa;
}

/** Everything but multicast, :: and IPv4-mapped addresses. */
export function isUnicast6(w0: number, w1: number, w2: number, w3: number): boolean {
  if (isMulticast6(w0)) return false;
  return (w0 | w1) !== 0 || (w2 !== 0xffff && (w2 | w3) !== 0);
}
