/**
 * Whether rules turn connection tracking on: in the kernel it runs for a family only while a loaded rule asks for it.
 * @module
 */
import type { Rule, RuleTarget } from './rule.ts';
import type { Table } from './table.ts';

/** Whether a rule of these tables needs connections, reachable or not. */
export function needsConntrack(tables: readonly Table[]): boolean {
  return someModule(tables, (module) => module.conntrack === true, targetNeedsConntrack);
}

/** Whether a rule of these tables needs whole datagrams without needing connections. */
export function needsDefrag(tables: readonly Table[]): boolean {
  return someModule(
    tables,
    (module) => module.defrag === true,
    (target) => target.kind === 'module' && target.module.defrag === true,
  );
}

function someModule(
  tables: readonly Table[],
  match: (module: { readonly conntrack?: boolean; readonly defrag?: boolean }) => boolean,
  target: (target: RuleTarget) => boolean,
): boolean {
  for (const table of tables) {
    for (const chain of table.chainsAsMade) {
      let before: Rule | null = null;
      for (let i = 0; i < chain.length; i++) {
        const rule = chain.like(i);
        if (rule === before) continue;
        if (target(rule.target) || rule.matches.some(({ module }) => match(module))) return true;
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
