/**
 * `diff --report out.html`: the replay through the new rules as a page, and what they change.
 * @module
 */
import type { ChangeGroup, Comparison } from '../diff/index.ts';
import type { PageDifference } from '../page/browser/model.ts';
import type { ReplayOptions } from '../replay/replay.ts';
import { ReplayStats } from '../replay/stats.ts';
import { RunTally } from '../tally/run-tally.ts';
import { type ReportOptions, writeReport } from './replay-report.ts';

type Given = Pick<ReportOptions, 'captures' | 'flags' | 'explainable'> & {
  readonly summary: Omit<ReportOptions['summary'], 'rules' | 'stats'>;
};

export class NewSideReport {
  /** For the Replay of the comparison. */
  readonly hooks: Pick<ReplayOptions, 'beforePacket' | 'onPacket'>;
  private readonly comparison: Comparison;
  private readonly path: string;
  private readonly tally: RunTally;
  private readonly stats: ReplayStats = new ReplayStats();

  constructor(comparison: Comparison, path: string) {
    this.comparison = comparison;
    this.path = path;
    this.tally = new RunTally(comparison.new.engine);
    this.hooks = {
      beforePacket: (packet) => this.tally.begin(packet),
      onPacket: (packet) => {
        const { outcome } = comparison.new;
        this.stats.count(outcome, packet);
        this.tally.end(packet, outcome);
      },
    };
  }

  /** `seen`: counts of the replay, for its times and what was no input. */
  write(seen: ReplayStats, { summary, ...given }: Given): void {
    const { comparison, path, tally, stats } = this;
    stats.firstUs = seen.firstUs;
    stats.lastUs = seen.lastUs;
    stats.copySkips(seen);
    tally.close();
    const groups = comparison.groups.sorted();
    writeReport({
      ...given,
      path,
      summary: { ...summary, stats, rules: comparison.new.rules },
      engine: comparison.new.engine,
      tally,
      differences: groups.map(differenceOf),
      telling: groups.map(({ first }) => first.index),
    });
  }
}

function differenceOf({ change, from, to, old, new: fresh, packets, connections, first }: ChangeGroup): PageDifference {
  return {
    title: from === to ? `${from}: ${change}` : `${from} → ${to}`,
    packets,
    connections,
    before: ruleText(old),
    after: ruleText(fresh),
    index: first.index,
    example: first.packet,
    fateBefore: first.old,
    fateAfter: first.new,
  };
}

function ruleText(rule: ChangeGroup['old']): string {
  return rule === null ? 'no rule' : `${rule.name}  ${rule.text}${rule.at === '' ? '' : `  (${rule.at})`}`;
}
