/**
 * IPv4 fragmentation on the way out (ip_fragment, ip_do_fragment). A packet that conntrack reassembled leaves in the pieces it
 * came in if they still fit, else in pieces of at most the largest that came.
 * @module
 */
import { finish, sum16 } from '../inet/checksum.ts';
import { decodeNetwork } from '../packet/decode.ts';
import type { Packet } from '../packet/packet.ts';
import { DropReason } from './drop-reason.ts';
import type { Engine } from './engine.ts';
import { carry, transmit } from './output.ts';
import { Stage } from './outcome.ts';

const DF = 0x4000;
const MF = 0x2000;
const OFFSET = 0x1fff;
const COPIED = 0x80;
const END = 0;
const NOOP = 1;
const UNREACHABLE = 3;
const FRAG_NEEDED = 4;

/** Send `packet` in pieces by its route; or refuse with ICMP 3/4. */
export function fragment4(engine: Engine, packet: Packet): void {
  const { mtu } = packet.dst;
  const flags = packet.view.getUint16(packet.network + 6);
  const limit = packet.fragMaxSize;
  if ((flags & DF) !== 0 && (limit === 0 || limit > mtu)) {
    engine.icmpError(packet, UNREACHABLE, FRAG_NEEDED, mtu & 0xffff, 'stack');
    engine.drop(packet, Stage.Transmit, DropReason.FragmentFailed);
    return;
  }
  const effective = limit !== 0 && limit < mtu ? limit : mtu;
  const room = effective - packet.headerLength;
  if (keepsGeometry(packet, room)) sendAsCame(engine, packet);
  else sendCut(engine, packet, room);
}

/** Whether the pieces the packet was put together from still fit, each a multiple of 8 but the last. */
function keepsGeometry(packet: Packet, room: number): boolean {
  const sizes = packet.fragSizes;
  const count = packet.fragCount;
  if (count === 0 || packet.fragOffset !== 0 || packet.moreFragments !== 0) return false;
  for (let i = 0; i < count; i++) {
    const size = sizes[i]!;
    if (size > room) return false;
    if ((size & 7) !== 0 && (i === 0 || i < count - 1)) return false;
  }
  return true;
}

function sendAsCame(engine: Engine, packet: Packet): void {
  const count = packet.fragCount;
  let at = 0;
  for (let i = 0; i < count; i++) {
    const size = packet.fragSizes[i]!;
    sendPiece(engine, packet, { at, size, more: i < count - 1, keepDf: false });
    at += size;
  }
}

function sendCut(engine: Engine, packet: Packet, room: number): void {
  const payload = packet.networkLength - packet.headerLength;
  if (room < 8) {
    engine.drop(packet, Stage.Transmit, DropReason.FragmentFailed);
    return;
  }
  const keepDf = packet.fragMaxDf !== 0;
  for (let at = 0, size = 0; at < payload; at += size) {
    size = cutSize(payload - at, room);
    sendPiece(engine, packet, { at, size, more: at + size < payload, keepDf });
  }
}

/** Octets of the next piece when `left` are left: all that fit, or the last multiple of 8 that does. Needs: room for 8. */
export function cutSize(left: number, room: number): number {
  return left <= room ? left : room & ~7;
}

interface Piece {
  /** Octets of payload before it. */
  readonly at: number;
  readonly size: number;
  readonly more: boolean;
  readonly keepDf: boolean;
}

function sendPiece(engine: Engine, packet: Packet, piece: Piece): void {
  const part = engine.pool.take();
  if (part === null) return;
  carry(engine, packet, part);
  const { network, view } = part;
  const header = packet.headerLength;
  const old = view.getUint16(network + 6);
  if (piece.at > 0) {
    part.bytes.copyWithin(network + header, network + header + piece.at, network + header + piece.at + piece.size);
    blankOptions(part);
  }
  part.end = network + header + piece.size;
  view.setUint16(network + 2, header + piece.size);
  const more = piece.more || (old & MF) !== 0 ? MF : 0;
  view.setUint16(network + 6, (((old & OFFSET) + (piece.at >> 3)) & OFFSET) | more | (piece.keepDf ? DF : 0));
  view.setUint16(network + 10, 0);
  view.setUint16(network + 10, finish(sum16(view, network, header)));
  decodeNetwork(part);
  part.outdev = packet.outdev;
  part.dst.copyFrom(packet.dst);
  transmit(engine, part, true);
  engine.recycle(part);
}

/** Options that are not to be copied into later fragments become no-ops. */
function blankOptions(part: Packet): void {
  const { bytes, network } = part;
  const end = network + part.headerLength;
  for (let at = network + 20; at < end; ) {
    const kind = bytes[at]!;
    if (kind === END) return;
    const size = kind === NOOP ? 1 : bytes[at + 1]!;
    if (size < 1 || at + size > end || (kind !== NOOP && size < 2)) return;
    if ((kind & COPIED) === 0) bytes.fill(NOOP, at, at + size);
    at += size;
  }
}
