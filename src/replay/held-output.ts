/**
 * What left a machine during one packet, held back until it is known whether it counts, and the way the packet itself went.
 * @module
 */
import type { EngineSink } from '../engine/sink.ts';
import { Origin, Packet, type ReadonlyPacket } from '../packet/packet.ts';

/** What the outcome is about has an origin up to this one. */
const SENT_LOCALLY = Origin.Local;
const NOWHERE = -1;
/** Interface, source, destination, destination port. */
const WAY = 10;

export class HeldOutput implements EngineSink {
  /** Where the packet itself went last: interface (0: the host itself), addresses, destination port; -1 for nowhere. */
  readonly way: Int32Array = new Int32Array(WAY);
  private readonly packets: Packet[] = [];
  private readonly delivered: boolean[] = [];
  private readonly fragmented: boolean[] = [];
  private count = 0;

  /** The next packet. */
  begin(): void {
    this.count = 0;
    this.way.fill(NOWHERE);
  }

  transmit(packet: Packet, fragmentedHere: boolean): void {
    this.hold(packet);
    this.delivered[this.count] = false;
    this.fragmented[this.count++] = fragmentedHere;
    if (packet.origin <= SENT_LOCALLY) this.note(packet, packet.outdev);
  }

  deliver(packet: ReadonlyPacket): void {
    this.hold(packet as Packet);
    this.delivered[this.count++] = true;
    if (packet.origin <= SENT_LOCALLY) this.note(packet, 0);
  }

  /** Whether the packet went the same way in another machine. */
  wentAs(other: HeldOutput): boolean {
    const { way } = this;
    for (let i = 0; i < WAY; i++) if (way[i] !== other.way[i]) return false;
    return true;
  }

  /** Hand everything on, in order. */
  flush(sink: EngineSink): void {
    for (let i = 0; i < this.count; i++) {
      const packet = this.packets[i]!;
      if (this.delivered[i] === true) sink.deliver(packet);
      else sink.transmit(packet, this.fragmented[i]!);
    }
  }

  private note(packet: ReadonlyPacket, device: number): void {
    const { way } = this;
    way[0] = device;
    way[1] = packet.src0;
    way[2] = packet.src1;
    way[3] = packet.src2;
    way[4] = packet.src3;
    way[5] = packet.dst0;
    way[6] = packet.dst1;
    way[7] = packet.dst2;
    way[8] = packet.dst3;
    way[9] = packet.dstPort;
  }

  private hold(packet: Packet): void {
    const held = (this.packets[this.count] ??= new Packet());
    held.copyFrameFrom(packet);
    held.index = packet.index;
    held.nowUs = packet.nowUs;
    held.remainderNs = packet.remainderNs;
    held.indev = packet.indev;
    held.outdev = packet.outdev;
    held.mark = packet.mark;
    held.priority = packet.priority;
    held.origin = packet.origin;
    held.local = packet.local;
    held.looped = packet.looped;
  }
}
