/**
 * Validate: what the kernel refuses when a table is loaded. The tables a module may stand in and the protocol it demands are a
 * rule's own affair (checkRule); the hooks that lead to it (over all built-in chains), circles of jumps and our bound on depth
 * are the whole table's (validate).
 *
 * Kernel counterparts: mark_source_chains, xt_check_match, xt_check_target (wording as theirs).
 * @module
 */
import { type Location, RuleError } from '../errors.ts';
import { HOOK_NAMES } from '../hook/hook.ts';
import { protocolName } from '../inet/protocol.ts';
import type { Chain } from './chain.ts';
import type { RuleContext } from './options.ts';
import { type Reach, reachOf } from './reach.ts';
import { hooksOf, type Rule, targetName } from './rule.ts';
import type { Table } from './table.ts';

/** Rules a rule set may hold. */
export const MAX_RULES = 1_000_000;
/** Chains a packet may be in at once. */
export const MAX_DEPTH = 512;

/** The facts of a match or target module that its rule is held to. */
interface Use {
  readonly name: string;
  readonly info: unknown;
  readonly module: {
    readonly tables?: readonly string[];
    readonly protocols?: readonly number[];
    readonly hooks?: number | ((info: unknown) => number);
  };
}

/** Why a rule may not stand in its table, or null. */
export function checkRule(rule: Rule, context: RuleContext): string | null {
  const { matches, target } = rule;
  for (let i = 0; i < matches.length; i++) {
    const reason = misplaced(matches[i]!, 'match', context);
    if (reason !== null) return reason;
  }
  if (target.kind !== 'module') return null;
  return misplaced(target, 'target', context) ?? target.module.check?.(target.info, { matches }, context) ?? null;
}

function misplaced({ name, module }: Use, what: 'match' | 'target', context: RuleContext): string | null {
  const { tables, protocols } = module;
  if (tables !== undefined && !tables.includes(context.table)) {
    return `${name} ${what}: only valid in ${tables.join('/')} table, not ${context.table}`;
  }
  if (protocols !== undefined && (context.protocolInverted || !protocols.includes(context.protocol))) {
    return `${name} ${what}: only valid for protocol ${protocols.map((number) => protocolName(number) ?? number).join('/')}`;
  }
  return null;
}

/** Everything the kernel would refuse about these tables as a whole; empty when it would load them. */
export function validate(tables: readonly Table[]): RuleError[] {
  const errors: RuleError[] = [];
  for (const table of tables) validateTable(table, errors);
  return errors;
}

function validateTable(table: Table, errors: RuleError[]): void {
  table.checked = false;
  const reach = reachOf(table);
  const { loop, depth, chains, hooks, ends } = reach;
  if (loop !== null) {
    const names = loop.path.map((chain) => chain.name).join(' -> ');
    errors.push(refusal(loop.rule.at, targetName(loop.rule.target), `loop of jumps in table ${table.name}: ${names}`));
    return;
  }
  if (depth > MAX_DEPTH) {
    const at = table.chains.find(({ length }) => length > 0)!.rule(0).at;
    errors.push(new RuleError('ERR_LIMIT', at, table.name, `chains of table ${table.name} nest ${depth} deep, ${MAX_DEPTH} is the limit`));
    return;
  }
  const before = errors.length;
  chains.forEach((chain, i) => checkHooks(chain, ends[i]!, hooks[i]!, errors));
  if (errors.length === before) remember(table, reach);
}

/** What a later check of a change goes by (recheck.ts). */
function remember(table: Table, { chains, hooks, ends, depths }: Reach): void {
  table.checked = true;
  for (const chain of table.chainsAsMade) {
    chain.reachedFrom = 0;
    chain.below = 0;
  }
  chains.forEach((chain, i) => {
    chain.reachedFrom = hooks[i]!;
    chain.below = depths[i]!;
    chain.endsEarly = ends[i]! < chain.length;
  });
}

function checkHooks(chain: Chain, end: number, hooks: number, errors: RuleError[]): void {
  for (let i = 0; i < end; i++) {
    if ((hooks & ~chain.like(i).hooks) === 0) continue;
    const rule = chain.rule(i);
    for (const match of rule.matches) refuseHooks(rule, match, 'match', hooks, errors);
    if (rule.target.kind === 'module') refuseHooks(rule, rule.target, 'target', hooks, errors);
  }
}

function refuseHooks(rule: Rule, { name, module, info }: Use, what: 'match' | 'target', hooks: number, errors: RuleError[]): void {
  const allowed = hooksOf(module.hooks, info);
  if ((hooks & ~allowed) === 0) return;
  const reason = `${name} ${what}: used from hooks ${hookList(hooks)}, but only usable from ${hookList(allowed)}`;
  errors.push(refusal(rule.at, name, reason));
}

function hookList(hooks: number): string {
  return HOOK_NAMES.filter((_, hook) => (hooks & (1 << hook)) !== 0).join('/');
}

function refusal(at: Location, token: string, reason: string): RuleError {
  return new RuleError('ERR_RULE_SYNTAX', at, token, reason);
}
