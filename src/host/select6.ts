/**
 * Which of its IPv6 addresses the host speaks with to a destination (ipv6_dev_get_saddr): the rules of RFC 6724 §5 as the
 * kernel applies them, one after the other, with the addresses compared in its order; a tie keeps the earlier.
 *
 *   1 the destination itself   2 scope   3 not deprecated   5 of the outgoing device   6 label   8 longest common prefix
 *
 * Temporary, home and optimistic addresses (rules 4 and 7) do not occur on a router and are not told apart.
 * @module
 */
import type { Address6, Interface } from './interface.ts';

const LINK_SCOPE = 2;
const GLOBAL_SCOPE = 14;

/** A destination; four words as packets carry them. */
export interface Destination6 {
  readonly w0: number;
  readonly w1: number;
  readonly w2: number;
  readonly w3: number;
}

export class SourceSelector6 {
  private readonly interfaces: readonly Interface[];
  private dst: Destination6 = { w0: 0, w1: 0, w2: 0, w3: 0 };
  private outdev = 0;
  private scope = 0;
  private label = 0;

  /** `interfaces` in the order the kernel made them (lo first). */
  constructor(interfaces: readonly Interface[]) {
    this.interfaces = interfaces;
  }

  /** The address chosen, or null. `outdev` 0 when the device is not known. */
  choose(outdev: number, dst: Destination6): Address6 | null {
    this.dst = dst;
    this.outdev = outdev;
    this.scope = scopeOf(dst.w0, dst.w1, dst.w2, dst.w3);
    this.label = labelOf(dst.w0, dst.w1, dst.w2, dst.w3);
    const ownOnly = outdev !== 0 && (dst.w0 >>> 24 === 0xff || this.scope <= LINK_SCOPE);
    const { interfaces } = this;
    let best: Address6 | null = null;
    let bestDevice = 0;
    for (let i = 0; i < interfaces.length; i++) {
      const device = interfaces[i]!;
      if (!device.up || (ownOnly && device.index !== outdev)) continue;
      const list = device.addresses6;
      for (let k = 0; k < list.length; k++) {
        const address = list[k]!;
        if (best !== null && this.compare(address, device.index, best, bestDevice) <= 0) continue;
        best = address;
        bestDevice = device.index;
      }
    }
    return best;
  }

  /** Above 0: the first rule that tells `a` and `b` apart speaks for `a`. */
  private compare(a: Address6, aDevice: number, b: Address6, bDevice: number): number {
    const { dst, outdev, scope, label } = this;
    return (
      rank(isSame(a, dst), isSame(b, dst)) ||
      scopeRank(a, scope) - scopeRank(b, scope) ||
      rank(!a.deprecated, !b.deprecated) ||
      (outdev === 0 ? 0 : rank(aDevice === outdev, bDevice === outdev)) ||
      rank(labelOf(a.w0, a.w1, a.w2, a.w3) === label, labelOf(b.w0, b.w1, b.w2, b.w3) === label) ||
      commonBits(a, dst) - commonBits(b, dst)
    );
  }
}

function rank(a: boolean, b: boolean): number {
  return (a ? 1 : 0) - (b ? 1 : 0);
}

function isSame(a: Address6, dst: Destination6): boolean {
  return a.w3 === dst.w3 && a.w2 === dst.w2 && a.w1 === dst.w1 && a.w0 === dst.w0;
}

/** A scope as wide as the destination's is right, the closer the better; a narrower one is wrong, the wider the better. */
function scopeRank(address: Address6, wanted: number): number {
  const own = scopeOf(address.w0, address.w1, address.w2, address.w3);
  return own >= wanted ? -own : own - 128;
}

/** Scope of an address, as multicast counts scopes: 1 interface, 2 link, 5 site, 14 global. */
export function scopeOf(w0: number, w1: number, w2: number, w3: number): number {
  if (w0 >>> 24 === 0xff) return (w0 >>> 16) & 15;
  if (w0 >>> 22 === 0x3fa) return LINK_SCOPE;
  if (w0 >>> 22 === 0x3fb) return 5;
  if (w0 === 0 && w1 === 0 && w2 === 0 && w3 === 1) return LINK_SCOPE;
  return GLOBAL_SCOPE;
}

/** Label of the kernel's default policy table (RFC 6724 §2.1 with Linux's values). */
function labelOf(w0: number, w1: number, w2: number, w3: number): number {
  if (w0 === 0 && w1 === 0) {
    if (w2 === 0xffff) return 4;
    if (w2 === 0) return w3 === 1 ? 0 : 3;
  }
  if (w0 >>> 25 === 0x7e) return 5;
  if (w0 >>> 22 === 0x3fb) return 11;
  if (w0 >>> 16 === 0x2002) return 2;
  if (w0 >>> 16 === 0x3ffe) return 12;
  if (w0 === 0x20010000) return 6;
  if (w0 >>> 4 === 0x2001001) return 7;
  return 1;
}

/** Leading bits in common, at most the address's own prefix length. */
function commonBits(a: Address6, dst: Destination6): number {
  let bits = Math.clz32(a.w0 ^ dst.w0);
  if (bits === 32) bits += Math.clz32(a.w1 ^ dst.w1);
  if (bits === 64) bits += Math.clz32(a.w2 ^ dst.w2);
  if (bits === 96) bits += Math.clz32(a.w3 ^ dst.w3);
  return Math.min(bits, a.length);
}
