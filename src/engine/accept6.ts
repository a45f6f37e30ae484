/**
 * What the kernel asks of an IPv6 header before any hook sees the packet (ip6_rcv_core): version, addresses that may not be on
 * the wire, the length, hop-by-hop options. Octets behind the payload length are cut off.
 * @module
 */
import type { Packet } from '../packet/packet.ts';
import { isLoopback6, isMulticast6 } from './address6.ts';
import { DropReason } from './drop-reason.ts';
import type { Engine } from './engine.ts';
import { readOptions6 } from './options6.ts';

const HEADER = 40;
const HOP_BY_HOP = 0;

/** DropReason.None, or why the packet goes no further. Changes: packet.end. */
export function acceptHeader6(engine: Engine, packet: Packet): DropReason {
  const { view, network } = packet;
  if (network < 0) return DropReason.IpHeader;
  if (engine.host.switches.disabled6[packet.indev] !== 0) return DropReason.Ipv6Disabled;
  const available = packet.end - network;
  if (available < HEADER) return DropReason.IpHeader;
  if (view.getUint8(network) >>> 4 !== 6 || packet.family !== 6) return DropReason.IpHeader;
  if (addressesForbidden(packet, packet.indev === engine.host.loopback)) return DropReason.IpHeader;
  const payload = view.getUint16(network + 4);
  const next = view.getUint8(network + 6);
  if (payload !== 0 || next !== HOP_BY_HOP) {
    if (payload + HEADER > available) return DropReason.PacketTooSmall;
    packet.end = network + HEADER + payload;
  }
  if (next === HOP_BY_HOP && !readOptions6(engine, packet, HEADER, 'hop-by-hop')) return DropReason.ExtensionHeader;
  return DropReason.None;
}

/** ::1 stays on lo, a multicast is never a source, and a group of the node's own scope stays on it. */
function addressesForbidden(packet: Packet, isLoopback: boolean): boolean {
  const { src0, src1, src2, src3, dst0, dst1, dst2, dst3 } = packet;
  const isHome = isLoopback || packet.looped !== 0;
  if (!isHome && (isLoopback6(src0, src1, src2, src3) || isLoopback6(dst0, dst1, dst2, dst3))) return true;
  if (isMulticast6(src0)) return true;
  if (!isMulticast6(dst0)) return false;
  const scope = (dst0 >>> 16) & 15;
  return scope === 0 || (scope === 1 && !isHome);
}
