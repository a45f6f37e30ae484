/**
 * `hookline replay CAPTURE… -r rules.v4`: what a Linux router with these rules would have done with these packets.
 * @module
 */
import { Command, Option } from 'commander';
import { formatLocation, type RuleError } from '../../errors.ts';
import type { RuleNote } from '../../iptables/save.ts';
import { loadHost, loadRules, setsMaker } from '../../replay/inputs.ts';
import { openOutput } from '../../replay/output-capture.ts';
import { OutputCount } from '../../replay/output-count.ts';
import { prepare } from '../../replay/prepare.ts';
import { Replay } from '../../replay/replay.ts';
import { summaryJson, summaryText, type Summary } from '../../replay/summary.ts';
import type { InDoubt } from '../../replay/worlds.ts';
import type { RuleSet } from '../../xtables/ruleset.ts';
import { doubtfulJson } from '../doubt-json.ts';
import { describeError, Exit, printable, RulesRefused } from '../exit.ts';
import { Interrupt } from '../interrupt.ts';
import { LineWriter } from '../line-writer.ts';
import { wholeNumber } from '../numbers.ts';
import { outcomeJson } from '../outcome-json.ts';
import { Progress } from '../progress.ts';
import { interfaceNumber, openSources } from '../sources.ts';

interface ReplayFlags {
  readonly rules?: string;
  readonly rules6?: string;
  readonly ipset?: string;
  readonly host?: string;
  readonly in?: string;
  readonly local: readonly string[];
  readonly write?: string;
  readonly json?: boolean;
  readonly ndjson?: boolean;
  readonly seed: number;
  readonly conntrack?: boolean;
  readonly inDoubt: InDoubt;
  readonly missingSets: 'error' | 'doubt';
}

/** Packets between two looks at signals and progress. */
const STEP = 8192;

export function replayCommand(): Command {
  return new Command('replay')
    .description('replay captures through a rule set and tell what Linux would have done with every packet')
    .argument('<capture...>', 'captures; eth0=FILE names the interface its packets came in by; - for standard input')
    .option('-r, --rules <file>', 'iptables-save text')
    .option('-6, --rules6 <file>', 'ip6tables-save text')
    .option('--ipset <file>', 'ipset save text')
    .option('--host <file|dir>', 'host.json, or a folder with saved output of ip -j addr, route, neigh')
    .option('--in <iface>', 'interface for packets that tell none')
    .option('--local <capture>', 'packets that a process on the host sent; may be given again', collect, [])
    .option('-w, --write <file>', 'write the packets that left as a capture (pcapng; pcap by its name)')
    .option('--json', 'the summary as one JSON document')
    .option('--ndjson', 'one JSON object a packet, the summary last')
    .option('--seed <n>', 'seed of random choices (NAT ports, statistic)', wholeNumber, 1)
    .option('--conntrack', 'track connections even if no rule needs it')
    .addOption(
      new Option('--in-doubt <which>', 'fate of a packet that hangs on what is not known (its sender, a socket)')
        .choices(['both', 'allow', 'deny'])
        .default('both'),
    )
    .addOption(new Option('--missing-sets <how>', 'what a set that is not given is').choices(['error', 'doubt']).default('error'))
    .addHelpText(
      'after',
      `
Examples:
  hookline replay capture.pcap -r rules.v4
  hookline replay eth0=lan.pcap eth1=wan.pcap -r rules.v4 -6 rules.v6 --host host.json -w out.pcapng
  hookline replay capture.pcap -r rules.v4 --ndjson | jq 'select(.verdict == "dropped")'`,
    )
    .action(run);
}

async function run(captures: readonly string[], flags: ReplayFlags): Promise<void> {
  const host = loadHost(flags.host);
  const rules = loadRuleSets(flags);
  const sets = setsMaker(flags.ipset);
  const fallback = flags.in !== undefined ? interfaceNumber(host, flags.in) : flags.host === undefined ? 'sides' : 0;
  const inputs = openSources(host, captures, flags.local);
  let output = null;
  const progress = new Progress(process.stderr);
  const interrupt = new Interrupt();
  try {
    output = flags.write === undefined ? null : openOutput(flags.write, host);
    const outputs = new OutputCount(host.interfaces.length, output);
    const { inDoubt, missingSets, seed } = flags;
    const local = flags.local.length > 0;
    const conntrack = flags.conntrack === true;
    const { taker, doubt, shown } = prepare({ host, seed, sink: outputs, rules, sets, local, inDoubt, missingSets, conntrack });
    const out = new LineWriter();
    const writes = flags.ndjson === true;
    const replay = new Replay(taker, {
      sources: inputs.sources,
      fallback,
      ...(writes || doubt !== null
        ? {
            onPacket: (packet, outcome, from) => {
              doubt?.count(packet);
              if (!writes) return;
              const line = outcomeJson(shown().engine, rules, packet, outcome, from);
              out.write(JSON.stringify(doubt === null ? line : doubtfulJson(line, doubt, packet)));
            },
          }
        : {}),
    });
    while (!interrupt.requested && replay.step(STEP)) {
      progress.show(replay.stats.packets);
      await interrupt.pause();
    }
    progress.clear();
    output?.close();
    output = null;
    const damage = inputs.damage().map(describeError);
    tell(out, flags, {
      ...shown(),
      doubt,
      stats: replay.stats,
      outputs: outputs.totals(host.interfaces.map((device) => device?.name ?? '')),
      captures: [...captures, ...flags.local.map((path) => `local ${path}`)],
      ruleFiles: [flags.rules, flags.rules6].filter((file): file is string => file !== undefined),
      hostFile: flags.host ?? null,
      damage,
      interrupted: interrupt.requested,
    });
    for (const text of damage) process.stderr.write(`hookline: ${text}\n`);
    if (damage.length > 0) process.exitCode = Exit.Input;
    if (interrupt.requested) process.exitCode = Exit.Interrupted;
  } finally {
    interrupt.dispose();
    progress.clear();
    output?.abort();
    inputs.close();
  }
}

function collect(value: string, before: readonly string[]): readonly string[] {
  return [...before, value];
}

function loadRuleSets(flags: ReplayFlags): RuleSet[] {
  const errors: RuleError[] = [];
  const notes: RuleNote[] = [];
  const sets = [loadRules(flags.rules, 4, errors, notes), loadRules(flags.rules6, 6, errors, notes)];
  for (const note of notes) process.stderr.write(`${printable(`${formatLocation(note)}: note: ${note.text}`)}\n`);
  if (errors.length > 0) throw new RulesRefused(errors);
  return sets.filter((set): set is RuleSet => set !== null);
}

function tell(out: LineWriter, flags: ReplayFlags, summary: Summary): void {
  if (flags.ndjson === true) out.write(JSON.stringify({ summary: summaryJson(summary) }));
  else if (flags.json === true) out.write(JSON.stringify(summaryJson(summary), null, 2));
  else for (const line of summaryText(summary)) out.write(printable(line));
  out.flush();
}
