/**
 * RuleSet: the tables of one family, numbered and counted. Made by a text front end (iptables/save.ts), checked once by
 * validate.ts, then attached to the hooks of a machine.
 *
 *   filled (tables, chains, rules) -> sealed (numbers, counters) -> attached (evaluators)
 *
 * Counters and the recorder belong to the rule set; what a rule keeps between packets belongs to each attachment.
 * @module
 */
import { Hook } from '../hook/hook.ts';
import type { HookEntry, HookTable } from '../hook/hook-table.ts';
import type { Verdict } from '../hook/verdict.ts';
import type { Packet } from '../packet/packet.ts';
import type { Chain } from './chain.ts';
import { needsConntrack, needsDefrag } from './conntrack-need.ts';
import { Counters } from './counters.ts';
import type { Evaluator, EvaluatorFactory } from './evaluator.ts';
import { HitRecorder } from './recorder.ts';
import { rerouting } from './rerouting.ts';
import { RuleIndex, type RulePlace } from './rule-index.ts';
import type { Rule } from './rule.ts';
import type { Services } from './services.ts';
import { sortChains, type Table } from './table.ts';
import { RuleTally } from './tally.ts';
import { ruleTracer } from './trace.ts';
import { evaluateIndexed } from './indexed/evaluator.ts';

export interface RuleHits {
  /** As RuleSet.ruleName() tells it. */
  readonly rule: string;
  readonly at: string;
  readonly packets: number;
  readonly bytes: number;
}

export class RuleSet {
  readonly family: 4 | 6;
  /** In the order the text names them first. */
  readonly tables: readonly Table[];
  readonly counters: Counters;
  /** Notes hits while it is on. */
  readonly recorder: HitRecorder = new HitRecorder();
  private readonly index: RuleIndex;

  /** Numbers the rules of `tables`, which must not change any more, and takes over the counters their text gives. */
  constructor(family: 4 | 6, tables: readonly Table[]) {
    this.family = family;
    this.tables = tables;
    this.index = new RuleIndex(tables);
    this.counters = new Counters(this.index.size);
    this.loadCounters();
  }

  table(name: string): Table | undefined {
    return this.tables.find((table) => table.name === name);
  }

  /** How many rules the text holds; policies and returns are none. */
  get ruleCount(): number {
    let count = 0;
    for (const table of this.tables) for (const chain of table.chainsAsMade) count += chain.length;
    return count;
  }

  /** What a number stands for; null if for nothing. */
  describe(id: number): RulePlace | null {
    return this.index.place(id);
  }

  /** The rule of a number; null for a policy or return, and for a number that is none. */
  rule(id: number): Rule | null {
    return this.index.rule(id);
  }

  /** The chain that a number is in; null for a number that is none. */
  chain(id: number): Chain | null {
    return this.index.chain(id);
  }

  /** `filter:INPUT:4`, `filter:INPUT:policy`, `filter:LOGDROP:return`; '' for a number that is none. */
  ruleName(id: number): string {
    return this.index.place(id)?.name ?? '';
  }

  /** Every rule, policy and return whose counters are not zero, with them. */
  hits(): readonly RuleHits[] {
    const { packets, bytes } = this.counters;
    const hits: RuleHits[] = [];
    for (const table of this.tables) {
      for (const chain of sortChains([...table.chainsAsMade].filter((each) => this.isHit(each)))) {
        for (let id = chain.firstId; id <= chain.endId; id++) {
          if (packets[id] === 0 && bytes[id] === 0) continue;
          const { name, at } = this.index.place(id)!;
          hits.push({ rule: name, at, packets: packets[id]!, bytes: bytes[id]! });
        }
      }
    }
    return hits;
  }

  private isHit({ firstId, endId }: Chain): boolean {
    const { packets, bytes } = this.counters;
    for (let id = firstId; id <= endId; id++) if (packets[id] !== 0 || bytes[id] !== 0) return true;
    return false;
  }

  /** Whether a rule here turns connection tracking on. */
  get conntrackNeeded(): boolean {
    return needsConntrack(this.tables);
  }

  /**
   * Evaluate every table at its hooks. Turns connection tracking (or reassembly alone) on where a rule needs it; a nat table is run by NAT.
   * Throws ERR_SET where a rule names a set that is not there. Returns the entries it added.
   */
  attach(hooks: HookTable, services: Services, evaluate: EvaluatorFactory = evaluateIndexed): readonly HookEntry[] {
    return this.attachTables(this.tables, hooks, services, evaluate);
  }

  /** The same for some of its tables. */
  attachTables(tables: readonly Table[], hooks: HookTable, services: Services, evaluate: EvaluatorFactory): readonly HookEntry[] {
    const tally = this.tallyFor(services);
    const entries: HookEntry[] = [];
    for (const table of tables) entries.push(...this.entriesOf(table, evaluate(table, services, tally), services));
    this.enableNeeds(tables, services);
    for (const entry of entries) hooks.add(entry);
    return entries;
  }

  /** Make evaluators of tables for which hook entries stand already: `evaluate` puts them where those look. */
  replaceTables(tables: readonly Table[], services: Services, evaluate: EvaluatorFactory): void {
    const tally = this.tallyFor(services);
    for (const table of tables) evaluate(table, services, tally);
    this.enableNeeds(tables, services);
  }

  private tallyFor(services: Services): RuleTally {
    return new RuleTally(this.counters, this.recorder, ruleTracer(this, services), services.notes ?? null);
  }

  private enableNeeds(tables: readonly Table[], { conntrack }: Services): void {
    if (needsConntrack(tables)) conntrack.enable(this.family);
    if (needsDefrag(tables)) conntrack.enableDefrag(this.family);
  }

  private entriesOf(table: Table, evaluator: Evaluator, services: Services): readonly HookEntry[] {
    const { priority, hooks } = table.kind;
    const run = (hook: Hook, packet: Packet): Verdict => evaluator.run(hook, packet);
    if (priority === null) return services.nat.hookEntries(this.family, { run });
    return hooks.map((hook) => {
      const plain = (packet: Packet): Verdict => evaluator.run(hook, packet);
      const changesRoutes = table.name === 'mangle' && hook === Hook.Output;
      return { hook, priority, name: table.name, run: changesRoutes ? rerouting(plain, services.responder) : plain, noted: true };
    });
  }

  private loadCounters(): void {
    const { packets, bytes } = this.counters;
    for (const table of this.tables) {
      for (const chain of table.chainsAsMade) {
        packets[chain.endId] = chain.packets;
        bytes[chain.endId] = chain.bytes;
        if (!chain.counted) continue;
        for (let i = 0; i < chain.length; i++) {
          packets[chain.firstId + i] = chain.packetsOf(i);
          bytes[chain.firstId + i] = chain.bytesOf(i);
        }
      }
    }
  }
}
