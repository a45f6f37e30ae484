/**
 * IPv6 fragmentation on the way out (ip6_fragment): only for what the host sends and for what conntrack reassembled. Every
 * packet gets a fresh identification. RFC 8200 §4.5.
 *
 *   [ IPv6 + headers every node reads ][ fragment header, 8 octets ][ piece ]
 *
 * @module
 */
import { FRAGMENT, ROUTING, DSTOPTS, HOPOPTS } from '../inet/protocol.ts';
import { decodeNetwork } from '../packet/decode.ts';
import type { Packet } from '../packet/packet.ts';
import { DropReason } from './drop-reason.ts';
import type { Engine } from './engine.ts';
import { cutSize } from './fragment4.ts';
import { carry, transmit } from './output.ts';
import { Stage } from './outcome.ts';

const HEADER = 40;
const FRAGMENT_HEADER = 8;
const MIN_MTU = 1280;
const TOO_BIG = 2;

export function fragment6(engine: Engine, packet: Packet): void {
  const head = unfragmentablePart(packet);
  if (head === null) {
    engine.drop(packet, Stage.Transmit, DropReason.FragmentFailed);
    return;
  }
  let { mtu } = packet.dst;
  const limit = packet.fragMaxSize;
  if ((limit === 0 && packet.networkLength > mtu && packet.local === 0 && packet.origin === 0) || limit > mtu) {
    engine.icmpv6Error(packet, TOO_BIG, 0, mtu, 'stack');
    engine.drop(packet, Stage.Transmit, DropReason.FragmentFailed);
    return;
  }
  if (limit !== 0) mtu = Math.max(limit, MIN_MTU);
  const room = mtu - head.length - FRAGMENT_HEADER;
  if (room < 8) {
    engine.drop(packet, Stage.Transmit, DropReason.FragmentFailed);
    return;
  }
  const id = engine.random.u32() | 0;
  if (keepsGeometry(packet, head.length, room)) sendAsCame(engine, packet, head, id);
  else sendCut(engine, packet, head, id, room);
}

interface Head {
  /** Octets of the unfragmentable part. */
  length: number;
  /** Offset, from the IPv6 header, of the octet that names what follows it. */
  nextAt: number;
}

/**
 * The part every fragment repeats: hop-by-hop and routing headers, and destination options before a routing header
 * (ip6_find_1stfragopt). Null when these headers do not end within the first piece: the kernel reads no further and gives up.
 */
function unfragmentablePart(packet: Packet): Head | null {
  const { bytes, network } = packet;
  const end = packet.fragCount > 1 ? HEADER + packet.fragSizes[0]! : packet.networkLength;
  let at = HEADER;
  let nextAt = 6;
  let foundRouting = false;
  while (at <= end) {
    const kind = bytes[network + nextAt]!;
    const isHeader = kind === HOPOPTS || kind === ROUTING || (kind === DSTOPTS && !foundRouting);
    if (!isHeader) return { length: at, nextAt };
    if (at + 2 > end) return null;
    if (kind === ROUTING) foundRouting = true;
    nextAt = at;
    at += (bytes[network + at + 1]! + 1) << 3;
  }
  return null;
}

/**
 * Whether the pieces the packet was put together from still fit. The kernel also asks for room in front of each later piece; a
 * frame from a plain device has just enough for the headers the piece itself came with.
 */
function keepsGeometry(packet: Packet, head: number, room: number): boolean {
  const count = packet.fragCount;
  if (count === 0 || head > packet.fragHeadroom) return false;
  for (let i = 0; i < count; i++) {
    const size = packet.fragSizes[i]! - (i === 0 ? head - HEADER : 0);
    if (size > room) return false;
    if ((size & 7) !== 0 && i < count - 1) return false;
  }
  return true;
}

function sendAsCame(engine: Engine, packet: Packet, head: Head, id: number): void {
  const count = packet.fragCount;
  let at = 0;
  for (let i = 0; i < count; i++) {
    const size = packet.fragSizes[i]! - (i === 0 ? head.length - HEADER : 0);
    sendPiece(engine, packet, head, { id, at, size, more: i < count - 1 });
    at += size;
  }
}

function sendCut(engine: Engine, packet: Packet, head: Head, id: number, room: number): void {
  const payload = packet.networkLength - head.length;
  for (let at = 0, size = 0; at < payload; at += size) {
    size = cutSize(payload - at, room);
    sendPiece(engine, packet, head, { id, at, size, more: at + size < payload });
  }
}

interface Piece {
  readonly id: number;
  readonly at: number;
  readonly size: number;
  readonly more: boolean;
}

function sendPiece(engine: Engine, packet: Packet, head: Head, piece: Piece): void {
  const part = engine.pool.take();
  if (part === null) return;
  carry(engine, packet, part);
  part.resizeTail(FRAGMENT_HEADER);
  const { bytes, view, network } = part;
  const from = network + head.length;
  bytes.copyWithin(from + FRAGMENT_HEADER, from + piece.at, from + piece.at + piece.size);
  bytes[from] = bytes[network + head.nextAt]!;
  bytes[from + 1] = 0;
  bytes[network + head.nextAt] = FRAGMENT;
  view.setUint16(from + 2, piece.at | (piece.more ? 1 : 0));
  view.setInt32(from + 4, piece.id);
  part.end = from + FRAGMENT_HEADER + piece.size;
  view.setUint16(network + 4, head.length - HEADER + FRAGMENT_HEADER + piece.size);
  decodeNetwork(part);
  part.outdev = packet.outdev;
  part.dst.copyFrom(packet.dst);
  transmit(engine, part, true);
  engine.recycle(part);
}
