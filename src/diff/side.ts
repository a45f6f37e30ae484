/**
 * Side: one of the two machines of a comparison, with what its tables decided and what left it held for the packet at hand.
 * @module
 */
import { Engine } from '../engine/engine.ts';
import type { Outcome } from '../engine/outcome.ts';
import type { Host } from '../host/host.ts';
import type { Packet } from '../packet/packet.ts';
import type { RuleSet } from '../xtables/ruleset.ts';
import type { SetStore } from '../xtables/set/store.ts';
import { reloadedRules, ReloadingEngine, type ReloadTime } from '../replay/reload.ts';
import { DecisionLog } from './decision-log.ts';
import { HeldFrames } from './held-frames.ts';

/** What one machine of a comparison is made of. */
export interface SideOptions {
  readonly host: Host;
  /** One a family, used by this side alone. */
  readonly rules: readonly RuleSet[];
  readonly sets: SetStore;
  readonly seed: number;
  /** Track connections though no rule needs it. */
  readonly conntrack: boolean;
  /** Rules that are loaded over the others in the middle of the replay. */
  readonly reload?: { readonly rules: readonly RuleSet[]; readonly at: ReloadTime };
}

const FILTER = 'filter';

export class Side {
  readonly host: Host;
  readonly engine: Engine;
  readonly rules: readonly RuleSet[];
  readonly log: DecisionLog = new DecisionLog();
  readonly frames: HeldFrames;
  private readonly machine: Engine | ReloadingEngine;

  constructor({ host, rules, sets, seed, conntrack, reload }: SideOptions) {
    this.host = host;
    this.frames = new HeldFrames(host);
    this.engine = new Engine({ host, seed, sink: this.frames });
    // every packet is to say what decides it
    this.engine.flows.enabled = false;
    const families = reloadedRules(rules, reload?.rules ?? []);
    this.rules = families.map((each) => each.rules);
    for (const each of families) each.attach(this.engine, sets, this.log.factory(each.rules.recorder));
    this.machine = reload === undefined ? this.engine : new ReloadingEngine(this.engine, families, reload.at);
    if (conntrack) for (const family of [4, 6]) this.engine.conntrack.enable(family);
  }

  get outcome(): Outcome {
    return this.engine.outcome;
  }

  take(packet: Packet, local: boolean): void {
    this.log.begin();
    this.frames.begin();
    for (const { recorder } of this.rules) recorder.begin();
    if (local) this.machine.send(packet);
    else this.machine.receive(packet);
  }

  /** Number of the packet before which the rules changed; null: they did not. */
  get reloadedAt(): number | null {
    const { machine } = this;
    return machine instanceof ReloadingEngine && machine.reloadedAt >= 0 ? machine.reloadedAt : null;
  }

  /** The rule set of a family, or null. */
  rulesOf(family: number): RuleSet | null {
    for (const set of this.rules) if (set.family === family) return set;
    return null;
  }

  /** The rule or policy that had the last word, or -1. */
  get lastRule(): number {
    const { outcome, log } = this;
    if (outcome.verdict === 'dropped') return outcome.rule;
    return log.count === 0 ? -1 : log.rule(log.count - 1);
  }

  /** The rule or policy that let the packet pass or dropped it: of the filter table where that was asked; or -1. */
  get decidingRule(): number {
    const { outcome, log } = this;
    if (outcome.verdict !== 'dropped') {
      for (let walk = log.count - 1; walk >= 0; walk--) if (log.table(walk) === FILTER) return log.rule(walk);
    }
    return this.lastRule;
  }
}
