/**
 * Routing of an IPv6 packet that arrived (ip6_route_input): local, multicast or forward; a route that refuses is told of.
 * @module
 */
import { DestinationKind, RouteType } from '../packet/destination.ts';
import type { Packet } from '../packet/packet.ts';
import { isMulticast6 } from './address6.ts';
import { DropReason } from './drop-reason.ts';
import type { Engine } from './engine.ts';
import { resetQuery6 } from './route-scratch.ts';

const UNREACHABLE = 1;
const CODE_NO_ROUTE = 0;
const CODE_ADMIN = 1;

/** Attach a route to an arrived packet. DropReason.None: packet.dst says where it goes; else why it is dropped here. */
export function routeInput6(engine: Engine, packet: Packet): DropReason {
  const { host } = engine;
  const { dst } = packet;
  dst.clear();
  if (isMulticast6(packet.dst0)) {
    dst.multicast = 1;
    if (!host.isMember6(packet.indev, packet.dst0, packet.dst1, packet.dst2, packet.dst3)) return DropReason.NoMulticastMember;
    return localInput(engine, packet, RouteType.Multicast);
  }
  const kept = engine.routes6.take(packet);
  const reason = kept ? DropReason.None : routeByFib(engine, packet);
  if (!kept && reason === DropReason.None) engine.routes6.keep(packet);
  if (dst.kind === DestinationKind.Forward) engine.pathMtu.narrowForward(packet);
  return reason;
}

function routeByFib(engine: Engine, packet: Packet): DropReason {
  const { host } = engine;
  const { dst } = packet;
  const { query, result } = host.scratch6;
  resetQuery6(query, packet, false);
  query.iif = packet.indev;
  query.mark = packet.mark;
  host.route6(query, result);
  if (result.type === RouteType.Local || result.type === RouteType.Anycast) return localInput(engine, packet, result.type);
  if (result.type !== RouteType.Unicast) return refuse(engine, packet, result.type);
  dst.kind = DestinationKind.Forward;
  dst.type = RouteType.Unicast;
  dst.dev = result.outdev;
  dst.hasGateway = result.hasGateway;
  dst.gw0 = result.gateway;
  dst.gw1 = result.gateway1;
  dst.gw2 = result.gateway2;
  dst.gw3 = result.gateway3;
  dst.mtu = result.mtu;
  return DropReason.None;
}

function localInput(engine: Engine, packet: Packet, type: RouteType): DropReason {
  const { dst } = packet;
  dst.kind = DestinationKind.Local;
  dst.type = type;
  dst.local = 1;
  dst.dev = packet.indev;
  dst.mtu = engine.host.interfaces[packet.indev]?.mtu ?? 1500;
  return DropReason.None;
}

/** ip6_pkt_discard, ip6_pkt_prohibit: no route and unreachable say "no route", prohibit "administratively prohibited", blackhole nothing. */
function refuse(engine: Engine, packet: Packet, type: RouteType): DropReason {
  if (type === RouteType.Blackhole) return DropReason.Blackhole;
  const code = type === RouteType.Prohibit ? CODE_ADMIN : CODE_NO_ROUTE;
  engine.icmpv6Error(packet, UNREACHABLE, code, 0, 'stack');
  if (type === RouteType.Prohibit) return DropReason.Prohibit;
  return type === RouteType.Unreachable ? DropReason.Unreachable : DropReason.NoRoute;
}
