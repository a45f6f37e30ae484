/**
 * replayIndependent: many captures at once, each through a machine of its own, as if each were replayed alone. Results come in the
 * order of the captures, whenever their threads finish. A capture whose thread is lost, or that cannot be read, is an error in its
 * place; the others are told.
 * @module
 */
import { HooklineError } from '../errors.ts';
import { parseRules } from '../iptables/save.ts';
import type { ShardResult } from './job.ts';
import { mergeResults } from './merge.ts';
import { Pool } from './pool.ts';
import { jobOf, type ShardedOptions, type ShardedReplay } from './replay-sharded.ts';
import { hostOf } from './shard.ts';
import type { TaskAnswer } from './worker.ts';

export type IndependentOptions = Pick<
  ShardedOptions,
  'workers' | 'captures' | 'rules' | 'host' | 'sets' | 'indev' | 'seed' | 'conntrack' | 'loop' | 'strays' | 'listed' | 'interrupted'
>;

/** @throws HooklineError as parseRules, parseHost, parseSets; what befalls one capture is its answer. */
export async function* replayIndependent(options: IndependentOptions): AsyncGenerator<ShardedReplay | HooklineError, void, void> {
  const { workers, captures, interrupted = () => false } = options;
  const host = hostOf(options.host ?? null);
  const pool = new Pool('replayAlone', workers, () => undefined); // told by the task
  const jobs = captures.map((capture) => jobOf({ ...options, captures: [capture], workers: 1 }, host));
  const tasks = jobs.map(async (job) => {
    try {
      const answer = (await pool.run(job)) as TaskAnswer;
      return 'error' in answer ? new HooklineError(answer.error.code, answer.error.message) : answer.result!;
    } catch (error) {
      return new HooklineError('ERR_WORKER', `its worker is lost (${(error as Error).message}): nothing is told of it`, { cause: error });
    }
  });
  try {
    for (let i = 0; i < tasks.length && !interrupted(); i++) {
      const found: ShardResult | HooklineError = await tasks[i]!;
      if (found instanceof HooklineError) {
        yield found;
        continue;
      }
      const rules = jobs[i]!.rules.map(({ text, file, family }) => parseRules(text, { file, family, counters: false }));
      const tracked = jobs[i]!.conntrack || rules.some(({ conntrackNeeded }) => conntrackNeeded);
      yield { ...mergeResults([found], { rules, host, listed: jobs[i]!.listed }), host, rules, tracked, workers: 1, why: null };
    }
  } finally {
    await pool.close();
  }
}
