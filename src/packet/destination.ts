/**
 * Where a packet goes next: the route attached to it, the kernel's skb_dst. Reused with its packet; `kind` says whether there is one.
 * @module
 */

/** Route types (the kernel's RTN_*). */
export const RouteType = {
  Unspec: 0,
  Unicast: 1,
  Local: 2,
  Broadcast: 3,
  Anycast: 4,
  Multicast: 5,
  Blackhole: 6,
  Unreachable: 7,
  Prohibit: 8,
  Throw: 9,
} as const;
export type RouteType = (typeof RouteType)[keyof typeof RouteType];

/** What happens to a packet with this route. */
export const DestinationKind = { None: 0, Local: 1, Forward: 2, Output: 3, Error: 4 } as const;
export type DestinationKind = (typeof DestinationKind)[keyof typeof DestinationKind];

const NO_KIND = DestinationKind.None;
const NO_TYPE = RouteType.Unspec;

export class Destination {
  kind: DestinationKind = DestinationKind.None;
  type: RouteType = RouteType.Unspec;
  /** Interface it leaves by (or, for Local, arrived on). */
  dev = 0;
  /** 1: the host itself is (also) the receiver. */
  local = 0;
  broadcast = 0;
  multicast = 0;
  /** 1: the next hop is gw0..3; 0: the destination itself. */
  hasGateway = 0;
  gw0 = 0;
  gw1 = 0;
  gw2 = 0;
  gw3 = 0;
  /** Octets an IP packet may have on this route. */
  mtu = 0;
  /** Source address the route prefers for what the host makes (IPv4 word; IPv6 words in src0..3). */
  src0 = 0;
  src1 = 0;
  src2 = 0;
  src3 = 0;
  /** For Error: which (RouteType.Unreachable, Prohibit, Blackhole, or Unspec for no route). */
  error: RouteType = RouteType.Unspec;
  /** 1: the packet leaves by the device it came from and a redirect is due. */
  redirect = 0;

  clear(): void {
    this.kind = NO_KIND;
    this.type = NO_TYPE;
    this.dev = 0;
    this.local = 0;
    this.broadcast = 0;
    this.multicast = 0;
    this.hasGateway = 0;
    this.gw0 = 0;
    this.gw1 = 0;
    this.gw2 = 0;
    this.gw3 = 0;
    this.mtu = 0;
    this.src0 = 0;
    this.src1 = 0;
    this.src2 = 0;
    this.src3 = 0;
    this.error = NO_TYPE;
    this.redirect = 0;
  }

  copyFrom(other: Destination): void {
    this.kind = other.kind;
    this.type = other.type;
    this.dev = other.dev;
    this.local = other.local;
    this.broadcast = other.broadcast;
    this.multicast = other.multicast;
    this.hasGateway = other.hasGateway;
    this.gw0 = other.gw0;
    this.gw1 = other.gw1;
    this.gw2 = other.gw2;
    this.gw3 = other.gw3;
    this.mtu = other.mtu;
    this.src0 = other.src0;
    this.src1 = other.src1;
    this.src2 = other.src2;
    this.src3 = other.src3;
    this.error = other.error;
    this.redirect = other.redirect;
  }
}
