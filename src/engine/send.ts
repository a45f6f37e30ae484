/**
 * What the host sends: routing, OUTPUT, POSTROUTING. send() is for a local process with a raw socket that writes its own IP
 * header (IP_HDRINCL): the kernel fills in total length, an ID of 0, a source of 0.0.0.0 and the header checksum.
 * @module
 */
import { Hook } from '../hook/hook.ts';
import { finish, sum16 } from '../inet/checksum.ts';
import { DestinationKind } from '../packet/destination.ts';
import { decodeNetwork } from '../packet/decode.ts';
import type { Packet } from '../packet/packet.ts';
import { DropReason } from './drop-reason.ts';
import type { Engine } from './engine.ts';
import { output } from './output.ts';
import { isUnspecified6 } from './address6.ts';
import { type OutputTarget, routeOutput } from './output-route.ts';
import { Stage } from './outcome.ts';

const MIN_HEADER4 = 20;
const HEADER6 = 40;
/** Where a raw socket sends what has no destination. */
const LOOPBACK6: OutputTarget = { family: 6, dst0: 0, dst1: 0, dst2: 0, dst3: 1 };

/** A raw send by a local process. */
export function send(engine: Engine, packet: Packet): void {
  const reason = prepare(engine, packet);
  if (reason !== DropReason.None) {
    engine.drop(packet, Stage.Send, reason);
    return;
  }
  sendRouted(engine, packet);
}

/** ip_local_out of a packet that has its route: OUTPUT, then on. */
export function sendRouted(engine: Engine, packet: Packet): void {
  packet.indev = 0;
  packet.outdev = packet.dst.dev;
  if (engine.walk(Hook.Output, packet)) finishSend(engine, packet);
}

/** Behind OUTPUT: the route may be another by now. */
export function finishSend(engine: Engine, packet: Packet): void {
  output(engine, packet);
}

function prepare(engine: Engine, packet: Packet): DropReason {
  const { network } = packet;
  const length = packet.end - network;
  if (network < 0 || length < 1) return DropReason.IpHeader;
  packet.makeWritable();
  const version = packet.view.getUint8(packet.network) >>> 4;
  if (version === 6) return prepare6(engine, packet, length);
  return prepare4(engine, packet, length);
}

function prepare4(engine: Engine, packet: Packet, length: number): DropReason {
  if (length < MIN_HEADER4) return DropReason.IpHeader;
  const { view, network } = packet;
  const headerLength = (view.getUint8(network) & 15) << 2;
  if (headerLength > length) return DropReason.IpHeader;
  const destination = view.getInt32(network + 16);
  if (!routeOutput(engine, packet, { dst0: destination, dst1: 0, dst2: 0, dst3: 0, family: 4 })) return DropReason.NoRoute;
  if (length > deviceMtu(engine, packet)) return DropReason.SendTooLong;
  if (headerLength >= MIN_HEADER4) {
    if (view.getInt32(network + 12) === 0) view.setInt32(network + 12, packet.dst.src0);
    view.setUint16(network + 2, length);
    if (view.getUint16(network + 4) === 0) view.setUint16(network + 4, engine.random.u16());
    view.setUint16(network + 10, 0);
    view.setUint16(network + 10, finish(sum16(view, network, headerLength)));
  }
  decodeNetwork(packet);
  return packet.family === 4 ? DropReason.None : DropReason.IpHeader;
}

function prepare6(engine: Engine, packet: Packet, length: number): DropReason {
  if (length < HEADER6) return DropReason.IpHeader;
  decodeNetwork(packet);
  if (packet.family !== 6) return DropReason.IpHeader;
  const nowhere = isUnspecified6(packet.dst0, packet.dst1, packet.dst2, packet.dst3);
  if (!routeOutput(engine, packet, nowhere ? LOOPBACK6 : packet)) return DropReason.NoRoute;
  if (length > deviceMtu(engine, packet)) return DropReason.SendTooLong;
  return packet.dst.kind === DestinationKind.None ? DropReason.NoRoute : DropReason.None;
}

function deviceMtu(engine: Engine, packet: Packet): number {
  return engine.host.interfaces[packet.dst.dev]?.mtu ?? 65_535;
}
