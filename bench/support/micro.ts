/**
 * Small measurements on npm's `benchmark`. Its ops/s are a mean; what is told here is the least and the median of the samples it
 * took. A case says what one call must answer: a wrong fast loop is worse than none.
 * @module
 */
import Benchmark from 'benchmark';
import { best, median } from './statistics.ts';

export interface Case {
  readonly name: string;
  /** Items (packets, headers) in one call: times are told by the item. */
  readonly items: number;
  readonly expected: number;
  readonly run: () => number;
}

const NS = 1e9;

/** Run the cases one after the other; a line for each. */
export function runMicro(cases: readonly Case[]): string[] {
  const lines: string[] = [];
  for (const { name, items, expected, run } of cases) {
    const answer = run();
    if (answer !== expected) throw new Error(`${name}: ${answer} instead of ${expected}`);
    const bench = new Benchmark(name, run);
    bench.run();
    if (bench.error !== undefined) throw new Error(`${name}: ${String(bench.error)}`);
    const samples = bench.stats.sample.map((seconds) => (seconds * NS) / items);
    lines.push(`${name.padEnd(44)}  ${best(samples).toFixed(2).padStart(9)} ns best  ${median(samples).toFixed(2).padStart(9)} ns median`);
  }
  return lines;
}
