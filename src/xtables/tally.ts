/**
 * What happens when a rule has matched: its counters move, a recorder that listens notes it, and a traced packet leaves a line.
 * @module
 */
import type { ReadonlyPacket } from '../packet/packet.ts';
import type { Counters } from './counters.ts';
import type { Tally } from './evaluator.ts';
import type { HitRecorder } from './recorder.ts';

/** Takes the number of a rule that a traced packet has hit. */
export type TraceSink = (id: number, packet: ReadonlyPacket) => void;

export class RuleTally implements Tally {
  private readonly packets: Float64Array;
  private readonly bytes: Float64Array;
  private readonly recorder: HitRecorder;
  private readonly trace: TraceSink | null;

  constructor(counters: Counters, recorder: HitRecorder, trace: TraceSink | null) {
    this.packets = counters.packets;
    this.bytes = counters.bytes;
    this.recorder = recorder;
    this.trace = trace;
  }

  hit(id: number, packet: ReadonlyPacket): void {
    this.packets[id]! += 1;
    this.bytes[id]! += packet.networkLength;
    if (this.recorder.on) this.recorder.add(id);
    if (packet.traced !== 0 && this.trace !== null) this.trace(id, packet);
  }
}
