/**
 * An order that is suggested changes no packet's fate.
 */
import { describe, expect, it } from 'vitest';
import { coverageOf, RuleHits } from '../../../src/coverage/index.ts';
import { parseRules } from '../../../src/iptables/save.ts';
import { denseRules } from '../../support/dense-rules.ts';
import { Shower } from '../../support/packet-shower.ts';

const RULESETS = Number(process.env['COVERAGE_RULESETS'] ?? 150);
const PACKETS = 300;

/** The text with the rules of one chain in another order. */
function reordered(text: string, chain: string, places: readonly number[]): string {
  const lines = text.split('\n');
  const rules = lines.filter((line) => line.startsWith(`-A ${chain} `));
  let next = 0;
  return lines.map((line) => (line.startsWith(`-A ${chain} `) ? rules[places[next++]! - 1]! : line)).join('\n');
}

function showered(text: string, seed: number): Shower {
  const shower = new Shower(parseRules(text, { file: 'rules', family: 4 }));
  shower.shower(PACKETS, seed);
  return shower;
}

describe('a suggested order', () => {
  it('changes no fate', () => {
    let suggested = 0;
    for (let seed = 1; seed <= RULESETS; seed++) {
      const text = denseRules(seed);
      const before = showered(text, seed);
      const { orders } = coverageOf([{ rules: before.rules, hits: new RuleHits(before.rules) }]);
      for (const { chain, rules, asked, askedThen } of orders) {
        suggested++;
        expect(askedThen).toBeLessThan(asked);
        const places = rules.map(({ place }) => place);
        expect(places.toSorted((a, b) => a - b)).toEqual(places.map((_, i) => i + 1));
        const after = new Shower(parseRules(reordered(text, chain, places), { file: 'rules', family: 4 }));
        after.shower(PACKETS, seed);
        expect(after.verdicts, `rule set ${seed}, ${chain}: ${places.join(' ')}`).toEqual(before.verdicts);
      }
    }
    expect(suggested).toBeGreaterThan(RULESETS / 10);
  });
});
