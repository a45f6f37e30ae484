/**
 * What happens when a rule has matched: its counters move, a recorder that listens notes it, and a traced packet leaves a line.
 * @module
 */
import type { NotedCounters, WalkNotes } from '../hook/walk-notes.ts';
import type { ReadonlyPacket } from '../packet/packet.ts';
import type { Counters } from './counters.ts';
import type { Tally } from './evaluator.ts';
import type { HitRecorder } from './recorder.ts';

/** Takes the number of a rule that a traced packet has hit. */
export type TraceSink = (id: number, packet: ReadonlyPacket) => void;

export class RuleTally implements Tally, NotedCounters {
  private readonly notes: WalkNotes | null;
  private readonly owner: number;
  private readonly counters: Counters;
  private readonly recorder: HitRecorder;
  private readonly trace: TraceSink | null;

  constructor(counters: Counters, recorder: HitRecorder, trace: TraceSink | null, notes: WalkNotes | null) {
    this.counters = counters;
    this.recorder = recorder;
    this.trace = trace;
    this.notes = notes;
    this.owner = notes === null ? 0 : notes.register(this);
    if (notes !== null) counters.deferred.push(notes);
  }

  hit(id: number, packet: ReadonlyPacket): void {
    const { packetCounts, octetCounts } = this.counters;
    packetCounts[id]! += 1;
    octetCounts[id]! += packet.networkLength;
    if (this.recorder.on) this.recorder.add(id);
    if (this.notes !== null && this.notes.on) this.notes.hit(this.owner, id);
    if (packet.traced !== 0 && this.trace !== null) this.trace(id, packet);
  }

  get listens(): boolean {
    return this.recorder.on;
  }

  passed(id: number): void {
    this.recorder.add(id);
  }

  add(id: number, packets: number, octets: number): void {
    this.counters.packetCounts[id]! += packets;
    this.counters.octetCounts[id]! += octets;
  }
}
