/**
 * Path MTUs the host was told of (RFC 1191, RFC 8201): exceptions to the MTU of a route, each for one destination.
 *
 * Without sockets the kernel believes an error only where it is about ICMP of its own: IPv4 "fragmentation needed" that quotes an
 * echo reply from one of the host's addresses, IPv6 "packet too big" that quotes any ICMPv6. What is told then holds for ten
 * minutes: for all the host sends; for what it forwards with IPv6; and with IPv4 only below 552 octets (a *locked* MTU).
 * Kernel counterpart: ipv4_update_pmtu, ip6_update_pmtu (behaviour only). Proof: fixtures/scenarios/engine/path-mtu.
 * @module
 */
import { RouteType, type Destination } from '../packet/destination.ts';
import { ICMP, ICMPV6 } from '../inet/protocol.ts';
import type { Host } from '../host/host.ts';
import type { Packet } from '../packet/packet.ts';
import { resetQuery4, resetQuery6 } from './route-scratch.ts';

const MOST = 1024;
const MIN_MTU4 = 552;
const MIN_MTU6 = 1280;
const LIFETIME_SEC = 600;
const ICMP_HEADER = 8;
const IP_HEADER = 20;
const IP6_HEADER = 40;
const ECHO_REPLY = 0;

interface PathMtuEntry {
  readonly dst0: number;
  readonly dst1: number;
  readonly dst2: number;
  readonly dst3: number;
  readonly dev: number;
  readonly mtu: number;
  readonly locked: boolean;
  readonly untilUs: number;
}

interface Address {
  readonly dst0: number;
  readonly dst1: number;
  readonly dst2: number;
  readonly dst3: number;
}

/** Where a quoted packet came from and went. */
class Quoted {
  src0 = 0;
  src1 = 0;
  src2 = 0;
  src3 = 0;
  dst0 = 0;
  dst1 = 0;
  dst2 = 0;
  dst3 = 0;
}

export class PathMtu {
  /** The time of the packet at hand. */
  nowUs = 0;
  /** Whether the host was ever told of a narrower path. */
  isNarrowed = false;
  private readonly host: Host;
  private readonly known: Map<number, PathMtuEntry> = new Map();
  private readonly quoted: Quoted = new Quoted();

  constructor(host: Host) {
    this.host = host;
  }

  /** Destinations something was told of. */
  get size(): number {
    return this.known.size;
  }

  /** Take note of a delivered "fragmentation needed" whose checksum holds. */
  learn4({ view, transport, transportLength }: Packet): void {
    const inner = transport + ICMP_HEADER;
    const room = transportLength - ICMP_HEADER;
    if (room < IP_HEADER + ICMP_HEADER) return;
    const headerLength = (view.getUint8(inner) & 15) << 2;
    if (headerLength < IP_HEADER || room < headerLength + ICMP_HEADER || view.getUint8(inner + 9) !== ICMP) return;
    if (view.getUint8(inner + headerLength) !== ECHO_REPLY) return;
    const source = view.getInt32(inner + 12);
    if (!this.host.isLocal4(source)) return;
    const { query, result } = this.host.scratch4;
    const dst0 = view.getInt32(inner + 16);
    resetQuery4(query, dst0, source);
    query.tos = view.getUint8(inner + 1) & 0x1c;
    query.iif = this.host.loopback;
    this.host.route4(query, result);
    if (result.type !== RouteType.Unicast) return;
    const known = this.find(dst0, 0, 0, 0, result.outdev);
    const told = view.getUint16(transport + 6);
    const before = known?.mtu ?? result.mtu;
    if (known?.locked === true || before < told) return;
    const locked = told < MIN_MTU4;
    this.keep({ dst0, dst1: 0, dst2: 0, dst3: 0 }, { dev: result.outdev, mtu: locked ? Math.min(before, MIN_MTU4) : told, locked });
  }

  /** Take note of a delivered "packet too big" whose checksum holds. */
  learn6({ view, transport, transportLength }: Packet): void {
    const inner = transport + ICMP_HEADER;
    if (transportLength < ICMP_HEADER + IP6_HEADER + ICMP_HEADER || view.getUint8(inner + 6) !== ICMPV6) return;
    const told = view.getUint32(transport + 4);
    if (told < MIN_MTU6) return;
    const { quoted } = this;
    const { query, result } = this.host.scratch6;
    quoted.dst0 = view.getInt32(inner + 24);
    quoted.dst1 = view.getInt32(inner + 28);
    quoted.dst2 = view.getInt32(inner + 32);
    quoted.dst3 = view.getInt32(inner + 36);
    resetQuery6(query, quoted, false);
    query.iif = this.host.loopback;
    this.host.route6(query, result);
    if (result.type !== RouteType.Unicast) return;
    const { dst0, dst1, dst2, dst3 } = quoted;
    const before = this.find(dst0, dst1, dst2, dst3, result.outdev)?.mtu ?? result.mtu;
    if (told < before) this.keep(quoted, { dev: result.outdev, mtu: told, locked: true });
  }

  /** Narrow a route the host itself sends by, to `address`. */
  narrowOutput(dst: Destination, address: Address): void {
    if (this.known.size === 0) return;
    const known = this.find(address.dst0, address.dst1, address.dst2, address.dst3, dst.dev);
    if (known !== null && known.mtu < dst.mtu) dst.mtu = known.mtu;
  }

  /** Narrow the route of a packet that is forwarded. */
  narrowForward(packet: Packet): void {
    if (this.known.size === 0) return;
    const { dst } = packet;
    const known =
      packet.family === 6
        ? this.find(packet.dst0, packet.dst1, packet.dst2, packet.dst3, dst.dev)
        : this.find(packet.dst0, 0, 0, 0, dst.dev);
    if (known !== null && known.locked && known.mtu < dst.mtu) dst.mtu = known.mtu;
  }

  private find(dst0: number, dst1: number, dst2: number, dst3: number, dev: number): PathMtuEntry | null {
    const entry = this.known.get(slot(dst0, dst1, dst2, dst3));
    if (entry === undefined || entry.dst0 !== dst0 || entry.dst1 !== dst1 || entry.dst2 !== dst2 || entry.dst3 !== dst3) return null;
    return entry.dev === dev && this.nowUs < entry.untilUs ? entry : null;
  }

  private keep({ dst0, dst1, dst2, dst3 }: Address, told: { readonly dev: number; readonly mtu: number; readonly locked: boolean }): void {
    const key = slot(dst0, dst1, dst2, dst3);
    this.isNarrowed = true;
    if (this.known.size >= MOST && !this.known.has(key))
      for (const oldest of this.known.keys()) {
        this.known.delete(oldest);
        break;
      }
    this.known.set(key, { dst0, dst1, dst2, dst3, ...told, untilUs: this.nowUs + LIFETIME_SEC * 1_000_000 });
  }
}

function slot(dst0: number, dst1: number, dst2: number, dst3: number): number {
  return Math.imul(Math.imul(Math.imul(dst0, 31) ^ dst1, 0x9e3779b1) ^ dst2, 0x85ebca6b) ^ dst3;
}
