/**
 * Rules as text, octet for octet as iptables-legacy-save 1.8.9 writes them.
 * @module
 */
import type { Chain } from '../xtables/chain.ts';
import type { RuleSet } from '../xtables/ruleset.ts';
import type { Table } from '../xtables/table.ts';
import { printRule } from './print-rule.ts';

export interface PrintOptions {
  /** Counters before every rule (iptables-save -c). Default false: those of policies are written anyway. */
  readonly counters?: boolean;
  /** Which table comes first. The kernel lists the table made last before the others; default `'kernel'`. */
  readonly order?: 'kernel' | 'given';
  /** A comment line before and behind each table, as iptables-save has with version and date; default none. */
  readonly comments?: { readonly before: string; readonly behind: string };
}

/** The whole rule set, with counters as they stand. */
export function printRules(rules: RuleSet, options: PrintOptions = {}): string {
  const tables = options.order === 'given' ? rules.tables : [...rules.tables].reverse();
  const lines: string[] = [];
  for (const table of tables) {
    if (options.comments !== undefined) lines.push(`# ${options.comments.before}`);
    printTable(rules, table, options.counters === true, lines);
    if (options.comments !== undefined) lines.push(`# ${options.comments.behind}`);
  }
  return lines.length === 0 ? '' : `${lines.join('\n')}\n`;
}

function printTable(rules: RuleSet, table: Table, counters: boolean, lines: string[]): void {
  lines.push(`*${table.name}`);
  for (const chain of table.chains) lines.push(printChainLine(rules, chain));
  for (const chain of table.chains) {
    const position = { family: rules.family, table: table.name, chain: chain.name };
    for (let i = 0; i < chain.length; i++) {
      const text = printRule(chain.rule(i), position);
      lines.push(counters ? `${printCounters(rules, chain.firstId + i)} ${text}` : text);
    }
  }
  lines.push('COMMIT');
}

/** Own chains always show zero: what the kernel counted at their end is not told. */
function printChainLine(rules: RuleSet, chain: Chain): string {
  return chain.builtin ? `:${chain.name} ${chain.policy} ${printCounters(rules, chain.endId)}` : `:${chain.name} - [0:0]`;
}

function printCounters(rules: RuleSet, id: number): string {
  const { packets, bytes } = rules.counters;
  return `[${packets[id]}:${bytes[id]}]`;
}
