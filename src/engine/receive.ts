/**
 * The way of a packet that arrived: the kernel's input path from the frame to local delivery or forwarding, in its order.
 * Kernel counterpart: net/ipv4/ip_input.c, net/ipv6/ip6_input.c. Proof: fixtures/scenarios.
 * @module
 */
import { Hook } from '../hook/hook.ts';
import type { Verdict } from '../hook/verdict.ts';
import { DestinationKind } from '../packet/destination.ts';
import { PacketType, type Packet } from '../packet/packet.ts';
import { TCP } from '../inet/protocol.ts';
import { pullTransport } from '../packet/pieces.ts';
import { acceptHeader4 } from './accept4.ts';
import { acceptHeader6 } from './accept6.ts';
import { DropReason } from './drop-reason.ts';
import type { Engine } from './engine.ts';
import { forward4 } from './forward4.ts';
import { forward6 } from './forward6.ts';
import { routeInput4 } from './input-route4.ts';
import { routeInput6 } from './input-route6.ts';
import { classify, deviceOf } from './link.ts';
import { deliverLocally, finishDelivery } from './local.ts';
import { compileOptions4 } from './options4.ts';
import { finishForward, finishOutput } from './output.ts';
import { finishSend } from './send.ts';
import { Stage } from './outcome.ts';

// Names of this module's own: V8 folds those into the code and loads an imported constant every time.
const PREROUTING = Hook.Prerouting;
const LOCAL = DestinationKind.Local;
const NO_REASON = DropReason.None;
const OTHER_HOST = PacketType.OtherHost;

const TCP_HEADER = 20;
const IPV6_HEADER = 40;

/** One packet from the wire (or back over lo) to its fate. */
export function receive(engine: Engine, packet: Packet): void {
  if (packet.looped === 0 && !acceptFrame(engine, packet)) return;
  const reason = packet.family === 6 ? acceptHeader6(engine, packet) : acceptHeader4(packet);
  if (reason !== NO_REASON) {
    engine.drop(packet, Stage.BeforeNetfilter, reason);
    return;
  }
  packet.outdev = 0;
  if (engine.walk(PREROUTING, packet)) routed(engine, packet);
}

/** Behind PREROUTING: the routing decision and what it means. */
function routed(engine: Engine, packet: Packet): void {
  const { dst } = packet;
  if (dst.kind !== LOCAL) {
    joinForDemux(packet);
    const reason = packet.family === 6 ? routeInput6(engine, packet) : routeInput4(engine, packet);
    if (reason !== NO_REASON) {
      engine.drop(packet, Stage.Route, reason);
      return;
    }
  }
  if (packet.family === 4 && !compileOptions4(engine, packet)) {
    engine.drop(packet, Stage.Route, packet.dropReason);
    return;
  }
  if (dst.kind === LOCAL) deliverLocally(engine, packet);
  else if (packet.family === 6) forward6(engine, packet);
  else forward4(engine, packet);
}

/**
 * Early demultiplexing looks for a socket of a whole TCP header, and so joins the pieces of a reassembled packet whose first was
 * shorter: it cannot leave in those pieces any more.
 */
function joinForDemux(packet: Packet): void {
  if (packet.fragCount === 0 || packet.protocol !== TCP || packet.pktType !== PacketType.Host) return;
  if (packet.family === 6 && packet.headerLength !== IPV6_HEADER) return;
  if (packet.transportLength >= TCP_HEADER) pullTransport(packet, TCP_HEADER);
}

/** Whether the frame is for this host and carries IP; sets pktType. */
function acceptFrame(engine: Engine, packet: Packet): boolean {
  const device = deviceOf(engine.host, packet);
  if (device === null) {
    engine.drop(packet, Stage.BeforeNetfilter, DropReason.NoInterface);
    return false;
  }
  packet.indev = device.index;
  packet.pktType = classify(device, packet);
  let reason: number = NO_REASON;
  if (packet.pktType === OTHER_HOST) reason = DropReason.OtherHost;
  else if (packet.etherType !== 0x0800 && packet.etherType !== 0x86dd) reason = DropReason.NotIp;
  if (reason === NO_REASON) return true;
  engine.drop(packet, Stage.BeforeNetfilter, reason);
  return false;
}

/** Go on with a packet whose hook answered late (it was queued). */
export function continueAfter(engine: Engine, packet: Packet, verdict: Verdict): void {
  const hook = packet.hook as Hook;
  if (!engine.settle(packet, hook, verdict)) return;
  if (hook === PREROUTING) routed(engine, packet);
  else if (hook === Hook.Input) finishDelivery(engine, packet);
  else if (hook === Hook.Forward) finishForward(engine, packet);
  else if (hook === Hook.Output) finishSend(engine, packet);
  else finishOutput(engine, packet);
}
