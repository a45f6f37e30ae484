/**
 * What happens when a rule has matched: its counters move, a recorder that listens notes it, and a traced packet leaves a line.
 * @module
 */
import type { NotedCounters, WalkNotes } from '../hook/walk-notes.ts';
import type { FieldCuts } from '../inet/field-classes.ts';
import type { ReadonlyPacket } from '../packet/packet.ts';
import type { Counters } from './counters.ts';
import type { Tally } from './evaluator.ts';
import { cutFields } from './field-cuts.ts';
import type { HitRecorder } from './recorder.ts';
import type { RuleSet } from './ruleset.ts';
import type { Table } from './table.ts';

/** Takes the number of a rule that a traced packet has hit. */
export type TraceSink = (id: number, packet: ReadonlyPacket) => void;

export class RuleTally implements Tally, NotedCounters {
  private readonly notes: WalkNotes | null;
  private readonly owner: number;
  private readonly ruleSet: Pick<RuleSet, 'family' | 'ruleCount' | 'tables'>;
  private readonly counters: Counters;
  private readonly recorder: HitRecorder;
  private readonly trace: TraceSink | null;
  private readonly extraTables: readonly Table[];

  /** `tables`: those that are evaluated, be they of the rule set or not. */
  constructor(
    ruleSet: Pick<RuleSet, 'family' | 'ruleCount' | 'tables' | 'counters' | 'recorder'>,
    tables: readonly Table[],
    trace: TraceSink | null,
    notes: WalkNotes | null,
  ) {
    this.ruleSet = ruleSet;
    this.counters = ruleSet.counters;
    this.recorder = ruleSet.recorder;
    this.extraTables = tables.filter((table) => !ruleSet.tables.includes(table));
    this.trace = trace;
    this.notes = notes;
    this.owner = notes === null ? 0 : notes.register(this);
    if (notes !== null) this.counters.deferred.push(notes);
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

  get rules(): number {
    return this.ruleSet.ruleCount;
  }

  cutFields(cuts: FieldCuts): void {
    if (this.ruleSet.family !== 4) return;
    cutFields(this.ruleSet.tables, cuts);
    cutFields(this.extraTables, cuts);
  }

  passed(id: number): void {
    this.recorder.add(id);
  }

  add(id: number, packets: number, octets: number): void {
    this.counters.packetCounts[id]! += packets;
    this.counters.octetCounts[id]! += octets;
  }
}
