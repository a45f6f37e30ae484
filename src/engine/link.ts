/**
 * The link layer at both ends: whose frame this is, and the Ethernet header of what leaves.
 * @module
 */
import type { Host, Interface } from '../host/host.ts';
import { PacketType, type Packet } from '../packet/packet.ts';
import type { Engine } from './engine.ts';

const ETHERNET_LEN = 14;
const NO_MAC = new Uint8Array(6);

/** The interface a frame arrives on: for a tagged frame the VLAN interface above it, null when there is none. Tag 0 is a priority only. */
export function deviceOf(host: Host, packet: Packet): Interface | null {
  const device = host.interfaces[packet.indev];
  if (device === undefined) return null;
  if (packet.vlan <= 0) return device;
  return host.vlanOf(device, packet.vlan);
}

/** pkt_type of a frame on `device`: the kind of its destination MAC. Frames without a link header are the host's. */
export function classify(device: Interface, packet: Packet): PacketType {
  if (packet.link < 0) return packet.pktType;
  const { bytes, link } = packet;
  const mac = device.mac;
  if ((bytes[link]! & 1) === 1) {
    for (let i = 0; i < 6; i++) if (bytes[link + i] !== 0xff) return PacketType.Multicast;
    return PacketType.Broadcast;
  }
  if (mac === null) return PacketType.Host;
  for (let i = 0; i < 6; i++) if (bytes[link + i] !== mac[i]) return PacketType.OtherHost;
  return PacketType.Host;
}

/** Put the Ethernet header in front of a packet that leaves by packet.outdev; returns nothing, sets packet.start. Needs: writable. */
export function writeLinkHeader(engine: Engine, packet: Packet): void {
  const device = engine.host.interfaces[packet.outdev]!;
  packet.setLinkHeader(ETHERNET_LEN);
  const { bytes, view, start } = packet;
  putMac(bytes, start, nextHopMac(engine, packet) ?? NO_MAC);
  putMac(bytes, start + 6, device.mac ?? NO_MAC);
  view.setUint16(start + 12, packet.family === 6 ? 0x86dd : 0x0800);
}

function putMac(bytes: Uint8Array, at: number, mac: Uint8Array): void {
  for (let i = 0; i < 6; i++) bytes[at + i] = mac[i]!;
}

/** MAC of the next hop: the group address of a multicast, broadcast, a neighbour, or (an unlisted neighbour) the device's own. */
function nextHopMac(engine: Engine, packet: Packet): Uint8Array | null {
  const { host } = engine;
  const { dst } = packet;
  if (packet.family === 6) {
    if (dst.hasGateway === 0 && packet.dst0 >>> 24 === 0xff) return groupMac6(packet);
    return dst.hasGateway !== 0
      ? host.neighbour6(packet.outdev, dst.gw0, dst.gw1, dst.gw2, dst.gw3)
      : host.neighbour6(packet.outdev, packet.dst0, packet.dst1, packet.dst2, packet.dst3);
  }
  if (dst.broadcast !== 0 && !host.interfaces[packet.outdev]!.noArp) return BROADCAST_MAC;
  if (dst.multicast !== 0) return groupMac4(packet);
  return host.neighbour4(packet.outdev, dst.hasGateway !== 0 ? dst.gw0 : packet.dst0);
}

const BROADCAST_MAC = new Uint8Array(6).fill(0xff);
const GROUP_MAC = new Uint8Array(6);

function groupMac4(packet: Packet): Uint8Array {
  GROUP_MAC[0] = 0x01;
  GROUP_MAC[1] = 0x00;
  GROUP_MAC[2] = 0x5e;
  GROUP_MAC[3] = (packet.dst0 >>> 16) & 0x7f;
  GROUP_MAC[4] = (packet.dst0 >>> 8) & 0xff;
  GROUP_MAC[5] = packet.dst0 & 0xff;
  return GROUP_MAC;
}

function groupMac6(packet: Packet): Uint8Array {
  GROUP_MAC[0] = 0x33;
  GROUP_MAC[1] = 0x33;
  GROUP_MAC[2] = packet.dst3 >>> 24;
  GROUP_MAC[3] = (packet.dst3 >>> 16) & 0xff;
  GROUP_MAC[4] = (packet.dst3 >>> 8) & 0xff;
  GROUP_MAC[5] = packet.dst3 & 0xff;
  return GROUP_MAC;
}
