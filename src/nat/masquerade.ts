/**
 * Addresses that a rule does not name but the host supplies: MASQUERADE takes one of the outgoing device, REDIRECT one of the
 * device the packet came by, NETMAP keeps the host's part of the packet's own. Each aims a range at it; false: there is none,
 * the caller drops.
 * @module
 */
import { Hook } from '../hook/hook.ts';
import type { Host } from '../host/host.ts';
import type { Packet } from '../packet/packet.ts';
import type { NatRange, RangeScratch } from './range.ts';

const LOOPBACK4 = 0x7f000001;
/** Kinds of IPv6 address that reach no further than a node, a link, a site, or IPv4 (the kernel's scope bits); else 0. */
const NODE = 1;
const LINK = 2;
const SITE = 5;
const COMPATIBLE = 16;

/** The words of an address, as the host's source selection takes them; reused. */
class Words6 {
  w0 = 0;
  w1 = 0;
  w2 = 0;
  w3 = 0;
}

export class AddressSupply {
  private readonly host: Host;
  private readonly words: Words6 = new Words6();

  constructor(host: Host) {
    this.host = host;
  }

  /** The address the host speaks with out of `packet.outdev` towards the next hop. */
  ofOutdev(packet: Packet, range: NatRange, out: RangeScratch): boolean {
    if (packet.family === 6) return this.ofOutdev6(packet, range, out);
    const { dst } = packet;
    const word = this.host.selectAddress4(packet.outdev, dst.hasGateway !== 0 ? dst.gw0 : packet.dst0);
    if (word === null) return false;
    out.aim(word, 0, 0, 0, range);
    return true;
  }

  private ofOutdev6(packet: Packet, range: NatRange, out: RangeScratch): boolean {
    const { words } = this;
    words.w0 = packet.dst0;
    words.w1 = packet.dst1;
    words.w2 = packet.dst2;
    words.w3 = packet.dst3;
    const source = this.host.selectSource6(packet.outdev, words);
    if (source === null) return false;
    out.aim(source.w0, source.w1, source.w2, source.w3, range);
    return true;
  }

  /** Loopback for what the host sends; else the first address of the device the packet came by. */
  ofIndev(packet: Packet, range: NatRange, out: RangeScratch): boolean {
    const isLocal = packet.hook === Hook.Output;
    if (packet.family === 6) {
      if (!isLocal) return this.ofIndev6(packet, range, out);
      out.aim(0, 0, 0, 1, range);
      return true;
    }
    const first = this.host.interfaces[packet.indev]!.addresses4[0];
    if (!isLocal && first === undefined) return false;
    out.aim(isLocal ? LOOPBACK4 : first!.word, 0, 0, 0, range);
    return true;
  }

  /** The first address whose reach is that of the packet's destination; any will do when that is global. Never a mapped one. */
  private ofIndev6(packet: Packet, range: NatRange, out: RangeScratch): boolean {
    const reach = reachOf(packet.dst0, packet.dst1, packet.dst2, packet.dst3);
    const list = this.host.interfaces[packet.indev]!.addresses6;
    for (let i = 0; i < list.length; i++) {
      const { w0, w1, w2, w3 } = list[i]!;
      if (reach !== 0 && reachOf(w0, w1, w2, w3) !== reach) continue;
      if (w0 === 0 && w1 === 0 && w2 === 0xffff) continue;
      out.aim(w0, w1, w2, w3, range);
      return true;
    }
    return false;
  }

  /** The network of the range with the host bits of the packet's source or destination. */
  mapped(packet: Packet, range: NatRange, isSource: boolean, out: RangeScratch): void {
    const w0 = isSource ? packet.src0 : packet.dst0;
    const w1 = isSource ? packet.src1 : packet.dst1;
    const w2 = isSource ? packet.src2 : packet.dst2;
    const w3 = isSource ? packet.src3 : packet.dst3;
    const host0 = range.min0 ^ range.max0;
    const host1 = range.min1 ^ range.max1;
    const host2 = range.min2 ^ range.max2;
    const host3 = range.min3 ^ range.max3;
    out.aim(
      (w0 & host0) | (range.min0 & ~host0),
      (w1 & host1) | (range.min1 & ~host1),
      (w2 & host2) | (range.min2 & ~host2),
      (w3 & host3) | (range.min3 & ~host3),
      range,
    );
  }
}

function reachOf(w0: number, w1: number, w2: number, w3: number): number {
  if (w0 >>> 24 === 0xff) {
    const scope = (w0 >>> 16) & 15;
    return scope === NODE || scope === LINK || scope === SITE ? scope : 0;
  }
  if (w0 >>> 22 === 0x3fa) return LINK;
  if (w0 >>> 22 === 0x3fb) return SITE;
  if (w0 !== 0 || w1 !== 0 || w2 !== 0) return 0;
  return w3 === 1 ? NODE : w3 === 0 ? 0 : COMPATIBLE;
}
