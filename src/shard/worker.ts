/**
 * What runs on a thread of the pool: one task, as long as the replay. A chunk is begun when the control block allows it; its report
 * goes through a port, at once. Between chunks nothing is shared but the control block, so that nothing is paid per packet.
 * @module
 */
import type { MessagePort } from 'node:worker_threads';
import { HooklineError } from '../errors.ts';
import { Control } from './control.ts';
import type { Job, ShardResult, ToldError } from './job.ts';
import { type LineFunction, Shard } from './shard.ts';

export interface Task {
  readonly job: Job;
  /** Which of job.workers this is. */
  readonly number: number;
  readonly control: SharedArrayBuffer;
  readonly reports: MessagePort;
}

/** `chunks`: reports sent, which may arrive behind this. `result` null: it was told to stop. */
export interface TaskEnd {
  readonly result: ShardResult | null;
  readonly chunks: number;
}

export type TaskAnswer = TaskEnd | { readonly error: ToldError };

/** The task. Never throws what lost its code on the way: an error of ours is an answer. */
export async function work({ job, number, control, reports }: Task): Promise<TaskAnswer> {
  try {
    const line = job.lines === null ? null : ((await import(job.lines)) as { readonly line: LineFunction }).line;
    const stop = new Control(control);
    const shard = new Shard(job, number, { line, stop });
    try {
      reports.postMessage(null); // it has begun
      return runAll(shard, stop, number, reports);
    } finally {
      shard.close();
    }
  } catch (error) {
    if (error instanceof HooklineError) return { error: { code: error.code, message: error.message } };
    throw error;
  }
}

/** The task of replayIndependent: a whole replay. */
export function replayAlone(job: Job): TaskAnswer {
  try {
    const shard = new Shard(job, 0, { line: null });
    try {
      while (shard.run()?.ended === false);
      return { result: shard.result(), chunks: 0 };
    } finally {
      shard.close();
    }
  } catch (error) {
    if (error instanceof HooklineError) return { error: { code: error.code, message: error.message } };
    throw error;
  }
}

function runAll(shard: Shard, control: Control, number: number, reports: MessagePort): TaskEnd {
  let chunks = 0;
  while (control.mayBegin(number, chunks)) {
    const report = shard.run();
    if (report === null) break;
    reports.postMessage(report, [report.emission.buffer]);
    chunks++;
    if (report.ended || report.broken !== '') break;
  }
  return { result: control.stopped ? null : shard.result(), chunks };
}
