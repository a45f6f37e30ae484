/**
 * The fidelity table of the README: for everything that is evaluated, how many recordings of the reference speak about it.
 *
 *   scenarios   recorded scenarios (fixtures/scenarios) with it in a rule; of a protocol, with connections of it
 *   hit         those in which the kernel counted a packet at such a rule; of a protocol, in which a connection saw an answer
 *   texts       rule or set texts in unit tests with what iptables-legacy 1.8.9 (ipset 7.17) printed
 *   packets     packets in unit tests with what the kernel made of them, or `n by hand` where the answers come from the specification
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { HELPERS } from '../../src/conntrack/helper/index.ts';
import { parseRules } from '../../src/iptables/save.ts';
import type { Truth } from '../../src/scenario/truth.ts';
import { MATCHES } from '../../src/xtables/match/index.ts';
import type { SetInfo } from '../../src/xtables/match/set.ts';
import type { Rule } from '../../src/xtables/rule.ts';
import { SET_TYPES } from '../../src/xtables/set/set-type.ts';
import { parseSets } from '../../src/xtables/set/store.ts';
import { TABLES } from '../../src/xtables/table.ts';
import type { SetTargetInfo } from '../../src/xtables/target/set.ts';
import { TARGETS } from '../../src/xtables/target/index.ts';
import { ROOT } from './cli.ts';
import { NOTES } from './fidelity-notes.ts';
import { ipPacket } from './target-machine.ts';

/** Protocols with a tracker of their own: name, number, families and how conntrack lists it. */
export const TRACKERS: readonly { readonly name: string; readonly protocol: number; readonly families: string; readonly listed: string }[] =
  [
    { name: 'GRE', protocol: 47, families: '4', listed: 'gre' },
    { name: 'ICMP', protocol: 1, families: '4', listed: 'icmp' },
    { name: 'ICMPv6', protocol: 58, families: '6', listed: 'icmpv6' },
    { name: 'SCTP', protocol: 132, families: '4, 6', listed: 'sctp' },
    { name: 'TCP', protocol: 6, families: '4, 6', listed: 'tcp' },
    { name: 'UDP', protocol: 17, families: '4, 6', listed: 'udp' },
    { name: 'UDP-Lite', protocol: 136, families: '4, 6', listed: 'udplite' },
  ];

/** Verdicts x_tables knows by itself. */
export const VERDICTS: readonly string[] = ['ACCEPT', 'DROP', 'RETURN'];

const KINDS = ['table', 'match', 'target', 'set type', 'tracker', 'helper'] as const;
type Kind = (typeof KINDS)[number];

export interface FidelityRow {
  readonly kind: Kind;
  readonly name: string;
  readonly families: string;
  readonly scenarios: number;
  readonly hit: number;
  readonly texts: number;
  readonly packets: number;
  /** Whether `packets` are answers of the specification, not of the kernel. */
  readonly byHand: boolean;
  readonly note: string;
}

const UNIT = join(ROOT, 'test/unit');

function json<T>(path: string): T {
  return JSON.parse(readFileSync(join(UNIT, path), 'utf8')) as T;
}

function scenarioFolders(folder: string): string[] {
  if (existsSync(join(folder, 'truth.json.gz'))) return [folder];
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .flatMap(({ name }) => scenarioFolders(join(folder, name)));
}

/** Keys of what a rule uses: `match ah6`, `target CT`, `helper ftp`, `set type hash:ip`. */
function usesOf({ matches, target }: Rule, typeOf: (set: string) => string | undefined): string[] {
  const keys = matches.map(({ module }) => `match ${keyOf(module)}`);
  const sets = matches.filter(({ module }) => module.name === 'set').map(({ info }) => (info as SetInfo).name);
  if (target.kind === 'verdict') keys.push(`target ${target.name}`);
  if (target.kind === 'module') {
    keys.push(`target ${target.module.name}`);
    if (target.module.name === 'CT') keys.push(`helper ${(target.info as { readonly helper: string }).helper}`);
    if (target.module.name === 'SET') for (const use of setUses(target.info as SetTargetInfo)) sets.push(use);
  }
  for (const set of sets) keys.push(`set type ${typeOf(set)}`);
  return keys;
}

function setUses({ add, del, map }: SetTargetInfo): string[] {
  return [add, del, map].flatMap((use) => (use === null ? [] : [use.name]));
}

/** A match's name; of the second of two that share one, with the family. */
function keyOf(module: { readonly name: string; readonly families?: readonly (4 | 6)[] }): string {
  const [family] = module.families?.length === 1 ? module.families : [];
  return family !== undefined && MATCHES.filter(({ name }) => name === module.name).length > 1
    ? `${module.name} (IPv${family})`
    : module.name;
}

function rulesByTable(text: string, family: 4 | 6): Map<string, Rule[]> {
  const { tables } = parseRules(text, { file: 'scenario', family });
  return new Map(tables.map(({ name, chains }) => [name, chains.flatMap(({ rules }) => rules)]));
}

/** What a scenario uses, and whether a packet met it. */
function usesOfScenario(folder: string): Map<string, boolean> {
  const truth = JSON.parse(gunzipSync(readFileSync(join(folder, 'truth.json.gz'))).toString()) as Truth;
  const sets = existsSync(join(folder, 'ipset.save')) ? parseSets(readFileSync(join(folder, 'ipset.save'), 'utf8')) : null;
  const uses = new Map<string, boolean>();
  const note = (key: string, hit: boolean): unknown => uses.set(key, hit || uses.get(key) === true);
  const texts = [
    [4, truth.iptables_save],
    [6, truth.ip6tables_save],
  ] as const;
  for (const [family, text] of texts) {
    if (text === undefined) continue;
    const before = rulesByTable(readFileSync(join(folder, `rules.v${family}`), 'utf8'), family);
    for (const [table, rules] of rulesByTable(text, family)) {
      rules.forEach((rule, i) => {
        const hit = rule.packets > before.get(table)![i]!.packets;
        for (const key of [`table ${table}`, ...usesOf(rule, (set) => sets?.get(set)?.type.name)]) note(key, hit);
      });
    }
  }
  const connections = [
    ...truth.conntrack_norm,
    ...truth.packets.flatMap(({ ct_events }) => (ct_events ?? []).map(({ orig = '' }) => orig)),
  ];
  const answered = truth.packets.flatMap(({ ct_events }) =>
    (ct_events ?? []).filter(({ t }) => t === 'update').map(({ orig = '' }) => orig),
  );
  answered.push(...truth.conntrack_norm.filter((line) => !line.includes('[UNREPLIED]')));
  for (const line of connections) note(`tracker ${line.split(' ')[0]}`, false);
  for (const line of answered) note(`tracker ${line.split(' ')[0]}`, true);
  return uses;
}

/** Rows of the tables of a match's test: texts, and answers with whose they are. */
function matchRows(module: string, file: string): Pick<FidelityRow, 'texts' | 'packets' | 'byHand'> {
  const path = join(UNIT, 'xtables/match', `${file}.test.ts`);
  const rows = { texts: 0, packets: 0 };
  if (!existsSync(path)) return { ...rows, byHand: false };
  const text = readFileSync(path, 'utf8');
  const [head = ''] = text.split('*/');
  const own = (row: string): boolean => file !== 'option-header' || row.includes(`-m ${module}`);
  for (const [block] of text.matchAll(/\bcheck(?:Texts|Answers)\((?:(?!\b(?:check(?:Texts|Answers)|describe|it|it\.each)\()[\s\S])*/g)) {
    const found = [...block.matchAll(/\[\s*(?:'[-!][^'\n]*'|"[-!][^"\n]*"|`[-!][^`\n]*`)/g)].filter(([row]) => own(row)).length;
    if (block.startsWith('checkTexts')) rows.texts += found;
    else rows.packets += found;
  }
  if (!head.includes('texts as iptables-legacy 1.8.9 answered them')) throw new Error(`${path}: whose texts are these?`);
  return { ...rows, byHand: !head.includes('answers as a Linux 6.18 router gave them') };
}

const MATCH_FILES: ReadonlyMap<string, string> = new Map([
  ['ah (IPv4)', 'ah'],
  ['ah (IPv6)', 'ah6'],
  ['dst', 'option-header'],
  ['hbh', 'option-header'],
]);

function targetRows(name: string): Pick<FidelityRow, 'texts' | 'packets'> {
  const names = new RegExp(`-j ${name}(?![\\w-])`);
  const count = (rows: readonly unknown[][], column: number): number => rows.filter((row) => names.test(String(row[column]))).length;
  let packets = count(json('xtables/target/recorded-packets.json'), 1) + count(json('xtables/target/recorded-npt.json'), 0);
  if (name === 'LOG') packets += json<unknown[]>('xtables/recorded-log.json').length;
  return {
    texts: count(json('xtables/target/recorded-text.json'), 3),
    packets: packets + setRecordings().filter((each) => each.target === name).length,
  };
}

interface SetRecording {
  readonly sets: string[];
  readonly rules: (readonly ['m', string] | readonly ['t', string])[];
  readonly packets: unknown[];
}

/** Every packet at every rule of the recordings of sets. */
function setRecordings(): { readonly type: string | undefined; readonly target: string | null }[] {
  return ['4', '6'].flatMap((family) => {
    const { sets, rules, packets } = json<SetRecording>(`xtables/set/recorded-sets${family}.json`);
    const store = parseSets(`${sets.join('\n')}\n`);
    return rules.flatMap(([kind, word]) => {
      const name = kind === 'm' ? word : (/--(?:add|del|map)-set (\S+)/.exec(word)?.[1] ?? '');
      const one = { type: store.get(name)?.type.name, target: kind === 't' ? 'SET' : null };
      return packets.map(() => one);
    });
  });
}

function setRows(name: string): Pick<FidelityRow, 'texts' | 'packets'> {
  const rows = json<[text: string, saved: string | null][]>('xtables/set/recorded-text.json');
  return {
    texts: rows.filter(([text]) => new RegExp(`^create \\S+ ${name}(?![\\w,])`, 'm').test(text)).length,
    packets: setRecordings().filter(({ type }) => type === name).length,
  };
}

/** Packets of test/unit/conntrack/recorded by protocol. */
function trackedPackets(): Map<number, number> {
  const counts = new Map<number, number>();
  const folder = 'conntrack/recorded';
  for (const file of readdirSync(join(UNIT, folder)).filter((name) => name.endsWith('.json'))) {
    for (const [, hex] of json<{ packets?: [number, string][] }>(`${folder}/${file}`).packets ?? []) {
      const { protocol } = ipPacket(hex);
      counts.set(protocol, (counts.get(protocol) ?? 0) + 1);
    }
  }
  return counts;
}

function helperPackets(name: string): number {
  if (name !== 'ftp') return 0;
  return [4, 6].reduce((sum, family) => sum + json<{ packets: unknown[] }>(`conntrack/recorded/ftp-${family}.json`).packets.length, 0);
}

const BOTH = '4, 6';

function familiesOf({ families }: { readonly families?: readonly (4 | 6)[] }): string {
  return families?.join(', ') ?? BOTH;
}

/** All rows, in the order of the lists above the table. */
export function fidelity(): FidelityRow[] {
  const scenarios = scenarioFolders(join(ROOT, 'fixtures/scenarios')).map(usesOfScenario);
  const rows: FidelityRow[] = [];
  const add = (kind: Kind, name: string, families: string, more: Partial<FidelityRow> = {}, key = `${kind} ${name}`): void => {
    const using = scenarios.filter((uses) => uses.has(key));
    const counts = { scenarios: using.length, hit: using.filter((uses) => uses.get(key)).length };
    rows.push({ kind, name, families, ...counts, texts: 0, packets: 0, byHand: false, note: NOTES.get(`${kind} ${name}`) ?? '', ...more });
  };
  for (const { name } of TABLES) add('table', name, BOTH);
  for (const module of MATCHES) {
    const name = keyOf(module);
    add('match', name, familiesOf(module), matchRows(module.name, MATCH_FILES.get(name) ?? name));
  }
  for (const name of VERDICTS) add('target', name, BOTH);
  for (const module of TARGETS) add('target', module.name, familiesOf(module), targetRows(module.name));
  for (const { name, options, fields } of SET_TYPES) {
    add('set type', name, options.includes('family') || !fields.includes('ip') ? BOTH : '4', setRows(name));
  }
  const tracked = trackedPackets();
  for (const { name, protocol, families, listed } of TRACKERS) {
    add('tracker', name, families, { packets: tracked.get(protocol) ?? 0 }, `tracker ${listed}`);
  }
  for (const name of new Set(HELPERS.map((helper) => helper.name))) {
    const only4 = HELPERS.some((helper) => helper.name === name && helper.onlyIpv4 === true);
    add('helper', name, only4 ? '4' : BOTH, { packets: helperPackets(name) });
  }
  return rows.sort((a, b) => KINDS.indexOf(a.kind) - KINDS.indexOf(b.kind) || (a.name < b.name ? -1 : 1));
}

/** Whether the reference kernel has said something about it: a rule was hit, or answers were recorded. */
export function isRecorded({ kind, hit, texts, packets, byHand }: FidelityRow): boolean {
  return hit > 0 || (!byHand && (packets > 0 || (kind === 'match' && texts > 0)));
}

/** As the README shows it. */
export function fidelityTable(rows: readonly FidelityRow[]): string {
  const number = (count: number): string => (count === 0 ? '–' : `${count}`);
  const lines = rows.map(({ kind, name, families, scenarios, hit, texts, packets, byHand, note }) => {
    const count =
      packets === 0 && (kind !== 'match' || texts === 0)
        ? '–'
        : `${packets || ''} ${byHand ? 'by hand' : kind === 'match' ? 'kernel' : ''}`.trim();
    return `| ${kind} | \`${name}\` | ${families} | ${number(scenarios)} | ${number(hit)} | ${number(texts)} | ${count} | ${note} |`;
  });
  return ['| kind | name | IPv | scenarios | hit | texts | packets | note |', '|---|---|---|--:|--:|--:|--:|---|', ...lines, ''].join('\n');
}
