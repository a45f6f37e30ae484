/**
 * No packet ever hits a rule that is called dead: random packets through random rule sets, and through the real ones of
 * fixtures/rules. COVERAGE_RULESETS, COVERAGE_PACKETS and COVERAGE_FOLDER widen it.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { deadRulesOf } from '../../../src/coverage/dead-rules.ts';
import { RegionReader } from '../../../src/coverage/rule-region.ts';
import { HooklineError } from '../../../src/errors.ts';
import { parseRules } from '../../../src/iptables/save.ts';
import type { RuleSet } from '../../../src/xtables/ruleset.ts';
import { ROOT } from '../../support/cli.ts';
import { denseRules } from '../../support/dense-rules.ts';
import { Shower } from '../../support/packet-shower.ts';
import { RandomRules } from '../../support/random-rules.ts';

const RULESETS = Number(process.env['COVERAGE_RULESETS'] ?? 100);
const PACKETS = Number(process.env['COVERAGE_PACKETS'] ?? 300);
const FOLDER = process.env['COVERAGE_FOLDER'] ?? join(ROOT, 'fixtures', 'rules');

/** Numbers of the rules called dead, of all tables. */
function deadOf(rules: RuleSet): Set<number> {
  const reader = new RegionReader(rules.family);
  return new Set(rules.tables.flatMap((table) => [...deadRulesOf(table, reader).dead.keys()]));
}

function hitDeadRules(rules: RuleSet, dead: ReadonlySet<number>): string[] {
  return [...dead].filter((id) => rules.counters.packets[id]! > 0).map((id) => rules.ruleName(id));
}

describe('rules called dead', () => {
  it('are hit by no random packet, in random rule sets', () => {
    let called = 0;
    let live = 0;
    for (let seed = 1; seed <= RULESETS; seed++) {
      const source = new RandomRules(seed);
      const rules = parseRules(source.text(), { file: 'rules', family: source.isIpv6 ? 6 : 4 });
      const dead = deadOf(rules);
      called += dead.size;
      new Shower(rules).shower(PACKETS, seed);
      expect(hitDeadRules(rules, dead), `rule set ${seed}`).toEqual([]);
      live += rules.hits().length;
    }
    // the property is about something
    expect(called).toBeGreaterThan(RULESETS);
    expect(live).toBeGreaterThan(RULESETS);
  });

  it("are hit by no random packet, where rules get in each other's way", () => {
    let called = 0;
    let live = 0;
    for (let seed = 1; seed <= RULESETS; seed++) {
      const rules = parseRules(denseRules(seed), { file: 'rules', family: 4 });
      const dead = deadOf(rules);
      called += dead.size;
      new Shower(rules).shower(PACKETS, seed);
      expect(hitDeadRules(rules, dead), `rule set ${seed}`).toEqual([]);
      live += rules.hits().length;
    }
    expect(called).toBeGreaterThan(RULESETS * 3);
    expect(live).toBeGreaterThan(RULESETS * 5);
  });

  const real = readdirSync(FOLDER, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !/\.(?:t|md|saved|nft|tsv|json|gz)$|legacy$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name).slice(FOLDER.length + 1))
    .filter((name) => /^\*(?:filter|nat|mangle|raw|security)\b/m.test(readFileSync(join(FOLDER, name), 'utf8')))
    .sort();

  it.each(real)('are hit by no random packet, in %s', (name) => {
    const text = readFileSync(join(FOLDER, name), 'utf8');
    let rules: RuleSet;
    try {
      rules = parseRules(text, { file: name, ...(name.endsWith('6') ? { family: 6 as const } : {}) });
    } catch {
      return;
    }
    const dead = deadOf(rules);
    try {
      new Shower(rules).shower(PACKETS * 3, name.length);
    } catch (error) {
      if (!(error instanceof HooklineError)) throw error;
    }
    expect(hitDeadRules(rules, dead)).toEqual([]);
  });
});
