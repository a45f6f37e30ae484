/**
 * `hookline diff CAPTURE… -r old.v4 -r new.v4`: what would change for this traffic, and by which rules.
 * @module
 */
import { Command } from 'commander';
import { Comparison, diffJson, type DiffReport, diffText, type SideOptions } from '../../diff/index.ts';
import { Engine } from '../../engine/engine.ts';
import { attachRules } from '../../replay/attach.ts';
import { questionsOf } from '../../replay/doubt-question.ts';
import { loadHost, setsMaker } from '../../replay/inputs.ts';
import type { ReloadTime } from '../../replay/reload.ts';
import { Replay } from '../../replay/replay.ts';
import type { RuleSet } from '../../xtables/ruleset.ts';
import { describeError, Exit, printable, UsageError } from '../exit.ts';
import { NewSideReport } from '../diff-page.ts';
import { Interrupt } from '../interrupt.ts';
import { LineWriter } from '../line-writer.ts';
import { Progress } from '../progress.ts';
import { moment } from '../moment.ts';
import { loadRuleSets } from '../rule-sets.ts';
import { openRun, type RunFlags, runOptions, type RunInputs, withFolder } from '../run-options.ts';

/** As RunFlags; what names files may be given twice: the old one and the new one. */
interface DiffFlags extends Omit<RunFlags, 'rules' | 'rules6' | 'ipset' | 'host'> {
  readonly rules: readonly string[];
  readonly rules6: readonly string[];
  readonly ipset: readonly string[];
  readonly host: readonly string[];
  readonly swapAt?: ReloadTime;
  readonly json?: boolean;
  readonly report?: string;
}

/** Packets between two looks at signals and progress. */
const STEP = 4096;

export function diffCommand(): Command {
  return runOptions(
    new Command('diff').description('tell which packets and connections change between two rule sets, and by which rules'),
    {
      twice: true,
    },
  )
    .option('--swap-at <when>', 'the new rules are loaded in mid-replay, as iptables-restore does, with connections kept', moment)
    .option('--report <file>', 'write a page that shows what changes, and the replay through the new rules (HTML)')
    .option('--json', 'the result as one JSON document')
    .addHelpText(
      'after',
      `
Both machines take every packet, in one pass. What is given once holds for both; what is given twice is the old one and the new
one: rules, sets, hosts (with their addresses, routes and sysctls). Changes are: the fate of a packet, its translation, the way it
leaves by, the answer the host sends, other octets, the mark. --swap-at takes a packet number, +SECONDS behind the first packet,
@SECONDS since the epoch or a date; compared is then "never loaded" with "loaded at that time".

Exit status: 0 nothing changes, 3 something does.

Examples:
  hookline diff capture.pcap -r old.v4 -r new.v4
  hookline diff eth0=lan.pcap eth1=wan.pcap -r rules.v4 --host today.json --host tomorrow.json
  hookline diff capture.pcap -r rules.v4 --ipset sets --ipset sets.new --json | jq '.groups[0]'
  hookline diff capture.pcap -r old.v4 -r new.v4 --swap-at +30
  hookline diff capture.pcap -r old.v4 -r new.v4 -- dst port 443`,
    )
    .action(run);
}

async function run(captures: readonly string[], flags: DiffFlags): Promise<void> {
  const inputs = openRun(captures, sideFlags(flags, 0));
  const progress = new Progress(process.stderr);
  const interrupt = new Interrupt();
  try {
    const [old, fresh] = bothSides(inputs, flags);
    noteDoubt([old, fresh], flags);
    const comparison = new Comparison(old, fresh);
    const { sources, fallback, select } = inputs;
    const report = flags.report === undefined ? null : new NewSideReport(comparison, flags.report);
    const replay = new Replay(comparison, { sources, fallback, select, ...(report === null ? {} : report.hooks) });
    comparison.telling = () => replay.telling;
    while (!interrupt.requested && replay.step(STEP)) {
      progress.show(replay.position, inputs.fraction());
      await interrupt.pause();
    }
    progress.clear();
    const damage = inputs.damage().map(describeError);
    tell(flags, {
      comparison,
      stats: replay.stats,
      old: filesOf(flags, 0),
      new: filesOf(flags, 1),
      captures: [...captures, ...flags.local.map((path) => `local ${path}`)],
      swappedAt: comparison.new.reloadedAt,
      damage,
      interrupted: interrupt.requested,
    });
    report?.write(replay.stats, {
      captures,
      flags: withFolder(sideFlags(flags, 1)),
      summary: {
        captures: [...captures, ...flags.local.map((path) => `local ${path}`)],
        ruleFiles: [`new: ${filesOf(flags, 1).join(', ')}`, `old: ${filesOf(flags, 0).join(', ')}`],
        hostFile: flags.host.at(-1) ?? null,
        damage,
        interrupted: interrupt.requested,
      },
      explainable: flags.swapAt === undefined,
    });
    for (const text of damage) process.stderr.write(`hookline: ${text}\n`);
    if (damage.length > 0) process.exitCode = Exit.Input;
    if (comparison.changedPackets > 0) process.exitCode = Exit.Difference;
    if (interrupt.requested) process.exitCode = Exit.Interrupted;
  } finally {
    interrupt.dispose();
    progress.clear();
    inputs.close();
  }
}

function bothSides(inputs: RunInputs, flags: DiffFlags): [SideOptions, SideOptions] {
  const { rules, rules6, ipset, host, swapAt } = flags;
  for (const [name, files] of Object.entries({ rules, rules6, ipset, host })) {
    if (files.length > 2) throw new UsageError(`--${name} is given ${files.length} times: once for both sides, or twice for old and new`);
  }
  const newFlags = withFolder(sideFlags(flags, 1));
  const common = { seed: flags.seed, conntrack: flags.conntrack === true };
  const old = { ...common, host: inputs.host, rules: inputs.rules, sets: inputs.sets() };
  const newHost = host.length === 2 ? loadHost(newFlags.host) : inputs.host;
  const newRules = loadRuleSets(newFlags, 'quiet');
  const newSets = setsMaker(newFlags.ipset);
  if (swapAt === undefined) return [old, { ...common, host: newHost, rules: newRules, sets: newSets() }];
  if (rules.length < 2 && rules6.length < 2) throw new UsageError('--swap-at needs new rules: give -r or -6 twice');
  tryOut(newRules, { ...old, sets: newSets() });
  const again = loadRuleSets(withFolder(sideFlags(flags, 0)), 'quiet');
  return [old, { ...common, host: newHost, rules: again, sets: newSets(), reload: { rules: newRules, at: swapAt } }];
}

/** What the new rules lack (a set) is told before the replay, not in the middle of it. */
function tryOut(rules: readonly RuleSet[], { host, sets }: SideOptions): void {
  const engine = new Engine({ host });
  for (const set of rules) attachRules(engine, set, sets);
}

/** The flags of one side: the first or the last of what may be given twice. */
function sideFlags(flags: DiffFlags, side: 0 | 1): RunFlags {
  const { rules, rules6, ipset, host, ...rest } = flags;
  const pick = (files: readonly string[]): string | undefined => (side === 0 ? files[0] : files.at(-1));
  const named = { rules: pick(rules), rules6: pick(rules6), ipset: pick(ipset), host: pick(host) };
  const given = Object.fromEntries(Object.entries(named).filter(([, file]) => file !== undefined));
  return { ...rest, ...given };
}

function filesOf(flags: DiffFlags, side: 0 | 1): string[] {
  const { rules, rules6, ipset, host } = withFolder(sideFlags(flags, side));
  return [rules, rules6, ipset, host].filter((file) => file !== undefined);
}

/** One machine stands for each side, where replay would run one for each answer. */
function noteDoubt(sides: readonly SideOptions[], flags: DiffFlags): void {
  const subjects = new Set<string>();
  for (const { rules, host, sets, reload } of sides) {
    const all = [...rules, ...(reload?.rules ?? [])];
    for (const { subject } of questionsOf(all, { host, sets, local: flags.local.length > 0, missingSets: false }).questions) {
      subjects.add(subject);
    }
  }
  if (subjects.size === 0) return;
  const text = `hookline: note: the rules ask what no input tells (${[...subjects].join(', ')}): both sides are compared for one possible answer\n`;
  process.stderr.write(printable(text));
}

function tell(flags: DiffFlags, report: DiffReport): void {
  const out = new LineWriter();
  if (flags.json === true) out.write(JSON.stringify(diffJson(report), null, 2));
  else for (const line of diffText(report)) out.write(printable(line));
  out.flush();
}
