/**
 * npm run bench [-- words]: measures hookline on this machine, beside others in the same run.
 *
 *   (nothing)       the table of bench/rows.ts
 *   --quick         shorter captures, one round, nothing with a million flows
 *   --only TEXT     rows that have TEXT in their work or their words
 *   --rounds N      runs of each contender (5)
 *   --save          write bench/RESULTS.md; with --only: what was measured, in the file there is
 *   --check         compare the ratios with those of bench/RESULTS.md; exit status 3 when one is much worse
 *   --stream SIZE   replay a generated stream (20G) from a pipe and watch the memory, instead
 *   --micro         parts of the path on npm's `benchmark`, instead
 *
 * The table goes to standard output, progress to standard error. It is started as a bundle, as the command line is: what a process
 * that loads rules takes to start would else be that of 500 small files.
 * @module
 */
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { contenders, type Row, ROWS } from './rows.ts';
import { machineLine } from './support/machine.ts';
import { measureAll } from './support/measure.ts';
import { runMicro } from './support/micro.ts';
import { machineOf, measuredOf, ratios, ratiosOf, type Results, resultsFile, rowsTable, unequalWork, worse } from './support/report.ts';
import { generateStream, replayStream, shortfalls, sizeOf } from './support/stream.ts';
import { SUITES } from './suites.ts';
import { TASKS } from './tasks.ts';

const RESULTS = 'bench/RESULTS.md';
/** A ratio may grow by this much: on a shared machine they move by a fifth. */
const TOLERANCE = 1.35;
const FOUND_SOMETHING = 3;

const { values: flags } = parseArgs({
  options: {
    run: { type: 'string' },
    suite: { type: 'string' },
    generate: { type: 'string' },
    stream: { type: 'string' },
    quick: { type: 'boolean', default: false },
    micro: { type: 'boolean', default: false },
    only: { type: 'string', default: '' },
    rounds: { type: 'string' },
    save: { type: 'boolean', default: false },
    check: { type: 'boolean', default: false },
  },
});

if (flags.run !== undefined) runTask(flags.run);
else if (flags.suite !== undefined) runSuite(flags.suite);
else if (flags.generate !== undefined) generateStream(Number(flags.generate));
else if (flags.stream !== undefined) await runStream(flags.stream);
else if (flags.micro) runMicros();
else runRows();

function runTask(text: string): void {
  const [name, ...words] = text.split(' ');
  const task = TASKS[name!];
  if (task === undefined) throw new RangeError(`no task ${name}`);
  process.stdout.write(JSON.stringify(task.run(words, flags.quick)));
}

function runSuite(name: string): void {
  const suite = SUITES[name];
  if (suite === undefined) throw new RangeError(`no suite ${name}`);
  for (const line of runMicro(suite())) console.log(line);
}

/** Each suite in a process of its own. */
function runMicros(): void {
  console.log(machineLine());
  for (const name of Object.keys(SUITES).filter((candidate) => candidate.includes(flags.only))) {
    console.log(`\n${name}`);
    spawnSync(process.execPath, [process.argv[1]!, '--suite', name], { stdio: 'inherit' });
  }
}

async function runStream(size: string): Promise<void> {
  const octets = sizeOf(size);
  const done = await replayStream(octets);
  const { packets, connections, memory, seconds } = done;
  console.log(machineLine());
  console.log(
    `${size} from a pipe: ${packets} packets in ${seconds.toFixed(1)} s, ${connections} connections at the end, ${memory.toFixed(0)} MiB resident at most`,
  );
  const short = shortfalls(done, octets);
  for (const text of short) console.error(text);
  if (short.length > 0) process.exitCode = FOUND_SOMETHING;
}

function runRows(): void {
  const rounds = Number(flags.rounds ?? (flags.quick ? 1 : 5));
  const machine = machineLine();
  const rows = ROWS.filter(isChosen);
  const wanted = new Set(rows.flatMap(({ ours, minus, beside }) => [ours, ...(minus === undefined ? [] : [minus]), ...beside]));
  const chosen = new Map([...contenders(flags.quick)].filter(([words]) => wanted.has(words)));
  const results = measureAll(chosen, rounds, progress);
  progress('');
  console.log(`${machine}\n\n${rowsTable(rows, results)}`);
  const wrong = unequalWork(rows, results);
  for (const line of wrong) console.error(`not the same work: ${line}`);
  if (wrong.length > 0) process.exitCode = 1;
  if (flags.save) save(rows, results, flags.quick ? `${machine}; short captures (--quick)` : machine, rounds);
  if (flags.check) check(rows, results);
}

/** Write the results; those of some rows alone take their places in the file there is. */
function save(rows: readonly Row[], results: Results, machine: string, rounds: number): void {
  if (flags.only === '') return writeFileSync(RESULTS, resultsFile(rows, results, { machine, rounds }));
  const before = readFileSync(RESULTS, 'utf8');
  const again = `${machineOf(before)}\n\nMeasured again by themselves, ${rounds} runs (\`--only "${flags.only}"\`): ${machine}`;
  const all = new Map([...measuredOf(before), ...results]);
  const usual = Number(/median of (\d+) runs/.exec(before)?.[1] ?? rounds);
  writeFileSync(RESULTS, resultsFile(ROWS, all, { machine: again, rounds: usual }));
}

function isChosen({ work, ours }: Row): boolean {
  if (flags.quick && ours.includes('-1m')) return false;
  return work.includes(flags.only) || ours.includes(flags.only);
}

function check(rows: readonly Row[], results: Results): void {
  const grown = worse(ratiosOf(readFileSync(RESULTS, 'utf8')), ratios(rows, results), TOLERANCE);
  for (const line of grown) console.error(`worse than ${RESULTS}: ${line}`);
  if (grown.length > 0) process.exitCode = FOUND_SOMETHING;
}

function progress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`);
}
