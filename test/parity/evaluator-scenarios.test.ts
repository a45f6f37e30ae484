/**
 * Every recorded scenario by each way rules are evaluated: what is told is the same to the last counter.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { loadScenario } from '../../src/scenario/load.ts';
import { runScenario } from '../../src/scenario/run.ts';
import type { Truth } from '../../src/scenario/truth.ts';
import { compiledBy } from '../../src/xtables/compiled/evaluator.ts';
import { indexedBy } from '../../src/xtables/indexed/evaluator.ts';
import { interpret } from '../../src/xtables/traverse.ts';

const FOLDER = fileURLToPath(new URL('../../fixtures/scenarios', import.meta.url));
const EVERY_CHAIN = { minRules: 1, rulesPerGroup: 0, pruneFrom: 1 };
const NO_CHAIN = { minRules: Number.POSITIVE_INFINITY, rulesPerGroup: 3, pruneFrom: 8 };
const BY_CODE = compiledBy({ walks: 1, isWorthIt: () => true, maxFunctions: Number.POSITIVE_INFINITY }, NO_CHAIN);

function scenarios(folder: string): string[] {
  if (existsSync(join(folder, 'truth.json.gz'))) return [folder];
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .flatMap((entry) => scenarios(join(folder, entry.name)));
}

const directories = scenarios(FOLDER).sort();

describe('recorded scenarios', () => {
  it.each(directories.map((directory) => [directory.slice(FOLDER.length + 1), directory]))(
    '%s: the same by every evaluator',
    (_, directory) => {
      const against = JSON.parse(gunzipSync(readFileSync(join(directory, 'truth.json.gz'))).toString()) as Truth;
      const plain = runScenario(loadScenario(directory), { against, evaluate: interpret });
      const ways = [indexedBy(EVERY_CHAIN), indexedBy(EVERY_CHAIN, false), indexedBy(NO_CHAIN), BY_CODE, undefined];
      for (const evaluate of ways) {
        expect(runScenario(loadScenario(directory), { against, longWay: true, ...(evaluate === undefined ? {} : { evaluate }) })).toEqual(
          plain,
        );
      }
    },
  );
});
