/**
 * Workers without threads: the shards, the plan, the commits and the merging of src/shard, driven one after the other in this
 * process, so that thousands of replays are cheap. What threads add (session, worker, control) is tested with threads.
 */
import type { Engine } from '../../src/engine/engine.ts';
import type { Outcome } from '../../src/engine/outcome.ts';
import { formatConntrackLine } from '../../src/report/conntrack-list.ts';
import { parseRules } from '../../src/iptables/save.ts';
import type { Packet } from '../../src/packet/packet.ts';
import { Commit } from '../../src/shard/commit.ts';
import { ringFor } from '../../src/shard/dealer.ts';
import type { Outlet } from '../../src/shard/emission.ts';
import type { Job, ShardResult } from '../../src/shard/job.ts';
import { mergeResults } from '../../src/shard/merge.ts';
import { type Plan, planShards } from '../../src/shard/plan.ts';
import { hostOf, type LineFunction, Shard } from '../../src/shard/shard.ts';
import type { RuleSet } from '../../src/xtables/ruleset.ts';
import { parseSets, SetStore } from '../../src/xtables/set/store.ts';

export type JobParts = Pick<Job, 'captures' | 'host' | 'rules' | 'sets'> & Partial<Job>;

export interface Told {
  /** Everything that came out, in words. */
  readonly text: string;
  /** Why one worker did it; '' when all did. */
  readonly why: string;
  /** Packets done by all workers. */
  readonly shared: number;
}

export function jobOf(parts: JobParts): Job {
  return {
    fallback: 0,
    seed: 1,
    conntrack: false,
    loop: 'marked',
    strays: true,
    frames: true,
    lines: 'line',
    listed: Number.POSITIVE_INFINITY,
    batch: 64,
    workers: 1,
    near: null,
    ring: null,
    ...parts,
  };
}

function line(
  _engine: Engine,
  _rules: readonly RuleSet[],
  packet: Packet,
  outcome: Outcome,
  from: number,
  marks: { unreal: boolean },
): string {
  const { verdict, dropStage, dropReason, rule, ctState, ctDirection, mark } = outcome;
  return [packet.index, from, verdict, dropStage, dropReason, rule, ctState, ctDirection, mark, marks.unreal].join(' ');
}

/** No module is loaded: `lines` says only whether lines are wanted. */
function lineOf({ lines }: Job): LineFunction | null {
  return lines === null ? null : line;
}

/** Collects what comes out. */
class Paper implements Outlet {
  readonly lines: string[] = [];

  frame(packet: Packet): void {
    const octets = Buffer.from(packet.bytes.subarray(packet.start, packet.end)).toString('hex');
    this.lines.push(`frame ${packet.outdev} ${packet.origin} ${packet.nowUs} ${packet.remainderNs} ${packet.wireLength} ${octets}`);
  }

  line(text: string): void {
    this.lines.push(text);
  }
}

/** One thread's replay; nothing of the first `told` packets is written to `paper`. */
function alone(job: Job, paper: Paper, told: number): ShardResult {
  const emitter = {
    frame: (packet: Packet, index: number) => (index >= told ? paper.frame(packet) : undefined),
    line: (text: string, index: number) => (index >= told ? paper.line(text) : undefined),
  };
  const shard = new Shard({ ...job, workers: 1, batch: 1000 }, 0, { line: lineOf(job), emitter });
  while (shard.run()?.ended === false);
  shard.close();
  return shard.result();
}

function write(paper: Paper, job: Job, results: readonly ShardResult[]): string {
  const rules = rulesOf(job);
  const { stats, outputs, connections } = mergeResults(results, { rules, host: hostOf(job.host), listed: job.listed });
  const { packets, octets, packets6, firstUs, lastUs, byFate, bySkip, damage } = stats;
  const end = {
    packets,
    octets,
    packets6,
    firstUs,
    lastUs,
    fates: [...byFate],
    unreals: [...stats.byUnrealFate],
    strays: stats.strays,
    skips: [...bySkip],
    drops: stats.dropCounts(),
    outputs,
  };
  return [
    ...paper.lines,
    JSON.stringify(end),
    ...damage.map(({ message }) => message),
    ...rules.flatMap((set) => set.hits().map((hit) => JSON.stringify(hit))),
    ...connections.lines.map(formatConntrackLine),
    `${connections.count} connections`,
  ].join('\n');
}

function rulesOf(job: Job): RuleSet[] {
  return job.rules.map(({ text, file, family }) => parseRules(text, { file, family, counters: false }));
}

export function planOf(job: Job): Plan {
  return planShards({
    rules: rulesOf(job),
    sets: job.sets === null ? new SetStore() : parseSets(job.sets.text, job.sets.file),
    host: hostOf(job.host),
  });
}

/** What one worker tells. */
export function byOne(job: Job): string {
  const paper = new Paper();
  return write(paper, job, [alone(job, paper, 0)]);
}

export interface ManyOptions {
  /** Instead of the plan made for the rules. */
  readonly plan?: Plan;
  /** Octets of a slot where the capture is dealt out. */
  readonly slotLength?: number;
  /** Whether a capture that can be dealt out is; else each worker reads it. Default: it is. */
  readonly dealt?: boolean;
  /** Heed nothing that speaks against it: what would come of it then. */
  readonly deaf?: boolean;
}

/** What `workers` tell, in chunks of `batch`. */
export function byMany(
  job: Job,
  workers: number,
  batch: number,
  { plan = planOf(job), slotLength = 4096, dealt = true, deaf = false }: ManyOptions = {},
): Told {
  const paper = new Paper();
  if (!plan.split) return { text: write(paper, job, [alone(job, paper, 0)]), why: plan.why, shared: 0 };
  const split = { ...job, workers, batch, near: plan.near };
  const ring = dealt ? ringFor(split, slotLength) : null;
  const commit = new Commit(workers, hostOf(job.host), paper);
  if (deaf) Object.defineProperty(commit, 'check', { value: () => '' });
  const shards = Array.from({ length: workers }, (_, number) => new Shard({ ...split, ring }, number, { line: lineOf(job) }));
  while (!commit.ended && commit.broken === '') shards.forEach((shard, number) => commit.add(number, shard.run()!));
  for (const shard of shards) shard.close();
  if (commit.broken === '') {
    return {
      text: write(
        paper,
        job,
        shards.map((shard) => shard.result()),
      ),
      why: '',
      shared: commit.packets,
    };
  }
  return { text: write(paper, job, [alone(job, paper, commit.packets)]), why: commit.broken, shared: commit.packets };
}
