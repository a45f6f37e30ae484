/**
 * Defragmentation: the pieces of a datagram are kept until it is whole; then the packet at hand becomes the whole, and walks on
 * alone. IPv4 here, IPv6 in defrag6.ts.
 *
 *   header of the piece at offset 0, ECN merged, total length, no MF; DF if the largest piece had it
 *
 * What the whole was made of stays on the packet (fragMaxSize, fragMaxDf, fragSizes), for cutting it up again.
 * Kernel counterpart: net/ipv4/ip_fragment.c, inet_fragment.c (behaviour only). Proof: fixtures/scenarios/fragment.
 * @module
 */
import { Verdict } from '../hook/verdict.ts';
import { finish, sum16 } from '../inet/checksum.ts';
import { decodeNetwork } from '../packet/decode.ts';
import type { Packet } from '../packet/packet.ts';
import { gather6 } from './defrag6.ts';
import { type FragmentQueue, Insert } from './fragment-queue.ts';
import { FragmentStore } from './fragment-store.ts';
import { type ConntrackOptions, HZ } from './options.ts';

/** Who wants the whole; their queues do not mix. */
export const FragmentUser = { Arriving: 0, Sent: 1, Delivered: 2 } as const;
export type FragmentUser = (typeof FragmentUser)[keyof typeof FragmentUser];

const TIMEOUT4 = 30;
const TIMEOUT6 = 60;
const LIMIT = 4_194_304;
/** Fragments of a source that may pass between two of one datagram before it begins anew. */
const MAX_DISTANCE = 64;
const MAX_PACKET = 65_535;
const DF = 0x4000;

/** Fragments of one source, while any of its datagrams waits. */
interface Source {
  fragments: number;
  queues: number;
}

export class Defrag {
  readonly v4: FragmentStore;
  readonly v6: FragmentStore;
  private readonly sources: Map<number, Source> = new Map();

  constructor(options: ConntrackOptions) {
    const value = options.timeout ?? ((_name: string, byDefault: number): number => byDefault);
    this.v4 = new FragmentStore((options.fragTimeoutSec ?? TIMEOUT4) * HZ, options.fragHighThresh ?? LIMIT, (queue) =>
      this.forgetSource(queue),
    );
    this.v6 = new FragmentStore(value('frag6_timeout', TIMEOUT6) * HZ, value('frag6_high_thresh', LIMIT), () => {});
  }

  /** Whether the last fragment taken made its datagram whole, but the pieces cannot be put together: ECN, length. */
  get isSpoilt(): boolean {
    return this.v4.isSpoilt || this.v6.isSpoilt;
  }

  /** Take a fragment. Accept: the packet is whole now (or no fragment that can be handled); Stolen: kept, or lost with it all (isSpoilt); Drop. */
  gather(packet: Packet, user: FragmentUser, zone: number, now: number): Verdict {
    this.v4.isSpoilt = this.v6.isSpoilt = false;
    return packet.family === 6 ? gather6(this.v6, packet, user | (zone << 8), now) : this.gather4(packet, user | (zone << 8), now);
  }

  private gather4(packet: Packet, user: number, now: number): Verdict {
    const { v4 } = this;
    v4.expire(now);
    if (v4.isFull) return Verdict.Drop;
    v4.key.fill(0);
    v4.key[0] = packet.src0;
    v4.key[4] = packet.dst0;
    v4.key[8] = packet.view.getUint16(packet.network + 4);
    v4.key[9] = packet.protocol;
    v4.key[10] = user;
    const queue = v4.find(now);
    this.countSource(queue, packet.src0, now);
    const placed = this.place4(queue, packet);
    if (placed === Insert.Duplicate) return Verdict.Drop;
    if (placed === Insert.Overlap) {
      v4.end(queue);
      return Verdict.Drop;
    }
    if (!queue.isComplete) return Verdict.Stolen;
    v4.end(queue);
    v4.isSpoilt = !become4(packet, queue);
    // what cannot be put together is lost with all its pieces: the kernel calls none of them dropped
    return v4.isSpoilt ? Verdict.Stolen : Verdict.Accept;
  }

  /** Put the packet's piece into its queue; Overlap for all that ends the queue. */
  private place4(queue: FragmentQueue, packet: Packet): Insert {
    const start = packet.fragOffset;
    let length = packet.networkLength - packet.headerLength;
    if (packet.moreFragments === 0) {
      const end = start + length;
      if (end < queue.length || (queue.lastIn && end !== queue.length)) return Insert.Overlap;
      queue.lastIn = true;
      queue.length = end;
    } else {
      length &= ~7;
      if (start + length > queue.length) {
        if (queue.lastIn) return Insert.Overlap;
        queue.length = start + length;
      }
    }
    if (length <= 0) return Insert.Overlap;
    const placed = queue.insert(start, packet.bytes.slice(packet.transport, packet.transport + length));
    if (placed !== Insert.Placed) return placed;
    const { view, network } = packet;
    const size = length + packet.headerLength;
    this.v4.charge(queue, size);
    queue.ecn |= 1 << (view.getUint8(network + 1) & 3);
    queue.maxSize = Math.max(queue.maxSize, size);
    if ((view.getUint16(network + 6) & DF) !== 0) queue.maxDfSize = Math.max(queue.maxDfSize, size);
    if (start === 0) keepHead(queue, packet, packet.transport);
    return placed;
  }

  /** Restart a datagram whose pieces are too far apart among the fragments of its source. */
  private countSource(queue: FragmentQueue, address: number, now: number): void {
    let source = this.sources.get(address);
    if (source === undefined) {
      source = { fragments: 0, queues: 0 };
      this.sources.set(address, source);
    }
    if (queue.sourceCount === 0) source.queues++;
    const count = ++source.fragments;
    const distance = count - queue.sourceCount;
    queue.sourceCount = count;
    if (queue.isEmpty || distance <= MAX_DISTANCE) return;
    this.v4.discharge(queue);
    queue.restart();
    this.v4.postpone(queue, now);
  }

  private forgetSource(queue: FragmentQueue): void {
    const source = this.sources.get(queue.key[0]!);
    if (source !== undefined && --source.queues <= 0) this.sources.delete(queue.key[0]!);
  }
}

/** Keep the octets in front of the payload at offset 0. */
export function keepHead(queue: FragmentQueue, packet: Packet, end: number): void {
  queue.firstIn = true;
  queue.head = packet.bytes.slice(packet.start, end);
  queue.linkLength = packet.network - packet.start;
}

/** How the ECN codepoints of the pieces go together: octets to OR in, or -1 when they do not (RFC 3168 §5.3). */
export function mergeEcn(seen: number): number {
  if ((seen & 1) !== 0) return seen === 1 ? 0 : -1;
  return (seen & 8) !== 0 && seen !== 8 ? 3 : 0;
}

/** Aim the packet at the whole frame: head, then pieces. What it was made of is noted; `extra` counts into the first piece. */
export function assemble(packet: Packet, queue: FragmentQueue, extra: number): void {
  const head = queue.head!;
  const count = queue.pieceCount;
  if (packet.fragSizes.length < count) packet.fragSizes = new Int32Array(Math.max(16, count));
  packet.blank(head.length + queue.length);
  packet.bytes.set(head, packet.start);
  let at = packet.start + head.length;
  let piece = 0;
  queue.forEach((octets) => {
    packet.bytes.set(octets, at);
    at += octets.length;
    packet.fragSizes[piece] = octets.length + (piece === 0 ? extra : 0);
    piece++;
  });
  packet.fragCount = count;
  packet.network = packet.start + queue.linkLength;
  packet.link = queue.linkLength > 0 && packet.link >= 0 ? packet.start : -1;
}

function become4(packet: Packet, queue: FragmentQueue): boolean {
  const ecn = mergeEcn(queue.ecn);
  const total = queue.head!.length - queue.linkLength + queue.length;
  if (ecn < 0 || total > MAX_PACKET) return false;
  assemble(packet, queue, 0);
  packet.fragMaxSize = Math.max(queue.maxSize, queue.maxDfSize);
  packet.fragMaxDf = queue.maxDfSize === queue.maxSize ? 1 : 0;
  const { view, network } = packet;
  const headerLength = queue.head!.length - queue.linkLength;
  view.setUint8(network + 1, view.getUint8(network + 1) | ecn);
  view.setUint16(network + 2, total);
  view.setUint16(network + 6, packet.fragMaxDf !== 0 ? DF : 0);
  view.setUint16(network + 10, 0);
  view.setUint16(network + 10, finish(sum16(view, network, headerLength)));
  decodeNetwork(packet);
  return true;
}
