/**
 * `hookline replay --workers N`: the same replay on several threads.
 * @module
 */
import { InvalidArgumentError } from 'commander';
import { questionsOf } from '../replay/doubt-question.ts';
import { readText } from '../replay/inputs.ts';
import { openOutput } from '../replay/output-capture.ts';
import { MAX_CONNECTIONS, type Summary } from '../replay/summary.ts';
import { replayIndependent, replaySharded, type ShardedOptions, type ShardedReplay } from '../shard/index.ts';
import { describeError, Exit, printable, UsageError } from './exit.ts';
import type { Interrupt } from './interrupt.ts';
import { LineWriter } from './line-writer.ts';
import { wholeNumber } from './numbers.ts';
import type { Progress } from './progress.ts';
import type { RunFlags, RunInputs } from './run-options.ts';
import type { TallyFlags } from './replay-tallies.ts';
import { type LoopFlags, loopOf, type ReplyFlags } from './reply-options.ts';
import { nameSources } from './sources.ts';

/** The flags of a replay that workers take part in. */
export interface ShardedFlags extends RunFlags, ReplyFlags, LoopFlags, TallyFlags {
  readonly write?: string;
  readonly ndjson?: boolean;
  readonly missingSets: 'error' | 'doubt';
  readonly workers: number;
  readonly independent?: boolean;
  readonly json?: boolean;
  readonly swapAt?: unknown;
  readonly swapRules?: string;
  readonly swapRules6?: string;
}

/** A replay as the command line gives it, its inputs open. */
export interface Given {
  readonly captures: readonly string[];
  readonly flags: ShardedFlags;
  readonly inputs: RunInputs;
  readonly progress: Progress;
  readonly interrupt: Interrupt;
}

const MAX_WORKERS = 64;

/** A number of threads. */
export function workerCount(text: string): number {
  const count = wholeNumber(text);
  if (count < 1 || count > MAX_WORKERS) throw new InvalidArgumentError(`It must be 1 to ${MAX_WORKERS}.`);
  return count;
}

/** Replay, then hand the summary to `tell`. False, and a line that says why, when one thread must do it. */
export async function replayOnWorkers(given: Given, tell: (out: LineWriter, summary: Summary) => void): Promise<boolean> {
  const why = whyOneWorker(given);
  if (why !== null) {
    tellOneWorker(why);
    return false;
  }
  const { captures, flags, inputs, progress, interrupt } = given;
  const out = new LineWriter();
  let output = flags.write === undefined ? null : openOutput(flags.write, inputs.host);
  try {
    const done = await replaySharded({
      ...replayOf(captures, flags),
      onFrame: output === null ? null : (packet) => output?.transmit(packet, false),
      onLine: (line) => out.write(line),
      onProgress: (packets) => progress.show(packets),
      interrupted: () => interrupt.requested,
    });
    progress.clear();
    output?.close();
    output = null;
    if (done.why !== null) tellOneWorker(done.why);
    const damage = done.stats.damage.map(describeError);
    tell(out, summaryOf(done, given, damage));
    for (const text of damage) process.stderr.write(`hookline: ${text}\n`);
    if (damage.length > 0) process.exitCode = Exit.Input;
    if (interrupt.requested) process.exitCode = Exit.Interrupted;
    return true;
  } finally {
    output?.abort();
    out.flush();
  }
}

/**
 * Replay each capture by itself, several at once, and hand their summaries to `tell` in order. A capture that fails is told on
 * standard error, and the rest goes on.
 */
export async function replayEach(given: Given, tell: (out: LineWriter, summary: Summary) => void): Promise<void> {
  const { captures, flags, interrupt } = given;
  if (flags.write !== undefined || flags.ndjson === true)
    throw new UsageError('--independent tells summaries: it takes neither -w nor --ndjson');
  if (flags.local.length > 0) throw new UsageError('--independent takes no --local: which capture would it belong to?');
  const why = whyOneWorker(given);
  if (why !== null) throw new UsageError(`--independent: ${why}`);
  const out = new LineWriter();
  let at = 0;
  for await (const done of replayIndependent({ ...replayOf(captures, flags), interrupted: () => interrupt.requested })) {
    const capture = captures[at++]!;
    if (done instanceof Error) {
      process.stderr.write(`hookline: ${capture}: ${describeError(done)}\n`);
      process.exitCode = Exit.Input;
      continue;
    }
    const damage = done.stats.damage.map(describeError);
    if (at > 1 && flags.json !== true) out.write('');
    tell(out, summaryOf(done, { ...given, captures: [capture] }, damage));
    for (const text of damage) process.stderr.write(`hookline: ${text}\n`);
    if (damage.length > 0) process.exitCode = Exit.Input;
  }
  if (interrupt.requested) process.exitCode = Exit.Interrupted;
}

/** Why the command line alone asks for one thread; null when it does not. */
function whyOneWorker({ captures, flags, inputs }: Given): string | null {
  const { host, rules, sets } = inputs;
  if ([...captures, ...flags.local].includes('-')) return 'standard input can be read once only';
  if ([flags.rules, flags.rules6, flags.ipset].includes('-')) return 'rules from standard input can be read once only';
  if (host.connections.length > 0) return 'connections stand in the table from the beginning';
  if (inputs.select !== undefined) return 'a filter chooses what is told';
  if ([flags.report, flags.flows, flags.packets].some((flag) => flag !== undefined)) return 'reports and tables are made by one thread';
  if (flags.replies === 'translate') return 'answers are rewritten by the translations of other packets';
  if ([flags.swapAt, flags.swapRules, flags.swapRules6].some((flag) => flag !== undefined)) return 'rules are loaded anew in mid-replay';
  const known = { host, sets: sets(), local: flags.local.length > 0, missingSets: flags.missingSets === 'doubt' };
  const { questions, idle } = questionsOf(rules, known);
  if (questions.length > 0) return `${questions[0]!.subject} is in doubt: all answers are tried side by side`;
  return idle.length > 0 ? 'rules ask what is in doubt' : null;
}

function tellOneWorker(why: string): void {
  process.stderr.write(`hookline: one worker: ${printable(why)}\n`);
}

function replayOf(captures: readonly string[], flags: ShardedFlags): ShardedOptions {
  const { rules, rules6, ipset } = flags;
  const text = (file: string | undefined, family: 4 | 6): { text: string; file: string; family: 4 | 6 }[] =>
    file === undefined ? [] : [{ text: readText(file), file, family }];
  return {
    workers: flags.workers,
    captures: nameSources(captures, flags.local).map(({ path, ...how }) => ({ source: path, ...how })),
    rules: [...text(rules, 4), ...text(rules6, 6)],
    host: flags.host,
    sets: ipset === undefined ? null : { text: readText(ipset), file: ipset },
    indev: flags.in,
    seed: flags.seed,
    conntrack: flags.conntrack === true,
    loop: loopOf(flags),
    strays: true,
    listed: flags.json === true || flags.ndjson === true ? Number.POSITIVE_INFINITY : MAX_CONNECTIONS,
    lines: flags.ndjson === true ? new URL('./ndjson-line.js', import.meta.url).href : null,
  };
}

function summaryOf(done: ShardedReplay, { captures, flags, interrupt }: Given, damage: readonly string[]): Summary {
  const { host, rules, stats, outputs, connections, tracked } = done;
  return {
    engine: { host, conntrack: { isEnabled: () => tracked, list: () => connections } },
    rules,
    stats,
    outputs,
    captures: [...captures, ...flags.local.map((path) => `local ${path}`)],
    ruleFiles: [flags.rules, flags.rules6].filter((file): file is string => file !== undefined),
    hostFile: flags.host ?? null,
    doubt: null,
    filter: null,
    damage,
    interrupted: interrupt.requested,
  };
}
