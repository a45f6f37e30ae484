/**
 * All checks against many mutants, one after the other, in one process: the code has them all in it (mutants.mjs `switched`), and one is
 * turned on at a time. A check that does not come to a mutant is not asked about it. MUTANTS is a JSON list of their ids, MUTANTS_MET a file that keeps
 * which each check comes to; out come `loaded ID` of what runs already when the modules are loaded, `killed ID` and `lives ID`, and a dot a
 * check, so that silence is an endless mutant's.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';

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
const loaded = new Set(ids.filter((id) => counts[id] > 0));
for (const id of loaded) process.stdout.write(`loaded ${id}\n`);

function fails(check) {
  process.stdout.write('.\n');
  try {
    return check();
  } catch {
    return true;
  }
}

const { MUTANTS_MET } = process.env;
if (!existsSync(MUTANTS_MET)) writeFileSync(MUTANTS_MET, JSON.stringify(checks.map(meet)));
/** Of each check, how often it comes to each mutant. */
const met = JSON.parse(readFileSync(MUTANTS_MET, 'utf8')).map((pairs) => new Map(pairs));

function meet(check) {
  counts = new Uint32Array(counts.length);
  if (fails(check)) {
    process.stdout.write('broken\n');
    process.exit(1);
  }
  return [...counts.entries()].filter(([, count]) => count > 0);
}

for (const id of ids.filter((id) => !loaded.has(id))) {
  on = id;
  const isKilled = checks.some((check, i) => {
    const often = met[i].get(id);
    if (often === undefined) return false;
    counts = new Uint32Array(counts.length);
    limit = often * PATIENCE + GRACE;
    return fails(check) || counts[id] > limit;
  });
  process.stdout.write(`${isKilled ? 'killed' : 'lives'} ${id}\n`);
}
