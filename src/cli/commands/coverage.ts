/**
 * `hookline coverage CAPTURE… -r rules.v4`: which rules traffic hits, which it could hit, and which no packet can.
 * @module
 */
import { Command } from 'commander';
import { coverageJson, coverageOf, type CoverageReport, coverageText, RuleHits } from '../../coverage/index.ts';
import { questionsOf } from '../../replay/doubt-question.ts';
import { EngineRun } from '../engine-run.ts';
import { describeError, printable, UsageError } from '../exit.ts';
import { LineWriter } from '../line-writer.ts';
import { loadRuleSets } from '../rule-sets.ts';
import type { ReplyFlags } from '../reply-options.ts';
import { openRun, type RunFlags, type RunInputs, runOptions } from '../run-options.ts';

interface CoverageFlags extends RunFlags, ReplyFlags {
  readonly json?: boolean;
}

export function coverageCommand(): Command {
  return runOptions(new Command('coverage').description('tell which rules traffic hits, which it could hit, and which no packet can'), {
    captures: 'optional',
    filter: false,
  })
    .option('--json', 'the result as one JSON document')
    .addHelpText(
      'after',
      `
Every rule is one of: hit; reachable, not hit; dead. Dead is proved from the rules alone: no packet can reach the rule and match it,
and the rules that stop all such packets before it are named. What other tables, routes and addresses keep away is not looked at.
Octets are those of IP packets. Where rules may change places without changing any packet's fate, an order by hits is suggested.
Without a capture only the proof is told.

Examples:
  hookline coverage capture.pcap -r rules.v4
  hookline coverage eth0=monday.pcap eth0=tuesday.pcap -r rules.v4 --host host.json --json | jq '.coverage[] | select(.class == "dead")'
  hookline coverage -r rules.v4`,
    )
    .action(run);
}

async function run(captures: readonly string[], flags: CoverageFlags): Promise<void> {
  if (flags.rules === undefined && flags.rules6 === undefined) throw new UsageError('coverage needs rules: -r or -6');
  if (captures.length === 0 && flags.local.length === 0) {
    const coverage = coverageOf(loadRuleSets(flags).map((rules) => ({ rules, hits: null })));
    tell(flags, { ...EMPTY, coverage, ruleFiles: ruleFilesOf(flags) });
    return;
  }
  const inputs = openRun(captures, flags);
  try {
    noteDoubt(inputs, flags);
    const run = new EngineRun(inputs, flags);
    const hits = inputs.rules.map((rules) => new RuleHits(rules));
    run.before = () => {
      for (const each of hits) each.begin();
    };
    run.after = (packet) => {
      for (const each of hits) each.note(packet);
    };
    await run.to(null);
    const damage = inputs.damage().map(describeError);
    const { packets, firstUs, lastUs, bySkip } = run.replay.stats;
    tell(flags, {
      coverage: coverageOf(hits.map((each) => ({ rules: each.rules, hits: each }))),
      captures: [...captures, ...flags.local.map((path) => `local ${path}`)],
      ruleFiles: ruleFilesOf(flags),
      packets,
      firstUs,
      lastUs,
      notEvaluated: [...bySkip].map(([why, skipped]) => `${skipped} packet${skipped === 1 ? '' : 's'}: ${why}`).concat(damage),
      interrupted: run.interrupted,
    });
    run.tellDamage();
  } finally {
    inputs.close();
  }
}

const EMPTY = { captures: [], packets: 0, firstUs: 0, lastUs: 0, notEvaluated: [], interrupted: false };

function noteDoubt({ host, rules, sets }: RunInputs, flags: CoverageFlags): void {
  const { questions } = questionsOf(rules, { host, sets: sets(), local: flags.local.length > 0, missingSets: false });
  if (questions.length === 0) return;
  const subjects = questions.map(({ subject }) => subject).join(', ');
  process.stderr.write(
    printable(`hookline: note: the rules ask what no input tells (${subjects}): hits are those of one possible answer\n`),
  );
}

function ruleFilesOf({ rules, rules6 }: CoverageFlags): string[] {
  return [rules, rules6].filter((file) => file !== undefined);
}

function tell(flags: CoverageFlags, report: CoverageReport): void {
  const out = new LineWriter();
  if (flags.json === true) out.write(JSON.stringify(coverageJson(report), null, 2));
  else for (const line of coverageText(report)) out.write(printable(line));
  out.flush();
}
