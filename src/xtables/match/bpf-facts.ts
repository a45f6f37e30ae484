/**
 * Facts about a packet that a BPF program may ask for beside its octets (Linux's "ancillary" loads).
 *
 * Interfaces have the host's numbers. Queue, processor and flow hash are 0, as on a host with one of each. VLAN tags are those
 * still in front of the packet. NaN ends the program with 0: there is no device yet where a local packet starts.
 * @module
 */
import { Hook } from '../../hook/hook.ts';
import * as ipproto from '../../inet/protocol.ts';
import type { Random } from '../../inet/random.ts';
import type { ReadonlyPacket } from '../../packet/packet.ts';
import { Ancillary } from '../../bpf/code.ts';

const ETHERNET = 1;
const LOOPBACK = 772;
const NO_ANSWER = Number.NaN;
const ATTRIBUTE_LEN = 4;

/** What the facts need of the machine. */
export interface FactSources {
  readonly random: Random;
  readonly host: { readonly loopback: number };
}

export class PacketFacts {
  /** The packet asked about. */
  packet: ReadonlyPacket | null = null;
  private readonly random: Random;
  private readonly loopback: number;

  constructor(sources: FactSources) {
    this.random = sources.random;
    this.loopback = sources.host.loopback;
  }

  /** The fact of that number (bpf/code.ts, Ancillary). */
  answer(fact: number, a: number, x: number): number {
    const packet = this.packet!;
    switch (fact) {
      case Ancillary.Protocol:
        return packet.family === 4 ? 0x0800 : 0x86dd;
      case Ancillary.PktType:
        return packet.pktType;
      case Ancillary.IfIndex:
        return deviceOf(packet) || NO_ANSWER;
      case Ancillary.HaType:
        return hardwareOf(deviceOf(packet), this.loopback);
      case Ancillary.Mark:
        return packet.mark;
      case Ancillary.VlanTag:
        return Math.max(packet.vlan, 0);
      case Ancillary.VlanTagPresent:
        return packet.vlan >= 0 ? 1 : 0;
      case Ancillary.PayOffset:
        return payloadOffset(packet);
      case Ancillary.Random:
        return this.random.u32();
      case Ancillary.NlAttr:
        return findAttribute(packet, a, x);
      case Ancillary.NlAttrNest:
        return findNested(packet, a, x);
      default:
        return 0;
    }
  }
}

/** The device the packet belongs to: the one it came by, until it is on its way out. */
function deviceOf(packet: ReadonlyPacket): number {
  if (packet.hook === Hook.Postrouting) return packet.outdev;
  return packet.hook === Hook.Output ? 0 : packet.indev;
}

function hardwareOf(device: number, loopback: number): number {
  if (device === 0) return NO_ANSWER;
  return device === loopback ? LOOPBACK : ETHERNET;
}

/** Octets in front of the payload behind the transport header, or of that header where its kind is not known. */
function payloadOffset(packet: ReadonlyPacket): number {
  const header = packet.headerLength;
  if (packet.fragOffset !== 0) return header;
  switch (packet.protocol) {
    case ipproto.TCP:
      return packet.transportLength < 13 ? header : header + Math.max(20, (packet.view.getUint8(packet.transport + 12) >> 4) * 4);
    case ipproto.UDP:
    case ipproto.UDPLITE:
    case ipproto.ICMP:
    case ipproto.ICMPV6:
    case ipproto.IGMP:
      return header + 8;
    case ipproto.DCCP:
    case ipproto.SCTP:
      return header + 12;
    default:
      return header;
  }
}

/** Offset of the netlink attribute of type `x` at or behind offset `a`, or 0. Lengths are little-endian, as on the reference machine. */
function findAttribute(packet: ReadonlyPacket, a: number, x: number): number {
  return searchAttributes(packet, a >>> 0, packet.networkLength, x);
}

/** The same inside the attribute at offset `a`. */
function findNested(packet: ReadonlyPacket, a: number, x: number): number {
  const from = a >>> 0;
  if (from > packet.networkLength - ATTRIBUTE_LEN) return 0;
  const length = packet.view.getUint16(packet.network + from, true);
  if (length > packet.networkLength - from) return 0;
  return searchAttributes(packet, from + ATTRIBUTE_LEN, from + length, x);
}

/** From..end in octets of the packet. */
function searchAttributes(packet: ReadonlyPacket, from: number, end: number, type: number): number {
  const { view, network } = packet;
  let at = from;
  while (at + ATTRIBUTE_LEN <= end) {
    const length = view.getUint16(network + at, true);
    if (length < ATTRIBUTE_LEN || at + length > end) return 0;
    if ((view.getUint16(network + at + 2, true) & 0x3fff) === type) return at;
    at += (length + 3) & ~3;
  }
  return 0;
}
