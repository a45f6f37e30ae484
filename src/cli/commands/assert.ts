/**
 * `hookline assert CAPTURE… -r rules.v4 -e expectations.yaml`: does this traffic fare as it should?
 * @module
 */
import { writeWhole } from '../../capture/output-file.ts';
import { Command } from 'commander';
import {
  assertJson,
  assertJunit,
  type AssertReport,
  assertSarif,
  assertText,
  type Expectation,
  isAsExpected,
  Judge,
  readExpectations,
} from '../../assert/index.ts';
import { Side } from '../../diff/side.ts';
import type { Outcome } from '../../engine/outcome.ts';
import type { RuleError } from '../../errors.ts';
import type { Host } from '../../host/host.ts';
import type { Packet } from '../../packet/packet.ts';
import { questionsOf } from '../../replay/doubt-question.ts';
import { readText } from '../../replay/inputs.ts';
import { Replay } from '../../replay/replay.ts';
import { describeError, Exit, printable, RulesRefused, UsageError } from '../exit.ts';
import { Interrupt } from '../interrupt.ts';
import { LineWriter } from '../line-writer.ts';
import { Progress } from '../progress.ts';
import { openRun, type RunFlags, type RunInputs, runOptions } from '../run-options.ts';
import { version } from '../version.ts';

interface AssertFlags extends RunFlags {
  readonly json?: boolean;
  readonly junit?: string;
  readonly sarif?: string;
  readonly allowVacuous?: boolean;
}

/** Packets between two looks at signals and progress. */
const STEP = 4096;

export function assertCommand(): Command {
  const command = new Command('assert').description('hold the fate of traffic against expectations; for continuous integration');
  return runOptions(command, { filter: false })
    .option('--json', 'the result as one JSON document')
    .option('--junit <file>', 'write JUnit XML as well')
    .option('--sarif <file>', 'write SARIF 2.1.0 as well')
    .option('--allow-vacuous', 'an expectation that no packet meets is no failure')
    .addHelpText(
      'after',
      `
The last argument is the file of expectations:

  places:
    lan: virbr0
    servers: [10.0.1.0/24, 10.0.2.10]
  expect:
    - lan -> any tcp/25 NEW is translated to 192.0.2.1
    - no any -> host tcp/22 is accepted
    - some any -> servers tcp/80,443 is forwarded by filter:FORWARD:3, at least 10
    - nothing from any reaches servers udp
    - name: what the report calls it
      that: lan -> host is accepted

A sentence is [all|some|no] PLACE -> PLACE [protocol[/ports]] [states] is OUTCOME [by RULE] [, at least|at most|exactly N], or
nothing [from PLACE] reaches PLACE. Without a word in front: all. Places are interfaces, addresses, prefixes, host, any and names
under places. Outcomes: accepted, dropped, rejected, forwarded, delivered, sent, untranslated, translated to ADDRESS[:PORT].
Rules: filter:FORWARD:3, filter:INPUT:policy or rules.v4:36.

Exit status: 0 all as expected, 2 an expectation is not understood, 3 something is not as expected.

Examples:
  hookline assert capture.pcap expectations.yaml -r rules.v4 --host host.json
  hookline assert eth0=lan.pcap eth1=wan.pcap expectations.yaml -r rules.v4 --junit report.xml --sarif report.sarif`,
    )
    .action(run);
}

async function run(words: readonly string[], flags: AssertFlags): Promise<void> {
  const file = words.at(-1) ?? '';
  const captures = words.slice(0, -1);
  if (captures.length === 0 && flags.local.length === 0) {
    throw new UsageError('assert needs a capture and, behind it, a file of expectations');
  }
  const inputs = openRun(captures, flags);
  const progress = new Progress(process.stderr);
  const interrupt = new Interrupt();
  try {
    const expectations = load(file, inputs.host);
    noteDoubt(inputs, flags);
    const { judge, replay } = start(inputs, flags, expectations);
    while (!interrupt.requested && replay.step(STEP)) {
      progress.show(replay.stats.packets);
      await interrupt.pause();
    }
    progress.clear();
    const damage = inputs.damage().map(describeError);
    const report: AssertReport = {
      tested: judge.tested,
      allowVacuous: flags.allowVacuous === true,
      captures: [...captures, ...flags.local.map((path) => `local ${path}`)],
      packets: replay.stats.packets,
      notEvaluated: [...replay.stats.bySkip].map(([why, packets]) => `${packets} packet${packets === 1 ? '' : 's'}: ${why}`).concat(damage),
      interrupted: interrupt.requested,
    };
    tell(flags, report);
    for (const text of damage) process.stderr.write(`hookline: ${text}\n`);
    if (damage.length > 0) process.exitCode = Exit.Input;
    if (!isAsExpected(report)) process.exitCode = Exit.Difference;
    if (interrupt.requested) process.exitCode = Exit.Interrupted;
  } finally {
    interrupt.dispose();
    progress.clear();
    inputs.close();
  }
}

function load(file: string, host: Host): Expectation[] {
  const errors: RuleError[] = [];
  const hasDevice = (name: string): boolean => host.interfaceByName(name) !== null;
  const expectations = readExpectations(readText(file), { file, hasDevice, errors });
  if (errors.length > 0) throw new RulesRefused(errors);
  return expectations;
}

function start(
  { host, rules, sets, sources, fallback }: RunInputs,
  flags: AssertFlags,
  expectations: readonly Expectation[],
): { judge: Judge; replay: Replay } {
  const side = new Side({ host, rules, sets: sets(), seed: flags.seed, conntrack: flags.conntrack === true });
  const judge = new Judge(side, expectations);
  const take = (packet: Packet, local: boolean): Outcome => {
    judge.begin(packet);
    side.take(packet, local);
    return side.outcome;
  };
  const taker = { host, receive: (packet: Packet) => take(packet, false), send: (packet: Packet) => take(packet, true) };
  return { judge, replay: new Replay(taker, { sources, fallback, onPacket: (packet, _, from) => judge.note(packet, from === 0) }) };
}

/** One machine stands for all answers. */
function noteDoubt({ host, rules, sets }: RunInputs, flags: AssertFlags): void {
  const { questions } = questionsOf(rules, { host, sets: sets(), local: flags.local.length > 0, missingSets: false });
  if (questions.length === 0) return;
  const subjects = questions.map(({ subject }) => subject).join(', ');
  process.stderr.write(printable(`hookline: note: the rules ask what no input tells (${subjects}): held against one possible answer\n`));
}

function tell(flags: AssertFlags, report: AssertReport): void {
  if (flags.junit !== undefined) writeWhole(flags.junit, assertJunit(report));
  if (flags.sarif !== undefined) writeWhole(flags.sarif, `${JSON.stringify(assertSarif(report, version()), null, 2)}\n`);
  const out = new LineWriter();
  if (flags.json === true) out.write(JSON.stringify(assertJson(report), null, 2));
  else for (const line of assertText(report)) out.write(printable(line));
  out.flush();
}
