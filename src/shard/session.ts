/**
 * Session: the threads of one replay, from their start to the last report. Each thread of the pool has one task that lasts.
 *
 *   worker 0..n   chunk, report, chunk, report ...        ahead of the writer by AHEAD chunks at most
 *   this thread   commits chunks in order, writes what came out, lets the workers go on
 *
 * A worker that throws, exits, runs out of memory or does not answer ends the session with ERR_WORKER: what was committed so far
 * stands, and nothing else is told.
 * @module
 */
import { MessageChannel } from 'node:worker_threads';
import { HooklineError } from '../errors.ts';
import type { Commit } from './commit.ts';
import { Control } from './control.ts';
import type { ChunkReport, Job, ShardResult } from './job.ts';
import { Pool, STARTING_MS } from './pool.ts';
import type { Task, TaskAnswer, TaskEnd } from './worker.ts';

/** Chunks a worker may be ahead of what is written. */
const AHEAD = 8;
const LOOK_MS = 100;

export interface SessionOptions {
  /** Called now and then; true: end where all workers can. */
  readonly interrupted: () => boolean;
  /** Called after each chunk. */
  readonly onProgress: (packets: number) => void;
  /** Milliseconds a worker may take for a chunk. */
  readonly stuckMs: number;
}

/**
 * Run a job on job.workers threads. Answers what the workers told at their ends, or null when `commit` found that the packets
 * cannot be split from there on.
 * @throws HooklineError ERR_WORKER, or what a worker met
 */
export async function runSession(job: Job, commit: Commit, options: SessionOptions): Promise<readonly ShardResult[] | null> {
  const { workers } = job;
  const memory = Control.create(workers);
  const control = new Control(memory);
  const abort = new AbortController();
  const timer = setInterval(() => look(), LOOK_MS);
  // a worker that has not begun yet loads code and rules
  const heard = new Float64Array(workers).fill(performance.now() + STARTING_MS);
  let failure: Error | null = null;
  // no chunk may be allowed any more then: the workers are to end with the same one
  let ending = false;
  const fail = (error: Error): void => {
    failure ??= error;
    control.stop();
    void pool.settled().then(() => abort.abort());
  };
  const look = (): void => {
    if (options.interrupted() && !ending) {
      ending = true;
      control.end();
    }
    for (let worker = 0; worker < workers; worker++) {
      if (control.isWaiting(worker)) heard[worker] = performance.now();
      if (performance.now() - heard[worker]! < options.stuckMs) continue;
      fail(lost(worker, workers, commit, 'it does not answer'));
    }
  };
  const take = (worker: number, report: ChunkReport | null): void => {
    if (report === null) {
      heard[worker] = performance.now();
      return;
    }
    heard[worker] = report.ended ? Number.POSITIVE_INFINITY : performance.now();
    if (failure !== null) return;
    try {
      commit.add(worker, report);
    } catch (error) {
      fail(error as Error);
      return;
    }
    if (commit.broken !== '') control.stop();
    else if (!ending) control.allow(commit.chunks + AHEAD);
    options.onProgress(commit.packets);
  };
  const pool = new Pool('work', workers, (error) => fail(lost(-1, workers, commit, error.message)));
  try {
    control.allow(AHEAD);
    const tasks = Array.from({ length: workers }, (_, number) => start(pool, { job, number, memory, signal: abort.signal }, take));
    const answers = await Promise.all(
      tasks.map((task, worker) =>
        task.catch((error: unknown): null => {
          fail(
            error instanceof HooklineError ? error : lost(worker, workers, commit, error instanceof Error ? error.message : String(error)),
          );
          return null;
        }),
      ),
    );
    if (failure !== null) throw failure;
    if (commit.broken !== '') return null;
    return answers.map((answer) => answer!.result!);
  } finally {
    clearInterval(timer);
    await pool.close();
  }
}

interface Start {
  readonly job: Job;
  readonly number: number;
  readonly memory: SharedArrayBuffer;
  readonly signal: AbortSignal;
}

/** Start one worker's task; settles once its last report is in. */
async function start(
  pool: Pool,
  { job, number, memory, signal }: Start,
  take: (worker: number, report: ChunkReport | null) => void,
): Promise<TaskEnd> {
  const { port1, port2 } = new MessageChannel();
  let chunks = 0;
  let wanted = Number.POSITIVE_INFINITY;
  let resolve = (): void => undefined;
  const allIn = new Promise<void>((done) => {
    resolve = done;
  });
  port1.on('message', (report: ChunkReport | null) => {
    take(number, report);
    if (report !== null && ++chunks >= wanted) resolve();
  });
  try {
    const task: Task = { job, number, control: memory, reports: port2 };
    const answer = (await pool.run(task, { ports: [port2], signal })) as TaskAnswer;
    if ('error' in answer) throw new HooklineError(answer.error.code, answer.error.message);
    // the answer comes by another way than the reports, and may be faster
    wanted = answer.chunks;
    if (chunks < wanted) await allIn;
    return answer;
  } finally {
    port1.close();
  }
}

function lost(worker: number, workers: number, commit: Commit, why: string): HooklineError {
  const who = worker < 0 ? 'a worker' : `worker ${worker + 1} of ${workers}`;
  return new HooklineError('ERR_WORKER', `${who} is lost (${why}): only the first ${commit.packets} packets were told`);
}
