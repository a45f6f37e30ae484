/**
 * Forwarding of IPv6 (ip6_forward), in the kernel's order: hop limit, source, MTU, decrement, FORWARD, POSTROUTING.
 * @module
 */
import { Hook } from '../hook/hook.ts';
import { PacketType, type Packet } from '../packet/packet.ts';
import { isLinkLocal6, isLoopback6, isMulticast6, isUnspecified6 } from './address6.ts';
import { DropReason } from './drop-reason.ts';
import type { Engine } from './engine.ts';
import { finishForward } from './output.ts';
import { Stage } from './outcome.ts';

const UNREACHABLE = 1;
const CODE_BEYOND_SCOPE = 2;
const TOO_BIG = 2;
const TIME_EXCEEDED = 3;
const MIN_MTU = 1280;

export function forward6(engine: Engine, packet: Packet): void {
  const reason = refusal(engine, packet);
  if (reason !== DropReason.None) {
    engine.drop(packet, Stage.Route, reason);
    return;
  }
  packet.makeWritable();
  const at = packet.network + 7;
  packet.view.setUint8(at, packet.view.getUint8(at) - 1);
  packet.outdev = packet.dst.dev;
  if (engine.walk(Hook.Forward, packet)) finishForward(engine, packet);
}

function refusal(engine: Engine, packet: Packet): DropReason {
  if (!engine.host.forwarding6(packet.indev)) return DropReason.ForwardingOff;
  if (packet.pktType !== PacketType.Host || packet.socket !== 0) return DropReason.NotForHost;
  if (packet.view.getUint8(packet.network + 7) <= 1) {
    engine.icmpv6Error(packet, TIME_EXCEEDED, 0, 0, 'stack');
    return DropReason.TtlExceeded;
  }
  if (packet.dst.dev !== packet.indev) {
    const source = refusedSource(engine, packet);
    if (source !== DropReason.None) return source;
  }
  const mtu = Math.max(packet.dst.mtu, MIN_MTU);
  if (tooBig(packet, mtu)) {
    engine.icmpv6Error(packet, TOO_BIG, 0, mtu, 'stack');
    return DropReason.PacketTooBig;
  }
  return DropReason.None;
}

function refusedSource(engine: Engine, packet: Packet): DropReason {
  const { src0, src1, src2, src3 } = packet;
  if (isUnspecified6(src0, src1, src2, src3) || isMulticast6(src0) || isLoopback6(src0, src1, src2, src3)) return DropReason.BadSource6;
  if (!isLinkLocal6(src0)) return DropReason.None;
  engine.icmpv6Error(packet, UNREACHABLE, CODE_BEYOND_SCOPE, 0, 'stack');
  return DropReason.BadSource6;
}

/** A reassembled packet is judged by its largest piece, as it will leave in pieces again. */
function tooBig(packet: Packet, mtu: number): boolean {
  if (packet.networkLength <= mtu) return false;
  return packet.fragMaxSize === 0 || packet.fragMaxSize > mtu;
}
