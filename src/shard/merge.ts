/**
 * Merge: the ends of all workers as the end of one replay. Counters are sums; counts stand in the order in which their first
 * packets came; the table is sorted by tuple, as that of one machine is.
 * @module
 */
import { compareLines, type ConntrackListing } from '../conntrack/dump.ts';
import { HooklineError } from '../errors.ts';
import type { Host } from '../host/host.ts';
import { OutputCount, type OutputTotal } from '../replay/output-count.ts';
import { ReplayStats } from '../replay/stats.ts';
import type { RuleSet } from '../xtables/ruleset.ts';
import type { ShardResult } from './job.ts';

export interface Merged {
  readonly stats: ReplayStats;
  readonly outputs: readonly OutputTotal[];
  readonly connections: ConntrackListing;
}

export interface MergeInput {
  /** Their counters, at zero, get what is counted. */
  readonly rules: readonly RuleSet[];
  readonly host: Host;
  /** The most connections that are told. */
  readonly listed: number;
}

export function mergeResults(results: readonly ShardResult[], { rules, host, listed }: MergeInput): Merged {
  const outputs = new OutputCount(host.interfaces.length);
  for (const { counters, outputs: counts } of results) {
    outputs.addFrom(counts);
    rules.forEach(({ counters: all }, i) => {
      add(all.packets, counters[i]!.packets);
      add(all.bytes, counters[i]!.bytes);
    });
  }
  const stats = ReplayStats.merged(results.map((result) => result.stats));
  // every worker reads every capture, and meets the same damage
  for (const { code, message } of results[0]!.damage) stats.damage.push(new HooklineError(code, message));
  return {
    stats,
    outputs: outputs.totals(host.interfaces.map((device) => device?.name ?? '')),
    connections: {
      lines: results
        .flatMap(({ connections }) => connections.lines)
        .sort(compareLines)
        .slice(0, listed),
      count: results.reduce((sum, { connections }) => sum + connections.count, 0),
    },
  };
}

function add(to: Float64Array, from: Float64Array): void {
  for (let i = 0; i < from.length; i++) to[i]! += from[i]!;
}
