/**
 * What `hookline nat` tells: the table of translations, the ports of each address, the ports that changed and why, and whether the
 * connection table or a range of ports ran out; as text and as plain data.
 * @module
 */
import { describeRule } from '../replay/describe-rule.ts';
import type { RuleSet } from '../xtables/ruleset.ts';
import type { Refusal, Refusals } from './refusals.ts';
import type { Mapping, Pool, PortChange, PortCause, Translations } from './translations.ts';

export interface NatReport {
  readonly translations: Translations;
  readonly rules: readonly RuleSet[];
  /** nf_conntrack_max. */
  readonly max: number;
  /** Lines of each table in the text; all of them are in the data. */
  readonly limit: number;
}

const CAUSES: Record<PortCause, string> = {
  0: 'drawn at random, as the rule asks',
  1: 'its own port is not among those the rule offers',
  2: 'as an earlier connection of the same source',
  3: 'its own port belongs to another connection',
  4: 'shifted by the distance from the base port, as the rule asks',
  5: 'no port was free: the last one tried stood, and was free after all when the connection was confirmed',
};

const CAUSE_NAMES: Record<PortCause, string> = { 0: 'random', 1: 'out of range', 2: 'earlier', 3: 'taken', 4: 'offset', 5: 'exhausted' };

export function natText(report: NatReport): string[] {
  const { translations } = report;
  const { connections, translated } = translations;
  return [
    `${count(connections, 'connection')}, ${translated} translated`,
    ...mappingLines(report),
    ...poolLines(report),
    ...changeLines(report),
    '',
    ...tableLines(report),
  ];
}

function mappingLines({ translations, rules, limit }: NatReport): string[] {
  const { mappings, untold } = translations;
  if (mappings.length === 0) return [];
  const rows = mappings
    .slice(0, limit)
    .map((row) => [
      String(row.connections),
      String(row.packets),
      String(row.octets),
      row.side,
      row.protocol,
      row.from,
      row.to,
      ruleOf(row, rules)?.name ?? 'no rule',
    ]);
  const head = ['conns', 'packets', 'bytes', 'side', 'proto', 'from', 'to', 'rule'];
  const more = mappings.length - rows.length;
  return [
    '',
    'Translations',
    ...columns([head, ...rows], 3),
    ...(more > 0 ? [`... and ${more} more`] : []),
    ...(untold > 0 ? [`... and ${count(untold, 'connection')} more that found no room in this table`] : []),
  ];
}

function poolLines({ translations, limit }: NatReport): string[] {
  const pools = translations.ports;
  if (pools.length === 0) return [];
  const rows = pools
    .slice(0, limit)
    .map((pool) => [
      `${pool.low}-${pool.high}`,
      String(pool.used),
      String(pool.peak),
      `${pool.peakOfOne} (${share(pool)})`,
      pool.protocol,
      pool.address,
      pool.busiest,
    ]);
  const head = ['ports', 'used', 'at once', 'to one', 'proto', 'address', 'busiest destination'];
  const more = pools.length - rows.length;
  return [
    '',
    'Ports of translated sources (one port serves one connection to each destination)',
    ...columns([head, ...rows], 4),
    ...(more > 0 ? [`... and ${more} more`] : []),
  ];
}

/** What the busiest destination takes of the range. */
function share({ low, high, peakOfOne }: Pool): string {
  return `${((100 * peakOfOne) / (high - low + 1)).toFixed(1)} %`;
}

function changeLines({ translations, limit }: NatReport): string[] {
  const { causes, changes } = translations;
  const lines: string[] = [];
  for (const cause of [3, 2, 1, 0, 4, 5] as const) {
    if (causes[cause] === 0) continue;
    lines.push(`${String(causes[cause]).padStart(8)}  ${CAUSES[cause]}`);
    for (const change of changes.filter((one) => one.cause === cause).slice(0, Math.min(limit, 5))) lines.push(changeLine(change));
  }
  return lines.length === 0 ? [] : ['', 'Ports that changed', ...lines];
}

function changeLine({ packet, protocol, from, to, destination, owner }: PortChange): string {
  const because = owner === '' ? '' : `; the port belongs to ${owner}`;
  return `            packet ${packet}: ${protocol} ${from} became ${to} (to ${destination}${because})`;
}

/** The ports that changed, a sentence each cause with up to `examples` of it. */
export function changeTexts({ causes, changes }: Translations, examples: number): string[] {
  return ([3, 2, 1, 0, 4, 5] as const).flatMap((cause) => {
    if (causes[cause] === 0) return [];
    const told = changes.filter((one) => one.cause === cause).slice(0, examples);
    return [`${causes[cause]}: ${CAUSES[cause]}`, ...told.map((change) => changeLine(change).trim())];
  });
}

/** What ran out, a sentence each; nothing if nothing did. */
export function refusalTexts({ full, early, exhausted, clash }: Refusals): string[] {
  return [
    refusalLine('Refused', 'the table was full', full),
    refusalLine('Removed', 'to make room: without a reply, or about to close', early),
    refusalLine('No port', 'no port of the range was free', exhausted),
    refusalLine('Clash', 'another connection had the tuple', clash),
  ].flatMap((line) => (line === '' ? [] : [line.trim().replace(/ +/g, ' ')]));
}

function tableLines({ translations, max }: NatReport): string[] {
  const { refusals, peak } = translations;
  const at = peak.at < 0 ? '' : ` at ${moment(peak.at)}`;
  return [
    'Connection table',
    `   limit    ${max} (net.netfilter.nf_conntrack_max)`,
    `   peak     ${peak.most}${at} (${((100 * peak.most) / Math.max(1, max)).toFixed(1)} %)`,
    refusalLine('refused', 'the table was full', refusals.full),
    refusalLine('removed', 'to make room: without a reply, or about to close', refusals.early),
    refusalLine('no port', 'no port of the range was free', refusals.exhausted),
    refusalLine('clash', 'another connection had the tuple', refusals.clash),
  ].filter((line) => line !== '');
}

function refusalLine(name: string, why: string, { count: times, packet, atUs }: Refusal): string {
  if (times === 0) return name === 'refused' ? `   ${name.padEnd(8)} none` : '';
  return `   ${name.padEnd(8)} ${times}, the first at packet ${packet}, ${moment(atUs)}: ${why}`;
}

/** The same as plain data, for `--json`. */
export function natJson({ translations, rules, max }: NatReport): Record<string, unknown> {
  const { refusals, peak, connections, translated, untold } = translations;
  return {
    schema: 1,
    connections,
    translated,
    untold,
    translations: translations.mappings.map(({ rule, ...row }) => ({
      ...row,
      firstUs: undefined,
      lastUs: undefined,
      first: row.firstUs / 1e6,
      last: row.lastUs / 1e6,
      rule: ruleOf({ ...row, rule }, rules),
    })),
    ports: translations.ports.map(({ address, protocol, low, high, connections: of, used, peak: most, peakOfOne, busiest }) => ({
      address,
      protocol,
      low,
      high,
      connections: of,
      used,
      peak: most,
      peakToOneDestination: peakOfOne,
      busiest,
    })),
    changes: Object.fromEntries(Object.entries(CAUSE_NAMES).map(([cause, name]) => [name, translations.causes[Number(cause)]])),
    changed: translations.changes.map(({ cause, atUs, ...change }) => ({ cause: CAUSE_NAMES[cause], time: atUs / 1e6, ...change })),
    table: {
      max,
      peak: peak.most,
      peakAt: peak.at < 0 ? null : peak.at / 1e6,
      refused: refusalJson(refusals.full),
      removed: refusalJson(refusals.early),
      noPort: refusalJson(refusals.exhausted),
      clash: refusalJson(refusals.clash),
    },
  };
}

function refusalJson({ count: packets, packet, atUs }: Refusal): Record<string, unknown> {
  return packets === 0 ? { packets } : { packets, first: packet, firstAt: atUs / 1e6 };
}

function ruleOf({ family, rule }: Pick<Mapping, 'family' | 'rule'>, rules: readonly RuleSet[]): ReturnType<typeof describeRule> {
  const set = rules.find((candidate) => candidate.family === family);
  return rule < 0 || set === undefined ? null : describeRule(set, rule);
}

/** `2009-10-05 06:06:31.461152`, UTC. */
export function moment(us: number): string {
  const seconds = Math.floor(us / 1e6);
  const micros = String(Math.floor(us - seconds * 1e6)).padStart(6, '0');
  const date = new Date(seconds * 1000);
  if (Number.isNaN(date.getTime())) return `${seconds}.${micros}`;
  return `${date.toISOString().slice(0, 19).replace('T', ' ')}.${micros}`;
}

/** Cells in columns; the first `numbers` of them stand right. */
function columns(rows: readonly (readonly string[])[], numbers: number): string[] {
  const widths = rows[0]!.map((_, i) => Math.max(...rows.map((row) => row[i]!.length)));
  return rows.map((row) =>
    `   ${row.map((cell, i) => (i < numbers ? cell.padStart(widths[i]!) : cell.padEnd(widths[i]!))).join('  ')}`.trimEnd(),
  );
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}
