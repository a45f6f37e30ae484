/**
 * Pool: threads that run one task of worker.ts each. A thread is started when its task comes, and none is started in the place of one
 * that is lost. No thread is ended while it loads its code: Node 20 aborts the whole process then ("v8::Module::IsGraphAsync must be
 * used on an instantiated module").
 * @module
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { MessagePort } from 'node:worker_threads';
import { Piscina } from 'piscina';

export interface RunOptions {
  /** Ports of the task, which move to the thread. */
  readonly ports?: MessagePort[];
  readonly signal?: AbortSignal;
}

/** What a thread may take to load its code, in milliseconds. */
export const STARTING_MS = 60_000;
const LOOK_MS = 5;

export class Pool {
  private readonly piscina: Piscina;
  /** Numbers of the threads that have loaded their code. */
  private readonly loaded: Set<number> = new Set();

  /** `task`: the function of worker.ts. `onError`: told what befell a thread outside of its task. */
  constructor(task: 'work' | 'replayAlone', threads: number, onError: (error: Error) => void) {
    this.piscina = new Piscina({
      filename: new URL('./worker.js', import.meta.url).href,
      name: task,
      minThreads: 0,
      maxThreads: threads,
      idleTimeout: Number.POSITIVE_INFINITY,
      concurrentTasksPerWorker: 1,
      stricterFIFO: true,
    });
    this.piscina.on('workerCreate', ({ id }: { readonly id: number }) => this.loaded.add(id));
    this.piscina.on('error', onError);
  }

  /** Run a task on a thread of its own, or on the next that is free. `signal` ends the thread: wait for `settled` first. */
  run(task: unknown, { ports = [], signal }: RunOptions = {}): Promise<unknown> {
    return this.piscina.run(task, { transferList: ports, signal: signal ?? null });
  }

  /** End all threads. */
  async close(): Promise<void> {
    await this.settled();
    await this.piscina.destroy();
  }

  /** Resolves once every thread has loaded its code, or takes too long to. */
  async settled(): Promise<void> {
    const latest = performance.now() + STARTING_MS;
    while (this.isLoading() && performance.now() < latest) await sleep(LOOK_MS);
  }

  private isLoading(): boolean {
    return this.piscina.threads.some(({ threadId }) => !this.loaded.has(threadId));
  }
}
