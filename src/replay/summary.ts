/**
 * What a replay tells at its end: packets by verdict and reason, the rules that hit in the shape of `iptables -L -v -n
 * --line-numbers`, the connection table in the shape of `conntrack -L`, and what was not evaluated and why.
 * @module
 */
import type { Engine } from '../engine/engine.ts';
import type { Fate } from '../engine/outcome.ts';
import { listRules } from '../iptables/list.ts';
import { formatConntrackLine } from '../report/conntrack-list.ts';
import type { RuleSet } from '../xtables/ruleset.ts';
import type { Table } from '../xtables/table.ts';
import { describeRule } from './describe-rule.ts';
import { doubtLines, doubtSummaryJson } from './doubt-report.ts';
import type { DoubtTally } from './doubt-tally.ts';
import type { OutputTotal } from './output-count.ts';
import type { ReloadingEngine } from './reload.ts';
import type { DropCount, ReplayStats } from './stats.ts';

/** What is told of the machine, be it one or what several came to. */
export interface ShownMachine {
  readonly host: Engine['host'];
  readonly conntrack: Pick<Engine['conntrack'], 'isEnabled' | 'list'>;
}

export interface Summary {
  readonly engine: ShownMachine;
  readonly rules: readonly RuleSet[];
  readonly stats: ReplayStats;
  readonly outputs: readonly OutputTotal[];
  readonly captures: readonly string[];
  readonly ruleFiles: readonly string[];
  /** null: none was given, and a plain router stood in. */
  readonly hostFile: string | null;
  /** Which packets are told; null: all. Rules and connections are always those of all packets. */
  readonly filter: string | null;
  /** What is in doubt; null: nothing could be. */
  readonly doubt: DoubtTally | null;
  readonly damage: readonly string[];
  /** Stopped before the end of the captures. */
  readonly interrupted: boolean;
  /** Rules that were loaded over the others in mid-replay. */
  readonly reloading?: ReloadingEngine | undefined;
}

/** Connections listed in the text; all of them are in the JSON. */
export const MAX_CONNECTIONS = 50;

const PLAIN_ROUTER =
  'none given: a plain router of two interfaces that forwards everything, eth0 (private sources) to eth1 (all others) and back';

const FATES: Record<Fate, string> = {
  forwarded: 'forwarded',
  local: 'local      (delivered to the host itself)',
  sent: 'sent       (by a local process, and left)',
  dropped: 'dropped',
  consumed: 'consumed   (fragments that wait for, or were joined into, others)',
  queued: 'queued     (handed to userspace: NFQUEUE)',
  stolen: 'stolen     (taken over by a hook function)',
};

export function summaryText(summary: Summary): string[] {
  const { stats, engine, rules } = summary;
  return [
    ...headLines(summary),
    '',
    ...verdictLines(stats, rules),
    ...(summary.doubt === null ? [] : doubtLines(summary.doubt)),
    ...outputLines(summary.outputs),
    ...rules.flatMap((set) => [
      '',
      `Rules that hit (${set.family === 4 ? 'IPv4' : 'IPv6'}${summary.filter === null ? '' : ', by all packets'})`,
      ...ruleLines(set, summary.reloading),
    ]),
    '',
    ...connectionLines(engine, stats.lastUs),
    ...noteLines(summary),
  ];
}

function headLines({ captures, ruleFiles, hostFile, engine, reloading, filter, stats }: Summary): string[] {
  const names = engine.host.interfaces.flatMap((device) => (device === undefined || device.name === 'lo' ? [] : [device.name]));
  return [
    `Capture  ${captures.join(', ')}`,
    `Rules    ${ruleFiles.join(', ') || 'none given: every table is empty'}`,
    ...(reloading === undefined
      ? []
      : [`Reload   ${reloading.reloadedAt < 0 ? 'never: its time did not come' : `before packet ${reloading.reloadedAt}`}`]),
    `Host     ${hostFile === null ? PLAIN_ROUTER : `${hostFile} (${names.filter((name) => name !== '').join(', ')})`}`,
    ...(filter === null
      ? []
      : [`Filter   ${filter}: what it selects is told, all packets went through; ${count(stats.untold, 'other packet')}`]),
  ];
}

function verdictLines(stats: ReplayStats, rules: readonly RuleSet[]): string[] {
  const seconds = ((stats.lastUs - stats.firstUs) / 1e6).toFixed(3);
  const lines = [`${count(stats.packets, 'packet')}, ${count(stats.octets, 'octet')}, ${stats.packets === 0 ? '0' : seconds} s`];
  for (const fate of Object.keys(FATES) as Fate[]) {
    const packets = stats.byFate.get(fate);
    if (packets === undefined) continue;
    lines.push(`${String(packets).padStart(8)}  ${FATES[fate]}`);
    if (fate === 'dropped') for (const drop of stats.dropCounts()) lines.push(dropLine(drop, rules));
  }
  const unreal = [...stats.byUnrealFate];
  if (unreal.length > 0) {
    const packets = unreal.reduce((sum, [, each]) => sum + each, 0);
    const fates = unreal.map(([fate, each]) => `${each} ${fate}`).join(', ');
    lines.push(
      `${String(packets).padStart(8)}  of them would not have happened: the first packet of their connection was dropped (${fates})`,
    );
  }
  if (stats.translated > 0)
    lines.push(`${String(stats.translated).padStart(8)}  of them rewritten as the peer would have answered the translated address`);
  if (stats.inDoubt > 0) lines.push(`${String(stats.inDoubt).padStart(8)}  in doubt`);
  return lines;
}

function dropLine(drop: DropCount, rules: readonly RuleSet[]): string {
  const set = rules.find(({ family }) => family === drop.family);
  const by = drop.rule < 0 || set === undefined ? null : describeRule(set, drop.rule);
  const cause = by === null ? `${drop.code}: ${drop.text}` : `${by.name}  ${by.text}${by.at === '' ? '' : `  (${by.at})`}`;
  return `${String(drop.packets).padStart(16)}  ${drop.stage}  ${cause}`;
}

function outputLines(outputs: readonly OutputTotal[]): string[] {
  if (outputs.length === 0) return [];
  const line = ({ interface: name, frames, by }: OutputTotal): string => {
    const parts = Object.entries(by).map(([maker, packets]) => `${packets} ${maker}`);
    return `${String(frames).padStart(8)}  by ${name}: ${parts.join(', ')}`;
  };
  return ['', 'Left the host', ...outputs.map(line)];
}

/** Rules that hit, by chain; chains where only an ACCEPT policy counted are named in one line. */
function ruleLines(set: RuleSet, reloading: ReloadingEngine | undefined): string[] {
  const lines: string[] = [];
  const quiet: string[] = [];
  for (const table of set.tables) {
    let headed = false;
    for (const chain of table.chains) {
      const text = listRules(set, { table, chain: chain.name, verbose: true, hitOnly: true, lineNumbers: true });
      if (text === '') continue;
      const shown = text.trimEnd().split('\n');
      if (shown.length === 2 && (!chain.builtin || chain.policy === 'ACCEPT')) {
        quiet.push(`${table.name}:${chain.name}`);
        continue;
      }
      lines.push('', ...(headed ? [] : [`Table ${table.name}${phaseText(table, reloading)}`]), ...shown.map((line) => line.trimEnd()));
      headed = true;
    }
  }
  if (lines.length === 0) lines.push('  none');
  if (quiet.length > 0) lines.push('', `Passed without a rule: ${[...new Set(quiet)].join(' ')}`);
  return lines;
}

/** Which of two tables of one name it is. */
function phaseText(table: Table, reloading: ReloadingEngine | undefined): string {
  const phase = reloading?.families.map((family) => family.phaseOf(table)).find((found) => found !== 0) ?? 0;
  return phase === 0 ? '' : phase < 0 ? ' (before the reload)' : ' (behind the reload)';
}

function connectionLines(engine: ShownMachine, nowUs: number): string[] {
  if (!engine.conntrack.isEnabled(4) && !engine.conntrack.isEnabled(6)) {
    return ['Connections: not tracked, as in Linux when no rule needs it (--conntrack turns it on)'];
  }
  const { lines, count } = engine.conntrack.list(nowUs, MAX_CONNECTIONS);
  const rest = count - lines.length;
  return [`Connections (${count})`, ...lines.map(formatConntrackLine), ...(rest > 0 ? [`... and ${rest} more`] : [])];
}

function noteLines({ stats, rules, damage, interrupted }: Summary): string[] {
  const notes = [...stats.bySkip].map(([why, packets]) => `${count(packets, 'packet')}: ${why}`).concat(damage);
  const other = rules.length === 1 ? 10 - rules[0]!.family : 0;
  const unruled = other === 6 ? stats.packets6 : other === 4 ? stats.packets - stats.packets6 : 0;
  if (unruled > 0)
    notes.push(`${count(unruled, 'packet')}: met no rules, since none are given for IPv${other} (${other === 6 ? '-6' : '-r'})`);
  if (stats.strays > 0)
    notes.push(
      `${count(stats.strays, 'answer')} to an address that was translated: no router would receive them so (--replies translate rewrites them)`,
    );
  if (interrupted) notes.push('everything behind the last packet: interrupted');
  return notes.length === 0 ? [] : ['', 'Not evaluated', ...notes.map((note) => `  ${note}`)];
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}

/** The same as plain data, for `--json`. */
export function summaryJson(summary: Summary): Record<string, unknown> {
  const { stats, engine, rules } = summary;
  const drops = stats.dropCounts().map(({ family, rule, ...drop }) => {
    const set = rules.find((candidate) => candidate.family === family);
    const by = rule < 0 || set === undefined ? null : describeRule(set, rule);
    return by === null ? drop : { ...drop, rule: by };
  });
  return {
    schema: 1,
    captures: summary.captures,
    rules: summary.ruleFiles,
    ...(summary.reloading === undefined ? {} : { reloadedAt: summary.reloading.reloadedAt < 0 ? null : summary.reloading.reloadedAt }),
    host: summary.hostFile,
    ...(summary.filter === null ? {} : { filter: summary.filter, untold: stats.untold }),
    packets: stats.packets,
    octets: stats.octets,
    verdicts: Object.fromEntries(stats.byFate),
    drops,
    wouldNotHaveHappened: Object.fromEntries(stats.byUnrealFate),
    repliesTranslated: stats.translated,
    repliesToTranslatedAddress: stats.strays,
    ...(summary.doubt === null ? {} : { inDoubt: doubtSummaryJson(summary.doubt) }),
    outputs: summary.outputs,
    hits: rules.flatMap((set) => set.hits().map((hit) => ({ family: set.family, ...hit }))),
    connections: engine.conntrack.list(stats.lastUs, Number.POSITIVE_INFINITY).lines.map(formatConntrackLine),
    notEvaluated: [...stats.bySkip].map(([why, packets]) => ({ why, packets })),
    damage: summary.damage,
    interrupted: summary.interrupted,
  };
}
