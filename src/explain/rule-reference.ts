/**
 * Rules by number, as an explanation names them.
 * @module
 */
import { describeRule } from '../replay/describe-rule.ts';
import type { Rule } from '../xtables/rule.ts';
import type { RuleSet } from '../xtables/ruleset.ts';
import type { RuleReference } from './model.ts';

/** What stands for a number that is none. */
const NOTHING: RuleReference = { name: '', table: '', chain: '', number: '', at: '', line: 0, text: '' };

export function referenceTo(set: RuleSet, id: number): RuleReference {
  const place = set.describe(id);
  const described = describeRule(set, id);
  if (place === null || described === null) return NOTHING;
  const number = place.kind === 'rule' ? String(place.number) : place.kind;
  const { name, table, chain, at, location } = place;
  return { name, table, chain, number, at, line: location?.line ?? 0, text: described.text };
}

/** The rule itself; null for a policy or return. */
export function ruleOf(set: RuleSet, id: number): Rule | null {
  return set.rule(id);
}
