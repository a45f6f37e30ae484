/**
 * Attaches a rule set with its sets to an engine: the one place where both are known.
 * @module
 */
import type { Engine } from '../engine/engine.ts';
import type { Doubt } from '../xtables/doubt.ts';
import type { EvaluatorFactory } from '../xtables/evaluator.ts';
import type { RuleSet } from '../xtables/ruleset.ts';
import type { SetStore } from '../xtables/set/store.ts';

/**
 * Evaluate `rules` at the hooks of their family; sets they name are taken from `sets`. `doubt` answers for matches that cannot
 * know; without it they answer as on the machine of a recorded scenario. `evaluate`: default: code where a chain is hot, an index where it is long.
 */
export function attachRules(engine: Engine, rules: RuleSet, sets: SetStore, doubt: Doubt | null = null, evaluate?: EvaluatorFactory): void {
  engine.attach({
    family: rules.family,
    attach: (hooks, lent) => rules.attach(hooks, { ...lent, sets, doubt }, evaluate),
  });
}
