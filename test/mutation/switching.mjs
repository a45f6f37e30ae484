/**
 * All checks against many mutants, one after the other, in one process: the code has them all in it (mutants.mjs `switched`), and one is
 * turned on at a time. A check that does not come to a mutant is not asked about it. MUTANTS is a JSON list of their ids; out come
 * `killed ID` and `lives ID`, and a dot a check, so that silence is an endless mutant's.
 */
import { readFileSync } from 'node:fs';

const ids = JSON.parse(readFileSync(process.env.MUTANTS, 'utf8'));
/** Evaluations of a mutant, over those without it, after which a loop has no end. */
const PATIENCE = 100;
const GRACE = 1_000_000;

let counts = new Uint32Array(Math.max(...ids) + 1);
let on = -1;
let limit = 0;
globalThis.mutant = (id) => {
  counts[id]++;
  if (id !== on) return false;
  if (counts[id] > limit) throw new Error('endless');
  return true;
};
const { checks } = await import('./scenarios.mjs');

function fails(check) {
  process.stdout.write('.\n');
  try {
    return check();
  } catch {
    return true;
  }
}

const met = checks.map((check) => {
  counts = new Uint32Array(counts.length);
  if (fails(check)) {
    process.stdout.write('broken\n');
    process.exit(1);
  }
  return counts;
});
for (const id of ids) {
  on = id;
  const isKilled = checks.some((check, i) => {
    if (met[i][id] === 0) return false;
    counts = new Uint32Array(counts.length);
    limit = met[i][id] * PATIENCE + GRACE;
    return fails(check) || counts[id] > limit;
  });
  process.stdout.write(`${isKilled ? 'killed' : 'lives'} ${id}\n`);
}
