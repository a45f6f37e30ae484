/**
 * Mutation testing of what must be right to the last bit: `npm run mutation -- [--count 300] [--seed 1] [--jobs 2] [--json FILE] [PATH...]`;
 * `--again FILE` meets those that lived in an earlier run's FILE once more.
 *
 * From all mutants of connection tracking, NAT and checksums a sample is drawn. They are all built into the code at once, and turned on
 * one at a time. Each is met first by the recorded scenarios and the models of hookline/fuzz (switching.mjs), then, if it lives, by the
 * modules' own tests, then by those of what stands on them; of all these by those that come to it. What runs when a module is loaded, and what stands within another
 * mutant, is built in by itself and meets all of them. What no test sees is listed: it is either a missing test or a change without a
 * meaning.
 */
import { spawn } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { transformWithOxc } from 'vite';
import { mutantsOf, overlap, switched } from './mutants.mjs';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const WORK = join(ROOT, '.cache/mutation');
const SUBJECTS = ['src/conntrack', 'src/nat', 'src/inet/checksum.ts'];
/** Tests that may see a mutant: the modules' own, and those of what stands on them. */
const NEAR = testsOf(`unit/conntrack unit/nat unit/inet unit/report/conntrack-list unit/xtables/match/conn unit/xtables/target/connection
  property/conntrack property/nat property/inet property/wire property/xtables/target conformance/saved-table`);
const FAR = testsOf(`unit/engine unit/replay unit/shard unit/explain unit/golden property/engine property/shard property/explain
  conformance/conntrack-events conformance/explain`);
/** Seconds of processor time for the tests of a mutant, near and far, and for one check of many: what needs more is endless. */
const NEAR_SEC = 120;
const FAR_SEC = 300;
const MEET_SEC = 900;
/** Properties draw the same for every mutant. */
const FC_SEED = '11';
const CHECK_SEC = 20;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    count: { type: 'string' },
    seed: { type: 'string' },
    jobs: { type: 'string' },
    json: { type: 'string' },
    again: { type: 'string' },
  },
});
const subjects = positionals.length > 0 ? positionals : SUBJECTS;
const count = Number(values.count ?? 300);
const jobs = Number(values.jobs ?? 2);
let state = Number(values.seed ?? 1) * 2654435761;

const files = subjects.flatMap((path) => sources(join(ROOT, path))).map((path) => path.slice(ROOT.length));
const all = files.flatMap((file) => mutantsOf(file, readFileSync(join(ROOT, file), 'utf8')));
const chosen = values.again === undefined ? shuffled(all).slice(0, count) : all.filter(lived(values.again));
const sample = chosen.map((mutant, id) => ({ ...mutant, id }));
console.log(`${sample.length} of ${all.length} mutants of ${files.length} files`);

const LOADER = pathToFileURL(join(ROOT, 'test/mutation/loader.mjs')).href;
const VITEST = [join(ROOT, 'node_modules/vitest/vitest.mjs'), 'run', '--config', 'test/mutation/vitest.config.ts'];
const script = (name) => ['--import', LOADER, join(ROOT, 'test/mutation', name)];

const found = { killed: 0, survivors: [] };
const killed = () => {
  found.killed++;
  progress();
};
const lives = (mutant) => {
  found.survivors.push(mutant);
  console.log(`  lives  ${mutant.file}:${mutant.line}  ${mutant.what}`);
  progress();
};

// what can be switched: it compiles, runs later than its module is loaded, and stands in no other
const together = [];
const alone = [];
for (const mutant of sample) {
  if (!(await compiles(mutant))) killed();
  else if (mutant.atLoad || together.some((other) => overlap(mutant, other))) alone.push(mutant);
  else together.push(mutant);
}
rmSync(WORK, { recursive: true, force: true });
const many = join(WORK, 'many');
await write(many, together);

const left = new Map(together.map((mutant) => [mutant.id, mutant]));
await Promise.all(Array.from({ length: jobs }, (_, job) => switching(job)));

const nearMeet = await meets(NEAR);
const farMeet = await meets(FAR);
await inJobs([...left.values()], async (mutant) => {
  const meeting = (tests) => tests.filter(([, ids]) => ids.has(mutant.id)).map(([name]) => name);
  const env = { MUTANT_TEXTS: many, MUTANT: mutant.id };
  if (await isSeen(meeting(nearMeet), meeting(farMeet), env)) killed();
  else lives(mutant);
});
await inJobs(alone, async (mutant, job) => {
  const folder = join(WORK, `alone-${job}`);
  rmSync(folder, { recursive: true, force: true });
  await write(folder, [mutant], byItself);
  const env = { MUTANT_TEXTS: folder, MUTANT_CODE: join(folder, 'dist') };
  if ((await run(script('one.mjs'), env, NEAR_SEC)) !== 0) killed();
  else if (await isSeen(NEAR, FAR, env)) killed();
  else lives(mutant);
});

console.log(`${found.killed} of ${sample.length} killed: ${((100 * found.killed) / sample.length).toFixed(1)} %`);
if (values.json !== undefined) writeFileSync(values.json, JSON.stringify({ ...found, done: sample.length }, null, 1));

/** A share of the mutants through switching.mjs, in a new process when one does not end; who is killed is left no longer. */
async function switching(job) {
  const rest = together.map(({ id }) => id).filter((_, i) => i % jobs === job);
  const list = join(WORK, `${job}.json`);
  while (rest.length > 0) {
    writeFileSync(list, JSON.stringify(rest));
    const child = start(
      script('switching.mjs'),
      { MUTANT_CODE: join(many, 'dist'), MUTANTS: list, MUTANTS_MET: join(WORK, 'met.json') },
      1e6,
      'pipe',
    );
    let before = 0;
    const watch = setInterval(() => {
      if (processorSec(child.pid) > before + CHECK_SEC) child.kill('SIGKILL');
    }, 1000);
    for await (const line of createInterface({ input: child.stdout })) {
      before = processorSec(child.pid);
      if (line === 'broken') throw new Error('a scenario fails without a mutant');
      const [verdict, id] = line.split(' ');
      if (id === undefined) continue;
      rest.splice(rest.indexOf(Number(id)), 1);
      if (verdict === 'killed') done(Number(id));
      // a function that makes what a module holds: to turn it on later changes nothing
      if (verdict === 'loaded') {
        alone.push(left.get(Number(id)));
        left.delete(Number(id));
      }
    }
    clearInterval(watch);
    if (rest.length > 0) done(rest.shift());
  }
}

/** What a process has used so far; elsewhere than on Linux, the time that passed. */
function processorSec(pid) {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /, '')
      .split(' ');
    return (Number(fields[11]) + Number(fields[12])) / 100;
  } catch {
    return performance.now() / 1000;
  }
}

function done(id) {
  left.delete(id);
  killed();
}

/** Whether a test fails. */
async function isSeen(near, far, env) {
  if (near.length > 0 && (await run([...VITEST, ...near], env, NEAR_SEC)) !== 0) return true;
  return far.length > 0 && (await run([...VITEST, ...far], env, FAR_SEC)) !== 0;
}

/** Which mutants each test file comes to. */
async function meets(tests) {
  const path = join(WORK, 'meet.json');
  rmSync(path, { force: true });
  const noted = { MUTANT_TEXTS: many, TESTS_MEET: path };
  const words = [...VITEST, ...tests];
  // a busy machine may let one run into its time limit: once more, and in the open
  if ((await run(words, noted, MEET_SEC)) !== 0 && (await run(words, noted, MEET_SEC, 'inherit')) !== 0)
    throw new Error('a test fails without a mutant');
  return Object.entries(JSON.parse(readFileSync(path, 'utf8'))).map(([name, ids]) => [name, new Set(ids)]);
}

function testsOf(names) {
  return names.split(/\s+/).map((name) => `test/${name}`);
}

function byItself(text, [{ start, end, to }]) {
  return text.slice(0, start) + to + text.slice(end);
}

/** Sources with mutants in them into a folder, as TypeScript at src/ and built at dist/. */
async function write(folder, mutants, change = switched) {
  for (const file of new Set(mutants.map((mutant) => mutant.file))) {
    const text = change(
      readFileSync(join(ROOT, file), 'utf8'),
      mutants.filter((mutant) => mutant.file === file),
    );
    put(join(folder, file), text);
    put(join(folder, file.replace(/^src/, 'dist').replace(/\.ts$/, '.js')), await compiled(text, file));
  }
}

function put(path, text) {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

async function compiles(mutant) {
  try {
    await compiled(byItself(readFileSync(join(ROOT, mutant.file), 'utf8'), [mutant]), mutant.file);
    return true;
  } catch {
    return false;
  }
}

/** Code of a TypeScript text, as dist/ has it. */
async function compiled(text, file) {
  const { code } = await transformWithOxc(text, file, { target: 'es2022', sourcemap: false });
  return code.replaceAll(/(from\s*['"][^'"]+)\.ts(['"])/g, '$1.js$2');
}

async function inJobs(list, work) {
  const queue = [...list];
  const next = async (job) => {
    for (let one = queue.shift(); one !== undefined; one = queue.shift()) await work(one, job);
  };
  await Promise.all(Array.from({ length: jobs }, (_, job) => next(job)));
}

/** A node with so many seconds of processor time. */
function start(words, env, limit, out) {
  return spawn('sh', ['-c', `ulimit -t ${limit}; exec "$0" "$@"`, process.execPath, ...words], {
    cwd: ROOT,
    stdio: ['ignore', out, 'ignore'],
    env: { ...process.env, FC_SEED, ...env },
  });
}

function run(words, env, limit, out = 'ignore') {
  return new Promise((resolve) => {
    start(words, env, limit, out).on('exit', (code) => resolve(code ?? 1));
  });
}

function progress() {
  process.stderr.write(`\r${found.killed} killed, ${found.survivors.length} live\x1b[K`);
}

/** Whether a mutant was among those that lived in an earlier run. */
function lived(path) {
  const { survivors } = JSON.parse(readFileSync(path, 'utf8'));
  return ({ file, start, what }) => survivors.some((was) => was.file === file && was.start === start && was.what === what);
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
