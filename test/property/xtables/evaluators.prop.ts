/**
 * All evaluators of rules are one: verdicts, effects, counters, hits in their order, and what walks depend on. The interpreter, which
 * asks every rule in turn, is the reference.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseRules } from '../../../src/iptables/save.ts';
import { compiledBy, evaluateCompiled } from '../../../src/xtables/compiled/evaluator.ts';
import type { EvaluatorFactory } from '../../../src/xtables/evaluator.ts';
import { indexedBy } from '../../../src/xtables/indexed/evaluator.ts';
import { MATCHES } from '../../../src/xtables/match/index.ts';
import { TARGETS } from '../../../src/xtables/target/index.ts';
import type { RuleSet } from '../../../src/xtables/ruleset.ts';
import { interpret } from '../../../src/xtables/traverse.ts';
import { REFUSED } from '../../support/module-texts.ts';
import type { Frame } from '../../support/random-frames.ts';
import { RandomRules } from '../../support/random-rules.ts';
import { RandomTables } from '../../support/random-tables.ts';
import { RuledRouter, type RunOptions, type Story } from '../../support/ruled-router.ts';

const RUNS = Math.max(120, Number(process.env['FC_RUNS'] ?? 0));
const PACKETS = 20;
/** Rule sets in which every module has stood. */
const ENOUGH = 600;

const EVERY_CHAIN = { minRules: 1, rulesPerGroup: 0, pruneFrom: 1 };
const NO_CHAIN = { minRules: Number.POSITIVE_INFINITY, rulesPerGroup: 3, pruneFrom: 8 };

interface Way {
  readonly name: string;
  readonly evaluate: EvaluatorFactory;
  /** No rule is passed over: what a walk depends on is the same to the last note. */
  readonly isPlain: boolean;
}

/** Code of every chain from its second walk on. */
const CODE: Way = {
  name: 'code',
  evaluate: compiledBy({ walks: 1, isWorthIt: () => true, maxFunctions: Number.POSITIVE_INFINITY }, NO_CHAIN),
  isPlain: true,
};
const OTHERS: readonly Way[] = [
  { name: 'an index', evaluate: indexedBy(EVERY_CHAIN), isPlain: false },
  { name: 'an index, each rule made by itself', evaluate: indexedBy(EVERY_CHAIN, false), isPlain: false },
  { name: 'rows of a form', evaluate: indexedBy(NO_CHAIN), isPlain: true },
  {
    name: 'code of some chains, beside an index',
    evaluate: compiledBy({ walks: 5, maxFunctions: 3, isWorthIt: ({ rules }) => rules % 2 === 0 }, EVERY_CHAIN),
    isPlain: false,
  },
  { name: 'what is taken by choice', evaluate: evaluateCompiled, isPlain: false },
];

/** A rule set and what it is given. */
interface Source {
  readonly family: 4 | 6;
  readonly sets: string;
  text(): string;
  frame(): Frame;
}

function storyOf(rules: RuleSet, frames: readonly Frame[], options: RunOptions): Story {
  const router = new RuledRouter(rules, options);
  for (const frame of frames) router.take(frame);
  return router.story;
}

/**
 * Hold code and one of the other ways to the interpreter: one of the two over the long way, to the last hit, the other over the short
 * way, which trusts the notes, to all that is done.
 */
function hold(source: Source, seed: number): void {
  const { sets, family } = source;
  const text = source.text();
  const rules = parseRules(text, { file: 'rules', family });
  const frames = Array.from({ length: PACKETS }, () => source.frame());
  const isCodeLong = Math.floor(seed / OTHERS.length) % 2 === 0;
  // the interpreter is last: it makes rules of all lines of the text
  const told = [OTHERS[seed % OTHERS.length]!, CODE].map((way) => {
    const longWay = (way === CODE) === isCodeLong;
    return { way, longWay, story: storyOf(rules, frames, { sets, evaluate: way.evaluate, longWay }) };
  });
  const plain = storyOf(rules, frames, { sets, evaluate: interpret, longWay: true });
  for (const { way, longWay, story } of told) {
    const expected = { ...plain, hits: longWay ? plain.hits : [], notes: longWay && way.isPlain ? plain.notes : [] };
    const actual = { ...story, notes: way.isPlain ? story.notes : [] };
    // most are equal, and that is seen faster so
    if (JSON.stringify(actual) === JSON.stringify(expected)) continue;
    expect(actual, `${way.name}, ${longWay ? 'long' : 'short'} way\n${text}`).toEqual(expected);
  }
}

function oneChain(seed: number): Source {
  const rules = new RandomRules(seed);
  return { family: rules.isIpv6 ? 6 : 4, sets: '', text: () => rules.text(), frame: () => rules.frame() };
}

describe('rules that are not asked in turn', () => {
  it('do what those do, in the forwarding chains', () => {
    fc.assert(
      fc.property(fc.nat(), (seed) => hold(oneChain(seed), seed)),
      { numRuns: RUNS, unbiased: true },
    );
  });

  it('do so in all tables with every match and target', () => {
    fc.assert(
      fc.property(fc.nat(), (seed) => hold(new RandomTables(seed), seed)),
      { numRuns: RUNS, unbiased: true },
    );
  });

  it('are drawn from every module there is', () => {
    const missing = new Set([...MATCHES.map(({ name }) => `-m ${name}`), ...TARGETS.map(({ name }) => `-j ${name}`)]);
    // two modules are called ah
    missing.add('-m ah, IPv4').add('-m ah, IPv6').delete('-m ah');
    for (const name of REFUSED) missing.delete(`-m ${name}`);
    for (let seed = 0; seed < ENOUGH && missing.size > 0; seed++) {
      const source = new RandomTables(seed);
      const rules = parseRules(source.text(), { file: 'rules', family: source.family });
      for (const table of rules.tables) {
        for (const chain of table.chains) {
          for (const { matches, target } of chain.rules) {
            for (const { module } of matches) missing.delete(module.name === 'ah' ? `-m ah, IPv${source.family}` : `-m ${module.name}`);
            if (target.kind === 'module') missing.delete(`-j ${target.module.name}`);
          }
        }
      }
    }
    expect([...missing]).toEqual([]);
  });
});
