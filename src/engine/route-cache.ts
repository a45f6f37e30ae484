/**
 * Routing decisions of packets that arrived, kept: the routes of a host never change, so the next packet of a flow costs one
 * compare. A decision is a function of the addresses, the interface, the mark and (IPv4) the TOS; it holds all of packet.dst.
 *
 * Tables of int32 words, one slot for a hash (IPv4: two): a newcomer takes the place of whoever is there. Bounded, never emptied.
 *
 *   IPv4:  dst src where mark | how dev gateway mtu         IPv6:  dst*4 src*4 where mark | how dev gateway*4 mtu _
 *
 * @module
 */
import type { DestinationKind, RouteType } from '../packet/destination.ts';
import type { Packet } from '../packet/packet.ts';
import type { DropReason } from './drop-reason.ts';

const PAIRS4 = 16_384;
const SLOTS6 = 4096;
const SHIFT6 = 20;
/** `where` of a slot in use: never 0. */
const IN_USE = 1 << 31;
/** Answer when nothing is kept. */
export const NOT_KEPT = -1;

const MIX1 = 0x9e3779b1;
const MIX2 = 0x85ebca6b;
const MIX3 = 0xc2b2ae35;

/** The small parts of a destination in one word. */
function packHow(packet: Packet, reason: DropReason): number {
  const { dst } = packet;
  return dst.kind | (dst.type << 3) | (dst.error << 7) | (dst.local << 11) | (dst.hasGateway << 12) | (dst.redirect << 13) | (reason << 16);
}

/** Fill packet.dst; the reason. */
function unpackHow(packet: Packet, how: number): DropReason {
  const { dst } = packet;
  dst.kind = (how & 7) as DestinationKind;
  dst.type = ((how >>> 3) & 15) as RouteType;
  dst.error = ((how >>> 7) & 15) as RouteType;
  dst.local = (how >>> 11) & 1;
  dst.hasGateway = (how >>> 12) & 1;
  dst.redirect = (how >>> 13) & 1;
  return (how >>> 16) as DropReason;
}

export class RouteCache4 {
  private readonly words: Int32Array = new Int32Array(PAIRS4 * 16);

  /** Fill packet.dst (cleared by the caller) with the decision for this packet and answer its reason, or NOT_KEPT. */
  take(packet: Packet, tos: number): DropReason | typeof NOT_KEPT {
    const { words } = this;
    const { src0, dst0, mark } = packet;
    const where = IN_USE | (packet.indev << 8) | tos;
    let at = slot4(dst0, src0, where ^ mark);
    if (words[at] !== dst0 || words[at + 1] !== src0 || words[at + 2] !== where || words[at + 3] !== mark) {
      at += 8;
      if (words[at] !== dst0 || words[at + 1] !== src0 || words[at + 2] !== where || words[at + 3] !== mark) return NOT_KEPT;
    }
    const { dst } = packet;
    dst.dev = words[at + 5]!;
    dst.gw0 = words[at + 6]!;
    dst.mtu = words[at + 7]!;
    return unpackHow(packet, words[at + 4]!);
  }

  /** Keep what was decided; who was there moves to the second place. Not for broadcasts and multicasts. */
  keep(packet: Packet, tos: number, reason: DropReason): void {
    const { words } = this;
    const { src0, dst0, mark, dst } = packet;
    const where = IN_USE | (packet.indev << 8) | tos;
    const at = slot4(dst0, src0, where ^ mark);
    for (let i = 0; i < 8; i++) words[at + 8 + i] = words[at + i]!;
    words[at] = dst0;
    words[at + 1] = src0;
    words[at + 2] = where;
    words[at + 3] = mark;
    words[at + 4] = packHow(packet, reason);
    words[at + 5] = dst.dev;
    words[at + 6] = dst.gw0;
    words[at + 7] = dst.mtu;
  }
}

function slot4(dst: number, src: number, rest: number): number {
  const a = Math.imul(src ^ Math.imul(rest, MIX2), MIX1);
  const b = Math.imul((a ^ (a >>> 15)) + dst, MIX3);
  return ((b ^ (b >>> 16)) & (PAIRS4 - 1)) << 4;
}

export class RouteCache6 {
  private readonly words: Int32Array = new Int32Array(SLOTS6 * 16);

  /** Fill packet.dst (cleared by the caller); false when nothing is kept. */
  take(packet: Packet): boolean {
    const { words } = this;
    const where = IN_USE | packet.indev;
    const at = slot6(packet, where);
    if (words[at] !== packet.dst0 || words[at + 1] !== packet.dst1 || words[at + 2] !== packet.dst2 || words[at + 3] !== packet.dst3)
      return false;
    if (words[at + 4] !== packet.src0 || words[at + 5] !== packet.src1) return false;
    if (words[at + 6] !== packet.src2 || words[at + 7] !== packet.src3) return false;
    if (words[at + 8] !== where || words[at + 9] !== packet.mark) return false;
    const { dst } = packet;
    const how = words[at + 10]!;
    unpackHow(packet, how & 0x3fff);
    dst.dev = how >>> 14;
    dst.gw0 = words[at + 11]!;
    dst.gw1 = words[at + 12]!;
    dst.gw2 = words[at + 13]!;
    dst.gw3 = words[at + 14]!;
    dst.mtu = words[at + 15]!;
    return true;
  }

  /** Keep a decision that refuses nothing. Not for multicasts. */
  keep(packet: Packet): void {
    const { words } = this;
    const { dst } = packet;
    const where = IN_USE | packet.indev;
    const at = slot6(packet, where);
    words[at] = packet.dst0;
    words[at + 1] = packet.dst1;
    words[at + 2] = packet.dst2;
    words[at + 3] = packet.dst3;
    words[at + 4] = packet.src0;
    words[at + 5] = packet.src1;
    words[at + 6] = packet.src2;
    words[at + 7] = packet.src3;
    words[at + 8] = where;
    words[at + 9] = packet.mark;
    words[at + 10] = packHow(packet, 0 as DropReason) | (dst.dev << 14);
    words[at + 11] = dst.gw0;
    words[at + 12] = dst.gw1;
    words[at + 13] = dst.gw2;
    words[at + 14] = dst.gw3;
    words[at + 15] = dst.mtu;
  }
}

function slot6(packet: Packet, rest: number): number {
  const a = Math.imul(packet.dst3 ^ Math.imul(packet.src3, MIX1), MIX2) ^ packet.dst2 ^ packet.dst0;
  const b = Math.imul((a ^ (a >>> 15)) + packet.dst1 + packet.src2, MIX1) ^ packet.src0;
  const c = Math.imul((b ^ (b >>> 13)) + packet.src1 + rest + packet.mark, MIX2);
  return ((c ^ (c >>> 15)) >>> SHIFT6) << 4;
}
