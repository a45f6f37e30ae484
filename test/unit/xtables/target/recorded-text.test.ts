/**
 * Every row of recorded-text.json was given to iptables-legacy 1.8.9 on a 6.18 kernel: family, table, chain, the rule; what
 * iptables-save then printed (null when it was refused) and what `iptables -L -n` showed.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { listRules } from '../../../../src/iptables/list.ts';
import { printRules } from '../../../../src/iptables/print.ts';
import { rulesOf } from '../../../support/target-machine.ts';

type Row = [family: 4 | 6, table: string, chain: string, rule: string, saved: string | null, listed: string | null];
const ROWS = JSON.parse(readFileSync(new URL('./recorded-text.json', import.meta.url), 'utf8')) as Row[];

/** The rule as iptables-save prints it, or null when it is refused. */
function saved(family: 4 | 6, table: string, chain: string, rule: string): string | null {
  try {
    return (
      printRules(rulesOf(family, table, chain, rule))
        .split('\n')
        .find((line) => line.startsWith('-A')) ?? ''
    );
  } catch {
    return null;
  }
}

/** What iptables-save prints but iptables-restore does not read: a base port of 0, a label with a blank, a time that overflowed. */
const NOT_READ_BACK = /:10-20\/0|--label a b|302\.0s/;
/** Rules whose printed form iptables reads again. */
const READ_BACK = ROWS.filter(([, , , , saved]) => saved !== null && !NOT_READ_BACK.test(saved));

describe('targets as text', () => {
  it.each(ROWS)('IPv%i -t %s -A %s %s', (family, table, chain, rule, expected, listed) => {
    expect(saved(family, table, chain, rule)).toBe(expected);
    if (expected === null) return;
    const lines = listRules(rulesOf(family, table, chain, rule), { table, chain }).split('\n');
    expect(lines[2]).toBe(listed);
  });

  it.each(READ_BACK)('reads back what it prints: IPv%i -t %s -A %s %s', (family, table, chain, _, expected) => {
    expect(saved(family, table, chain, expected!.replace(`-A ${chain} `, ''))).toBe(expected);
  });
});
