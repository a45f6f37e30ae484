/**
 * `npm run coverage`: the whole suite with what its child processes ran counted in. vitest sees the code it runs itself; the command
 * line, workers and the page's maker run as programs, from dist/. Their coverage is taken by Node (NODE_V8_COVERAGE), led back to src/
 * by the source maps, and joined line by line and branch by branch, where both began at the same place.
 *
 * Prints lines and branches in all and by folder; `--check` fails below 95 % and 90 %.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { mergeProcessCovs } from '@bcoe/v8-coverage';
import { convert } from 'ast-v8-to-istanbul';
import libCoverage from 'istanbul-lib-coverage';
import { parseSync } from 'oxc-parser';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const OUT = join(ROOT, '.cache/coverage');
const CHILDREN = join(OUT, 'children');
const DIST = pathToFileURL(join(ROOT, 'dist/')).href;
/** Processes joined in one go. */
const AT_ONCE = 40;
const LEAST = { lines: 95, branches: 90 };

if (!process.argv.includes('--report')) {
  rmSync(OUT, { recursive: true, force: true });
  mkdirSync(CHILDREN, { recursive: true });
  const words = [
    'run',
    '--config',
    'test/vitest.config.ts',
    '--coverage',
    '--coverage.reportOnFailure',
    '--coverage.reporter=json',
    '--coverage.clean=false',
  ];
  const { status } = spawnSync(process.execPath, [join(ROOT, 'node_modules/vitest/vitest.mjs'), ...words], {
    cwd: ROOT,
    stdio: 'inherit',
    env: { ...process.env, NODE_V8_COVERAGE: CHILDREN, HOOKLINE_UNBUNDLED: '1' },
  });
  if (status !== 0) process.exitCode = 1;
}

const children = await childCoverage();
const base = JSON.parse(readFileSync(join(OUT, 'coverage-final.json'), 'utf8'));
const folders = new Map();
const all = { lines: 0, linesHit: 0, branches: 0, branchesHit: 0 };
for (const [path, data] of Object.entries(base)) {
  const sums = sumsOf(libCoverage.createFileCoverage(data), children.get(path));
  const folder = path.slice(join(ROOT, 'src/').length).split('/')[0];
  const so = folders.get(folder) ?? { lines: 0, linesHit: 0, branches: 0, branchesHit: 0 };
  for (const key of Object.keys(all)) {
    all[key] += sums[key];
    so[key] += sums[key];
  }
  folders.set(folder, so);
}
for (const [folder, sums] of [...folders].sort(([a], [b]) => (a < b ? -1 : 1))) console.log(told(folder, sums));
console.log(told('all', all));
if (
  process.argv.includes('--check') &&
  (percent(all.linesHit, all.lines) < LEAST.lines || percent(all.branchesHit, all.branches) < LEAST.branches)
) {
  process.exitCode = 1;
}

function percent(hit, of) {
  return of === 0 ? 100 : (100 * hit) / of;
}

function told(name, { lines, linesHit, branches, branchesHit }) {
  const part = (hit, of) => `${percent(hit, of).toFixed(1).padStart(5)} % of ${String(of).padStart(6)}`;
  return `${name.padEnd(12)} lines ${part(linesHit, lines)}   branches ${part(branchesHit, branches)}`;
}

/** Coverage of files of src/ by child processes, by path. */
async function childCoverage() {
  let merged = { result: [] };
  let waiting = [];
  const take = () => {
    merged = mergeProcessCovs([merged, ...waiting]);
    waiting = [];
  };
  for (const name of readdirSync(CHILDREN)) {
    const { result } = JSON.parse(readFileSync(join(CHILDREN, name), 'utf8'));
    const ours = result.filter(({ url }) => url.startsWith(DIST));
    if (ours.length > 0) waiting.push({ result: ours });
    if (waiting.length >= AT_ONCE) take();
  }
  take();
  const map = libCoverage.createCoverageMap({});
  for (const script of merged.result) {
    const file = fileURLToPath(script.url);
    const code = readFileSync(file, 'utf8');
    const sourceMap = JSON.parse(readFileSync(`${file}.map`, 'utf8'));
    map.merge(await convert({ ast: parseSync(file, code).program, code, wrapperLength: 0, coverage: script, sourceMap }));
  }
  return new Map(map.files().map((path) => [path, map.fileCoverageFor(path)]));
}

/** What of a file is hit by either. */
function sumsOf(file, child) {
  const lines = file.getLineCoverage();
  const childLines = child?.getLineCoverage() ?? {};
  const hits = new Set();
  for (const [id, { locations }] of Object.entries(child?.branchMap ?? {})) {
    locations.forEach(({ start }, i) => {
      if (child.b[id][i] > 0) hits.add(`${start.line}:${start.column}`);
    });
  }
  const counts = { lines: 0, linesHit: 0, branches: 0, branchesHit: 0 };
  for (const [line, count] of Object.entries(lines)) {
    counts.lines++;
    if (count > 0 || (childLines[line] ?? 0) > 0) counts.linesHit++;
  }
  for (const [id, { locations }] of Object.entries(file.branchMap)) {
    locations.forEach(({ start }, i) => {
      counts.branches++;
      if (file.b[id][i] > 0 || hits.has(`${start.line}:${start.column}`)) counts.branchesHit++;
    });
  }
  return counts;
}
