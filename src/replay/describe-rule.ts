/**
 * A rule by its number, as people point at it: name, text and place.
 * @module
 */
import { printRule } from '../iptables/print-rule.ts';
import type { RuleSet } from '../xtables/ruleset.ts';

export interface DescribedRule {
  /** `filter:FORWARD:4`, `filter:INPUT:policy`. */
  readonly name: string;
  /** The rule as iptables-save writes it, or `-P INPUT DROP`. */
  readonly text: string;
  /** `file:line:column`. */
  readonly at: string;
}

/** null for a number that stands for nothing. */
export function describeRule(set: RuleSet, id: number): DescribedRule | null {
  const place = set.describe(id);
  if (place === null) return null;
  const rule = set.rule(id);
  const position = { family: set.family, table: place.table, chain: place.chain };
  const text =
    rule !== null ? printRule(rule, position) : place.kind === 'policy' ? `-P ${place.chain} ${set.chain(id)?.policy ?? ''}` : '';
  return { name: place.name, text, at: place.at };
}
