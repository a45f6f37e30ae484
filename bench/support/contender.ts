/**
 * A contender: something that can be run once, or a reason why it cannot.
 * @module
 */
import { spawnSync } from 'node:child_process';
import { TASKS } from '../tasks.ts';
import type { Run } from './run.ts';

export interface Contender {
  /** Its name in the results. */
  readonly name: string;
  /** Make what it needs, outside of all measuring. Answers null, or why it cannot run here. */
  prepare(): string | null;
  run(): Run;
}

/** A task of hookline in a process of its own; `words` as in bench/tasks. */
export function ours(words: string, quick: boolean): Contender {
  const [task, ...rest] = words.split(' ');
  return {
    name: 'hookline',
    prepare() {
      TASKS[task!]!.prepare(rest, quick);
      return null;
    },
    run: () => program([process.execPath, process.argv[1]!, '--run', words, ...(quick ? ['--quick'] : [])]),
  };
}

/** Run a program that prints a Run. */
export function program(command: readonly string[]): Run {
  const [file, ...words] = command;
  const { status, stdout, stderr, error } = spawnSync(file!, words, { encoding: 'utf8', maxBuffer: 1 << 26 });
  if (error !== undefined) throw error;
  if (status !== 0) throw new Error(`${command.join(' ')} failed: ${stderr.slice(-2000)}`);
  return JSON.parse(stdout);
}

/** Whether the shell finds a program. */
export function isInstalled(name: string): boolean {
  return spawnSync('sh', ['-c', `command -v ${name}`]).status === 0;
}
