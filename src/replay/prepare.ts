/**
 * What packets are replayed through: one machine, or a machine for each world where rules ask what nobody tells.
 * @module
 */
import { Engine, type EngineOptions } from '../engine/engine.ts';
import { AsPeer } from '../nat/as-peer.ts';
import type { RuleSet } from '../xtables/ruleset.ts';
import type { SetStore } from '../xtables/set/store.ts';
import { attachRules } from './attach.ts';
import { questionsOf } from './doubt-question.ts';
import { DoubtTally } from './doubt-tally.ts';
import { reloadedRules, ReloadingEngine, type ReloadTime } from './reload.ts';
import type { Taker } from './replay.ts';
import { Worlds, type InDoubt } from './worlds.ts';

export interface PrepareOptions extends EngineOptions {
  readonly rules: readonly RuleSet[];
  /** Makes the sets that rules name. */
  readonly sets: () => SetStore;
  /** Whether there are packets of local processes. */
  readonly local: boolean;
  readonly inDoubt: InDoubt;
  /** What a set that is not there is. */
  readonly missingSets: 'error' | 'doubt';
  /** Track connections though no rule needs it. */
  readonly conntrack: boolean;
  /** Rules that are loaded over the others in the middle of the replay: one machine then, and nothing told as in doubt. */
  readonly reload?: { readonly rules: readonly RuleSet[]; readonly at: ReloadTime };
}

/** A machine and the rule sets whose counters it moves. */
export interface Shown {
  readonly engine: Engine;
  readonly rules: readonly RuleSet[];
}

export interface Prepared {
  readonly taker: Taker;
  /** null: nothing can be in doubt. */
  readonly doubt: DoubtTally | null;
  /** For Replay's `replies`. In doubt the first case tells how connections are translated. */
  readonly asPeer: AsPeer;
  /** What to list at the end. */
  readonly shown: () => Shown;
  /** The reload, while there is one to come or gone by. */
  readonly reloading?: ReloadingEngine;
}

/** @throws ERR_SET where a rule names a set that is not there, unless that is to be in doubt */
export function prepare(options: PrepareOptions): Prepared {
  const { rules, sets, host, conntrack } = options;
  const store = sets();
  if (options.reload !== undefined) return prepareReload(options, options.reload, store);
  const unknown = questionsOf(rules, { host, sets: store, local: options.local, missingSets: options.missingSets === 'doubt' });
  if (unknown.questions.length > 0 || unknown.idle.length > 0) {
    const worlds = new Worlds({ ...options, unknown });
    if (conntrack) for (const { engine } of worlds.all) trackAll(engine);
    return { taker: worlds, asPeer: new AsPeer(worlds.all[0]!.engine), doubt: new DoubtTally(worlds), shown: () => worlds.shown };
  }
  const engine = new Engine(options);
  for (const set of rules) attachRules(engine, set, store);
  if (conntrack) trackAll(engine);
  return { taker: engine, asPeer: new AsPeer(engine), doubt: null, shown: () => ({ engine, rules }) };
}

function prepareReload(options: PrepareOptions, { rules: later, at }: NonNullable<PrepareOptions['reload']>, store: SetStore): Prepared {
  const scratch = new Engine({ host: options.host });
  // what the new rules lack is told before the replay, not in the middle of it
  for (const set of later) attachRules(scratch, set, options.sets());
  const engine = new Engine(options);
  const families = reloadedRules(options.rules, later);
  for (const each of families) each.attach(engine, store);
  if (options.conntrack) trackAll(engine);
  const reloading = new ReloadingEngine(engine, families, at);
  const rules = families.map((each) => each.rules);
  return { taker: reloading, asPeer: new AsPeer(engine), doubt: null, shown: () => ({ engine, rules }), reloading };
}

function trackAll(engine: Engine): void {
  engine.conntrack.enable(4);
  engine.conntrack.enable(6);
}
