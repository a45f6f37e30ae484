/**
 * Mutation testing of what must be right to the last bit: `npm run mutation -- [--count 300] [--seed 1] [--jobs 2] [PATH...]`.
 *
 * From all mutants of connection tracking, NAT and checksums a sample is drawn. Each is met first by the recorded scenarios and the
 * models of hookline/fuzz, then, if it lives, by the unit and property tests; of all these by those that call the function it is in. What no test sees is listed: it is
 * either a missing test or a change without a meaning.
 */
import { spawn } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { transformWithOxc } from 'vite';
import { mutantsOf } from './mutants.mjs';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const WORK = join(ROOT, '.cache/mutation');
const SUBJECTS = ['src/conntrack', 'src/nat', 'src/inet/checksum.ts'];
/** Tests that may see a mutant, and those that are slow: of some files alone. */
const ALL_TESTS = `unit/conntrack unit/nat unit/inet unit/report/conntrack-list unit/xtables/match/conn unit/xtables/target/connection
  property/conntrack property/nat property/inet property/wire property/xtables/target conformance/saved-table`
  .split(/\s+/)
  .map((name) => `test/${name}`);
const SLOW_TESTS = [
  [/flow-tracker|entry-table|tuple-index/, ['test/property/engine']],
  [/events|core|confirm|proto|conntrack\.ts/, ['test/conformance/conntrack-events']],
];
/** Seconds of processor time for either step, which take about ten and fifteen: a mutant that needs more is endless. */
const LIMIT_SEC = 40;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { count: { type: 'string' }, seed: { type: 'string' }, jobs: { type: 'string' }, json: { type: 'string' } },
});
const subjects = positionals.length > 0 ? positionals : SUBJECTS;
const count = Number(values.count ?? 300);
let state = Number(values.seed ?? 1) * 2654435761;

const files = subjects.flatMap((path) => sources(join(ROOT, path))).map((path) => path.slice(ROOT.length));
const all = files.flatMap((file) => mutantsOf(file, readFileSync(join(ROOT, file), 'utf8')));
const sample = shuffled(all).slice(0, count);
console.log(`${sample.length} of ${all.length} mutants of ${files.length} files`);
mkdirSync(WORK, { recursive: true });

const LOADER = pathToFileURL(join(ROOT, 'test/mutation/loader.mjs')).href;
const SCENARIOS = ['--import', LOADER, join(ROOT, 'test/mutation/scenarios.mjs')];
const VITEST = [join(ROOT, 'node_modules/vitest/vitest.mjs'), 'run', '--config', 'test/mutation/vitest.config.ts'];
/** What each scenario, model and test file meets. */
const checksMeet = await meets(SCENARIOS, 'CHECKS_MEET');
const testsMeet = await meets([...VITEST, ...ALL_TESTS], 'TESTS_MEET');

/** Run all of it without a mutant, when nothing must fail. */
async function meets(words, variable) {
  const path = join(WORK, `${variable}.json`);
  rmSync(path, { force: true });
  if ((await run(words, { [variable]: path }, 600)) !== 0) throw new Error(`fails without a mutant: node ${words.join(' ')}`);
  return Object.entries(JSON.parse(readFileSync(path, 'utf8'))).map(([name, met]) => [name, new Set(met)]);
}

/** Those that call the function a mutant is in; of a constant nobody knows who uses it. */
function meeting(all, { file, within }) {
  if (within === '') return all.map(([name]) => name);
  const place = `${file.slice('src/'.length).replace(/\.ts$/, '')}#${within}`;
  return all.filter(([, met]) => met.has(place)).map(([name]) => name);
}

const survivors = [];
let done = 0;
await Promise.all(Array.from({ length: Number(values.jobs ?? 2) }, (_, job) => work(job)));
const killed = done - survivors.length;
console.log(`${killed} of ${done} killed: ${((100 * killed) / done).toFixed(1)} %`);
if (values.json !== undefined) writeFileSync(values.json, JSON.stringify({ killed, done, survivors }, null, 1));

async function work(job) {
  for (let mutant = sample.pop(); mutant !== undefined; mutant = sample.pop()) {
    const by = await test(mutant, job);
    done++;
    if (by === null) {
      survivors.push(mutant);
      console.log(`  lives  ${mutant.file}:${mutant.line}  ${mutant.what}`);
    }
    process.stderr.write(`\r${done} done, ${survivors.length} live\x1b[K`);
  }
}

/** What kills a mutant; null: nothing. */
async function test(mutant, job) {
  const { file, start, end, to } = mutant;
  const source = readFileSync(join(ROOT, file), 'utf8');
  const text = source.slice(0, start) + to + source.slice(end);
  const textFile = join(WORK, `${job}.ts`);
  const codeFile = join(WORK, `${job}.mjs`);
  writeFileSync(textFile, text);
  let code;
  try {
    ({ code } = await transformWithOxc(text, file, { target: 'es2022', sourcemap: false }));
  } catch {
    return 'compiler';
  }
  writeFileSync(codeFile, code.replaceAll(/(from\s*['"][^'"]+)\.ts(['"])/g, '$1.js$2'));
  const built = pathToFileURL(join(ROOT, file.replace('src/', 'dist/').replace(/\.ts$/, '.js'))).href;
  const checksFile = join(WORK, `${job}.json`);
  writeFileSync(checksFile, JSON.stringify(meeting(checksMeet, mutant)));
  if ((await run(SCENARIOS, { MUTANT_URL: built, MUTANT_CODE: codeFile, MUTANT_CHECKS: checksFile })) !== 0) return 'scenarios';
  const tests = [...meeting(testsMeet, mutant), ...SLOW_TESTS.flatMap(([files, slow]) => (files.test(file) ? slow : []))];
  if (tests.length === 0) return null;
  return (await run([...VITEST, ...tests], { MUTANT_FILE: file, MUTANT_TEXT: textFile })) === 0 ? null : 'tests';
}

function run(words, env, limit = LIMIT_SEC) {
  return new Promise((resolve) => {
    const child = spawn('sh', ['-c', `ulimit -t ${limit}; exec "$0" "$@"`, process.execPath, ...words], {
      cwd: ROOT,
      stdio: 'ignore',
      env: { ...process.env, ...env },
    });
    child.on('exit', (code) => resolve(code ?? 1));
  });
}

function sources(path) {
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path)
    .sort()
    .flatMap((name) => sources(join(path, name)));
}

function shuffled(list) {
  const copy = [...list];
  for (let i = copy.length - 1; i > 0; i--) {
    state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9) >>> 0;
    const j = state % (i + 1);
    [copy[i], copy[j]] = [copy[j], copy[i]];
  }
  return copy;
}
