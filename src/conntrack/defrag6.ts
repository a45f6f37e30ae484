/**
 * IPv6 defragmentation. RFC 8200 §4.5, RFC 5722, RFC 6946 (atomic fragments are put together alone, and lose their header).
 *
 *   [ IPv6 + headers before the fragment header ][ fragment header: gone ][ pieces ]
 *
 * Kernel counterpart: net/ipv6/netfilter/nf_conntrack_reasm.c (behaviour only).
 * @module
 */
import { Verdict } from '../hook/verdict.ts';
import { AH, DSTOPTS, FRAGMENT, HOPOPTS, ICMPV6, NONE, ROUTING, TCP, UDP } from '../inet/protocol.ts';
import { decodeNetwork } from '../packet/decode.ts';
import type { Packet } from '../packet/packet.ts';
import { assemble, keepHead, mergeEcn } from './defrag.ts';
import { type FragmentQueue, Insert } from './fragment-queue.ts';
import type { FragmentStore } from './fragment-store.ts';

const HEADER = 40;
const FRAGMENT_HEADER = 8;
const MAX_PAYLOAD = 65_535;
const OFFSET = 0xfff8;
const MORE = 1;
const MAX_HEADERS = 64;
const PAYLOAD_LENGTH = 4;
const NEXT_HEADER = 6;
/** Least octets of an upper-layer header that the first fragment must hold. */
const TCP_HEADER = 20;
const UDP_HEADER = 8;
const ICMPV6_HEADER = 8;

export function gather6(store: FragmentStore, packet: Packet, user: number, now: number): Verdict {
  // a jumbogram is never in pieces
  if (packet.view.getUint16(packet.network + PAYLOAD_LENGTH) === 0) return Verdict.Accept;
  const nextAt = findNextHeaderField(packet);
  if (nextAt < 0) return Verdict.Accept;
  const at = headerBehind(packet, nextAt);
  const end = packet.networkEnd;
  if (at + FRAGMENT_HEADER > end) return Verdict.Drop;
  store.expire(now);
  const { view } = packet;
  const field = view.getUint16(at + 2);
  if ((field & OFFSET) === 0 && isHeaderChainCut(packet, at)) return Verdict.Accept;
  if (store.isFull) return Verdict.Drop;
  fillKey(store.key, packet, view.getInt32(at + 4), user);
  const queue = store.find(now);
  return queueUp(store, queue, packet, { at, nextAt, start: field & OFFSET, more: (field & MORE) !== 0 });
}

interface Piece {
  /** The fragment header. */
  readonly at: number;
  /** The octet that says that a fragment header follows. */
  readonly nextAt: number;
  readonly start: number;
  readonly more: boolean;
}

function queueUp(store: FragmentStore, queue: FragmentQueue, packet: Packet, piece: Piece): Verdict {
  const { view, network } = packet;
  const from = piece.at + FRAGMENT_HEADER;
  const payloadLength = packet.networkLength - HEADER;
  const length = packet.networkEnd - from;
  const end = piece.start + length;
  if (view.getUint16(network + 4) === 0) return Verdict.Accept;
  if (end > MAX_PAYLOAD) return Verdict.Drop;
  if (!piece.more) {
    if (end < queue.length || (queue.lastIn && end !== queue.length)) return Verdict.Drop;
    queue.lastIn = true;
    queue.length = end;
  } else {
    if ((end & 7) !== 0) {
      store.end(queue);
      return Verdict.Accept;
    }
    if (end > queue.length) {
      if (queue.lastIn) return Verdict.Drop;
      queue.length = end;
    }
  }
  if (length === 0) return Verdict.Drop;
  const placed = queue.insert(piece.start, packet.bytes.slice(from, from + length));
  if (placed === Insert.Duplicate) return Verdict.Drop;
  if (placed === Insert.Overlap) {
    store.end(queue);
    return Verdict.Drop;
  }
  store.charge(queue, packet.networkLength);
  queue.ecn |= 1 << ((view.getUint8(network + 1) >> 4) & 3);
  queue.maxSize = Math.max(queue.maxSize, payloadLength);
  if (piece.start === 0) {
    keepHead(queue, packet, piece.at);
    // the header in front names what the fragment header named
    queue.head![piece.nextAt - packet.start] = view.getUint8(piece.at);
  } else queue.leastHead = Math.min(queue.leastHead, piece.at - network);
  if (!queue.isComplete) return Verdict.Stolen;
  store.end(queue);
  store.isSpoilt = !become6(packet, queue);
  return store.isSpoilt ? Verdict.Stolen : Verdict.Accept;
}

function become6(packet: Packet, queue: FragmentQueue): boolean {
  const ecn = mergeEcn(queue.ecn);
  const extra = queue.head!.length - queue.linkLength - HEADER;
  const payloadLength = extra + queue.length;
  if (ecn < 0 || payloadLength > MAX_PAYLOAD) return false;
  assemble(packet, queue, extra);
  packet.fragMaxSize = queue.maxSize + HEADER;
  packet.reassembledAt = HEADER + extra;
  packet.fragHeadroom = queue.leastHead;
  packet.fragMaxDf = 0;
  const { view, network } = packet;
  view.setUint16(network + 4, payloadLength);
  view.setUint8(network + 1, view.getUint8(network + 1) | (ecn << 4));
  decodeNetwork(packet);
  return true;
}

function fillKey(key: Int32Array, packet: Packet, id: number, user: number): void {
  key[0] = packet.src0;
  key[1] = packet.src1;
  key[2] = packet.src2;
  key[3] = packet.src3;
  key[4] = packet.dst0;
  key[5] = packet.dst1;
  key[6] = packet.dst2;
  key[7] = packet.dst3;
  key[8] = id;
  key[9] = 0;
  key[10] = user;
  // link-local and multicast addresses mean something on one link only
  const onLink = packet.dst0 >>> 24 === 0xff || packet.dst0 >>> 22 === 0x3fa;
  key[11] = onLink ? packet.indev : 0;
}

function isExtension(kind: number): boolean {
  return kind === HOPOPTS || kind === ROUTING || kind === AH || kind === DSTOPTS;
}

/** Offset of the octet that announces the fragment header, or -1 when there is none in reach. */
function findNextHeaderField(packet: Packet): number {
  const { view, network } = packet;
  const end = packet.networkEnd;
  let field = network + NEXT_HEADER;
  let at = network + HEADER;
  for (let count = 0; count < MAX_HEADERS; count++) {
    const kind = view.getUint8(field);
    if (kind === FRAGMENT) return at <= end ? field : -1;
    if (!isExtension(kind) || at + 2 > end) return -1;
    field = at;
    at += extensionLength(view, at, kind);
  }
  return -1;
}

/** Where the header begins that the field at `nextAt` announces. */
function headerBehind(packet: Packet, nextAt: number): number {
  const { view, network } = packet;
  let field = network + NEXT_HEADER;
  let at = network + HEADER;
  while (field !== nextAt) {
    const kind = view.getUint8(field);
    field = at;
    at += extensionLength(view, at, kind);
  }
  return at;
}

function extensionLength(view: DataView, at: number, kind: number): number {
  const units = view.getUint8(at + 1);
  return kind === AH ? (units + 2) << 2 : (units + 1) << 3;
}

/** Whether a first fragment ends before its upper-layer header does: such a one is not put together. */
export function isHeaderChainCut(packet: Packet, fragmentAt: number): boolean {
  const { view } = packet;
  const end = packet.networkEnd;
  let kind = view.getUint8(fragmentAt);
  let at = fragmentAt + FRAGMENT_HEADER;
  for (let count = 0; isExtension(kind) || kind === FRAGMENT || kind === NONE; count++) {
    if (kind === NONE || count >= MAX_HEADERS || at + 2 > end) return false;
    if (kind === FRAGMENT) {
      if (at + FRAGMENT_HEADER > end || (view.getUint16(at + 2) & OFFSET) !== 0) return false;
      kind = view.getUint8(at);
      at += FRAGMENT_HEADER;
      continue;
    }
    const length = extensionLength(view, at, kind);
    kind = view.getUint8(at);
    at += length;
  }
  const need = kind === TCP ? TCP_HEADER : kind === UDP ? UDP_HEADER : kind === ICMPV6 ? ICMPV6_HEADER : 1;
  return at + need > end;
}
