/**
 * npm run bench [-- words]: measures hookline on this machine.
 *
 *   (nothing)          small and whole-process benches
 *   --macro, --micro   one kind only
 *   --only TEXT        what has TEXT in its name
 *   --rounds N         runs of each whole-process variant (3)
 *   --save             keep the best times as bench/baseline.json
 *   --compare          show the ratio to bench/baseline.json
 * @module
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { machineLine } from './support/machine.ts';
import { measure, type Measured, runChild, table } from './support/macro.ts';
import { runMicro } from './support/micro.ts';
import { SUITES } from './suites.ts';
import { prepareTraffic, VARIANTS } from './variants.ts';

const BASELINE = 'bench/baseline.json';

interface Baseline {
  readonly machine: string;
  /** Best nanoseconds a packet by variant. */
  readonly best: Readonly<Record<string, number>>;
}

const { values: flags } = parseArgs({
  options: {
    run: { type: 'string' },
    suite: { type: 'string' },
    macro: { type: 'boolean', default: false },
    micro: { type: 'boolean', default: false },
    only: { type: 'string', default: '' },
    rounds: { type: 'string', default: '3' },
    save: { type: 'boolean', default: false },
    compare: { type: 'boolean', default: false },
  },
});

if (flags.run !== undefined) runVariant(flags.run);
else if (flags.suite !== undefined) runSuite(flags.suite);
else runAll();

function runVariant(name: string): void {
  const variant = VARIANTS.find((candidate) => candidate.name === name);
  if (variant === undefined) throw new RangeError(`no variant ${name}`);
  runChild(variant);
}

function runSuite(name: string): void {
  const suite = SUITES[name];
  if (suite === undefined) throw new RangeError(`no suite ${name}`);
  for (const line of runMicro(suite())) console.log(line);
}

function runAll(): void {
  console.log(machineLine());
  if (!flags.macro) runMicros();
  if (!flags.micro) runMacros();
}

/** Each suite in a process of its own. */
function runMicros(): void {
  for (const name of Object.keys(SUITES).filter((candidate) => candidate.includes(flags.only))) {
    console.log(`\n${name}`);
    spawnSync(process.execPath, [process.argv[1]!, '--suite', name], { stdio: 'inherit' });
  }
}

function runMacros(): void {
  prepareTraffic();
  const chosen = VARIANTS.filter(({ name }) => name.includes(flags.only));
  const results = measure(chosen, Number(flags.rounds));
  console.log(`\n${table(results, flags.compare ? baseline() : new Map())}`);
  if (flags.save) save(results);
}

function baseline(): Map<string, number> {
  if (!existsSync(BASELINE)) return new Map();
  const { best, machine }: Baseline = JSON.parse(readFileSync(BASELINE, 'utf8'));
  console.log(`baseline: ${machine}`);
  return new Map(Object.entries(best));
}

function save(results: readonly Measured[]): void {
  const best = Object.fromEntries(results.map(({ name, best: least }) => [name, Number(least.toFixed(2))]));
  const kept: Baseline = { machine: machineLine(), best };
  writeFileSync(BASELINE, `${JSON.stringify(kept, null, 2)}\n`);
}
