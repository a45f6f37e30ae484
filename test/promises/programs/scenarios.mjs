/**
 * All recorded scenarios in this process, every chain to become code at once: `node scenarios.mjs`. Prints whether Node makes code from
 * strings, how many scenarios there were, and those that came out otherwise than the kernel's.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { compareTruths } from '../../../dist/scenario/compare.js';
import { loadScenario } from '../../../dist/scenario/load.js';
import { runScenario } from '../../../dist/scenario/run.js';
import { compiledBy } from '../../../dist/xtables/compiled/evaluator.js';

const FOLDER = fileURLToPath(new URL('../../../fixtures/scenarios', import.meta.url));
const evaluate = compiledBy({ walks: 1, isWorthIt: () => true, maxFunctions: Number.POSITIVE_INFINITY });

function scenarios(folder) {
  if (existsSync(join(folder, 'truth.json.gz'))) return [folder];
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .flatMap((entry) => scenarios(join(folder, entry.name)));
}

function makesCode() {
  try {
    // eslint-disable-next-line no-new-func, typescript/no-implied-eval -- whether it may be done is the question
    return new Function('return true')();
  } catch {
    return false;
  }
}

const all = scenarios(FOLDER);
const otherwise = all.filter((directory) => {
  const against = JSON.parse(gunzipSync(readFileSync(join(directory, 'truth.json.gz'))).toString());
  const ours = runScenario(loadScenario(directory), { against, evaluate, longWay: true });
  return compareTruths(against, ours).length > 0;
});
console.log(JSON.stringify({ makesCode: makesCode(), scenarios: all.length, otherwise }));
