/**
 * Runs every scenario directory under the given folders against its truth.json and tells how many agree, by profile, with the
 * first disagreement of each that does not. Needs a build.   node test/tools/scenarios.mjs DIR... [--verbose] [--only NAME]
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { compareTruths } from '../../dist/scenario/compare.js';
import { loadScenario } from '../../dist/scenario/load.js';
import { runScenario } from '../../dist/scenario/run.js';

const args = process.argv.slice(2);
const verbose = args.includes('--verbose');
const only = args.includes('--only') ? args[args.indexOf('--only') + 1] : '';
const folders = args.filter((arg, i) => !arg.startsWith('--') && args[i - 1] !== '--only');

function truthOf(directory) {
  const plain = join(directory, 'truth.json');
  if (existsSync(plain)) return JSON.parse(readFileSync(plain, 'utf8'));
  const packed = `${plain}.gz`;
  return existsSync(packed) ? JSON.parse(gunzipSync(readFileSync(packed)).toString()) : null;
}

function* scenarios(folder) {
  if (truthOf(folder) !== null) yield folder;
  for (const entry of readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))) {
    if (entry.isDirectory()) yield* scenarios(join(folder, entry.name));
  }
}

const totals = new Map();
const fields = new Map();
let packets = 0;
for (const folder of folders) {
  for (const directory of scenarios(folder)) {
    const name = directory.split('/').at(-1);
    if (only !== '' && !name.includes(only)) continue;
    const profile = name.replace(/-.*/, '');
    const total = totals.get(profile) ?? { runs: 0, agree: 0, errors: 0 };
    totals.set(profile, total);
    total.runs++;
    try {
      const truth = truthOf(directory);
      const found = compareTruths(truth, runScenario(loadScenario(directory), { against: truth }));
      packets += truth.packets.length;
      if (found.length === 0) {
        total.agree++;
        continue;
      }
      for (const { field } of found.slice(0, 1)) fields.set(field, (fields.get(field) ?? 0) + 1);
      console.log(`${name}: ${found.length} disagreements`);
      for (const d of found.slice(0, verbose ? 8 : 1)) {
        const cut = (text) => (verbose ? text : text.slice(0, 700));
        console.log(`   packet ${d.packet} ${d.field}\n     kernel:   ${cut(d.expected)}\n     hookline: ${cut(d.actual)}`);
      }
    } catch (error) {
      total.errors++;
      console.log(`${name}: ${error.stack?.split('\n').slice(0, 4).join(' | ') ?? error}`);
    }
  }
}
let runs = 0;
let agree = 0;
for (const [profile, total] of totals) {
  runs += total.runs;
  agree += total.agree;
  console.log(`${profile}: ${total.agree} of ${total.runs} agree completely, ${total.errors} errors`);
}
console.log(
  `${agree} of ${runs} scenarios agree completely (${packets} packets); first differences in: ${[...fields].map(([f, n]) => `${f} ${n}`).join(', ')}`,
);
process.exitCode = agree === runs ? 0 : 3;
