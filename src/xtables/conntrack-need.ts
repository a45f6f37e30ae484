/**
 * Whether rules turn connection tracking on: in the kernel it runs for a family only while a loaded rule asks for it.
 * @module
 */
import type { RuleTarget } from './rule.ts';
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
    for (const { rules } of table.chains) {
      for (const rule of rules) if (target(rule.target) || rule.matches.some(({ module }) => match(module))) return true;
    }
  }
  return false;
}

function targetNeedsConntrack(target: RuleTarget): boolean {
  if (target.kind !== 'module') return false;
  const { conntrack } = target.module;
  return typeof conntrack === 'function' ? conntrack(target.info) : conntrack === true;
}
