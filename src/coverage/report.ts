/**
 * Coverage as lines for people and as plain data for `--json`.
 * @module
 */
import type { Coverage, CoveredRule, NamedRule, OrderedChain } from './coverage.ts';
import type { DeadReason } from './dead-rules.ts';

export interface CoverageReport {
  readonly coverage: Coverage;
  readonly captures: readonly string[];
  readonly ruleFiles: readonly string[];
  readonly packets: number;
  readonly firstUs: number;
  readonly lastUs: number;
  readonly notEvaluated: readonly string[];
  readonly interrupted: boolean;
}

const REASONS: Readonly<Record<DeadReason, string>> = {
  unreachable: 'no live rule leads to its chain',
  contradiction: 'what it asks for contradicts itself',
  'never comes': 'what leads to its chain lets no such packet in',
  shadowed: 'every packet it asks for ends before, at',
};
/** Rules that are named as the shadow of one. */
const SHADOWS = 8;

export function coverageText(report: CoverageReport): string[] {
  const { rules, orders } = report.coverage;
  const of = (which: CoveredRule['class']): CoveredRule[] => rules.filter((rule) => rule.class === which);
  const [hit, reachable, dead] = [of('hit'), of('reachable'), of('dead')];
  return [
    ...headLines(report),
    '',
    `${count(rules.length, 'rule')}: ${hit.length} hit, ${reachable.length} reachable but not hit, ${dead.length} dead`,
    ...section('Hit', hit.map(hitLine)),
    ...section('Reachable, not hit', reachable.map(reachableLine)),
    ...section('Dead: no packet can reach and match them', dead.flatMap(deadLines)),
    ...orders.flatMap(orderLines),
    ...(report.notEvaluated.length === 0
      ? []
      : section(
          'Not evaluated',
          report.notEvaluated.map((line) => `  ${line}`),
        )),
  ];
}

function headLines({ captures, ruleFiles, packets, firstUs, lastUs }: CoverageReport): string[] {
  const rules = `Rules    ${ruleFiles.join(', ')}`;
  if (captures.length === 0) return ['Capture  none: only what the rules prove', rules];
  const window = packets === 0 ? '' : `, ${timeText(firstUs / 1e6)} to ${timeText(lastUs / 1e6)}`;
  return [`Capture  ${captures.join(', ')}`, rules, `Seen     ${count(packets, 'packet')}${window}`];
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ['', title, ...lines];
}

function hitLine(rule: CoveredRule): string {
  const { packets, octets, first, last } = rule;
  const when = first === null || last === null ? '' : `  packets ${first.packet} to ${last.packet}`;
  return `${String(packets).padStart(8)} ${String(octets).padStart(10)}  ${ruleText(rule)}${when}`;
}

function reachableLine(rule: CoveredRule): string {
  return `  ${ruleText(rule)}${rule.unproved ? '  [not proved: too much work]' : ''}`;
}

function deadLines(rule: CoveredRule): string[] {
  const { reason, by } = rule.dead!;
  const more = by.length > SHADOWS ? [`      ... and ${by.length - SHADOWS} more`] : [];
  return [`  ${ruleText(rule)}`, `    ${REASONS[reason]}`, ...by.slice(0, SHADOWS).map((other) => `      ${ruleText(other)}`), ...more];
}

function ruleText({ name, at, text }: NamedRule): string {
  return `${name}  ${text}  (${at})`;
}

/** Rules that stay are told as ranges: only what moves is of interest. */
function orderLines({ table, chain, rules, asked, askedThen, family }: OrderedChain): string[] {
  const lines: string[] = [
    '',
    `Suggested order for ${family === 6 ? 'IPv6 ' : ''}${table} ${chain}: ${asked} rules asked now, about ${askedThen} then; fates stay`,
  ];
  for (let i = 0; i < rules.length; ) {
    let end = i + 1;
    while (end < rules.length && rules[end]!.place === rules[end - 1]!.place + 1) end++;
    const first = rules[i]!;
    if (end - i > 2) lines.push(`  ${placeText(first.place)}  ... to ${rules[end - 1]!.place}, as they are`);
    else for (const { place, text } of rules.slice(i, end)) lines.push(`  ${placeText(place)}  ${text}`);
    i = end;
  }
  return lines;
}

function placeText(place: number): string {
  return `${place}`.padStart(5);
}

function timeText(seconds: number): string {
  return new Date(Math.floor(seconds) * 1000).toISOString().slice(0, 19).replace('T', ' ');
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}

export function coverageJson(report: CoverageReport): Record<string, unknown> {
  const { captures, ruleFiles, packets, firstUs, lastUs, coverage, notEvaluated, interrupted } = report;
  return {
    schema: 1,
    captures,
    rules: ruleFiles,
    packets,
    from: packets === 0 ? null : firstUs / 1e6,
    to: packets === 0 ? null : lastUs / 1e6,
    coverage: coverage.rules,
    orders: coverage.orders,
    notEvaluated,
    interrupted,
  };
}
