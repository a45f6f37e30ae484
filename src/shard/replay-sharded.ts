/**
 * replaySharded: captures through a rule set on many threads. What comes out is, octet for octet, what one thread gives, for any
 * rule set and any number of workers: the packets are split where the rules allow it (plan.ts) and only as long as nothing shows
 * that it matters (watch.ts). From there on one thread does it: it begins anew and, since every packet hangs on those in front of
 * it alone, goes on telling where the others stopped.
 * @module
 */
import { statSync } from 'node:fs';
import type { ConntrackListing } from '../conntrack/dump.ts';
import { HooklineError } from '../errors.ts';
import type { Host } from '../host/host.ts';
import { parseRules } from '../iptables/save.ts';
import type { Packet } from '../packet/packet.ts';
import type { OutputTotal } from '../replay/output-count.ts';
import type { ReplayStats } from '../replay/stats.ts';
import type { RuleSet } from '../xtables/ruleset.ts';
import { parseSets, SetStore } from '../xtables/set/store.ts';
import { Commit } from './commit.ts';
import type { Outlet } from './emission.ts';
import type { Job, NamedText, ShardResult } from './job.ts';
import { type Merged, mergeResults } from './merge.ts';
import { type Plan, type PlanInput, planShards } from './plan.ts';
import { runAlone } from './alone.ts';
import { runSession } from './session.ts';
import { ringFor } from './dealer.ts';
import { hostOf } from './shard.ts';

export interface ShardedOptions {
  /** Threads that replay: 1 to 64. */
  readonly workers: number;
  /**
   * Captures, by file name or as octets (of a SharedArrayBuffer, so that workers need no copy); `indev`: the interface their packets
   * came in by; `local`: a process on the host sent them.
   */
  readonly captures: readonly { readonly source: string | Uint8Array; readonly indev?: string | undefined; readonly local?: boolean }[];
  /** Texts of iptables-save, one a family; `file` names them in messages. */
  readonly rules?: readonly { readonly text: string; readonly family: 4 | 6; readonly file?: string }[];
  /** host.json by file name or as text, or a folder with saved output of `ip -j`; a plain router by default. */
  readonly host?: string | NamedText | undefined;
  /** Text of `ipset save`. */
  readonly sets?: { readonly text: string; readonly file?: string } | null;
  /** Interface for packets that tell none; default: none, or a plain router's two sides. */
  readonly indev?: string | undefined;
  readonly seed?: number;
  /** Track connections though no rule needs it. */
  readonly conntrack?: boolean;
  /** Look for packets that would not have happened: mark them, or leave them out. Default: do not look. */
  readonly loop?: 'marked' | 'left out' | undefined;
  /** Count answers to the original address of a translated connection. */
  readonly strays?: boolean;
  /** Takes frames that leave, in order; the packet is valid during the call. */
  readonly onFrame?: ((packet: Packet) => void) | null;
  /** URL of a module whose `line(engine, rules, packet, outcome, from, marks)` makes a line of each packet; it is loaded by each worker. */
  readonly lines?: string | null;
  /** Takes those lines, in order. */
  readonly onLine?: (line: string) => void;
  /** The most connections that are told; default: all. */
  readonly listed?: number;
  /** Packets of a chunk, the unit in which threads speak to each other. Makes no difference to what comes out. */
  readonly batch?: number;
  /** Milliseconds a worker may take for a chunk before it counts as lost; default two minutes. */
  readonly stuckMs?: number;
  /** Told how many packets are done. */
  readonly onProgress?: (packets: number) => void;
  /** Asked now and then; true ends the replay early. */
  readonly interrupted?: () => boolean;
}

export interface ShardedReplay {
  readonly stats: ReplayStats;
  readonly host: Host;
  /** With the counters of all packets. */
  readonly rules: readonly RuleSet[];
  readonly outputs: readonly OutputTotal[];
  /** Connections at the end, sorted by tuple: the first `listed`, and how many there are. */
  readonly connections: ConntrackListing;
  /** Whether connections are tracked at all. */
  readonly tracked: boolean;
  /** Threads that did it. */
  readonly workers: number;
  /** Why it was fewer than asked for: the rule (name, file:line:column) or the event that decided; null when it was not. */
  readonly why: string | null;
}

const MAX_WORKERS = 64;
const STUCK_MS = 120_000;
/** Packets of a chunk: a report costs the threads some 50 µs. Chunks that carry frames or lines are shorter, to save memory. */
const BATCH = 32_768;
const BATCH_WITH_OUTPUT = 4096;

/** @throws HooklineError as openCapture, parseRules, parseHost, parseSets; ERR_WORKER when a thread is lost. RangeError for `workers`. */
export async function replaySharded(options: ShardedOptions): Promise<ShardedReplay> {
  const { workers } = options;
  if (!Number.isInteger(workers) || workers < 1 || workers > MAX_WORKERS) throw new RangeError(`workers: 1 to ${MAX_WORKERS}`);
  const host = hostOf(options.host ?? null);
  const job = jobOf(options, host);
  const rules = job.rules.map(({ text, file, family }) => parseRules(text, { file, family, counters: false }));
  const sets = job.sets === null ? new SetStore() : parseSets(job.sets.text, job.sets.file);
  const plan = workers === 1 ? ALONE : planOf(job, { rules, host, sets });
  const done = await run(job, plan, { options, host, rules });
  const tracked = job.conntrack || rules.some(({ conntrackNeeded }) => conntrackNeeded);
  return { ...done, host, rules, tracked };
}

const ALONE: Plan = { split: false, why: '' };

/** What workers are told. @throws ERR_HOST */
export function jobOf(options: ShardedOptions, host: Host): Job {
  const hasOutput = options.onFrame != null || options.lines != null;
  return {
    captures: options.captures.map(({ source, indev, local = false }) => ({ source, indev: numberOf(host, indev), local })),
    fallback: options.indev !== undefined ? numberOf(host, options.indev) : options.host === undefined ? 'sides' : 0,
    host: options.host ?? null,
    rules: (options.rules ?? []).map(({ text, family, file = `rules.v${family}` }) => ({ text, file, family })),
    sets: options.sets == null ? null : named(options.sets),
    seed: options.seed ?? 1,
    conntrack: options.conntrack ?? false,
    loop: options.loop ?? null,
    strays: options.strays ?? false,
    frames: options.onFrame != null,
    lines: options.lines ?? null,
    listed: options.listed ?? Number.POSITIVE_INFINITY,
    batch: options.batch ?? (hasOutput ? BATCH_WITH_OUTPUT : BATCH),
    workers: options.workers,
    near: null,
    ring: null,
  };
}

function named({ text, file = 'ipset.save' }: { readonly text: string; readonly file?: string }): NamedText {
  return { text, file };
}

/** @throws ERR_HOST */
function numberOf(host: Host, name: string | undefined): number {
  if (name === undefined) return 0;
  const found = host.interfaceByName(name);
  if (found === null) throw new HooklineError('ERR_HOST', `${name}: the host has no such interface`);
  return found.index;
}

function planOf(job: Job, input: PlanInput): Plan {
  for (const { source } of job.captures) {
    if (typeof source !== 'string') continue;
    if (source === '-') return { split: false, why: 'standard input can be read once only' };
    // a missing file is told when it is opened
    if (statSync(source, { throwIfNoEntry: false })?.isFile() === false) return { split: false, why: `${source}: can be read once only` };
  }
  return planShards(input);
}

interface Done extends Merged {
  readonly workers: number;
  readonly why: string | null;
}

interface Work {
  readonly options: ShardedOptions;
  readonly host: Host;
  readonly rules: readonly RuleSet[];
}

async function run(job: Job, plan: Plan, { options, host, rules }: Work): Promise<Done> {
  const merge = (results: readonly ShardResult[]): Merged => mergeResults(results, { rules, host, listed: job.listed });
  const outlet: Outlet = { frame: (packet) => options.onFrame?.(packet), line: (text) => options.onLine?.(text) };
  const { interrupted = () => false, onProgress = () => undefined, stuckMs = STUCK_MS } = options;
  let told = 0;
  let why = plan.split ? '' : plan.why;
  if (plan.split) {
    const commit = new Commit(job.workers, host, outlet);
    const split = { ...job, near: plan.near };
    const results = await runSession({ ...split, ring: ringFor(split) }, commit, { interrupted, onProgress, stuckMs });
    if (results !== null) return { ...merge(results), workers: job.workers, why: null };
    told = commit.packets;
    why = `${commit.broken} (from packet ${told} on)`;
  }
  const alone = await runAlone({ ...job, workers: 1 }, { outlet, told, interrupted, onProgress });
  return { ...merge([alone]), workers: 1, why: why === '' ? null : why };
}
