/**
 * HeldFrames: what left one machine because of one packet, kept until the other machine has taken it too, and what differs
 * between the two. Frames are kept in buffers that are used again.
 *
 * IP numbers (identification, IPv6 fragment numbers) and header checksums of frames that the host itself makes are not compared:
 * they are drawn at random, and one draw more on one side moves all that follow.
 * @module
 */
import type { EngineSink } from '../engine/sink.ts';
import type { Host } from '../host/host.ts';
import { Origin, Packet, type ReadonlyPacket } from '../packet/packet.ts';

/** What the outcome is about has an origin up to this one. */
const SENT_LOCALLY = Origin.Local;
const IPV4_ID = 4;
const IPV4_CHECKSUM = 10;
const FRAGMENT_NUMBER = 4;

/** How two machines may differ over one packet, most telling first. */
export const CHANGES = ['fate', 'translation', 'way', 'answer', 'contents', 'mark'] as const;
export type Change = (typeof CHANGES)[number];

interface Held {
  readonly packet: Packet;
  /** By interface, or to the host itself. */
  delivered: boolean;
  fragmentedHere: boolean;
}

export class HeldFrames implements EngineSink {
  private readonly host: Host;
  private readonly held: Held[] = [];
  private count = 0;

  constructor(host: Host) {
    this.host = host;
  }

  begin(): void {
    this.count = 0;
  }

  transmit(packet: Packet, fragmentedHere: boolean): void {
    this.hold(packet, false, fragmentedHere);
  }

  deliver(packet: ReadonlyPacket): void {
    this.hold(packet as Packet, true, false);
  }

  /** The first frame that is the packet itself, or null when none left or arrived. */
  get own(): ReadonlyPacket | null {
    return this.find(true)?.packet ?? null;
  }

  /** The first frame that the host made because of the packet, or null. */
  get answer(): ReadonlyPacket | null {
    return this.find(false)?.packet ?? null;
  }

  /** Name of the interface by which the packet itself left; '' for none. */
  get device(): string {
    const own = this.find(true);
    return own === null || own.delivered ? '' : nameOf(this.host, own.packet.outdev);
  }

  /** What differs from the frames of the other machine, frame by frame; null for nothing. */
  changeTo(other: HeldFrames): Change | null {
    return this.ownChange(other) ?? this.answerChange(other);
  }

  private find(own: boolean): Held | null {
    for (let i = 0; i < this.count; i++) if (isOwn(this.held[i]!) === own) return this.held[i]!;
    return null;
  }

  private ownChange(other: HeldFrames): Change | null {
    let i = this.next(true, 0);
    let k = other.next(true, 0);
    for (; i < this.count && k < other.count; i = this.next(true, i + 1), k = other.next(true, k + 1)) {
      const change = this.frameChange(this.held[i]!, other, other.held[k]!);
      if (change !== null) return change;
    }
    return i < this.count || k < other.count ? 'contents' : null;
  }

  private answerChange(other: HeldFrames): Change | null {
    let i = this.next(false, 0);
    let k = other.next(false, 0);
    for (; i < this.count && k < other.count; i = this.next(false, i + 1), k = other.next(false, k + 1)) {
      if (this.frameChange(this.held[i]!, other, other.held[k]!) !== null) return 'answer';
    }
    return i < this.count || k < other.count ? 'answer' : null;
  }

  /** Place of the next frame from `from` on that is (or is not) the packet itself; `count` for none. */
  private next(own: boolean, from: number): number {
    let i = from;
    while (i < this.count && isOwn(this.held[i]!) !== own) i++;
    return i;
  }

  private frameChange(a: Held, other: HeldFrames, b: Held): Change | null {
    if (!sameTuple(a.packet, b.packet)) return 'translation';
    if (a.delivered !== b.delivered) return 'way';
    if (!a.delivered && !this.sameWay(a.packet, other, b.packet)) return 'way';
    return sameOctets(a, b) ? null : 'contents';
  }

  private sameWay(a: Packet, other: HeldFrames, b: Packet): boolean {
    const sameHost = this.host === other.host;
    if (sameHost ? a.outdev !== b.outdev : nameOf(this.host, a.outdev) !== nameOf(other.host, b.outdev)) return false;
    const length = a.network - a.start;
    if (length !== b.network - b.start) return false;
    for (let i = 0; i < length; i++) if (a.bytes[a.start + i] !== b.bytes[b.start + i]) return false;
    return true;
  }

  private hold(packet: Packet, delivered: boolean, fragmentedHere: boolean): void {
    const held = (this.held[this.count++] ??= { packet: new Packet(), delivered, fragmentedHere });
    held.delivered = delivered;
    held.fragmentedHere = fragmentedHere;
    held.packet.copyFrameFrom(packet);
    held.packet.outdev = packet.outdev;
    held.packet.origin = packet.origin;
  }
}

function isOwn({ packet }: Held): boolean {
  return packet.origin <= SENT_LOCALLY;
}

function nameOf(host: Host, device: number): string {
  return host.interfaces[device]?.name ?? '';
}

function sameTuple(a: Packet, b: Packet): boolean {
  return (
    a.src0 === b.src0 &&
    a.dst0 === b.dst0 &&
    a.srcPort === b.srcPort &&
    a.dstPort === b.dstPort &&
    a.src1 === b.src1 &&
    a.src2 === b.src2 &&
    a.src3 === b.src3 &&
    a.dst1 === b.dst1 &&
    a.dst2 === b.dst2 &&
    a.dst3 === b.dst3
  );
}

function sameOctets(a: Held, b: Held): boolean {
  const x = a.packet;
  const y = b.packet;
  const length = x.networkEnd - x.network;
  if (length !== y.networkEnd - y.network) return false;
  for (let i = 0; i < length; i++) {
    if (x.bytes[x.network + i] !== y.bytes[y.network + i] && !isDrawn(a, i)) return false;
  }
  return true;
}

/** Whether octet `at` of the IP packet is one of those that the host draws. */
function isDrawn({ packet, fragmentedHere }: Held, at: number): boolean {
  if (packet.origin === Origin.Received && !fragmentedHere) return false;
  if (packet.family === 4) return (at & ~1) === IPV4_ID || (at & ~1) === IPV4_CHECKSUM;
  if (packet.fragHeader < 0) return false;
  const number = packet.fragHeader - packet.network + FRAGMENT_NUMBER;
  return at >= number && at < number + 4;
}
