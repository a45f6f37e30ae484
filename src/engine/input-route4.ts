/**
 * Routing of an IPv4 packet that arrived: local, forward or neither (ip_route_input_slow), with the source checks that make
 * martians. Order as in the kernel; counters of PREROUTING have moved by now.
 *
 *   multicast -> joined?   bad source   limited broadcast   zero/loopback   FIB: broadcast | local | unicast | error
 *
 * @module
 */
import { DestinationKind, RouteType } from '../packet/destination.ts';
import type { Packet } from '../packet/packet.ts';
import { DropReason } from './drop-reason.ts';
import type { Engine } from './engine.ts';
import { isLimitedBroadcast, isLocalMulticast4, isLoopback4, isMulticast4 } from './address4.ts';
import { NOT_KEPT } from './route-cache.ts';
import { resetQuery4, type RouteScratch4 } from './route-scratch.ts';
import { IGMP } from '../inet/protocol.ts';

// Names of this module's own: V8 folds those into the code and loads an imported constant every time.
const BROADCAST = RouteType.Broadcast;
const LOCAL = RouteType.Local;
const UNICAST = RouteType.Unicast;
const NO_REASON = DropReason.None;
const FORWARD = DestinationKind.Forward;

/** What of the TOS octet chooses a route. */
const TOS_MASK = 0x1c;

/** Attach a route to an arrived packet. NO_REASON: packet.dst says where it goes; else why it is dropped here. */
export function routeInput4(engine: Engine, packet: Packet): DropReason {
  packet.dst.clear();
  if (isMulticast4(packet.dst0)) return routeMulticast(engine, packet);
  const tos = packet.view.getUint8(packet.network + 1) & TOS_MASK;
  const kept = engine.routes4.take(packet, tos);
  const reason = kept === NOT_KEPT ? decide(engine, packet, tos) : kept;
  if (packet.dst.kind === FORWARD) engine.pathMtu.narrowForward(packet);
  return reason;
}

function decide(engine: Engine, packet: Packet, tos: number): DropReason {
  const reason = routeUnicast(engine, packet);
  if (packet.dst.broadcast === 0) engine.routes4.keep(packet, tos, reason);
  return reason;
}

function routeUnicast(engine: Engine, packet: Packet): DropReason {
  const src = packet.src0;
  const dst = packet.dst0;
  if (isMulticast4(src) || isLimitedBroadcast(src)) return DropReason.IpInvalidSource;
  if (isLimitedBroadcast(dst) || (src === 0 && dst === 0)) return broadcastInput(engine, packet);
  if (src === 0) return DropReason.IpInvalidSource;
  if (dst === 0) return DropReason.IpInvalidDest;
  if (isLoopback4(dst)) {
    if (!isLoopbackDevice(engine, packet) && engine.host.switches.routeLocalnet[packet.indev] === 0) return DropReason.IpLocalnet;
  } else if (isLoopback4(src)) {
    if (!isLoopbackDevice(engine, packet) && engine.host.switches.routeLocalnet[packet.indev] === 0) return DropReason.IpLocalnet;
  }
  return routeByFib(engine, packet);
}

function isLoopbackDevice(engine: Engine, packet: Packet): boolean {
  return packet.indev === engine.host.loopback;
}

function routeByFib(engine: Engine, packet: Packet): DropReason {
  const scratch = engine.host.scratch4;
  const { query, result } = scratch;
  resetQuery4(query, packet.dst0, packet.src0);
  query.tos = packet.view.getUint8(packet.network + 1) & TOS_MASK;
  query.mark = packet.mark;
  query.iif = packet.indev;
  engine.host.route4(query, result);
  const { dst } = packet;
  if (result.type === BROADCAST) return broadcastInput(engine, packet);
  if (result.type === LOCAL) {
    const reason = validateSource4(engine, packet, 0, scratch);
    if (reason !== NO_REASON) return reason;
    return localInput(engine, packet, LOCAL);
  }
  if (result.type === UNICAST) {
    if (!engine.host.forwarding4(packet.indev)) return refuse(engine, packet, UNICAST);
    dst.kind = DestinationKind.Forward;
    dst.type = UNICAST;
    dst.dev = result.outdev;
    dst.hasGateway = result.hasGateway;
    dst.gw0 = result.gateway;
    dst.mtu = result.mtu;
    return validateSource4(engine, packet, result.outdev, scratch);
  }
  if (result.type === RouteType.Multicast) return DropReason.IpInvalidDest;
  return refuse(engine, packet, result.type);
}

/** No way on, told later (forward4): options are read before. */
function refuse(engine: Engine, packet: Packet, type: RouteType): DropReason {
  const { dst } = packet;
  dst.kind = DestinationKind.Error;
  dst.error = type;
  dst.dev = packet.indev;
  dst.mtu = engine.host.interfaces[packet.indev]?.mtu ?? 1500;
  return NO_REASON;
}

function localInput(engine: Engine, packet: Packet, type: RouteType): DropReason {
  const { dst } = packet;
  dst.kind = DestinationKind.Local;
  dst.type = type;
  dst.local = 1;
  dst.dev = packet.indev;
  dst.mtu = engine.host.interfaces[packet.indev]?.mtu ?? 1500;
  return NO_REASON;
}

function broadcastInput(engine: Engine, packet: Packet): DropReason {
  if (packet.src0 !== 0) {
    const reason = validateSource4(engine, packet, 0, engine.host.scratch4);
    if (reason !== NO_REASON) return reason;
  }
  packet.dst.broadcast = 1;
  return localInput(engine, packet, BROADCAST);
}

function routeMulticast(engine: Engine, packet: Packet): DropReason {
  if (!engine.host.isMember4(packet.indev, packet.dst0)) return DropReason.NoMulticastMember;
  const src = packet.src0;
  if (isMulticast4(src) || isLimitedBroadcast(src)) return DropReason.IpInvalidSource;
  if (isLoopback4(src) && engine.host.switches.routeLocalnet[packet.indev] === 0) return DropReason.IpInvalidSource;
  if (src === 0) {
    if (!isLocalMulticast4(packet.dst0) && packet.protocol !== IGMP) return DropReason.IpInvalidSource;
  } else {
    const reason = validateSource4(engine, packet, 0, engine.host.scratch4);
    if (reason !== NO_REASON) return reason;
  }
  packet.dst.multicast = 1;
  return localInput(engine, packet, RouteType.Multicast);
}

/**
 * fib_validate_source: whether this source may come in by this interface. `oif` is the way on (0: none).
 * Without rp_filter only the host's own addresses are refused, unless policy rules ask for the full look-up.
 */
function validateSource4(engine: Engine, packet: Packet, oif: number, scratch: RouteScratch4): DropReason {
  const { host } = engine;
  const { switches } = host;
  const filter = switches.rpFilter[packet.indev]!;
  const acceptLocal = switches.acceptLocal[packet.indev]!;
  const redirects = switches.sendRedirects[packet.indev] !== 0;
  const sameDevice = oif === packet.indev;
  if (filter === 0 && (!sameDevice || !redirects)) {
    if (acceptLocal !== 0) return NO_REASON;
    if (!host.hasCustomRules4) return host.isLocal4(packet.src0) ? DropReason.IpLocalSource : NO_REASON;
  }
  return fullSourceCheck(engine, packet, { filter, acceptLocal, oif, redirects: sameDevice && redirects }, scratch);
}

interface SourceCheck {
  readonly filter: number;
  readonly acceptLocal: number;
  readonly oif: number;
  readonly redirects: boolean;
}

function fullSourceCheck(engine: Engine, packet: Packet, check: SourceCheck, scratch: RouteScratch4): DropReason {
  const { host } = engine;
  const { reverseQuery: query, reverseResult: result } = scratch;
  resetQuery4(query, packet.src0, packet.dst0);
  query.tos = packet.view.getUint8(packet.network + 1) & TOS_MASK;
  query.mark = 0;
  query.iif = check.oif !== 0 ? check.oif : host.loopback;
  host.route4(query, result);
  if (result.type === RouteType.Unspec || result.type >= RouteType.Blackhole) {
    return check.filter !== 0 ? DropReason.IpRpfilter : NO_REASON;
  }
  if (result.type !== UNICAST && (result.type !== LOCAL || check.acceptLocal === 0)) {
    return result.type === LOCAL ? DropReason.IpLocalSource : DropReason.IpInvalidSource;
  }
  if (result.outdev === packet.indev) {
    noteRedirect(engine, packet, check, result.hasGateway === 0);
    return NO_REASON;
  }
  if (!host.hasAddress4(packet.indev)) return check.filter !== 0 ? DropReason.IpRpfilter : NO_REASON;
  return check.filter === 1 ? DropReason.IpRpfilter : NO_REASON;
}

/** A packet that leaves by the device it came from earns its sender a redirect when both are on that link. */
function noteRedirect(engine: Engine, packet: Packet, check: SourceCheck, sourceOnLink: boolean): void {
  if (!check.redirects || !sourceOnLink) return;
  const { dst } = packet;
  const gateway = dst.hasGateway !== 0 ? dst.gw0 : packet.dst0;
  const shared = engine.host.switches.sharedMedia[packet.indev] !== 0;
  if (shared || engine.host.onSameSubnet4(packet.indev, packet.src0, gateway)) dst.redirect = 1;
}
