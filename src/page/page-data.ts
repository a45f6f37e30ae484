/**
 * What the page tells, from what a replay counted.
 * @module
 */
import { describeDropReason, dropReasonCode } from '../engine/drop-reason.ts';
import { stageName } from '../engine/outcome.ts';
import { protocolName } from '../inet/protocol.ts';
import { printRule } from '../iptables/print-rule.ts';
import { describeRule } from '../replay/describe-rule.ts';
import type { ReplayStats } from '../replay/stats.ts';
import type { FlowRow } from '../tally/flow-table.ts';
import { TIMELINE_FATES } from '../tally/timeline.ts';
import { changeTexts, refusalTexts } from '../tally/nat-text.ts';
import type { RunTally } from '../tally/run-tally.ts';
import type { Chain } from '../xtables/chain.ts';
import type { RuleSet } from '../xtables/ruleset.ts';
import type { Table } from '../xtables/table.ts';
import type { PageCause, PageDifference, PageModel, PageRule, PageTable, PageTalker, PageWay } from './browser/model.ts';
import { pack } from './pack.ts';

/** Bounds of what one page holds. */
const MAX_FLOWS = 200_000;
const MAX_RULES = 20_000;
const MAX_MAPPINGS = 500;
const MAX_TALKERS = 12;
const MAX_CAUSES = 500;
const ACCEPTED = new Set(['forwarded', 'local', 'sent']);

export interface PageInput {
  readonly title: string;
  readonly version: string;
  readonly facts: readonly (readonly [name: string, value: string])[];
  readonly stats: ReplayStats;
  readonly tally: RunTally;
  readonly rules: readonly RuleSet[];
  /** nf_conntrack_max; null: connections are not tracked. */
  readonly max: number | null;
  readonly ways: readonly PageWay[];
  readonly differences: readonly PageDifference[] | null;
  /** Why no packet can reach and match a rule; '' if some can, or nobody knows. */
  readonly dead: (rules: RuleSet, rule: number) => string;
}

/** Causes of drops, numbered; the first is none. */
class Causes {
  readonly list: PageCause[] = [{ label: '', detail: '', packets: 0 }];
  private readonly numbers: Map<string, number> = new Map();

  constructor(stats: ReplayStats, rules: readonly RuleSet[]) {
    for (const { stage, code, text, family, rule, packets } of stats.dropCounts().slice(0, MAX_CAUSES)) {
      const set = rules.find((candidate) => candidate.family === family);
      const by = rule < 0 || set === undefined ? null : describeRule(set, rule);
      this.numbers.set(key(family, rule, stage, code, text), this.list.length);
      this.list.push(
        by === null
          ? { label: `${stage} ${code}`, detail: text, packets }
          : { label: by.name, detail: `${by.text}${by.at === '' ? '' : `  (${by.at})`}`, packets },
      );
    }
  }

  of({ family, dropRule, dropReason, dropStage, dropped }: FlowRow): number {
    if (dropped === 0) return 0;
    return this.numbers.get(key(family, dropRule, stageName(dropStage), dropReasonCode(dropReason), describeDropReason(dropReason))) ?? 0;
  }

  ofRule(family: number, rule: number): number {
    for (const [name, number] of this.numbers) if (name.startsWith(`${family}|${rule}|`)) return number;
    return 0;
  }
}

function key(family: number, rule: number, stage: string, code: string, text: string): string {
  return `${rule < 0 ? 0 : family}|${rule}|${stage}|${code}|${text}`;
}

export function pageModel(input: PageInput): PageModel {
  const { stats, tally, rules, max } = input;
  const causes = new Causes(stats, rules);
  const { translations, timeline } = tally;
  const { mappings } = translations;
  const beginUs = stats.packets === 0 ? 0 : stats.firstUs;
  const series = TIMELINE_FATES.map((fate) => ({ name: fate as string, label: fate as string, values: timeline.of(fate) }));
  const peak = translations.peak;
  const { tables, omitted } = tablesOf(rules, causes, input.dead);
  return {
    title: input.title,
    version: input.version,
    facts: input.facts,
    packets: stats.packets,
    octets: stats.octets,
    begin: beginUs / 1e6,
    seconds: (stats.lastUs - stats.firstUs) / 1e6,
    fates: [
      ...TIMELINE_FATES.flatMap((fate) => (stats.byFate.has(fate) ? [[fate, stats.byFate.get(fate)!] as const] : [])),
      ...(stats.inDoubt > 0 ? [['in doubt', stats.inDoubt] as const] : []),
    ],
    notes: notesOf(stats),
    causes: causes.list,
    timeline: {
      begin: (Number.isNaN(timeline.beginUs) ? 0 : timeline.beginUs) / 1e6,
      width: timeline.widthUs / 1e6,
      series: series.filter(({ values }) => values.some((value) => value > 0)),
    },
    fill:
      max === null
        ? null
        : { levels: timeline.levels(), max, most: peak.most, at: Math.max(0, peak.at) / 1e6, notes: refusalTexts(translations.refusals) },
    talkers: talkersOf(tally),
    tables,
    rulesOmitted: omitted,
    flows: flowsOf(tally, causes, beginUs),
    protocols: Object.fromEntries(Array.from({ length: 256 }, (_, number) => [number, protocolName(number) ?? String(number)])),
    nat: {
      mappings: mappings.slice(0, MAX_MAPPINGS).map(({ side, protocol, family, from, to, rule, connections, changed }) => {
        const set = rules.find((candidate) => candidate.family === family);
        return { side, protocol, from, to, connections, changed, rule: (rule < 0 ? '' : set?.ruleName(rule)) || 'no rule' };
      }),
      pools: translations.ports.slice(0, MAX_MAPPINGS),
      changes: changeTexts(translations, 5),
      omitted: Math.max(0, mappings.length - MAX_MAPPINGS) + translations.untold,
    },
    ways: input.ways,
    differences: input.differences,
  };
}

function notesOf(stats: ReplayStats): string[] {
  const notes = [...stats.bySkip].map(([why, packets]) => `${packets} not evaluated: ${why}`);
  const unreal = [...stats.byUnrealFate.values()].reduce((sum, packets) => sum + packets, 0);
  if (unreal > 0) notes.unshift(`${unreal} would not have happened: the first packet of their connection was dropped`);
  if (stats.translated > 0) notes.unshift(`${stats.translated} rewritten as the peer would have answered the translated address`);
  if (stats.strays > 0)
    notes.unshift(`${stats.strays} answer an address that was translated; no router would receive them so (--replies translate)`);
  return notes;
}

function tablesOf(rules: readonly RuleSet[], causes: Causes, dead: PageInput['dead']): { tables: PageTable[]; omitted: number } {
  const total = rules.reduce((sum, { ruleCount }) => sum + ruleCount, 0);
  const onlyHit = total > MAX_RULES;
  let omitted = 0;
  const tables = rules.flatMap((set) =>
    set.tables.map(
      (table): PageTable => ({
        family: set.family,
        name: table.name,
        chains: table.chains.flatMap((chain) => {
          const all = rulesOf(set, table, chain, causes, dead, onlyHit);
          omitted += chain.length + 1 - all.length;
          return onlyHit && all.every(({ packets }) => packets === 0)
            ? []
            : [{ name: chain.name, packets: Math.max(0, ...all.map(({ packets }) => packets)), rules: all }];
        }),
      }),
    ),
  );
  return { tables, omitted: onlyHit ? omitted : 0 };
}

function rulesOf(set: RuleSet, table: Table, chain: Chain, causes: Causes, dead: PageInput['dead'], onlyHit: boolean): PageRule[] {
  const { packets, bytes } = set.counters;
  const position = { family: set.family, table: table.name, chain: chain.name };
  const rows: PageRule[] = [];
  for (let id = chain.firstId; id <= chain.endId; id++) {
    if (onlyHit && packets[id] === 0) continue;
    const rule = id < chain.endId ? chain.rule(id - chain.firstId) : undefined;
    const kind = rule !== undefined ? 'rule' : chain.builtin ? 'policy' : 'return';
    rows.push({
      number: kind === 'rule' ? String(id - chain.firstId + 1) : '',
      text:
        rule !== undefined
          ? printRule(rule, position)
          : kind === 'policy'
            ? `policy ${chain.policy}`
            : 'end of the chain: back to the caller',
      at: kind === 'rule' ? (set.describe(id)?.at ?? '') : '',
      packets: packets[id]!,
      octets: bytes[id]!,
      dead: kind === 'rule' && packets[id] === 0 ? dead(set, id) : '',
      kind,
      cause: causes.ofRule(set.family, id),
    });
  }
  return rows;
}

function talkersOf({ flows }: RunTally): PageModel['talkers'] {
  const dropped = new Map<string, { packets: number; octets: number }>();
  const accepted = new Map<string, { packets: number; octets: number }>();
  const add = (map: typeof dropped, address: string, packets: number, octets: number): void => {
    if (packets <= 0) return;
    const sum = map.get(address);
    if (sum === undefined) map.set(address, { packets, octets });
    else {
      sum.packets += packets;
      sum.octets += octets;
    }
  };
  for (const row of flows.rows()) {
    add(dropped, row.source, row.dropped, row.droppedOctets);
    add(accepted, row.source, row.packets + row.replyPackets - row.dropped, row.octets + row.replyOctets - row.droppedOctets);
  }
  return { dropped: most(dropped), accepted: most(accepted) };
}

function most(map: ReadonlyMap<string, { packets: number; octets: number }>): PageTalker[] {
  return [...map]
    .map(([address, sums]) => ({ address, ...sums }))
    .sort((a, b) => b.packets - a.packets || (a.address < b.address ? -1 : 1))
    .slice(0, MAX_TALKERS);
}

/** Columns of flows; of too many, those with most packets. */
function flowsOf({ flows }: RunTally, causes: Causes, beginUs: number): PageModel['flows'] {
  let rows = [...flows.rows()];
  const left = rows.length - MAX_FLOWS;
  if (left > 0) {
    rows = rows.sort((a, b) => b.packets + b.replyPackets - a.packets - a.replyPackets).slice(0, MAX_FLOWS);
    rows.sort((a, b) => a.firstPacket - b.firstPacket);
  }
  const addresses: string[] = [];
  const numbers = new Map<string, number>();
  const numberOf = (address: string): number => {
    if (address === '') return -1;
    const known = numbers.get(address);
    if (known !== undefined) return known;
    numbers.set(address, addresses.length);
    return addresses.push(address) - 1;
  };
  const whole = (read: (row: FlowRow) => number): ReturnType<typeof pack> => pack(Float64Array.from(rows, read));
  const span = (read: (row: FlowRow) => number): ReturnType<typeof pack> => pack(Float64Array.from(rows, read), false);
  const omitted = [
    ...(left > 0 ? [`${left} with fewer packets are left out`] : []),
    ...(flows.omittedPackets > 0 ? [`${flows.omittedPackets} packets belong to flows that found no room`] : []),
  ];
  return {
    count: rows.length,
    omitted: omitted.length === 0 ? '' : ` (${omitted.join('; ')})`,
    columns: {
      source: whole((row) => numberOf(row.source)),
      destination: whole((row) => numberOf(row.destination)),
      natSource: whole((row) => numberOf(row.natSource)),
      natDestination: whole((row) => numberOf(row.natDestination)),
      sourcePort: whole((row) => row.sourcePort),
      destinationPort: whole((row) => row.destinationPort),
      natSourcePort: whole((row) => row.natSourcePort),
      natDestinationPort: whole((row) => row.natDestinationPort),
      protocol: whole((row) => row.protocol),
      first: span((row) => (row.firstUs - beginUs) / 1e6),
      duration: span((row) => (row.lastUs - row.firstUs) / 1e6),
      packets: whole((row) => row.packets),
      octets: whole((row) => row.octets),
      replyPackets: whole((row) => row.replyPackets),
      replyOctets: whole((row) => row.replyOctets),
      dropped: whole((row) => row.dropped),
      cause: whole((row) => causes.of(row)),
      firstPacket: whole((row) => row.firstPacket),
      firstDrop: whole((row) => row.firstDrop),
    },
    addresses,
  };
}

/** Packets worth explaining: the first of every cause of a drop, of every fate, and of the first translated flow. */
export function telling(tally: RunTally, stats: ReplayStats, rules: readonly RuleSet[], limit: number): number[] {
  const causes = new Causes(stats, rules);
  const found = new Map<number, number>();
  let translated = -1;
  for (const row of tally.flows.rows()) {
    const cause = causes.of(row);
    if (cause > 0) found.set(cause, Math.min(found.get(cause) ?? row.firstDrop, row.firstDrop));
    if (translated < 0 && (row.natSource !== '' || row.natDestination !== '')) translated = row.firstPacket;
  }
  const drops = [...found].sort(([a], [b]) => a - b).map(([, packet]) => packet);
  const fates = [...tally.firstOf].filter(([fate]) => ACCEPTED.has(fate)).map(([, packet]) => packet);
  const all = [...new Set([...drops, ...fates, ...(translated < 0 ? [] : [translated])])];
  return all.slice(0, limit).sort((a, b) => a - b);
}
