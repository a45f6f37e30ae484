/**
 * Rounds: every contender is run once a round, in turns, so that a busy minute hits all of them. Of a run its best pass counts, of
 * the runs their median.
 * @module
 */
import type { Contender } from './contender.ts';
import type { Run } from './run.ts';
import { best, median } from './statistics.ts';

export interface Measured {
  readonly name: string;
  readonly items: number;
  readonly check: number;
  readonly wall: number;
  readonly cpu: number;
  /** Largest resident memory of a run, MiB; 0: not known. */
  readonly memory: number;
  readonly runs: number;
}

/** What was measured, or why not. */
export type Measurement = Measured | string;

export function measureAll(
  contenders: ReadonlyMap<string, Contender>,
  rounds: number,
  tell: (text: string) => void,
): Map<string, Measurement> {
  const results = new Map<string, Measurement>();
  const runs = new Map<string, Run[]>();
  for (const [words, contender] of contenders) {
    tell(`preparing ${words}`);
    const reason = contender.prepare();
    if (reason === null) runs.set(words, []);
    else results.set(words, `skipped: ${reason}`);
  }
  for (let round = 1; round <= rounds; round++) {
    for (const [words, done] of runs) {
      if (results.has(words)) continue;
      tell(`round ${round} of ${rounds}: ${words}`);
      try {
        done.push(contenders.get(words)!.run());
      } catch (error) {
        results.set(words, `failed: ${reasonOf(error)}`);
      }
    }
  }
  for (const [words, done] of runs) if (!results.has(words)) results.set(words, summary(contenders.get(words)!.name, done));
  return results;
}

/** The line of a program's last words that tells why. */
function reasonOf(error: unknown): string {
  const lines = (error instanceof Error ? error.message : String(error)).trim().split('\n');
  return lines.find((line) => /^\w*Error\b/.test(line)) ?? lines.at(-1)!;
}

function summary(name: string, runs: readonly Run[]): Measurement {
  const [first] = runs;
  if (first === undefined) return 'skipped: no rounds';
  if (runs.some(({ check, items }) => check !== first.check || items !== first.items)) return 'failed: runs disagree';
  return {
    name,
    items: first.items,
    check: first.check,
    wall: median(runs.map((run) => best(run.wall))),
    cpu: median(runs.map((run) => best(run.cpu))),
    memory: Math.max(...runs.map(({ memory }) => memory)),
    runs: runs.length,
  };
}
