import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RuleError } from '../../../src/errors.ts';
import { Hook } from '../../../src/hook/hook.ts';
import { printRules } from '../../../src/iptables/print.ts';
import { parseRules, updateRules } from '../../../src/iptables/save.ts';
import { compiledBy } from '../../../src/xtables/compiled/evaluator.ts';
import type { EvaluatorFactory } from '../../../src/xtables/evaluator.ts';
import { indexedBy } from '../../../src/xtables/indexed/evaluator.ts';
import type { RuleSet } from '../../../src/xtables/ruleset.ts';
import { interpret } from '../../../src/xtables/traverse.ts';
import { RandomUpdates } from '../../support/random-updates.ts';
import { Bench, packet4 } from '../../unit/xtables/bench.ts';

const RUNS = Math.max(80, Number(process.env['FC_RUNS'] ?? 0));
const PACKETS = 12;
const CHANGES = 6;
const ALWAYS = indexedBy({ minRules: 1, rulesPerGroup: 0, pruneFrom: 1 });
const BY_CODE = compiledBy({ walks: 2, isWorthIt: () => true, maxFunctions: Number.POSITIVE_INFINITY });

/** Why a change was refused, '' where it was not. */
function tryUpdate(rules: RuleSet, change: string): string {
  try {
    updateRules(rules, change, { file: 'change' });
    return '';
  } catch (error) {
    // a rule of the two stands at other places of their texts; the nearest name depends on the order of chains
    if (error instanceof RuleError) return error.message.replace(/ \(did you mean.*/, '').replace(/^(?:rules|change):[0-9:]+/, '');
    throw error;
  }
}

const printed = (rules: RuleSet): string => printRules(rules, { counters: true, order: 'given' });

/** Send the same packets through two rule sets; all they did. */
function walk(source: RandomUpdates, benches: readonly Bench[]): unknown[][] {
  const told: unknown[][] = benches.map(() => []);
  for (let i = 0; i < PACKETS; i++) {
    const fields = source.packet();
    const hook = i % 3 === 0 ? Hook.Input : Hook.Forward;
    benches.forEach((bench, k) => told[k]!.push(bench.run(hook, packet4({ ...fields, indev: 1, outdev: hook === Hook.Input ? 0 : 2 }))));
  }
  benches.forEach(({ rules }, k) => {
    const shown = rules.hits().filter(({ rule }) => !rule.endsWith(':return')); // no text tells what a return has counted
    told[k]!.push(
      printed(rules),
      shown.map(({ rule, packets, bytes }) => [rule, packets, bytes]),
    );
  });
  return told;
}

function hold(seed: number, evaluate: EvaluatorFactory): number {
  const source = new RandomUpdates(seed);
  const base = source.base();
  let rules: RuleSet;
  try {
    rules = parseRules(base);
  } catch {
    return 0; // a circle: nothing to change
  }
  const bench = new Bench(rules, false, evaluate);
  walk(source, [bench]);
  let taken = 0;
  for (let i = 0; i < CHANGES; i++) {
    const change = source.change();
    const before = printed(rules);
    const story = `${base}\nafter which\n${before}\nis changed by\n${change}`;
    const twin = parseRules(before);
    for (const table of twin.tables) table.checked = false;
    const refusal = tryUpdate(rules, change);
    expect(refusal, story).toBe(tryUpdate(twin, change));
    const after = printed(rules);
    if (refusal !== '') expect(after, story).toBe(before);
    else taken++;
    const anew = parseRules(after);
    expect(printed(anew), story).toBe(after);
    expect(printed(twin), story).toBe(after);
    expect(rules.ruleCount, story).toBe(anew.ruleCount);
    const [changed, fresh] = walk(source, [bench, new Bench(anew, false, evaluate)]);
    expect(changed, story).toEqual(fresh);
  }
  return taken;
}

describe('a rule set changed in use', () => {
  it.each([
    ['by the interpreter', interpret],
    ['by an index', ALWAYS],
    ['by code', BY_CODE],
  ])('is the one its text says it is now, evaluated %s; a refused change changes nothing', (_, evaluate) => {
    let taken = 0;
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        taken += hold(seed, evaluate);
      }),
      { numRuns: RUNS },
    );
    expect(taken).toBeGreaterThan(RUNS);
  });
});
