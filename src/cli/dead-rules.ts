/**
 * Which rules no packet can reach and match, for the report: asked of the proof once for each table, when a rule of it is.
 * @module
 */
import { type DeadReason, type DeadRules, deadRulesOf, RegionReader } from '../coverage/index.ts';
import type { RuleSet } from '../xtables/ruleset.ts';

const REASONS: Readonly<Record<DeadReason, string>> = {
  unreachable: 'no living rule leads to its chain',
  contradiction: 'what it asks for contradicts itself',
  'never comes': 'what it asks for never comes to its chain',
  shadowed: 'shadowed by',
};
/** Shadowing rules named. */
const NAMED = 3;

/** '' for a rule that some packet may hit, as far as can be proved. */
export function deadRuleTeller(): (rules: RuleSet, rule: number) => string {
  const proofs = new Map<RuleSet, readonly DeadRules[]>();
  return (rules, rule) => {
    let known = proofs.get(rules);
    if (known === undefined) {
      const reader = new RegionReader(rules.family);
      known = rules.tables.map((table) => deadRulesOf(table, reader));
      proofs.set(rules, known);
    }
    const dead = known.map((each) => each.dead.get(rule)).find((each) => each !== undefined);
    if (dead === undefined) return '';
    const names = dead.by.slice(0, NAMED).map((id) => rules.ruleName(id));
    const more = dead.by.length > NAMED ? ` and ${dead.by.length - NAMED} more` : '';
    return dead.by.length === 0 ? REASONS[dead.reason] : `${REASONS[dead.reason]} ${names.join(', ')}${more}`;
  };
}
