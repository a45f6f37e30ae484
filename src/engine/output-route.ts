/**
 * Routes for what the host sends (ip_route_output_key, ip6_route_output): device, next hop, preferred source, and whether the
 * host itself is the receiver.
 * @module
 */
import { DestinationKind, RouteType } from '../packet/destination.ts';
import type { Packet } from '../packet/packet.ts';
import { isLimitedBroadcast, isLoopback4, isMulticast4 } from './address4.ts';
import type { Engine } from './engine.ts';
import { resetQuery4 } from './route-scratch.ts';
import type { RouteQuery4, RouteResult } from '../host/route.ts';

/** Where to: IPv4 in dst0. `src0..3`, tos, mark and oif narrow the look-up; absent ones are 0. */
export interface OutputTarget {
  readonly family: number;
  readonly dst0: number;
  readonly dst1: number;
  readonly dst2: number;
  readonly dst3: number;
}

/** What else a look-up may depend on. */
export interface OutputHints {
  readonly tos?: number;
  readonly mark?: number;
  readonly oif?: number;
  readonly src0?: number;
}

const NO_HINTS: OutputHints = {};

/** Attach an output route to `packet`; false when there is none. */
export function routeOutput(engine: Engine, packet: Packet, target: OutputTarget, hints: OutputHints = NO_HINTS): boolean {
  packet.dst.clear();
  return target.family === 6 ? routeOutput6(engine, packet, target, hints) : routeOutput4(engine, packet, target, hints);
}

function routeOutput4(engine: Engine, packet: Packet, target: OutputTarget, hints: OutputHints): boolean {
  const { host } = engine;
  const { query, result } = host.scratch4;
  resetQuery4(query, target.dst0, hints.src0 ?? 0);
  query.tos = (hints.tos ?? 0) & 0x1c;
  query.mark = hints.mark ?? 0;
  query.oif = hints.oif ?? 0;
  query.iif = host.loopback;
  if (query.dst === 0) query.dst = 0x7f000001;
  if (query.src !== 0 && query.oif === 0 && (isMulticast4(query.dst) || isLimitedBroadcast(query.dst))) {
    query.oif = deviceOf4(engine, query.src);
    if (query.oif === 0) return false;
    return groupOutput(engine, packet, query);
  }
  host.route4(query, result);
  const { dst } = packet;
  if (result.type === RouteType.Local) return localOutput(engine, packet, result, query.dst);
  if (result.type !== RouteType.Unicast && result.type !== RouteType.Broadcast && result.type !== RouteType.Multicast) return false;
  if (isLoopback4(query.src) && result.outdev !== host.loopback && host.switches.routeLocalnet[result.outdev] === 0) return false;
  fill(packet, result);
  engine.pathMtu.narrowOutput(dst, target);
  if (isLimitedBroadcast(query.dst) || result.type === RouteType.Broadcast) {
    dst.type = RouteType.Broadcast;
    dst.broadcast = 1;
    dst.local = 1;
    dst.hasGateway = 0;
  } else if (isMulticast4(query.dst)) {
    dst.type = RouteType.Multicast;
    dst.multicast = 1;
    dst.local = host.isMember4(dst.dev, query.dst) ? 1 : 0;
    dst.hasGateway = 0;
  }
  dst.src0 = result.prefSrc !== 0 ? result.prefSrc : (host.selectAddress4(dst.dev, dst.hasGateway !== 0 ? dst.gw0 : query.dst) ?? 0);
  return true;
}

/** From one of the host's own addresses to a group or to all: out of the device that has the address, whatever the routes say. */
function groupOutput(engine: Engine, packet: Packet, query: RouteQuery4): boolean {
  const { host } = engine;
  const { dst } = packet;
  const isBroadcast = isLimitedBroadcast(query.dst);
  dst.kind = DestinationKind.Output;
  dst.type = isBroadcast ? RouteType.Broadcast : RouteType.Multicast;
  dst.dev = query.oif;
  dst.mtu = host.interfaces[query.oif]?.mtu ?? 1500;
  dst.broadcast = isBroadcast ? 1 : 0;
  dst.multicast = isBroadcast ? 0 : 1;
  dst.local = isBroadcast || host.isMember4(query.oif, query.dst) ? 1 : 0;
  dst.src0 = query.src;
  return true;
}

/** Index of the device that has this address, or 0. */
function deviceOf4(engine: Engine, address: number): number {
  for (const { index, addresses4 } of engine.host.interfaces) {
    for (const { word } of addresses4) if (word === address) return index;
  }
  return 0;
}

function localOutput(engine: Engine, packet: Packet, result: RouteResult, destination: number): boolean {
  const { dst } = packet;
  const { loopback } = engine.host;
  dst.kind = DestinationKind.Output;
  dst.type = RouteType.Local;
  dst.local = 1;
  dst.dev = loopback;
  dst.mtu = engine.host.interfaces[loopback]?.mtu ?? 65_536;
  dst.src0 = result.prefSrc !== 0 ? result.prefSrc : destination;
  return true;
}

function fill(packet: Packet, result: RouteResult): void {
  const { dst } = packet;
  dst.kind = DestinationKind.Output;
  dst.type = RouteType.Unicast;
  dst.dev = result.outdev;
  dst.hasGateway = result.hasGateway;
  dst.gw0 = result.gateway;
  dst.gw1 = result.gateway1;
  dst.gw2 = result.gateway2;
  dst.gw3 = result.gateway3;
  dst.mtu = result.mtu;
}

function routeOutput6(engine: Engine, packet: Packet, target: OutputTarget, hints: OutputHints): boolean {
  const { host } = engine;
  const { query, result } = host.scratch6;
  query.dst0 = target.dst0;
  query.dst1 = target.dst1;
  query.dst2 = target.dst2;
  query.dst3 = target.dst3;
  query.src0 = 0;
  query.src1 = 0;
  query.src2 = 0;
  query.src3 = 0;
  query.mark = hints.mark ?? 0;
  query.oif = hints.oif ?? 0;
  query.iif = host.loopback;
  host.route6(query, result);
  const { dst } = packet;
  if (result.type === RouteType.Local || result.type === RouteType.Anycast) {
    dst.kind = DestinationKind.Output;
    dst.type = result.type;
    dst.local = 1;
    dst.dev = host.loopback;
    dst.mtu = host.interfaces[host.loopback]?.mtu ?? 65_536;
    return true;
  }
  if (result.type !== RouteType.Unicast && result.type !== RouteType.Multicast) return false;
  fill(packet, result);
  engine.pathMtu.narrowOutput(dst, target);
  dst.type = result.type;
  if (target.dst0 >>> 24 === 0xff) {
    dst.multicast = 1;
    dst.hasGateway = 0;
    dst.local = host.isMember6(dst.dev, target.dst0, target.dst1, target.dst2, target.dst3) ? 1 : 0;
  }
  return true;
}
