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
import { HooklineError, type RuleError } from '../errors.ts';
import type { Chain } from './chain.ts';
import { type ChainChange, newChain } from './chain-change.ts';
import { needsConntrack, needsDefrag, ruleNeedsConntrack, ruleNeedsDefrag } from './conntrack-need.ts';
import { Counters } from './counters.ts';
import type { Evaluator, EvaluatorFactory } from './evaluator.ts';
import type { Journal } from './journal.ts';
import { HitRecorder } from './recorder.ts';
import { recheck } from './recheck.ts';
import { rerouting } from './rerouting.ts';
import { RuleIndex, type RulePlace } from './rule-index.ts';
import type { Rule } from './rule.ts';
import type { Services } from './services.ts';
import { sortChains, type Table } from './table.ts';
import { RuleTally } from './tally.ts';
import { ruleTracer } from './trace.ts';
import { validate } from './validate.ts';
import { evaluateCompiled } from './compiled/evaluator.ts';

export interface RuleHits {
  /** As RuleSet.ruleName() tells it. */
  readonly rule: string;
  readonly at: string;
  readonly packets: number;
  readonly bytes: number;
}

/** One use of a rule set: the hooks of a machine and what evaluates the tables there. */
interface Attachment {
  readonly hooks: HookTable;
  readonly services: Services;
  readonly evaluate: EvaluatorFactory;
  readonly tally: RuleTally;
  readonly evaluators: Map<Table, Evaluator>;
}

/** What is different in one table. */
interface Edit {
  readonly table: Table;
  /** The table was not there. */
  readonly isNew: boolean;
  readonly changes: readonly ChainChange[];
  readonly gone: readonly Chain[];
}

function editOf(table: Table, journal: Journal): Edit {
  if (journal.newTables.includes(table)) return { table, isNew: true, changes: Array.from(table.chainsAsMade, newChain), gone: [] };
  return { table, isNew: false, changes: journal.changesOf(table), gone: journal.removedFrom(table) };
}

function addsRule({ changes }: Edit, is: (rule: Rule) => boolean): boolean {
  return changes.some(({ chain, added }) => added.some((i) => is(chain.like(i))));
}

function evaluatorOf(table: Table, { evaluate, services, tally }: Attachment): Evaluator {
  return evaluate(table, services, tally);
}

/** Whether something there cannot follow a change. */
function isFixed({ evaluators }: Attachment): boolean {
  for (const evaluator of evaluators.values()) if (!('update' in evaluator)) return true;
  return false;
}

function throwFirst(errors: readonly RuleError[]): void {
  if (errors[0] !== undefined) throw errors[0];
}

export class RuleSet {
  readonly family: 4 | 6;
  /** In the order the text names them first. */
  readonly tables: readonly Table[];
  /** Counts changes: what was kept of a rule set (numbers, counters' arrays, answers) is good for one generation. */
  generation = 0;
  /** How many rules it holds; policies and returns are none. */
  ruleCount = 0;
  readonly counters: Counters;
  /** Notes hits while it is on. */
  readonly recorder: HitRecorder = new HitRecorder();
  private readonly index: RuleIndex;
  private readonly attachments: Attachment[] = [];
  /** Whether every evaluator of it stands in `attachments`. */
  private isFollowed = true;

  /** Numbers the rules of `tables`, which must not change any more, and takes over the counters their text gives. */
  constructor(family: 4 | 6, tables: readonly Table[]) {
    this.family = family;
    this.tables = tables;
    for (const table of tables) for (const chain of table.chainsAsMade) this.ruleCount += chain.length;
    this.index = new RuleIndex(tables);
    this.counters = new Counters(this.index.size);
    this.loadCounters();
  }

  table(name: string): Table | undefined {
    return this.tables.find((table) => table.name === name);
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
  attach(hooks: HookTable, services: Services, evaluate: EvaluatorFactory = evaluateCompiled): readonly HookEntry[] {
    return this.attachTables(this.tables, hooks, services, evaluate);
  }

  /** The same for some of its tables. */
  attachTables(tables: readonly Table[], hooks: HookTable, services: Services, evaluate: EvaluatorFactory): readonly HookEntry[] {
    const tally = this.tallyFor(tables, services);
    const entries: HookEntry[] = [];
    const attachment: Attachment = { hooks, services, evaluate, tally, evaluators: new Map() };
    for (const table of tables) entries.push(...this.attachTable(table, attachment));
    this.attachments.push(attachment);
    this.enableNeeds(tables, services);
    for (const entry of entries) hooks.add(entry);
    return entries;
  }

  /** Make evaluators of tables for which hook entries stand already: `evaluate` puts them where those look. */
  replaceTables(tables: readonly Table[], services: Services, evaluate: EvaluatorFactory): void {
    this.isFollowed = false;
    const tally = this.tallyFor(tables, services);
    for (const table of tables) evaluate(table, services, tally);
    this.enableNeeds(tables, services);
  }

  private tallyFor(tables: readonly Table[], services: Services): RuleTally {
    return new RuleTally(this, tables, ruleTracer(this, services), services.notes ?? null);
  }

  private enableNeeds(tables: readonly Table[], { conntrack }: Services): void {
    if (needsConntrack(tables)) conntrack.enable(this.family);
    if (needsDefrag(tables)) conntrack.enableDefrag(this.family);
  }

  /**
   * Take over what a journal notes of an edit. Throws the first thing the kernel would refuse, or what a new rule needs and the host
   * has not, with nothing taken over: the edit is then to be undone. Rules that stay keep their counters and all they remember; the
   * ends of chains of a table that was edited count from zero, as libiptc leaves them.
   */
  commit(journal: Journal): void {
    if (!this.isFollowed || this.attachments.some(isFixed)) {
      throw new HooklineError('ERR_INPUT', 'the rules are evaluated by something that cannot follow a change');
    }
    const edits = [...journal.tables].map((table) => editOf(table, journal));
    const known = edits.filter(({ isNew }) => !isNew);
    for (const { table, changes } of known) throwFirst(recheck(table, changes));
    throwFirst(validate(journal.newTables));
    for (const table of journal.newTables) for (const chain of table.chainsAsMade) this.index.number(table, chain);
    const made = this.attachments.map((attachment) => journal.newTables.map((table) => evaluatorOf(table, attachment)));
    for (const { evaluators } of this.attachments) {
      for (const { table, changes } of known) evaluators.get(table)?.prepare?.(changes);
    }
    this.generation++;
    this.counters.settle();
    for (const { services } of this.attachments) if (services.notes !== undefined) services.notes.version++;
    for (const { table } of known) this.index.zeroEnds(table, this.counters);
    for (const { table, changes } of edits) for (const change of changes) this.renumber(table, change, journal);
    for (const { table, changes, gone } of known) {
      for (const chain of gone) {
        this.ruleCount -= journal.lengthBefore(chain);
        this.index.remove(table, chain, journal.lengthBefore(chain));
      }
      for (const { evaluators } of this.attachments) evaluators.get(table)?.update?.(changes, gone);
    }
    (this.tables as Table[]).push(...journal.newTables);
    this.attachments.forEach((attachment, i) => this.follow(attachment, edits, made[i]!));
  }

  /** Give a changed chain its numbers, and the numbers their counters. */
  private renumber(table: Table, change: ChainChange, journal: Journal): void {
    const { chain, kept, added, firstIdBefore, endIdBefore, lengthBefore } = change;
    const { index, counters } = this;
    this.ruleCount += kept.length - lengthBefore;
    const isSame = firstIdBefore >= 0 && added.length === 0 && kept.length === lengthBefore;
    if (firstIdBefore < 0 && chain.endId < 0) index.number(table, chain);
    else if (firstIdBefore >= 0 && !isSame) {
      chain.endId = endIdBefore;
      index.move(table, chain, lengthBefore);
    }
    counters.reserve(index.size);
    const { firstId, endId } = chain;
    if (!isSame) counters.carryOver(kept, firstIdBefore, firstId);
    for (const i of added) counters.set(firstId + i, chain.packetsOf(i), chain.bytesOf(i));
    if (journal.isAnyZeroed(chain)) {
      for (let i = 0; i < kept.length; i++) if (kept[i]! >= 0 && journal.isZeroed(chain, i)) counters.set(firstId + i, 0, 0);
    }
    if (firstIdBefore < 0 || journal.isEndCounted(chain)) counters.set(endId, chain.packets, chain.bytes);
    else counters.set(endId, 0, 0);
  }

  /** Let one attachment have what new rules turn on, and new tables. */
  private follow({ hooks, services, evaluators }: Attachment, edits: readonly Edit[], made: readonly Evaluator[]): void {
    const tables = edits.filter(({ isNew }) => isNew).map(({ table }) => table);
    if (edits.some((edit) => addsRule(edit, ruleNeedsConntrack))) services.conntrack.enable(this.family);
    if (edits.some((edit) => addsRule(edit, ruleNeedsDefrag))) services.conntrack.enableDefrag(this.family);
    tables.forEach((table, i) => {
      evaluators.set(table, made[i]!);
      for (const entry of this.entriesOf(table, made[i]!, services)) hooks.add(entry);
    });
  }

  private attachTable(table: Table, attachment: Attachment): readonly HookEntry[] {
    const evaluator = evaluatorOf(table, attachment);
    attachment.evaluators.set(table, evaluator);
    return this.entriesOf(table, evaluator, attachment.services);
  }

  private entriesOf(table: Table, evaluator: Evaluator, services: Services): readonly HookEntry[] {
    const { priority, hooks } = table.kind;
    const run = (hook: Hook, packet: Packet): Verdict => evaluator.run(hook, packet);
    if (priority === null) return services.nat.hookEntries(this.family, { run, noted: true });
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
        if (chain.packets !== 0 || chain.bytes !== 0) {
          packets[chain.endId] = chain.packets;
          bytes[chain.endId] = chain.bytes;
        }
        if (!chain.counted) continue;
        for (let i = 0; i < chain.length; i++) {
          packets[chain.firstId + i] = chain.packetsOf(i);
          bytes[chain.firstId + i] = chain.bytesOf(i);
        }
      }
    }
  }
}
