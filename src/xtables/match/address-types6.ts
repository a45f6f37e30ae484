/**
 * The types of an IPv6 address as the addrtype match asks for them: by its look, and by a route look-up as for a packet the
 * host sends. Holds scratch: one object per rule.
 * @module
 */
import type { Host } from '../../host/host.ts';
import { RouteQuery6, RouteResult } from '../../host/route.ts';
import { RouteType } from '../../packet/destination.ts';
import type { ReadonlyPacket } from '../../packet/packet.ts';
import { isMulticast6, isUnicast6, isUnspecified6 } from './address-kind6.ts';

const UNSPEC = 1 << RouteType.Unspec;
const UNICAST = 1 << RouteType.Unicast;
const LOCAL = 1 << RouteType.Local;
const ANYCAST = 1 << RouteType.Anycast;
const MULTICAST = 1 << RouteType.Multicast;
const UNREACHABLE = 1 << RouteType.Unreachable;
const ROUTED = LOCAL | ANYCAST | UNREACHABLE;

/** Longest prefix whose first address is every router's there. */
const MAX_SUBNET = 126;

export class AddressTypes6 {
  private readonly host: Host;
  private readonly query: RouteQuery6 = new RouteQuery6();
  private readonly result: RouteResult = new RouteResult();
  private readonly address = { w0: 0, w1: 0, w2: 0, w3: 0 };

  constructor(host: Host) {
    this.host = host;
  }

  sourceIs({ src0, src1, src2, src3 }: ReadonlyPacket, types: number, device: number): boolean {
    this.aim(src0, src1, src2, src3);
    return this.are(types, device);
  }

  destinationIs({ dst0, dst1, dst2, dst3 }: ReadonlyPacket, types: number, device: number): boolean {
    this.aim(dst0, dst1, dst2, dst3);
    return this.are(types, device);
  }

  /** Whether the address aimed at is of these types, as far as it is one device's (0: any). */
  private are(types: number, device: number): boolean {
    const { w0, w1, w2, w3 } = this.address;
    if ((types & MULTICAST) !== 0 && !isMulticast6(w0)) return false;
    if ((types & UNICAST) !== 0 && !isUnicast6(w0, w1, w2, w3)) return false;
    if ((types & UNSPEC) !== 0 && !isUnspecified6(w0, w1, w2, w3)) return false;
    return (types & ROUTED) === 0 || (types & this.routedTypes(device)) !== 0;
  }

  private routedTypes(device: number): number {
    const { host, query, result, address } = this;
    if (isMulticast6(address.w0)) return 0;
    query.iif = host.loopback;
    query.oif = device;
    query.dst0 = address.w0;
    query.dst1 = address.w1;
    query.dst2 = address.w2;
    query.dst3 = address.w3;
    host.route6(query, result);
    if (result.type === RouteType.Unspec || result.type >= RouteType.Blackhole) return UNREACHABLE;
    const local = device === 0 ? result.type === RouteType.Local : host.isAddressOf6(device, address);
    return (local ? LOCAL : 0) | (result.type === RouteType.Anycast || this.isSubnet() ? ANYCAST : 0);
  }

  /** Whether the address is the first of the subnet its route leads to directly (subnet-router anycast, RFC 4291 §2.6.1). */
  private isSubnet(): boolean {
    const { prefixLength, hasGateway } = this.result;
    if (hasGateway !== 0 || prefixLength > MAX_SUBNET) return false;
    const { w0, w1, w2, w3 } = this.address;
    const head = (w0 & hostBits(prefixLength, 0)) | (w1 & hostBits(prefixLength, 32));
    return (head | (w2 & hostBits(prefixLength, 64)) | (w3 & hostBits(prefixLength, 96))) === 0;
  }

  private aim(w0: number, w1: number, w2: number, w3: number): void {
    const { address } = this;
    address.w0 = w0;
    address.w1 = w1;
    address.w2 = w2;
    address.w3 = w3;
  }
}

/** The bits of the word that begins at bit `from` which lie behind the prefix. */
function hostBits(prefixLength: number, from: number): number {
  const ones = prefixLength - from;
  if (ones <= 0) return -1;
  return ones >= 32 ? 0 : -1 >>> ones;
}
