/**
 * Whole-process measurements: each run of a variant is a process of its own, since what one variant taught V8 slows the next.
 * Variants take turns, so that a busy minute hits all of them. A run goes over the capture a few times; the first pass warms up.
 * Every pass answers a number that stands for its work: passes that disagree make the bench fail.
 * @module
 */
import { spawnSync } from 'node:child_process';
import { best, median } from './statistics.ts';

export interface Pass {
  readonly packets: number;
  /** Stands for what was computed: equal in every pass. */
  readonly check: number;
}

export interface Variant {
  readonly name: string;
  /** Passes of one run; the first is not counted. */
  readonly passes: number;
  /** Make everything ready and answer what one pass does. */
  prepare(): () => Pass;
}

export interface Measured {
  readonly name: string;
  readonly packets: number;
  readonly check: number;
  /** Nanoseconds a packet, all counted passes of all runs. */
  readonly best: number;
  readonly median: number;
  /** Least processor time a packet, user and system: steadier than the clock where others compute, too. */
  readonly cpu: number;
  /** Largest resident memory of a run, MiB. */
  readonly memory: number;
}

interface Run extends Pass {
  readonly times: readonly number[];
  readonly cpuTimes: readonly number[];
  readonly memory: number;
}

/** In the child: run a variant and print what was measured. */
export function runChild(variant: Variant): void {
  const pass = variant.prepare();
  const first = pass();
  const times: number[] = [];
  const cpuTimes: number[] = [];
  for (let i = 1; i < variant.passes; i++) {
    const cpuBefore = process.cpuUsage();
    const started = process.hrtime.bigint();
    const { packets, check } = pass();
    times.push(Number(process.hrtime.bigint() - started) / packets);
    const { user, system } = process.cpuUsage(cpuBefore);
    cpuTimes.push(((user + system) * 1000) / packets);
    if (check !== first.check || packets !== first.packets)
      throw new Error(`${variant.name}: passes disagree: ${check} and ${first.check}`);
  }
  const run: Run = { ...first, times, cpuTimes, memory: process.resourceUsage().maxRSS / 1024 };
  process.stdout.write(JSON.stringify(run));
}

/** In the parent: `rounds` runs of every variant, in turns. */
export function measure(variants: readonly Variant[], rounds: number): Measured[] {
  const runs = new Map<string, Run[]>(variants.map(({ name }) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const { name } of variants) runs.get(name)!.push(spawnRun(name));
  }
  return variants.map(({ name }) => summary(name, runs.get(name)!));
}

function spawnRun(name: string): Run {
  const { status, stdout, stderr } = spawnSync(process.execPath, [process.argv[1]!, '--run', name], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${name} failed: ${stderr}`);
  return JSON.parse(stdout);
}

function summary(name: string, runs: readonly Run[]): Measured {
  const [{ packets, check } = { packets: 0, check: 0 }] = runs;
  if (runs.some((run) => run.check !== check)) throw new Error(`${name}: runs disagree`);
  const times = runs.flatMap((run) => run.times);
  const cpu = best(runs.flatMap((run) => run.cpuTimes));
  return { name, packets, check, best: best(times), median: median(times), cpu, memory: Math.max(...runs.map(({ memory }) => memory)) };
}

/** One line a variant; `before` are earlier numbers to compare with. */
export function table(results: readonly Measured[], before: ReadonlyMap<string, number>): string {
  const head = ['variant', 'packets', 'best ns', 'median ns', 'cpu ns', 'Mpps (best)', 'MiB', ...(before.size > 0 ? ['to baseline'] : [])];
  const rows = results.map(({ name, packets, best: least, median: middle, cpu, memory }) => {
    const was = before.get(name);
    const ratio = was === undefined ? '-' : (least / was).toFixed(2);
    const cells = [
      name,
      String(packets),
      least.toFixed(1),
      middle.toFixed(1),
      cpu.toFixed(1),
      (1000 / least).toFixed(2),
      memory.toFixed(0),
    ];
    return before.size > 0 ? [...cells, ratio] : cells;
  });
  const widths = head.map((_, i) => Math.max(...[head, ...rows].map((row) => row[i]!.length)));
  const line = (row: readonly string[]): string =>
    row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))).join('  ');
  return [head, ...rows].map(line).join('\n');
}
