/**
 * Interface: a network device of the host with its addresses. Made once when the host is read, never changed.
 *
 * IPv4 addresses stand in the kernel's order: primary addresses as they were added, then the secondary ones (a second address
 * of a subnet that is there already). IPv6 addresses stand newest first, as the kernel lists them.
 * @module
 */

/** Address scopes of IPv4 (the kernel's RT_SCOPE_*): the larger, the nearer. */
export const Scope4 = { Universe: 0, Site: 200, Link: 253, Host: 254, Nowhere: 255 } as const;

export interface Address4 {
  readonly family: 4;
  readonly word: number;
  /** Prefix length and mask of the subnet. */
  readonly length: number;
  readonly mask: number;
  /** Address the subnet is built from: the peer of a point-to-point link, else the address itself. */
  readonly peer: number;
  /** Broadcast address of the subnet; 0 for none. */
  readonly broadcast: number;
  readonly scope: number;
  readonly secondary: boolean;
}

export interface Address6 {
  readonly family: 6;
  readonly w0: number;
  readonly w1: number;
  readonly w2: number;
  readonly w3: number;
  readonly length: number;
  /** Its preferred lifetime is over: a source of last resort. */
  readonly deprecated: boolean;
}

export interface Interface {
  /** Number by which packets name it. 0 is no interface; the host's own count from 1. */
  readonly index: number;
  /** '' for interface 0, so that a rule's name pattern can be held against it. */
  readonly name: string;
  /** Hardware address; null for a device without one (lo, a tunnel). */
  readonly mac: Uint8Array | null;
  readonly mtu: number;
  /** The device does not resolve neighbours: an unlisted one gets the device's own hardware address. */
  readonly noArp: boolean;
  /** The device takes part in multicast (and so joins the all-routers groups). */
  readonly multicast: boolean;
  readonly up: boolean;
  /** For a VLAN interface: the interface below and the VLAN id; else 0 and -1. */
  readonly link: number;
  readonly vlan: number;
  readonly addresses4: readonly Address4[];
  readonly addresses6: readonly Address6[];
}

/** Stands at index 0 of Host.interfaces: what a hook without such a device sees. */
export const NO_INTERFACE: Interface = {
  index: 0,
  name: '',
  mac: null,
  mtu: 65_535,
  noArp: true,
  multicast: false,
  up: false,
  link: 0,
  vlan: -1,
  addresses4: [],
  addresses6: [],
};

/** Mask of a prefix length, as int32. */
export function mask4(length: number): number {
  return length === 0 ? 0 : -1 << (32 - length);
}

/** Word `index` (0..3) of an IPv6 prefix's mask, as int32. */
export function mask6(length: number, index: number): number {
  const bits = length - 32 * index;
  return bits <= 0 ? 0 : bits >= 32 ? -1 : -1 << (32 - bits);
}

/**
 * The kernel's order of IPv4 addresses on a device, with `secondary` decided: a primary one goes behind the last primary whose
 * scope is as narrow or narrower, a secondary one to the end (__inet_insert_ifa).
 */
export function orderAddresses4(added: readonly Omit<Address4, 'secondary'>[]): Address4[] {
  const list: Address4[] = [];
  for (const address of added) {
    let at = 0;
    let secondary = false;
    for (let i = 0; i < list.length; i++) {
      const other = list[i]!;
      if (!other.secondary && address.scope <= other.scope) at = i + 1;
      if (other.mask === address.mask && (other.peer & other.mask) === (address.peer & address.mask)) secondary = true;
    }
    list.splice(secondary ? list.length : at, 0, { ...address, secondary });
  }
  return list;
}
