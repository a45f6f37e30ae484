/**
 * RouteMtu: the MTU of the routes a packet's connection takes: the one attached to the packet, and the one back to its source as
 * the host itself would send there.
 *
 * The route of a forwarded IPv6 packet is attached with its device's MTU, to which forwarding is held; the route's own MTU,
 * which counts here, is looked up.
 * @module
 */
import type { Host } from '../../host/host.ts';
import { RouteQuery4, RouteQuery6, RouteResult } from '../../host/route.ts';
import { DestinationKind, RouteType } from '../../packet/destination.ts';
import type { ReadonlyPacket } from '../../packet/packet.ts';

/** MTU when there is no route: no limit. */
const NO_LIMIT = 0xffffffff;

export class RouteMtu {
  private readonly host: Host;
  private readonly query4 = new RouteQuery4();
  private readonly query6 = new RouteQuery6();
  private readonly result = new RouteResult();

  constructor(host: Host) {
    this.host = host;
    this.query4.iif = host.loopback;
    this.query6.iif = host.loopback;
  }

  /** The smaller MTU of both ways. */
  smallest(packet: ReadonlyPacket): number {
    return Math.min(this.ahead(packet), this.back(packet));
  }

  private ahead(packet: ReadonlyPacket): number {
    if (packet.family === 4 || packet.dst.kind !== DestinationKind.Forward) return packet.dst.mtu;
    const { query6 } = this;
    query6.dst0 = packet.dst0;
    query6.dst1 = packet.dst1;
    query6.dst2 = packet.dst2;
    query6.dst3 = packet.dst3;
    query6.src0 = packet.src0;
    query6.src1 = packet.src1;
    query6.src2 = packet.src2;
    query6.src3 = packet.src3;
    query6.mark = packet.mark;
    query6.oif = packet.outdev;
    this.host.route6(query6, this.result);
    return this.result.type === RouteType.Unicast ? this.result.mtu : packet.dst.mtu;
  }

  private back(packet: ReadonlyPacket): number {
    const { query4, query6, result } = this;
    if (packet.family === 4) {
      query4.dst = packet.src0;
      this.host.route4(query4, result);
      return this.found();
    }
    query6.dst0 = packet.src0;
    query6.dst1 = packet.src1;
    query6.dst2 = packet.src2;
    query6.dst3 = packet.src3;
    query6.src0 = 0;
    query6.src1 = 0;
    query6.src2 = 0;
    query6.src3 = 0;
    query6.mark = 0;
    query6.oif = 0;
    this.host.route6(query6, result);
    return this.found();
  }

  private found(): number {
    const { result, host } = this;
    switch (result.type) {
      case RouteType.Local:
      case RouteType.Anycast:
        return host.interfaces[host.loopback]!.mtu;
      case RouteType.Unicast:
      case RouteType.Multicast:
      case RouteType.Broadcast:
        return result.mtu;
      default:
        return NO_LIMIT;
    }
  }
}
