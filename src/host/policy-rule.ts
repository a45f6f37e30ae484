/**
 * Policy rules: which routing table a packet is looked up in (`ip rule`). Tried in order of priority; the kernel's own three
 * (local, main, default) stand at 0, 32766 and 32767.
 *
 *   [not] [from P] [to P] [iif D] [oif D] [tos T] [fwmark M[/MASK]] [priority N] lookup TABLE | blackhole | prohibit | unreachable
 *
 * Kernel counterpart: net/core/fib_rules.c.
 * @module
 */
import { RouteType } from '../packet/destination.ts';
import { TABLE_DEFAULT, TABLE_LOCAL, TABLE_MAIN } from './route.ts';

export interface PolicyRule {
  readonly priority: number;
  readonly not: boolean;
  readonly from: RulePrefix | null;
  readonly to: RulePrefix | null;
  readonly iif: number;
  readonly oif: number;
  /** A rule for a device that does not exist never matches. */
  readonly dead: boolean;
  readonly tos: number;
  readonly mark: number;
  readonly markMask: number;
  /** Table to look in; 0 when the rule refuses or does nothing. */
  readonly table: number;
  /** With table 0: what a match means; Unicast: go on with the next rule (nop). */
  readonly refuse: RouteType;
  /** Priority of the rule to go on with, or -1. */
  readonly goto: number;
  /** Routes found with a prefix this short or shorter do not count; -1 for none. */
  readonly suppressLength: number;
}

/** Address words and masks of a prefix (IPv4 in the first). */
export interface RulePrefix {
  readonly w0: number;
  readonly w1: number;
  readonly w2: number;
  readonly w3: number;
  readonly m0: number;
  readonly m1: number;
  readonly m2: number;
  readonly m3: number;
}

/** A rule that matches everything and does nothing; spread it and name what is there. */
export const BARE_RULE: PolicyRule = {
  priority: 0,
  not: false,
  from: null,
  to: null,
  iif: 0,
  oif: 0,
  dead: false,
  tos: 0,
  mark: 0,
  markMask: 0,
  table: 0,
  refuse: RouteType.Unicast,
  goto: -1,
  suppressLength: -1,
};

/** What a packet shows to the rules. */
export interface RuleFlow {
  readonly iif: number;
  readonly oif: number;
  readonly mark: number;
}

/** The rules every kernel starts with. IPv6 has no table `default`. */
export function kernelRules(family: 4 | 6): PolicyRule[] {
  const rules: PolicyRule[] = [
    { ...BARE_RULE, priority: 0, table: TABLE_LOCAL },
    { ...BARE_RULE, priority: 32_766, table: TABLE_MAIN },
  ];
  if (family === 4) rules.push({ ...BARE_RULE, priority: 32_767, table: TABLE_DEFAULT });
  return rules;
}

/** Put a rule in its place: behind those of equal priority. */
export function insertRule(rules: PolicyRule[], rule: PolicyRule): void {
  let at = 0;
  while (at < rules.length && rules[at]!.priority <= rule.priority) at++;
  rules.splice(at, 0, rule);
}

/** The priority the kernel gives a rule that names none: one before the first behind the head of the list. */
export function defaultPriority(rules: readonly PolicyRule[]): number {
  const second = rules[1];
  return second !== undefined && second.priority > 0 ? second.priority - 1 : 0;
}

/** Devices and mark, common to both families. */
export function matchesFlow(rule: PolicyRule, flow: RuleFlow): boolean {
  if (rule.dead) return false;
  if (rule.iif !== 0 && rule.iif !== flow.iif) return false;
  if (rule.oif !== 0 && rule.oif !== flow.oif) return false;
  return ((rule.mark ^ flow.mark) & rule.markMask) === 0;
}

/** Where in `rules` to go on behind index `at`, when the rule there says `goto`. */
export function jumpTarget(rules: readonly PolicyRule[], at: number): number {
  const { goto } = rules[at]!;
  for (let i = at + 1; i < rules.length; i++) if (rules[i]!.priority === goto) return i;
  return rules.length;
}
