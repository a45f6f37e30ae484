/**
 * The part of a replay's summary that tells what is in doubt, as text and as plain data.
 * @module
 */
import type { DescribedRule } from './describe-rule.ts';
import type { DoubtCount, DoubtTally, PossibleFate } from './doubt-tally.ts';
import type { Worlds } from './worlds.ts';

/** Conditions told of one fate; the JSON has all. */
const MAX_CONDITIONS = 4;

/** Lines of the summary; none when no packet was in doubt. */
export function doubtLines(tally: DoubtTally): string[] {
  const { worlds, packets } = tally;
  if (packets === 0) return [];
  const subjects = worlds.unknown.questions.map(({ subject }) => subject);
  return [
    '',
    `In doubt: ${[...new Set(subjects)].join(', ')}`,
    ...tally.counts().flatMap(countLines),
    `  ${policyText(worlds)} Rules that dropped or hit and connections are told as if: ${suppositionText(worlds)}.`,
    ...(worlds.complete ? [] : [`  Only ${worlds.all.length} combinations of answers were tried; there are more.`]),
  ];
}

function countLines({ packets, fates, decidedBy, earlier }: DoubtCount): string[] {
  const causes = decidedBy.map(ruleText);
  if (earlier) causes.push('what became of earlier packets in doubt');
  return [
    `${String(packets).padStart(8)}  ${verdictsText(fates)} decided by ${causes.join('; ')}`,
    ...fates.map((fate) => `${' '.repeat(12)}${fateText(fate)}`),
  ];
}

/** `sent or dropped`. */
function verdictsText(fates: readonly PossibleFate[]): string {
  const verdicts = [...new Set(fates.map(({ verdict }) => verdict))];
  return verdicts.length === 1 ? `${verdicts[0]!} in any case, but how is` : `${verdicts.join(' or ')},`;
}

function fateText({ verdict, when, drop, rule, way }: PossibleFate): string {
  const shown = when.slice(0, MAX_CONDITIONS).join('; or ');
  const more = when.length > MAX_CONDITIONS ? `; or ${when.length - MAX_CONDITIONS} more` : '';
  const condition = when[0] === 'otherwise' ? 'otherwise' : `if ${shown}${more}`;
  const by = rule !== undefined ? `  by ${ruleText(rule)}` : drop !== undefined ? `  ${drop.at}  ${drop.reason}: ${drop.text}` : '';
  return `${verdict} ${condition}${by}${way === undefined ? '' : `  ${way}`}`;
}

function ruleText({ name, text, at }: DescribedRule): string {
  return `${name}  ${text}${at === '' ? '' : `  (${at})`}`;
}

function policyText({ mode }: Worlds): string {
  if (mode === 'both') return 'What left because of these packets is in no output.';
  return `Told as the most ${mode === 'allow' ? 'permissive' : 'restrictive'} of each one's fates (--in-doubt ${mode}).`;
}

/** What the shown world supposes. */
function suppositionText({ shown, unknown, all }: Worlds): string {
  if (shown !== all[0]) return shown.doubt.conditions.join(', ');
  return unknown.questions.map(({ answers }) => answers[0]!.label).join(', ');
}

/** The same as plain data. */
export function doubtSummaryJson(tally: DoubtTally): Record<string, unknown> {
  const { worlds, packets } = tally;
  return {
    mode: worlds.mode,
    packets,
    unknown: worlds.unknown.questions.map(({ subject, answers }) => ({ subject, answers: answers.map(({ label }) => label) })),
    complete: worlds.complete,
    supposedBelow: suppositionText(worlds),
    kinds: tally.counts(),
  };
}
