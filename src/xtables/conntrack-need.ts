/**
 * Whether rules turn connection tracking on: in the kernel it runs for a family only while a loaded rule asks for it.
 * @module
 */
import type { Rule, RuleTarget } from './rule.ts';
import type { Table } from './table.ts';

/** Whether a rule of these tables needs connections, reachable or not. */
export function needsConntrack(tables: readonly Table[]): boolean {
  return someRule(tables, ruleNeedsConntrack);
}

/** Whether a rule of these tables needs whole datagrams without needing connections. */
export function needsDefrag(tables: readonly Table[]): boolean {
  return someRule(tables, ruleNeedsDefrag);
}

export function ruleNeedsConntrack({ matches, target }: Rule): boolean {
  return targetNeedsConntrack(target) || matches.some(({ module }) => module.conntrack === true);
}

export function ruleNeedsDefrag({ matches, target }: Rule): boolean {
  return (target.kind === 'module' && target.module.defrag === true) || matches.some(({ module }) => module.defrag === true);
}

function someRule(tables: readonly Table[], is: (rule: Rule) => boolean): boolean {
  for (const table of tables) {
    for (const chain of table.chainsAsMade) {
      let before: Rule | null = null;
      for (let i = 0; i < chain.length; i++) {
        const rule = chain.like(i);
        if (rule !== before && is(rule)) return true;
        before = rule;
      }
    }
  }
  return false;
}

function targetNeedsConntrack(target: RuleTarget): boolean {
  if (target.kind !== 'module') return false;
  const { conntrack } = target.module;
  return typeof conntrack === 'function' ? conntrack(target.info) : conntrack === true;
}
