/**
 * Fresh random scenarios, asked of the live kernel and of hookline: `npm run conformance:live -- [RECORDER] [options]`.
 *
 *   --seed N       first seed (default: a random one below 900000)      --count N      scenarios (default 70, profiles in turn)
 *   --profile P    one profile, or several with commas                  --packets N    packets a scenario
 *   --mix N        mixtures of real rule sets and captures too          --rules DIR --captures DIR    where those are
 *   --keep DIR     where shrunk disagreements go (default .cache/conformance)     --shrink DIR    shrink one scenario and stop
 *
 * Needs root, network namespaces and the recorder; says so and passes where one is missing. A disagreement is recorded again: one
 * the kernel does not show twice is a matter of its clock and only counted. One that stays is shrunk and kept, and fails the run,
 * unless test/conformance/known-divergence.txt lists it (a line `live/NAME  FIELD  /PATTERN/  REASON`).
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import {
  copyScenario,
  disagreements,
  PROFILES,
  recordAgain,
  recorderFolder,
  recordMixtures,
  recordRandom,
  REPOSITORY,
  scenarios,
  truthOf,
  whyNot,
} from './recorder.mjs';
import { shrink } from './shrink.mjs';

const BATCH = 70;
const SHRUNK_AT_MOST = 5;
const NAMES = ['seed', 'count', 'profile', 'packets', 'mix', 'rules', 'captures', 'keep', 'shrink', 'tries'];
const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: Object.fromEntries(NAMES.map((name) => [name, { type: 'string' }])),
});
const folder = recorderFolder(positionals[0]);
const reason = whyNot(folder);
if (reason !== '') {
  console.log(`conformance:live skipped: ${reason}`);
  process.exit(0);
}
const keep = options.keep ?? join(REPOSITORY, '.cache/conformance');
const seed = Number(options.seed ?? 100_000 + Math.floor(Math.random() * 790_000));
const KNOWN = readFileSync(join(REPOSITORY, 'test/conformance/known-divergence.txt'), 'utf8')
  .split('\n')
  .map((line) => /^live\/\S+\s+(\S+)\s+\/(.*?)\/\s/.exec(line))
  .filter((match) => match !== null)
  .map(([, field, pattern]) => ({ field, pattern: new RegExp(pattern, 'u') }));
const isKnown = ({ field, expected, actual }) => KNOWN.some((k) => k.field === field && k.pattern.test(`${expected}\n${actual}`));

const totals = new Map();
let shrunk = 0;
let failed = 0;
const work = mkdtempSync(join(tmpdir(), 'hookline-live-'));
process.on('exit', () => rmSync(work, { recursive: true, force: true }));
process.on('SIGINT', () => process.exit(130));

if (options.shrink !== undefined) report(options.shrink);
else run();
process.exitCode = failed === 0 ? 0 : 1;

function run() {
  const count = Number(options.count ?? 70);
  const mixtures = Number(options.mix ?? 0);
  console.log(`${count} random scenarios from seed ${seed}${mixtures > 0 ? `, ${mixtures} mixtures` : ''}; recorder ${folder}`);
  for (let done = 0; done < count; done += BATCH) {
    const out = join(work, 'random');
    const { profile, packets } = options;
    recordRandom(folder, { seed: seed + done, count: Math.min(BATCH, count - done), profile, packets, out });
    checkAll(out);
  }
  for (let done = 0; done < mixtures; done += BATCH) {
    const out = join(work, 'mixed');
    const rules = options.rules ?? join(folder, '../rulesets');
    const captures = options.captures ?? join(folder, '../captures');
    recordMixtures(folder, { seed: seed + done, count: Math.min(BATCH, mixtures - done), rules, captures, out });
    checkAll(out);
  }
  const sum = { runs: 0, packets: 0, agree: 0, unsteady: 0, known: 0, differ: 0 };
  for (const [profile, total] of [...totals].sort(([a], [b]) => order(a) - order(b))) {
    for (const key of Object.keys(sum)) sum[key] += total[key];
    console.log(line(profile, total));
  }
  console.log(line('all', sum));
}

function order(profile) {
  const at = PROFILES.indexOf(profile);
  return at < 0 ? PROFILES.length : at;
}

function line(name, { runs, packets, agree, unsteady, known, differ }) {
  const rest = [
    ['not shown twice by the kernel', unsteady],
    ['published', known],
    ['DIFFER', differ],
  ].filter(([, n]) => n > 0);
  return `${name.padEnd(10)} ${agree} of ${runs} agree (${packets} packets)${rest.map(([what, n]) => `, ${n} ${what}`).join('')}`;
}

/** Compare every scenario under `out`, then clear it. */
function checkAll(out) {
  mkdirSync(out, { recursive: true });
  let checked = 0;
  for (const directory of scenarios(out)) {
    check(directory);
    checked++;
  }
  console.log(`  ${checked} compared`);
  rmSync(out, { recursive: true, force: true });
}

function check(directory) {
  const profile = basename(directory).replace(/-.*/, '');
  const total = totals.get(profile) ?? { runs: 0, packets: 0, agree: 0, unsteady: 0, known: 0, differ: 0 };
  totals.set(profile, total);
  total.runs++;
  const truth = truthOf(directory);
  total.packets += truth.packets.length;
  const found = disagreements(directory, truth);
  if (found.length === 0) total.agree++;
  else if (found.every(isKnown)) total.known++;
  else if (!showsAgain(directory)) total.unsteady++;
  else {
    total.differ++;
    report(directory);
  }
}

/** Whether the kernel does it again. */
function showsAgain(directory) {
  const again = join(work, 'again');
  copyScenario(directory, again);
  return recordAgain(folder, again) && disagreements(again).some((each) => !isKnown(each));
}

/** Tell of a disagreement, shrunk and kept if there are not too many by now. */
function report(directory) {
  failed++;
  const name = basename(directory);
  const to = join(keep, name);
  const [first] = disagreements(directory);
  if (first === undefined) {
    failed--;
    console.log(`${name} agrees`);
    return;
  }
  console.log(`${name}: packet ${first.packet} ${first.field}\n   kernel:   ${cut(first.expected)}\n   hookline: ${cut(first.actual)}`);
  if (shrunk++ >= SHRUNK_AT_MOST) return;
  const tries = Number(options.tries ?? 150);
  const left = shrink(folder, directory, to, { tries, log: (message) => console.log(`   ${message}`) });
  if (left === null) return;
  const [small] = left.found;
  writeFileSync(
    join(to, 'NOTE'),
    `${name}, shrunk to ${left.rules} rules and ${left.packets} packets.\nDiffers in: ${small?.field ?? '?'}\n`,
  );
  console.log(`   kept in ${to}: ${left.rules} rules, ${left.packets} packets`);
}

function cut(value) {
  return value.length <= 300 ? value : `${value.slice(0, 300)}...`;
}
