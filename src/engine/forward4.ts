/**
 * Forwarding of IPv4 (ip_forward): in the kernel's order TTL, MTU, decrement, redirect, FORWARD, POSTROUTING. FORWARD sees the
 * decremented TTL; what is refused before it never reaches a rule of filter.
 * @module
 */
import { replaceU16 } from '../inet/checksum.ts';
import { Hook } from '../hook/hook.ts';
import { DestinationKind, RouteType } from '../packet/destination.ts';
import { PacketType, type Packet } from '../packet/packet.ts';
import { DropReason } from './drop-reason.ts';
import type { Engine } from './engine.ts';
import { finishForward } from './output.ts';
import { Stage } from './outcome.ts';

// Names of this module's own: V8 folds those into the code and loads an imported constant every time.
const FORWARD = Hook.Forward;
const ERROR = DestinationKind.Error;
const TO_HOST = PacketType.Host;

const TIME_EXCEEDED = 11;
const UNREACHABLE = 3;
const REDIRECT = 5;
const CODE_NET = 0;
const CODE_HOST = 1;
const CODE_FRAG_NEEDED = 4;
const CODE_FILTERED = 13;
const DF = 0x4000;

/** skb->priority by the TOS bits (rt_tos2priority): best effort, bulk, interactive, interactive bulk. */
const TOS_PRIORITY = new Uint8Array([0, 0, 0, 0, 2, 2, 2, 2, 6, 6, 6, 6, 4, 4, 4, 4]);

export function forward4(engine: Engine, packet: Packet): void {
  const { dst } = packet;
  if (dst.kind === ERROR) {
    routeError4(engine, packet);
    return;
  }
  if (packet.pktType !== TO_HOST || packet.socket !== 0) {
    engine.drop(packet, Stage.Route, DropReason.NotForHost);
    return;
  }
  const ttl = packet.view.getUint8(packet.network + 8);
  if (ttl <= 1) {
    engine.icmpError(packet, TIME_EXCEEDED, 0, 0, 'stack');
    engine.drop(packet, Stage.Route, DropReason.TtlExceeded);
    return;
  }
  if (exceedsMtu(packet, dst.mtu)) {
    engine.icmpError(packet, UNREACHABLE, CODE_FRAG_NEEDED, dst.mtu & 0xffff, 'stack');
    engine.drop(packet, Stage.Route, DropReason.PacketTooBig);
    return;
  }
  decrementTtl(packet);
  if (dst.redirect !== 0) sendRedirect(engine, packet);
  packet.priority = TOS_PRIORITY[(packet.view.getUint8(packet.network + 1) & 0x1e) >> 1]!;
  packet.outdev = dst.dev;
  if (engine.walk(FORWARD, packet)) finishForward(engine, packet);
}

/** A route that refuses (ip_error): told to the sender unless it is a blackhole, as far as his budget goes. */
function routeError4(engine: Engine, packet: Packet): void {
  const { error } = packet.dst;
  if (!engine.host.forwarding4(packet.indev)) {
    engine.drop(packet, Stage.Route, DropReason.ForwardingOff);
    return;
  }
  if (error !== RouteType.Blackhole && engine.errorBuckets.takeError(packet.src0, packet.nowUs)) {
    const code = error === RouteType.Unreachable ? CODE_HOST : error === RouteType.Prohibit ? CODE_FILTERED : CODE_NET;
    engine.icmpError(packet, UNREACHABLE, code, 0, 'stack');
  }
  engine.drop(packet, Stage.Route, refusal(error));
}

function refusal(error: RouteType): DropReason {
  if (error === RouteType.Blackhole) return DropReason.Blackhole;
  if (error === RouteType.Unreachable) return DropReason.Unreachable;
  if (error === RouteType.Prohibit) return DropReason.Prohibit;
  return DropReason.NoRoute;
}

/** Too long for the way on, and not to be cut: DF, or a reassembled packet that had a piece beyond the MTU. */
function exceedsMtu(packet: Packet, mtu: number): boolean {
  if (packet.networkLength <= mtu) return false;
  if ((packet.view.getUint16(packet.network + 6) & DF) === 0) return false;
  if (packet.fragMaxSize > mtu) return true;
  return packet.fragMaxSize === 0;
}

function decrementTtl(packet: Packet): void {
  packet.makeWritable();
  const { view, network } = packet;
  const before = view.getUint16(network + 8);
  view.setUint16(network + 8, before - 0x100);
  view.setUint16(network + 10, replaceU16(view.getUint16(network + 10), before, before - 0x100));
}

function sendRedirect(engine: Engine, packet: Packet): void {
  const { dst } = packet;
  engine.icmpError(packet, REDIRECT, 1, dst.hasGateway !== 0 ? dst.gw0 : packet.dst0, 'stack');
}
