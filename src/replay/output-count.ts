/**
 * What left the host, counted by interface and by who made it; hands everything on to another sink.
 * @module
 */
import { type EngineSink, NO_SINK } from '../engine/sink.ts';
import { Origin, type Packet, type ReadonlyPacket } from '../packet/packet.ts';

/** Who made a frame, in words. */
const MAKERS: Record<Origin, string> = {
  [Origin.Received]: 'forwarded',
  [Origin.Local]: 'sent by local processes',
  [Origin.Reject]: 'made by REJECT',
  [Origin.Stack]: 'made by the host',
  [Origin.Copy]: 'copied by TEE',
};
const ORIGINS = 8;
const RECEIVED = Origin.Received;

export interface OutputTotal {
  readonly interface: string;
  readonly frames: number;
  readonly by: Readonly<Record<string, number>>;
}

export class OutputCount implements EngineSink {
  /** Absent where the next sink wants packets. */
  readonly frame: EngineSink['frame'] = undefined;
  private readonly next: EngineSink;
  private readonly telling: () => boolean;
  /** Frames by interface and maker. */
  readonly counts: Float64Array;

  /** `telling` says whether the packet on its way is told: what others cause is neither counted nor handed on. */
  constructor(interfaces: number, next: EngineSink | null = null, telling: () => boolean = () => true) {
    this.telling = telling;
    this.next = next ?? NO_SINK;
    this.counts = new Float64Array((interfaces + 1) * ORIGINS);
    if (this.next.frame !== undefined) this.frame = (packet): void => this.takeFrame(packet);
  }

  private takeFrame(packet: ReadonlyPacket): void {
    if (!this.telling()) return;
    this.counts[packet.outdev * ORIGINS + RECEIVED]! += 1;
    this.next.frame!(packet);
  }

  transmit(packet: Packet, fragmentedHere: boolean): void {
    if (!this.telling()) return;
    this.counts[packet.outdev * ORIGINS + packet.origin]! += 1;
    this.next.transmit(packet, fragmentedHere);
  }

  deliver(packet: ReadonlyPacket): void {
    if (this.telling()) this.next.deliver(packet);
  }

  /** Count what another has counted. */
  addFrom(counts: Float64Array): void {
    for (let i = 0; i < counts.length; i++) this.counts[i]! += counts[i]!;
  }

  /** Totals of interfaces by which something left; `names` by interface number. */
  totals(names: readonly string[]): OutputTotal[] {
    return names.flatMap((name, number) => {
      const by: Record<string, number> = {};
      let frames = 0;
      for (const [origin, maker] of Object.entries(MAKERS)) {
        const count = this.counts[number * ORIGINS + Number(origin)] ?? 0;
        if (count > 0) by[maker] = count;
        frames += count;
      }
      return frames === 0 ? [] : [{ interface: name, frames, by }];
    });
  }
}
