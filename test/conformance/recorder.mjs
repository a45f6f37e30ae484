/**
 * The recorder: the scripts that ask the live kernel (gen.py, oracle.py, realmix.py), and scenario directories as they write them.
 * Found in the folder named by HOOKLINE_RECORDER, else in ../shared/oracle beside the repository.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { compareTruths } from '../../dist/scenario/compare.js';
import { loadScenario } from '../../dist/scenario/load.js';
import { runScenario } from '../../dist/scenario/run.js';

export const REPOSITORY = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
export const PROFILES = ['filter', 'mangle', 'nat', 'conntrack', 'raw', 'v6', 'kube'];
const ONE_RUN_MS = 60_000;

/** Where the recorder should be. */
export function recorderFolder(named) {
  return resolve(named ?? process.env.HOOKLINE_RECORDER ?? join(REPOSITORY, '../shared/oracle'));
}

/** Why nothing can be recorded here; '' when it can. */
export function whyNot(folder) {
  if (!existsSync(join(folder, 'gen.py'))) return `no recorder (gen.py) in ${folder}; name its folder, or set HOOKLINE_RECORDER`;
  if (process.platform !== 'linux') return 'the kernel here is not Linux';
  if (process.getuid?.() !== 0) return 'not root';
  for (const [command, ...args] of [
    ['unshare', '-n', 'true'],
    ['python3', '--version'],
    ['iptables-legacy', '--version'],
    ['ipset', '--version'],
    ['conntrack', '--version'],
  ]) {
    const { status, error } = spawnSync(command, args, { stdio: 'ignore' });
    if (error !== undefined || status !== 0) return `${[command, ...args].join(' ')} does not work`;
  }
  return '';
}

/** Record `count` fresh random scenarios from `seed` on (all profiles in turn, or those named) under `out`. */
export function recordRandom(folder, { seed, count, profile, packets, out }) {
  const args = ['gen.py', '--seed', seed, '--count', count, '--no-verify', '--out', out, '-j', availableParallelism()];
  if (profile !== undefined) args.push('--profile', profile);
  if (packets !== undefined) args.push('--packets', packets);
  python(folder, args);
}

/** Record `count` mixtures of real rule sets and real captures under `out`. */
export function recordMixtures(folder, { seed, count, rules, captures, out }) {
  const lists = [rules, join(rules, 'INDEX.tsv'), captures, join(captures, 'INDEX.tsv')];
  python(folder, ['realmix.py', ...lists, out, '--count', count, '--seed', seed]);
}

function python(folder, args) {
  const { status, stderr, error } = spawnSync('python3', args.map(String), { cwd: folder, encoding: 'utf8', maxBuffer: 1 << 26 });
  if (error !== undefined) throw error;
  if (status !== 0) console.log(`  ${args[0]} ended with ${status}: ${stderr.trim().split('\n').at(-1)}`);
}

/** Ask the kernel once more what becomes of a scenario; false when it does not take it (a rule set that does not load). */
export function recordAgain(folder, directory) {
  rmSync(join(directory, 'truth.json'), { force: true });
  rmSync(join(directory, 'truth.json.gz'), { force: true });
  try {
    execFileSync('python3', ['oracle.py', 'run', directory, '--quiet'], { cwd: folder, stdio: 'ignore', timeout: ONE_RUN_MS });
  } catch {
    return false;
  }
  return truthOf(directory) !== null;
}

export function truthOf(directory) {
  const plain = join(directory, 'truth.json');
  if (existsSync(plain)) return JSON.parse(readFileSync(plain, 'utf8'));
  const packed = `${plain}.gz`;
  return existsSync(packed) ? JSON.parse(gunzipSync(readFileSync(packed)).toString()) : null;
}

/** Every scenario directory with a recorded outcome under a folder, by name. */
export function* scenarios(folder) {
  if (existsSync(join(folder, 'truth.json')) || existsSync(join(folder, 'truth.json.gz'))) {
    yield folder;
    return;
  }
  for (const name of readdirSync(folder).sort()) {
    const path = join(folder, name);
    if (statSync(path).isDirectory()) yield* scenarios(path);
  }
}

/** How hookline differs from what was recorded; an error counts as one. */
export function disagreements(directory, truth = truthOf(directory)) {
  try {
    return compareTruths(truth, runScenario(loadScenario(directory), { against: truth }));
  } catch (error) {
    return [
      {
        packet: -1,
        field: 'error',
        expected: '',
        actual: String(error.stack ?? error)
          .split('\n')
          .slice(0, 3)
          .join(' | '),
      },
    ];
  }
}

/** A copy of a scenario without what was recorded of it. */
export function copyScenario(from, to) {
  rmSync(to, { recursive: true, force: true });
  mkdirSync(to, { recursive: true });
  cpSync(from, to, { recursive: true, filter: (path) => !/truth\.json(\.gz)?$/.test(path) });
}
