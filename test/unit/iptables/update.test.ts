import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { RuleError } from '../../../src/errors.ts';
import { Hook } from '../../../src/hook/hook.ts';
import { printRules } from '../../../src/iptables/print.ts';
import { parseRules, updateRules } from '../../../src/iptables/save.ts';
import { Bench, packet4 } from '../xtables/bench.ts';

interface Recorded {
  readonly base: string;
  readonly cases: readonly { readonly name: string; readonly change: string; readonly status: number; readonly saved: string }[];
}

const { base, cases } = JSON.parse(readFileSync(new URL('../../../fixtures/updates/noflush.json', import.meta.url), 'utf8')) as Recorded;

function afterwards(change: string): { readonly status: number; readonly saved: string } {
  const rules = parseRules(base);
  let status = 0;
  try {
    updateRules(rules, change);
  } catch (error) {
    if (!(error instanceof RuleError)) throw error;
    status = 1;
  }
  return { status, saved: printRules(rules, { counters: true }) };
}

describe('updateRules', () => {
  it.each(cases)('does what iptables-restore --noflush did: $name', ({ change, status, saved }) => {
    expect(afterwards(change)).toEqual({ status: Math.min(status, 1), saved });
  });

  it('takes nothing of a text with a mistake in its last table, and tells where it stands', () => {
    const rules = parseRules(base);
    const before = printRules(rules, { counters: true });
    const change = '*filter\n-F\n-P INPUT DROP\n:new - [0:0]\n-A new -j DROP\nCOMMIT\n*mangle\n-A INPUT -j nowhere\nCOMMIT\n';
    expect(() => updateRules(rules, change, { file: 'change' })).toThrow("change:8:13: Couldn't load target 'nowhere'");
    expect(printRules(rules, { counters: true })).toBe(before);
    expect(rules.tables.map(({ name }) => name)).toEqual(['filter']);
  });

  it('renames chains of several tables to which rules lead that nobody has asked for yet', () => {
    const block = (name: string): string => `*${name}\n:a - [0:0]\n${'-A FORWARD -s 10.0.0.1/32 -j a\n'.repeat(3)}COMMIT\n`;
    const rules = parseRules(`${block('mangle')}${block('filter')}`);
    updateRules(rules, '*mangle\n-E a b\nCOMMIT\n*filter\n-E a b\nCOMMIT\n');
    expect(printRules(rules).match(/-j b$/gm)).toHaveLength(6);
  });

  it('keeps what the rules that stay remember', () => {
    const lines = ['-A FORWARD -m statistic --mode nth --every 3 --packet 0 -j DROP', '-A FORWARD -m mark --mark 9'];
    const rules = parseRules(`*filter\n${lines.join('\n')}\nCOMMIT\n`);
    const bench = new Bench(rules);
    const isDropped = (): boolean => bench.run(Hook.Forward, packet4()).hits.includes('filter:FORWARD:2');
    expect([isDropped(), isDropped()]).toEqual([false, false]);
    updateRules(rules, '*filter\n-I FORWARD -m mark --mark 7\n-D FORWARD 3\nCOMMIT\n');
    expect([isDropped(), isDropped(), isDropped(), isDropped()]).toEqual([false, true, false, false]);
  });

  it('adds the hooks of a table that was not there, and turns on what new rules need', () => {
    const rules = parseRules('*filter\nCOMMIT\n');
    const bench = new Bench(rules);
    updateRules(rules, '*mangle\n-A FORWARD -j MARK --set-mark 5\nCOMMIT\n*filter\n-A FORWARD -m conntrack --ctstate NEW\nCOMMIT\n');
    expect(bench.enabled).toEqual([4]);
    expect(bench.hooks.list(Hook.Forward).map(({ name }) => name)).toEqual(['mangle', 'filter']);
  });
});
