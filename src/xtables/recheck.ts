/**
 * Recheck: whether tables of which some chains changed are still what the kernel would load. Most edits add rules that lead where
 * others led before; that is seen from the chains that changed and what the last check found of the others. Anything else (a
 * hook that comes to a chain for the first time through many, a longer walk, a circle perhaps) is left to the full check.
 *
 * Proof: test/property/iptables/update.prop.ts.
 * @module
 */
import type { RuleError } from '../errors.ts';
import type { Chain } from './chain.ts';
import type { ChainChange } from './chain-change.ts';
import { isUnconditionalVerdict } from './rule.ts';
import type { Table } from './table.ts';
import { validate } from './validate.ts';

/** New chains that are followed one into another. */
const MAX_FRESH = 512;

/** What the kernel would refuse about a table after these changes. */
export function recheck(table: Table, changes: readonly ChainChange[]): readonly RuleError[] {
  return table.checked && isPlain(changes) ? [] : validate([table]);
}

function isPlain(changes: readonly ChainChange[]): boolean {
  const fresh = new Set<Chain>();
  for (const { chain, firstIdBefore } of changes) {
    if (firstIdBefore >= 0) continue;
    fresh.add(chain);
    chain.below = 0;
    chain.reachedFrom = 0;
  }
  if (fresh.size > MAX_FRESH) return false;
  const open = new Set<Chain>();
  for (const chain of fresh) if (!measure(chain, fresh, open)) return false;
  return changes.every((change) => fresh.has(change.chain) || isHarmless(change, fresh));
}

/** The deepest walk from a new chain on; false for a circle. */
function measure(chain: Chain, fresh: ReadonlySet<Chain>, open: Set<Chain>): boolean {
  if (chain.below > 0) return true;
  if (open.has(chain)) return false;
  open.add(chain);
  let deepest = 0;
  for (let i = 0; i < chain.length; i++) {
    const target = chain.leadsTo(i);
    if (target === null) continue;
    if (fresh.has(target) && !measure(target, fresh, open)) return false;
    if (target.below === 0) return false;
    deepest = Math.max(deepest, target.below);
  }
  open.delete(chain);
  chain.below = deepest + 1;
  return true;
}

/** New rules of a chain that was there: walks from it are no longer, and all that hooks come to may be come to. */
function isHarmless({ chain, added, kept, lengthBefore }: ChainChange, fresh: ReadonlySet<Chain>): boolean {
  const hooks = chain.reachedFrom;
  if (hooks === 0 && chain.below === 0) return false;
  const grew = kept.length - added.length < lengthBefore;
  if (grew && chain.endsEarly) return false;
  for (const i of added) {
    const rule = chain.like(i);
    if ((hooks & ~rule.hooks) !== 0) return false;
    if (isUnconditionalVerdict(rule)) chain.endsEarly = true;
    const target = chain.leadsTo(i);
    if (target === null) continue;
    if (target.below === 0 || target.below >= chain.below) return false;
    if (!reachBy(target, hooks, fresh)) return false;
  }
  return true;
}

/** Let hooks come to a chain; false where an old chain has not been held to them. */
function reachBy(chain: Chain, hooks: number, fresh: ReadonlySet<Chain>): boolean {
  if ((hooks & ~chain.reachedFrom) === 0) return true;
  if (!fresh.has(chain)) return false;
  chain.reachedFrom |= hooks;
  for (let i = 0; i < chain.length; i++) {
    if ((chain.reachedFrom & ~chain.like(i).hooks) !== 0) return false;
    const target = chain.leadsTo(i);
    if (target !== null && !reachBy(target, chain.reachedFrom, fresh)) return false;
  }
  return true;
}
