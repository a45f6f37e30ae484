/**
 * FlowWords: what HMARK hashes of a packet, each half of a flow folded to one word. Filled anew for each packet.
 * @module
 */
import * as ipproto from '../../inet/protocol.ts';
import type { ReadonlyPacket } from '../../packet/packet.ts';
import { IPV4_FRAGMENT, IPV4_HEADER_LEN, IPV4_PROTOCOL } from '../../wire/ipv4.ts';
import { portsWithin } from '../match/flow-ports.ts';
import type { HmarkInfo } from './hmark-text.ts';

const ICMP_LEN = 8;
/** More fragments, and the fragment offset. */
const FRAGMENT_MASK = 0x3fff;

export class FlowWords {
  src = 0;
  dst = 0;
  /** The lower port in the lower half. */
  ports = 0;
  protocol = 0;
  private readonly info: HmarkInfo;
  private readonly family: 4 | 6;

  constructor(info: HmarkInfo, family: 4 | 6) {
    this.info = info;
    this.family = family;
  }

  clear(): void {
    this.src = 0;
    this.dst = 0;
    this.ports = 0;
    this.protocol = 0;
  }

  /** Take the packet's words, or those of the packet an ICMP error quotes; false when that one is cut off. */
  fromPacket(packet: ReadonlyPacket): boolean {
    this.clear();
    return this.family === 4 ? this.fromIpv4(packet) : this.fromIpv6(packet);
  }

  /** An address under its mask; the words of an IPv6 one are combined. */
  fold(mask: Int32Array, w0: number, w1: number, w2: number, w3: number): number {
    if (this.family === 4) return w0 & mask[0]!;
    return (w0 & mask[0]!) ^ (w1 & mask[1]!) ^ (w2 & mask[2]!) ^ (w3 & mask[3]!);
  }

  /** Ports as they stand in the packet, source in the upper half: masked, completed and put in order. */
  setPorts(word: number): void {
    const chosen = (word & this.info.portMask) | this.info.portSet;
    const src = chosen >>> 16;
    const dst = chosen & 0xffff;
    this.ports = dst > src ? (dst << 16) | src : (src << 16) | dst;
  }

  private fromIpv4(packet: ReadonlyPacket): boolean {
    const { view, network } = packet;
    const end = network + packet.networkLength;
    let at = network;
    if (view.getUint8(at + IPV4_PROTOCOL) === ipproto.ICMP) {
      const icmp = at + headerLength(view, at);
      if (icmp + ICMP_LEN <= end && isIcmpError(view.getUint8(icmp))) at = icmp + ICMP_LEN;
      if (at + IPV4_HEADER_LEN > end) return false;
    }
    this.src = view.getInt32(at + 12) & this.info.srcMask[0]!;
    this.dst = view.getInt32(at + 16) & this.info.dstMask[0]!;
    this.protocol = view.getUint8(at + IPV4_PROTOCOL);
    const isFragment = (view.getUint16(at + IPV4_FRAGMENT) & FRAGMENT_MASK) !== 0;
    if (this.protocol !== ipproto.ICMP && !isFragment) this.readPorts(view, at + headerLength(view, at), end);
    return true;
  }

  private fromIpv6(packet: ReadonlyPacket): boolean {
    const { srcMask, dstMask } = this.info;
    this.src = this.fold(srcMask, packet.src0, packet.src1, packet.src2, packet.src3);
    this.dst = this.fold(dstMask, packet.dst0, packet.dst1, packet.dst2, packet.dst3);
    if (packet.protocol < 0) return false;
    this.protocol = packet.protocol;
    const hasPorts = this.protocol !== ipproto.ICMPV6 && packet.fragHeader < 0;
    if (hasPorts) this.readPorts(packet.view, packet.transport, packet.network + packet.networkLength);
    return true;
  }

  private readPorts(view: DataView, transport: number, end: number): void {
    const offset = portsWithin(this.protocol);
    if (offset >= 0 && transport + offset + 4 <= end) this.setPorts(view.getInt32(transport + offset));
  }
}

function headerLength(view: DataView, at: number): number {
  return (view.getUint8(at) & 15) << 2;
}

function isIcmpError(type: number): boolean {
  return type === 3 || type === 4 || type === 5 || type === 11 || type === 12;
}
