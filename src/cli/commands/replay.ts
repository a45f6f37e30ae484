/**
 * `hookline replay CAPTURE… -r rules.v4`: what a Linux router with these rules would have done with these packets.
 * @module
 */
import { Command, Option } from 'commander';
import { openOutput } from '../../replay/output-capture.ts';
import { OutputCount } from '../../replay/output-count.ts';
import { prepare } from '../../replay/prepare.ts';
import type { ReloadTime } from '../../replay/reload.ts';
import { Replay } from '../../replay/replay.ts';
import { summaryJson, summaryText, type Summary } from '../../replay/summary.ts';
import type { InDoubt } from '../../replay/worlds.ts';
import type { RuleSet } from '../../xtables/ruleset.ts';
import { doubtfulJson } from '../doubt-json.ts';
import { describeError, Exit, printable, UsageError } from '../exit.ts';
import { Interrupt } from '../interrupt.ts';
import { LineWriter } from '../line-writer.ts';
import { outcomeJson } from '../outcome-json.ts';
import { Progress } from '../progress.ts';
import { moment } from '../moment.ts';
import { loopOf, loopOptions, repliesOf, replyOptions, type LoopFlags, type ReplyFlags } from '../reply-options.ts';
import { loadRuleSets } from '../rule-sets.ts';
import { ReplayTallies, type TallyFlags, tallyOptions } from '../replay-tallies.ts';
import { openRun, type RunFlags, runOptions } from '../run-options.ts';
import { replayEach, replayOnWorkers, workerCount } from '../sharded-replay.ts';

interface ReplayFlags extends RunFlags, ReplyFlags, LoopFlags, TallyFlags {
  readonly write?: string;
  readonly json?: boolean;
  readonly ndjson?: boolean;
  readonly inDoubt: InDoubt;
  readonly missingSets: 'error' | 'doubt';
  readonly swapAt?: ReloadTime;
  readonly swapRules?: string;
  readonly swapRules6?: string;
  readonly workers: number;
  readonly independent?: boolean;
}

/** Packets between two looks at signals and progress. */
const STEP = 8192;

export function replayCommand(): Command {
  const command = new Command('replay').description(
    'replay captures through a rule set and tell what Linux would have done with every packet',
  );
  return tallyOptions(loopOptions(replyOptions(runOptions(command, { captures: 'optional' }))))
    .option('-w, --write <file>', 'write the packets that left as a capture (pcapng; pcap by its name)')
    .option('--json', 'the summary as one JSON document')
    .option('--ndjson', 'one JSON object a packet, the summary last')
    .addOption(
      new Option('--in-doubt <which>', 'fate of a packet that hangs on what is not known (its sender, a socket)')
        .choices(['both', 'allow', 'deny'])
        .default('both'),
    )
    .addOption(new Option('--missing-sets <how>', 'what a set that is not given is').choices(['error', 'doubt']).default('error'))
    .option('--swap-at <when>', 'load other rules in mid-replay: a packet number, +SECONDS, @SECONDS since the epoch or a date', moment)
    .option('--swap-rules <file>', 'the iptables-save text loaded then, as iptables-restore does: connections and other tables stay')
    .option('--swap-rules6 <file>', 'the same of ip6tables-save')
    .option('--independent', 'replay each capture by itself, through a machine of its own, as many at once as there are workers')
    .option('--workers <n>', 'threads that replay; what comes out is the same for any number', workerCount, 1)
    .addHelpText(
      'after',
      `
Examples:
  hookline replay capture.pcap -r rules.v4
  hookline replay eth0=lan.pcap eth1=wan.pcap -r rules.v4 -6 rules.v6 --host host.json -w out.pcapng
  hookline replay capture.pcap -r rules.v4 --swap-at +60 --swap-rules new.v4
  hookline replay capture.pcap -r rules.v4 --report report.html
  hookline replay capture.pcap -r rules.v4 --ndjson | jq 'select(.verdict == "dropped")'`,
    )
    .action(run);
}

async function run(captures: readonly string[], flags: ReplayFlags): Promise<void> {
  if (captures.length === 0 && flags.local.length === 0) throw new UsageError("missing required argument 'capture'");
  const inputs = openRun(captures, flags);
  const { host, rules, sets } = inputs;
  let output = null;
  let tallies: ReplayTallies | null = null;
  const progress = new Progress(process.stderr);
  const interrupt = new Interrupt();
  try {
    if (flags.independent === true) {
      await replayEach({ captures, flags, inputs, progress, interrupt }, (out, summary) => tell(out, flags, summary));
      return;
    }
    if (flags.workers > 1) {
      const done = await replayOnWorkers({ captures, flags: { ...flags, ...inputs.files }, inputs, progress, interrupt }, (out, summary) =>
        tell(out, flags, summary),
      );
      if (done) return;
    }
    output = flags.write === undefined ? null : openOutput(flags.write, host);
    let telling = (): boolean => true;
    const outputs = new OutputCount(host.interfaces.length, output, () => telling());
    const { inDoubt, missingSets, seed } = flags;
    const local = flags.local.length > 0;
    const conntrack = flags.conntrack === true;
    const reload = reloadOf(flags);
    const options = { host, seed, sink: outputs, rules, sets, local, inDoubt, missingSets, conntrack };
    const { taker, asPeer, doubt, shown, reloading } = prepare(reload === null ? options : { ...options, reload });
    const out = new LineWriter();
    const writes = flags.ndjson === true;
    tallies = await ReplayTallies.open(flags, shown());
    const watching = tallies;
    const replay: Replay = new Replay(taker, {
      sources: inputs.sources,
      fallback: inputs.fallback,
      select: inputs.select,
      replies: repliesOf(flags, asPeer),
      loop: loopOf(flags),
      beforePacket: watching === null ? undefined : (packet) => watching.begin(packet),
      ...(writes || doubt !== null || watching !== null
        ? {
            onPacket: (packet, outcome, from) => {
              doubt?.count(packet);
              if (watching !== null) {
                const { unreal, translated } = replay;
                watching.end(packet, outcome, from, { unreal, translated, undecided: taker.undecided === true });
              }
              if (!writes) return;
              const line = outcomeJson(shown().engine, shown().rules, packet, outcome, from, replay);
              out.write(JSON.stringify(doubt === null ? line : doubtfulJson(line, doubt, packet)));
            },
          }
        : {}),
    });
    telling = () => replay.telling;
    while (!interrupt.requested && replay.step(STEP)) {
      progress.show(replay.position, inputs.fraction());
      await interrupt.pause();
    }
    progress.clear();
    output?.close();
    output = null;
    const damage = inputs.damage().map(describeError);
    const summary: Summary = {
      ...shown(),
      doubt,
      reloading,
      filter: flags.filter?.text ?? null,
      stats: replay.stats,
      outputs: outputs.totals(host.interfaces.map((device) => device?.name ?? '')),
      captures: [...captures, ...flags.local.map((path) => `local ${path}`)],
      ruleFiles: [inputs.files.rules, inputs.files.rules6].filter((file): file is string => file !== undefined),
      hostFile: flags.host ?? null,
      damage,
      interrupted: interrupt.requested,
    };
    tell(out, flags, summary);
    tallies?.close(summary, { captures, flags, explainable: reload === null });
    for (const text of damage) process.stderr.write(`hookline: ${text}\n`);
    if (damage.length > 0) process.exitCode = Exit.Input;
    if (interrupt.requested) process.exitCode = Exit.Interrupted;
  } finally {
    interrupt.dispose();
    progress.clear();
    output?.abort();
    tallies?.abort();
    inputs.close();
  }
}

function reloadOf({ swapAt: at, swapRules, swapRules6 }: ReplayFlags): { rules: readonly RuleSet[]; at: ReloadTime } | null {
  if (at === undefined && swapRules === undefined && swapRules6 === undefined) return null;
  if (at === undefined) throw new UsageError('--swap-rules needs --swap-at: when to load them');
  const rules = loadRuleSets({
    ...(swapRules === undefined ? {} : { rules: swapRules }),
    ...(swapRules6 === undefined ? {} : { rules6: swapRules6 }),
  });
  if (rules.length === 0) throw new UsageError('--swap-at needs --swap-rules or --swap-rules6: what to load then');
  return { rules, at };
}

function tell(out: LineWriter, flags: ReplayFlags, summary: Summary): void {
  if (flags.ndjson === true) out.write(JSON.stringify({ summary: summaryJson(summary) }));
  else if (flags.json === true) out.write(JSON.stringify(summaryJson(summary), null, 2));
  else for (const line of summaryText(summary)) out.write(printable(line));
  out.flush();
}
