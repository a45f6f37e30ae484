/**
 * A task: work of hookline that one process does and measures.
 * @module
 */
import type { Run } from './run.ts';

export interface Task {
  /** Make files it reads, in the process that starts it. */
  prepare(words: readonly string[], quick: boolean): void;
  run(words: readonly string[], quick: boolean): Run;
}
