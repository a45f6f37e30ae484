/**
 * The way out, common to what is forwarded and what the host sends: POSTROUTING, fragmentation, the link header.
 *
 *   finishForward / send -> POSTROUTING -> finishOutput -> fragment? -> lo ? backlog : transmit
 *
 * Broadcasts and joined multicasts are copied back to the host on the way (ip_mc_output).
 * @module
 */
import { Hook } from '../hook/hook.ts';
import { DestinationKind } from '../packet/destination.ts';
import { PacketType, type Packet } from '../packet/packet.ts';
import { DropReason } from './drop-reason.ts';
import type { Engine } from './engine.ts';
import { fragment4 } from './fragment4.ts';
import { fragment6 } from './fragment6.ts';
import { writeLinkHeader } from './link.ts';
import { forwardOptions4 } from './options4.ts';
import { Stage } from './outcome.ts';
import { Origin } from '../packet/packet.ts';

// Names of this module's own: V8 folds those into the code and loads an imported constant every time.
const POSTROUTING = Hook.Postrouting;
const RECEIVED = Origin.Received;
const SENT_LOCALLY = Origin.Local;
const COPY = Origin.Copy;

const UNREACHABLE = 3;
const CODE_FRAG_NEEDED = 4;
const TOO_BIG = 2;

/** Behind FORWARD. */
export function finishForward(engine: Engine, packet: Packet): void {
  if (packet.family === 4) forwardOptions4(engine, packet);
  output(engine, packet);
}

/** Send a routed packet by dst.dev: POSTROUTING and out. */
export function output(engine: Engine, packet: Packet): void {
  packet.outdev = packet.dst.dev;
  if (!copyBack(engine, packet)) return;
  if (engine.walk(POSTROUTING, packet)) finishOutput(engine, packet);
}

/** Behind POSTROUTING: cut to the MTU if need be, then to the wire. */
export function finishOutput(engine: Engine, packet: Packet): void {
  if (packet.origin === COPY && packet.networkLength > packet.dst.mtu) {
    refuseCopy(engine, packet);
    return;
  }
  if (packet.family === 6) {
    const { mtu } = packet.dst;
    const limit = packet.fragMaxSize;
    if (packet.networkLength > mtu || (limit !== 0 && packet.networkLength > limit)) fragment6(engine, packet);
    else transmit(engine, packet, false);
    return;
  }
  if (packet.networkLength > packet.dst.mtu || packet.fragMaxSize !== 0) fragment4(engine, packet);
  else transmit(engine, packet, false);
}

/** A copy of TEE's is never cut: the sender of the original is told. */
function refuseCopy(engine: Engine, packet: Packet): void {
  const { mtu } = packet.dst;
  if (packet.family === 6) engine.icmpv6Error(packet, TOO_BIG, 0, mtu, 'stack');
  else engine.icmpError(packet, UNREACHABLE, CODE_FRAG_NEEDED, mtu & 0xffff, 'stack');
  engine.drop(packet, Stage.Transmit, DropReason.PacketTooBig);
}

/** Hand one frame on: back over lo, or to the sink with its link header. */
export function transmit(engine: Engine, packet: Packet, fragmentedHere: boolean): void {
  const device = engine.host.interfaces[packet.outdev];
  if (device === undefined) {
    engine.drop(packet, Stage.Transmit, DropReason.NoInterface);
    return;
  }
  if (packet.outdev === engine.host.loopback) {
    loopBack(engine, packet, packet.outdev, PacketType.Host);
    return;
  }
  if (packet.origin === RECEIVED) engine.outcome.forwarded = true;
  else if (packet.origin === SENT_LOCALLY) engine.outcome.sent = true;
  // a group of the host's own ends here, and who sends to it is not told
  if (packet.family === 6 && (packet.dst0 & 0xff0e0000) >>> 0 === 0xff000000) return;
  packet.makeWritable();
  writeLinkHeader(engine, packet);
  engine.sink.transmit(packet, fragmentedHere);
}

/** A copy of the packet comes in again by `device`, with its connection and mark. */
function loopBack(engine: Engine, packet: Packet, device: number, kind: PacketType): void {
  const copy = engine.pool.take();
  if (copy === null) {
    engine.drop(packet, Stage.Transmit, DropReason.TooDeep);
    return;
  }
  carry(engine, packet, copy);
  copy.looped = 1;
  copy.indev = device;
  copy.outdev = 0;
  copy.pktType = kind;
  copy.dst.copyFrom(packet.dst);
  copy.dst.kind = packet.dst.local !== 0 ? DestinationKind.Local : DestinationKind.None;
  engine.loop(copy);
}

/** Give `copy` the frame of `packet` and what it carries. */
export function carry(engine: Engine, packet: Packet, copy: Packet): void {
  copy.copyFrameFrom(packet);
  copy.link = -1;
  copy.start = copy.network;
  copy.index = packet.index;
  copy.nowUs = packet.nowUs;
  copy.remainderNs = packet.remainderNs;
  copy.mark = packet.mark;
  copy.priority = packet.priority;
  copy.origin = packet.origin;
  copy.local = packet.local;
  copy.traced = packet.traced;
  copy.fragMaxSize = packet.fragMaxSize;
  copy.fragMaxDf = packet.fragMaxDf;
  if (packet.ct !== -1) engine.conntrack.attach(copy, packet.ct, packet.ctinfo);
  else copy.ctinfo = packet.ctinfo;
}

/** ip_mc_output: the host's own copy of a broadcast or joined multicast; false when the original may not leave. */
function copyBack(engine: Engine, packet: Packet): boolean {
  const { dst } = packet;
  if ((dst.broadcast === 0 && dst.multicast === 0) || dst.local === 0 || packet.outdev === engine.host.loopback) return true;
  const copy = engine.pool.take();
  if (copy !== null) {
    carry(engine, packet, copy);
    copy.dst.copyFrom(dst);
    copy.outdev = packet.outdev;
    copy.indev = packet.indev;
    if (engine.walk(POSTROUTING, copy)) loopBack(engine, copy, packet.outdev, PacketType.Loopback);
    engine.recycle(copy);
  }
  if (dst.multicast !== 0 && packet.view.getUint8(packet.network + (packet.family === 6 ? 7 : 8)) === 0) {
    engine.drop(packet, Stage.Transmit, DropReason.TtlZero);
    return false;
  }
  return true;
}
