/**
 * Reload: rules that change in the middle of a replay as `iptables-restore` changes them. Tables that the new text names are
 * replaced, the others stay with all they keep; connections, sets and what rules share by name (recent, hashlimit) live on. What a
 * new rule keeps for itself (limit, quota) begins anew.
 *
 * Old and new rules are numbered together, so that a number means one rule before and after. Tables stand in this order: those that
 * stay, those that are replaced, those that replace them.
 * Kernel counterpart: do_replace of ip_tables; connection tracking stays on while a rule of either needs it.
 * @module
 */
import type { Engine, Lent } from '../engine/engine.ts';
import type { Outcome } from '../engine/outcome.ts';
import type { Hook } from '../hook/hook.ts';
import type { HookTable } from '../hook/hook-table.ts';
import type { Verdict } from '../hook/verdict.ts';
import type { Host } from '../host/host.ts';
import type { Packet } from '../packet/packet.ts';
import { needsConntrack, needsDefrag } from '../xtables/conntrack-need.ts';
import type { Evaluator, EvaluatorFactory } from '../xtables/evaluator.ts';
import { evaluateCompiled } from '../xtables/compiled/evaluator.ts';
import { RuleSet } from '../xtables/ruleset.ts';
import type { Services } from '../xtables/services.ts';
import type { SetStore } from '../xtables/set/store.ts';
import type { Table } from '../xtables/table.ts';
import type { Taker } from './replay.ts';

/** When rules change: before the packet of a number (from 0), or before the first that arrives at or behind a time. */
export type ReloadTime =
  | { readonly kind: 'packet'; readonly number: number }
  /** Microseconds since the epoch, or since the first packet. */
  | { readonly kind: 'time' | 'after'; readonly us: number };

/** An evaluator at the hooks whose rules may change. */
class Exchangeable implements Evaluator {
  inner: Evaluator;

  constructor(inner: Evaluator) {
    this.inner = inner;
  }

  run(hook: Hook, packet: Packet): Verdict {
    return this.inner.run(hook, packet);
  }
}

/** The rules of one family, before and after. */
export class ReloadedRules {
  /** All tables there ever are; numbers, counters and recorder of both. */
  readonly rules: RuleSet;
  private readonly kept: readonly Table[];
  private readonly replaced: readonly Table[];
  private readonly added: readonly Table[];
  private readonly standing: Map<string, Exchangeable> = new Map();
  private hooks: HookTable | null = null;
  private services: Services | null = null;
  private evaluate: EvaluatorFactory = evaluateCompiled;

  /** `old` null: no rules were loaded; `fresh` null: none are. Both belong to this object from here on. */
  constructor(family: 4 | 6, old: RuleSet | null, fresh: RuleSet | null) {
    const before = old?.tables ?? [];
    this.added = fresh?.tables ?? [];
    const names = new Set(this.added.map(({ name }) => name));
    this.kept = before.filter(({ name }) => !names.has(name));
    this.replaced = before.filter(({ name }) => names.has(name));
    this.rules = new RuleSet(family, [...this.kept, ...this.replaced, ...this.added]);
  }

  /** Whether a table was there before the reload only (-1), behind it only (1), or both (0). */
  phaseOf(table: Table): -1 | 0 | 1 {
    if (this.added.includes(table)) return 1;
    return this.replaced.includes(table) ? -1 : 0;
  }

  /** Put the old rules to their hooks. `makeEvaluator`: what evaluates them and, later, the new ones. */
  attach(engine: Engine, sets: SetStore, makeEvaluator?: EvaluatorFactory): void {
    const { family } = this.rules;
    if (makeEvaluator !== undefined) this.evaluate = makeEvaluator;
    engine.attach({
      family,
      attach: (hooks: HookTable, lent: Lent) => {
        this.hooks = hooks;
        this.services = { ...lent, sets };
        this.rules.attachTables([...this.kept, ...this.replaced], hooks, this.services, this.exchangeable());
      },
    });
  }

  /** Load the new rules. @throws ERR_SET where one names a set that is not there */
  reload(): void {
    const { hooks, services, added, kept, replaced } = this;
    if (hooks === null || services === null || added.length === 0) return;
    const { family, conntrack } = services;
    const fresh = added.filter(({ name }) => !this.standing.has(name));
    const again = added.filter(({ name }) => this.standing.has(name));
    this.rules.attachTables(fresh, hooks, services, this.exchangeable());
    this.rules.replaceTables(again, services, (table, lent, tally) => {
      const holder = this.standing.get(table.name)!;
      holder.inner = this.evaluate(table, lent, tally);
      return holder;
    });
    const before = [...kept, ...replaced];
    if (needsConntrack(kept)) conntrack.enable(family);
    if (needsConntrack(before)) conntrack.disable(family);
    if (needsDefrag(kept)) conntrack.enableDefrag(family);
    if (needsDefrag(before)) conntrack.disableDefrag(family);
  }

  private exchangeable(): EvaluatorFactory {
    return (table, services, tally) => {
      const holder = new Exchangeable(this.evaluate(table, services, tally));
      this.standing.set(table.name, holder);
      return holder;
    };
  }
}

/** Old and new rules by family; families without any are left out. */
export function reloadedRules(old: readonly RuleSet[], fresh: readonly RuleSet[]): ReloadedRules[] {
  return ([4, 6] as const).flatMap((family) => {
    const before = old.find((set) => set.family === family) ?? null;
    const after = fresh.find((set) => set.family === family) ?? null;
    return before === null && after === null ? [] : [new ReloadedRules(family, before, after)];
  });
}

/** An engine whose rules change when their time has come. Takes packets as an Engine does. */
export class ReloadingEngine implements Taker {
  readonly engine: Engine;
  /** Number of the packet before which the rules changed; -1: not yet. */
  reloadedAt = -1;
  readonly families: readonly ReloadedRules[];
  private readonly at: ReloadTime;
  private firstUs = Number.NaN;

  constructor(engine: Engine, families: readonly ReloadedRules[], at: ReloadTime) {
    this.engine = engine;
    this.families = families;
    this.at = at;
  }

  get host(): Host {
    return this.engine.host;
  }

  receive(packet: Packet): Outcome {
    this.reloadIfDue(packet);
    return this.engine.receive(packet);
  }

  send(packet: Packet): Outcome {
    this.reloadIfDue(packet);
    return this.engine.send(packet);
  }

  /** Change the rules if this packet is the first behind the reload. */
  reloadIfDue(packet: Packet): void {
    if (this.reloadedAt >= 0 || !this.isDue(packet)) return;
    this.reloadedAt = packet.index;
    for (const rules of this.families) rules.reload();
  }

  private isDue({ index, nowUs }: Packet): boolean {
    const { at } = this;
    if (Number.isNaN(this.firstUs)) this.firstUs = nowUs;
    if (at.kind === 'packet') return index >= at.number;
    return nowUs >= at.us + (at.kind === 'after' ? this.firstUs : 0);
  }
}
