/**
 * `hookline explain CAPTURE… -r rules.v4 -n 12`: the whole way of a packet, and why it went so.
 * @module
 */
import { Command, InvalidArgumentError, Option } from 'commander';
import {
  Explainer,
  type Explanation,
  explanationText,
  type Flow,
  isExplanation,
  isFlowOf,
  isOfFlow,
  parseFlow,
} from '../../explain/index.ts';
import { noteDoubt } from '../doubt-note.ts';
import { describeError, Exit, printable } from '../exit.ts';
import { Interrupt } from '../interrupt.ts';
import { LineWriter } from '../line-writer.ts';
import { wholeNumber } from '../numbers.ts';
import { Progress } from '../progress.ts';
import { replyOptions, type ReplyFlags } from '../reply-options.ts';
import { openRun, type RunFlags, runOptions } from '../run-options.ts';

interface ExplainFlags extends RunFlags, ReplyFlags {
  readonly number: readonly number[];
  readonly flow?: Flow;
  readonly dropped?: boolean;
  readonly all?: boolean;
  readonly format: 'text' | 'json' | 'trace';
}

/** Packets between two looks at signals and progress: many while they are only replayed, few while they are explained. */
const STEP = 8192;
const STEP_EXPLAINED = 256;

export function explainCommand(): Command {
  return replyOptions(
    runOptions(
      new Command('explain').description('tell the whole way of a packet: every hook, rule, connection state and translation, and why'),
    ),
  )
    .option('-n, --number <n>', 'the packet of this number, from 0, as replay counts them; may be given again', collectNumber, [])
    .option('--flow <tuple>', 'the packets of a connection: "tcp 10.0.0.2:1024 10.1.0.2:80" (protocol and ports may be left out)', flow)
    .option('--dropped', 'only packets that were dropped')
    .option('--all', 'every rule looked at, with the part of it that failed and what the packet had there')
    .addOption(new Option('--format <format>', 'how to tell it').choices(['text', 'json', 'trace']).default('text'))
    .addHelpText(
      'after',
      `
Everything before the packet is replayed as well, so that connections, limits and sets stand as they would. Without -n and
--flow every packet is explained. json: one object a packet; trace: the lines that the TRACE target would log.

Examples:
  hookline explain capture.pcap -r rules.v4 -n 12
  hookline explain eth0=lan.pcap eth1=wan.pcap -r rules.v4 --host host.json --flow "tcp 10.0.0.2:40000 192.0.2.1:443"
  hookline explain capture.pcap -r rules.v4 --dropped --format json | jq .drop.rule.name`,
    )
    .action(run);
}

async function run(captures: readonly string[], flags: ExplainFlags): Promise<void> {
  const inputs = openRun(captures, flags);
  const progress = new Progress(process.stderr);
  const interrupt = new Interrupt();
  try {
    const { host, rules, sources, fallback, select } = inputs;
    const sets = inputs.sets();
    noteDoubt(inputs, flags.local.length > 0);
    const { seed, conntrack = false, all = false, format } = flags;
    const explainer = new Explainer({
      host,
      rules,
      sets,
      sources,
      fallback,
      select,
      seed,
      conntrack,
      all,
      trace: format === 'trace',
      translate: flags.replies === 'translate',
    });
    const out = new LineWriter();
    const teller = new Teller(out, flags);
    const wanted = [...new Set(flags.number)].sort((a, b) => a - b);
    const pause = async (): Promise<boolean> => {
      progress.show(explainer.position, inputs.fraction());
      await interrupt.pause();
      return interrupt.requested;
    };
    await (wanted.length > 0 ? explainNumbers(explainer, teller, wanted, pause) : explainAll(explainer, teller, pause));
    progress.clear();
    out.flush();
    const damage = inputs.damage().map(describeError);
    for (const text of damage) process.stderr.write(`hookline: ${text}\n`);
    if (damage.length > 0 || teller.missing) process.exitCode = Exit.Input;
    if (interrupt.requested) process.exitCode = Exit.Interrupted;
  } finally {
    interrupt.dispose();
    progress.clear();
    inputs.close();
  }
}

type Pause = () => Promise<boolean>;

async function explainNumbers(explainer: Explainer, teller: Teller, wanted: readonly number[], pause: Pause): Promise<void> {
  for (const number of wanted) {
    while (explainer.position < number) {
      const more = explainer.skip(Math.min(STEP, number - explainer.position));
      if (await pause()) return;
      if (more) continue;
      teller.beyond(number);
      return;
    }
    const told = explainer.next();
    if (told === null) {
      teller.beyond(number);
      return;
    }
    if (isExplanation(told)) teller.tell(told);
    else teller.note(`packet ${told.index}: ${told.why}`);
  }
}

async function explainAll(explainer: Explainer, teller: Teller, pause: Pause): Promise<void> {
  for (let i = 1; ; i++) {
    const told = explainer.next();
    if (told === null) break;
    if (isExplanation(told)) teller.tell(told);
    if (i % STEP_EXPLAINED === 0 && (await pause())) return;
  }
  teller.summarise();
}

/** Writes explanations in the form asked for, those that are wanted. */
class Teller {
  /** A packet that was asked for is not there. */
  missing = false;
  private told = 0;
  private readonly out: LineWriter;
  private readonly flags: ExplainFlags;

  constructor(out: LineWriter, flags: ExplainFlags) {
    this.out = out;
    this.flags = flags;
  }

  tell(explanation: Explanation): void {
    const { dropped, format } = this.flags;
    if (dropped === true && explanation.verdict !== 'dropped') return;
    if (this.flags.flow !== undefined && !belongs(this.flags.flow, explanation)) return;
    if (format === 'json') this.out.write(JSON.stringify(json(explanation)));
    else if (format === 'trace') for (const line of explanation.trace) this.out.write(printable(line));
    else {
      if (this.told > 0) this.out.write(`\n${'-'.repeat(78)}\n`);
      for (const line of explanationText(explanation)) this.out.write(printable(line));
    }
    this.told++;
  }

  note(text: string): void {
    process.stderr.write(`hookline: ${printable(text)}\n`);
  }

  beyond(number: number): void {
    this.missing = true;
    this.note(`there is no packet ${number}`);
  }

  /** Nothing found is no error, but should not be mistaken for nothing done. */
  summarise(): void {
    if (this.told === 0) this.note('no packet is what was asked for');
  }
}

function belongs(wanted: Flow, { flow: ends, before, after }: Explanation): boolean {
  return isOfFlow(wanted, ends) || isFlowOf(wanted, before) || isFlowOf(wanted, after);
}

/** TRACE lines are a format of their own. */
function json({ trace: _trace, ...rest }: Explanation): Omit<Explanation, 'trace'> {
  return rest;
}

function flow(text: string): Flow {
  const parsed = parseFlow(text);
  if (parsed === null) throw new InvalidArgumentError('It must be "[protocol] address[:port] address[:port]".');
  return parsed;
}

function collectNumber(value: string, before: readonly number[]): readonly number[] {
  return [...before, wholeNumber(value)];
}
