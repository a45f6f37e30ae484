/**
 * What became of expectations: lines for people, plain data, JUnit XML and SARIF 2.1.0.
 * @module
 */
import { formatLocation } from '../errors.ts';
import type { Example, Tested } from './judge.ts';

export interface AssertReport {
  readonly tested: readonly Tested[];
  readonly allowVacuous: boolean;
  readonly captures: readonly string[];
  readonly packets: number;
  readonly notEvaluated: readonly string[];
  readonly interrupted: boolean;
}

type Verdict = 'passed' | 'failed' | 'vacuous';

const MARKS: Readonly<Record<Verdict, string>> = { passed: 'ok', failed: 'FAILED', vacuous: 'VACUOUS' };

/** Whether nothing failed. */
export function isAsExpected({ tested, allowVacuous }: AssertReport): boolean {
  return tested.every((each) => each.verdict(allowVacuous) === 'passed');
}

export function assertText(report: AssertReport): string[] {
  const { tested, allowVacuous } = report;
  const verdicts = tested.map((each) => each.verdict(allowVacuous));
  const number = (verdict: Verdict): number => verdicts.filter((each) => each === verdict).length;
  const lines = tested.flatMap((each, i) => testedLines(each, verdicts[i]!));
  const vacuous = number('vacuous') === 0 ? '' : `, ${number('vacuous')} vacuous (--allow-vacuous, or \`, at least 0')`;
  const notes = report.notEvaluated.length === 0 ? [] : ['', 'Not evaluated', ...report.notEvaluated.map((line) => `  ${line}`)];
  const total = `${tested.length} expectation${tested.length === 1 ? '' : 's'}`;
  return [...lines, '', `${total}, ${report.packets} packets: ${number('passed')} ok, ${number('failed')} failed${vacuous}`, ...notes];
}

function testedLines(tested: Tested, verdict: Verdict): string[] {
  const { expectation, examples } = tested;
  const head = `${MARKS[verdict].padEnd(8)} ${expectation.name}  (${formatLocation(expectation.at)})`;
  if (verdict === 'passed') return [`${head}  ${countText(tested)}`];
  return [head, `         ${why(tested, verdict)}`, ...examples.flatMap(exampleLines)];
}

function exampleLines({ index, packet, fate, rule }: Example): string[] {
  const by = rule === null ? [] : [`             by ${rule.name}  ${rule.text}${rule.at === '' ? '' : `  (${rule.at})`}`];
  return [`         packet ${index}, ${packet}`, `             ${fate}`, ...by];
}

function countText({ met, held }: Tested): string {
  return met === held ? `${met} packet${met === 1 ? '' : 's'}` : `${held} of ${met} packets`;
}

/** In one sentence. */
function why(tested: Tested, verdict: Verdict): string {
  const { met, held, expectation } = tested;
  if (verdict === 'vacuous') return 'no packet of the captures is of this flow';
  const { quantifier, count } = expectation;
  if (quantifier === 'no') return `it holds for ${held} of ${met} packets`;
  if (quantifier === 'all' && held < met) return `it does not hold for ${met - held} of ${met} packets`;
  return count === null ? `it holds for none of ${met} packets` : `it holds for ${held} packets, not ${count.kind} ${count.number}`;
}

export function assertJson(report: AssertReport): Record<string, unknown> {
  const { tested, allowVacuous, captures, packets, notEvaluated, interrupted } = report;
  return {
    schema: 1,
    captures,
    packets,
    passed: isAsExpected(report),
    expectations: tested.map((each) => {
      const { name, sentence, at } = each.expectation;
      const verdict = each.verdict(allowVacuous);
      const text = verdict === 'passed' ? {} : { why: why(each, verdict) };
      return { name, sentence, at: formatLocation(at), verdict, met: each.met, held: each.held, ...text, examples: each.examples };
    }),
    notEvaluated,
    interrupted,
  };
}

/** JUnit XML, as CI systems read it. */
export function assertJunit({ tested, allowVacuous }: AssertReport): string {
  const verdicts = tested.map((each) => each.verdict(allowVacuous));
  const failures = verdicts.filter((verdict) => verdict !== 'passed').length;
  const cases = tested.map((each, i) => {
    const { name, at } = each.expectation;
    const verdict = verdicts[i]!;
    const head = `    <testcase classname="${xml(at.file)}" name="${xml(name)}" file="${xml(at.file)}" line="${at.line}"`;
    if (verdict === 'passed') return `${head}/>`;
    const body = testedLines(each, verdict).slice(1).join('\n');
    return `${head}>\n      <failure type="${verdict}" message="${xml(why(each, verdict))}">${xml(body)}</failure>\n    </testcase>`;
  });
  const counts = `tests="${tested.length}" failures="${failures}" errors="0"`;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="hookline assert" ${counts}>`,
    `  <testsuite name="hookline assert" ${counts}>`,
    ...cases,
    '  </testsuite>',
    '</testsuites>',
    '',
  ].join('\n');
}

/** Text within XML: what XML cannot hold is written as \xNN. */
function xml(text: string): string {
  return text
    .replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`)
    .replace(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd]/g, (c) => `\\x${c.charCodeAt(0).toString(16).padStart(2, '0')}`);
}

/** SARIF 2.1.0: a result for each expectation that did not hold, at its line; the rules that decided are related locations. */
export function assertSarif({ tested, allowVacuous }: AssertReport, version: string): Record<string, unknown> {
  const results = tested.flatMap((each) => {
    const verdict = each.verdict(allowVacuous);
    if (verdict === 'passed') return [];
    const { name, at } = each.expectation;
    const related = each.examples.flatMap(({ rule, fate, index }) => relatedLocation(rule?.at ?? '', `packet ${index}: ${fate}`));
    return [
      {
        ruleId: `expectation-${verdict}`,
        level: 'error',
        message: { text: `${name}: ${why(each, verdict)}` },
        locations: [physical(at.file, at.line, at.column)],
        relatedLocations: related.map((location, id) => ({ id: id + 1, ...location })),
      },
    ];
  });
  const rules = [
    { id: 'expectation-failed', shortDescription: { text: 'Traffic is not treated as expected.' } },
    { id: 'expectation-vacuous', shortDescription: { text: 'No packet tells whether traffic is treated as expected.' } },
  ];
  return {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [{ tool: { driver: { name: 'hookline', version, rules } }, results }],
  };
}

function relatedLocation(at: string, text: string): Record<string, unknown>[] {
  const match = /^(.*):(\d+):(\d+)$/.exec(at);
  return match === null ? [] : [{ ...physical(match[1]!, Number(match[2]), Number(match[3])), message: { text } }];
}

function physical(file: string, line: number, column: number): Record<string, unknown> {
  return {
    physicalLocation: {
      artifactLocation: { uri: encodeURI(file.replaceAll('\\', '/')) },
      region: { startLine: line, startColumn: column },
    },
  };
}
