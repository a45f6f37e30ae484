/**
 * Two outcomes of one scenario, compared in everything that is promised: verdict, place of a drop, octets out and delivered,
 * connection state and direction, rules hit, counters, final connection table and sets. Left out: what only the recorder knows (path, kernel functions, event
 * numbers) and what the kernel draws at random (IP identification of its own packets).
 * @module
 */
import { blankClock, blankClockOfPacket, blankCookie, blankFlowLabel, blankIdentification, blankReplyTimes } from './blank.ts';
import type { Truth, TruthOutput, TruthPacket } from './truth.ts';

export interface Disagreement {
  /** Index of the packet, or -1 for what is told at the end. */
  readonly packet: number;
  readonly field: string;
  readonly expected: string;
  readonly actual: string;
}

/** Every disagreement, in order of packets; empty when the two agree completely. */
export function compareTruths(expected: Truth, actual: Truth): Disagreement[] {
  const found: Disagreement[] = [];
  const held = {
    states: expected.packets.some((p) => p.ct?.state !== undefined),
    tables: tablesOf(expected),
  };
  const count = Math.max(expected.packets.length, actual.packets.length);
  for (let i = 0; i < count; i++) {
    const a = expected.packets[i];
    const b = actual.packets[i];
    if (a === undefined || b === undefined) {
      found.push({ packet: i, field: 'count', expected: String(expected.packets.length), actual: String(actual.packets.length) });
      break;
    }
    comparePacket(a, b, { held, found });
  }
  compareLines('iptables_save', savedLines(expected.iptables_save), savedLines(actual.iptables_save), found);
  compareLines('ip6tables_save', savedLines(expected.ip6tables_save), savedLines(actual.ip6tables_save), found);
  compareLines('conntrack_norm', [...expected.conntrack_norm].sort(), [...actual.conntrack_norm].sort(), found);
  compareLines('ipset', setLines(expected.ipset), setLines(actual.ipset), found);
  return found;
}

/**
 * What a recording holds at all. The recorder reads no rule hits of a very large table, and no states where it does not notice
 * that a rule needs connections (`-I` lines); the final counters and the connection table tell of both all the same.
 */
interface Held {
  readonly states: boolean;
  /** Tables some rule of which was hit. */
  readonly tables: ReadonlySet<string>;
}

function tablesOf(truth: Truth): Set<string> {
  return new Set(truth.packets.flatMap((packet) => (packet.rules ?? []).map(tableOf)));
}

function tableOf(rule: string): string {
  return rule.slice(0, rule.indexOf(':'));
}

interface Notes {
  readonly held: Held;
  readonly found: Disagreement[];
}

function comparePacket(a: TruthPacket, b: TruthPacket, { held, found }: Notes): void {
  const check = (field: string, expected: string, actual: string): void => {
    if (expected !== actual) found.push({ packet: a.index, field, expected, actual });
  };
  check('verdict', a.verdict, b.verdict);
  check('outputs', a.outputs.map((o) => outputText(o, o.idrand === true)).join('\n'), actualOutputs(a, b));
  const localRandom = a.in === 'local' && a.outputs.length === 0 && a.verdict === 'local';
  check('delivered', deliveredText(a.delivered, localRandom), deliveredText(b.delivered, localRandom));
  check('drop.at', a.drop?.at ?? '', b.drop?.at ?? '');
  if (held.states) check('ct.state', a.ct?.state ?? '', b.ct?.state ?? '');
  if (a.ct?.dir !== undefined) check('ct.dir', a.ct.dir, b.ct?.dir ?? '');
  check('rules', sorted(a.rules, held.tables), sorted(b.rules, held.tables));
  check('mark', String((a.mark ?? 0) >>> 0), String((b.mark ?? 0) >>> 0));
}

/** Frames of `b`, blanked where the same frame of `a` says that its identification is random. */
function actualOutputs(a: TruthPacket, b: TruthPacket): string {
  return b.outputs.map((o, i) => outputText(o, a.outputs[i]?.idrand === true || o.idrand === true)).join('\n');
}

function outputText(output: TruthOutput, blank: boolean): string {
  const timeless = blankClock(output.hex);
  const own = output.by === 'reject' ? blankCookie(timeless) : output.by === 'stack' ? blankReplyTimes(timeless) : timeless;
  const labelled = output.cause === 'host-generated' ? blankFlowLabel(own) : own;
  const frame = blank ? blankIdentification(labelled) : labelled;
  return `${output.iface} ${frame} ${output.cause} ${output.by ?? ''} mark=${(output.mark ?? 0) >>> 0} prio=${output.prio ?? 0}`;
}

function sorted(rules: readonly string[] | undefined, tables: ReadonlySet<string>): string {
  return (rules ?? [])
    .filter((rule) => tables.has(tableOf(rule)))
    .sort()
    .join(' ');
}

function deliveredText(recorded: string | undefined, blank: boolean): string {
  if (recorded === undefined) return '';
  const hex = blankClockOfPacket(recorded);
  if (!blank) return hex;
  if (hex.startsWith('4')) return `${hex.slice(0, 8)}0000${hex.slice(12, 20)}0000${hex.slice(24)}`;
  return blankIdentification(`${'00'.repeat(12)}86dd${hex}`).slice(28);
}

function savedLines(text: string | undefined): string[] {
  return text === undefined ? [] : text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
}

function setLines(text: string | undefined): string[] {
  if (text === undefined) return [];
  return text
    .split('\n')
    .filter((line) => !line.startsWith('Size in memory'))
    .map((line) => line.replace(/ ?timeout \d+| ?initval \w+/g, '').trimEnd());
}

function compareLines(field: string, expected: readonly string[], actual: readonly string[], found: Disagreement[]): void {
  const count = Math.max(expected.length, actual.length);
  for (let i = 0; i < count; i++) {
    if (expected[i] === actual[i]) continue;
    const missing = expected.filter((line) => !actual.includes(line)).slice(0, 5);
    const extra = actual.filter((line) => !expected.includes(line)).slice(0, 5);
    found.push({ packet: -1, field, expected: missing.join('\n') || (expected[i] ?? ''), actual: extra.join('\n') || (actual[i] ?? '') });
    return;
  }
}
