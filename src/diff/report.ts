/**
 * What a comparison found, as lines for people and as plain data for `--json`.
 * @module
 */
import type { DescribedRule } from '../replay/describe-rule.ts';
import type { ReplayStats } from '../replay/stats.ts';
import type { ChangeGroup } from './change-groups.ts';
import type { Comparison } from './comparison.ts';

export interface DiffReport {
  readonly comparison: Comparison;
  /** Counts of the old machine; what was no input. */
  readonly stats: ReplayStats;
  /** What is compared, in words: files. */
  readonly old: readonly string[];
  readonly new: readonly string[];
  readonly captures: readonly string[];
  /** Packet at which the new side loaded its rules; null: it had them from the beginning. */
  readonly swappedAt: number | null;
  readonly damage: readonly string[];
  readonly interrupted: boolean;
}

const WORDS: Readonly<Record<ChangeGroup['change'], string>> = {
  fate: '',
  translation: 'translated otherwise',
  way: 'another way',
  answer: 'answered otherwise',
  contents: 'changed otherwise',
  mark: 'marked otherwise',
};

const NO_RULE = 'no rule (a route, an address or a sysctl of the host decides)';

export function diffText(report: DiffReport): string[] {
  const { comparison } = report;
  return [
    `Capture  ${report.captures.join(', ')}`,
    `Old      ${report.old.join(', ') || 'no rules'}`,
    `New      ${report.new.join(', ') || 'no rules'}${swapText(report)}`,
    '',
    headLine(comparison),
    ...comparison.groups.sorted().flatMap((group) => ['', ...groupLines(group)]),
    ...noteLines(report),
  ];
}

function swapText({ swappedAt }: DiffReport): string {
  return swappedAt === null ? '' : ` (loaded before packet ${swappedAt}, connections kept)`;
}

function headLine({ packets, changedPackets, changedOctets, changedConnections }: Comparison): string {
  if (changedPackets === 0) return `${count(packets, 'packet')}: nothing changes`;
  const connections = changedConnections === 0 ? '' : ` of ${count(changedConnections, 'connection')}`;
  return `${count(packets, 'packet')}: ${changedPackets} change (${count(changedOctets, 'octet')}${connections})`;
}

function groupLines({ change, followed, from, to, packets, octets, connections, old, new: fresh, parting, first }: ChangeGroup): string[] {
  const what = change === 'fate' || from !== to ? `${from} -> ${to}` : from;
  const how = WORDS[change] === '' ? '' : `, ${WORDS[change]}`;
  const counts = `${count(packets, 'packet')}, ${count(octets, 'octet')}${connections === 0 ? '' : `, ${count(connections, 'connection')}`}`;
  const follows = followed === 0 ? '' : ` (${followed === packets ? 'all' : followed} because their connection changed before)`;
  return [
    `${what}${how}: ${counts}${follows}`,
    `  old  ${ruleText(old)}`,
    `  new  ${ruleText(fresh)}`,
    ...partingLines(parting, old, fresh),
    `  first: packet ${first.index}, ${first.packet}`,
    `    old  ${first.old}`,
    `    new  ${first.new}`,
  ];
}

/** The rules where the ways part, unless those are the ones that decide. */
function partingLines(parting: ChangeGroup['parting'], old: DescribedRule | null, fresh: DescribedRule | null): string[] {
  if (parting === null) return [];
  const lines: string[] = [];
  const differs = (a: DescribedRule | null, b: DescribedRule | null): boolean => a !== null && (a.name !== b?.name || a.at !== b.at);
  if (differs(parting.old, old)) lines.push(`  old way parts at  ${ruleText(parting.old)}`);
  if (differs(parting.new, fresh)) lines.push(`  new way parts at  ${ruleText(parting.new)}`);
  return lines;
}

function ruleText(rule: DescribedRule | null): string {
  if (rule === null) return NO_RULE;
  return `${rule.name}  ${rule.text}${rule.at === '' ? '' : `  (${rule.at})`}`;
}

/** A rule set turns connection tracking on for its family, and with it reassembly and NAT: that alone changes packets. */
function trackingNotes({ old, new: fresh }: Comparison): string[] {
  return [4, 6].flatMap((family) => {
    const [before, after] = [old.engine.conntrack.isEnabled(family), fresh.engine.conntrack.isEnabled(family)];
    if (before === after) return [];
    return [
      `Connections of IPv${family} are tracked on the ${before ? 'old' : 'new'} side only: no rule of the other needs it (--conntrack)`,
    ];
  });
}

function noteLines({ comparison, stats, damage, interrupted }: DiffReport): string[] {
  const notes: string[] = trackingNotes(comparison);
  if (comparison.otherRule > 0) notes.push(`${count(comparison.otherRule, 'packet')}: the same by a rule that reads otherwise`);
  if (comparison.groups.overflow > 0) notes.push(`${count(comparison.groups.overflow, 'packet')}: changed, beyond the groups kept`);
  const unread = [...stats.bySkip].map(([why, packets]) => `${count(packets, 'packet')}: ${why}`).concat(damage);
  if (interrupted) unread.push('everything behind the last packet: interrupted');
  return [
    ...(notes.length === 0 ? [] : ['', ...notes]),
    ...(unread.length === 0 ? [] : ['', 'Not evaluated', ...unread.map((note) => `  ${note}`)]),
  ];
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}

export function diffJson(report: DiffReport): Record<string, unknown> {
  const { comparison, stats } = report;
  return {
    schema: 1,
    captures: report.captures,
    old: report.old,
    new: report.new,
    swappedAt: report.swappedAt,
    packets: comparison.packets,
    changed: {
      packets: comparison.changedPackets,
      octets: comparison.changedOctets,
      connections: comparison.changedConnections,
    },
    notes: trackingNotes(comparison),
    sameByOtherRule: comparison.otherRule,
    groups: comparison.groups.sorted(),
    notGrouped: comparison.groups.overflow,
    notEvaluated: [...stats.bySkip].map(([why, packets]) => ({ why, packets })),
    damage: report.damage,
    interrupted: report.interrupted,
  };
}
