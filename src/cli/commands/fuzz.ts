/**
 * `hookline fuzz -r rules.v4 --policy "no NEW from eth0 to virbr0"`: conversations that fit the rules, held against invariants, until
 * one fails or the time is over.
 * @module
 */
import { Command, InvalidArgumentError } from 'commander';
import { HooklineError } from '../../errors.ts';
import { explanationText, WatchedEngine } from '../../explain/index.ts';
import { type Failure, type FuzzCounts, Fuzzer } from '../../fuzz/fuzz.ts';
import type { Invariant } from '../../fuzz/invariant/invariant.ts';
import { INVARIANTS } from '../../fuzz/invariant/list.ts';
import { policy } from '../../fuzz/invariant/policy.ts';
import type { Configuration, Injected } from '../../fuzz/observe.ts';
import type { Host } from '../../host/host.ts';
import { decode } from '../../packet/decode.ts';
import { Packet } from '../../packet/packet.ts';
import { formatPacket } from '../../report/tcpdump.ts';
import { type Written, writeCounterexample } from '../counterexample.ts';
import { type FuzzFiles, readFuzzInputs } from '../fuzz-inputs.ts';
import { Exit, printable, UsageError } from '../exit.ts';
import { Interrupt } from '../interrupt.ts';
import { LineWriter } from '../line-writer.ts';
import { wholeNumber } from '../numbers.ts';

interface FuzzFlags extends FuzzFiles {
  readonly invariant: readonly string[];
  readonly policy: readonly string[];
  readonly time?: number;
  readonly rounds?: number;
  readonly seed: number;
  readonly out: string | false;
  readonly json?: boolean;
}

const DEFAULT_TIME_SEC = 60;

export function fuzzCommand(): Command {
  return new Command('fuzz')
    .description('look for traffic that breaks what your rules promise, and show the smallest')
    .option('-r, --rules <file>', 'iptables-save text')
    .option('-6, --rules6 <file>', 'ip6tables-save text')
    .option('--ipset <file>', 'ipset save text')
    .option('--host <file|dir>', 'host.json, or a folder with saved output of ip -j addr, route, neigh')
    .option('--invariant <name>', 'hold this one of those below, and not all of them; may be given again', collect, [])
    .option('--policy <sentence>', 'what must hold too: "no NEW from eth0 to virbr0"; may be given again', collect, [])
    .option('--time <span>', `how long to look: 60s, 5m (default: ${DEFAULT_TIME_SEC}s unless --rounds is given)`, span)
    .option('--rounds <n>', 'how many rounds of 50 machines to look', wholeNumber)
    .option('--seed <n>', 'what is drawn; a failure names the seed that finds it at once', wholeNumber, 1)
    .option('-o, --out <dir>', 'where a failure is written to, as a scenario and a capture', 'fuzz-failure')
    .option('--no-out', 'write no files')
    .option('--json', 'as data')
    .addHelpText(
      'after',
      `
Invariants:
${INVARIANTS.map(({ name, claim }) => `  ${name.padEnd(24)} ${claim}`).join('\n')}

A policy is: no|all [STATE] [protocol[/ports]] [from PLACE] [to PLACE], a place being an interface, an address or prefix, "host" or
"any". no: none such is let through; all: none such is dropped by a rule.

Examples:
  hookline fuzz -r rules.v4 --host host.json
  hookline fuzz -r rules.v4 --host host.json --policy "no NEW from wan to lan" --time 5m
  hookline fuzz -r rules.v4 --policy "all tcp/22 from 10.0.0.0/8 to any" --seed 7

Exit status 3: something failed.`,
    )
    .action(runFuzz);
}

async function runFuzz(flags: FuzzFlags): Promise<void> {
  const { configuration, files } = readFuzzInputs(flags);
  const invariants = understood(() => {
    const all = invariantsOf(flags);
    // a wrong interface name in a policy is told before anything is drawn
    for (const invariant of all) invariant.start(configuration);
    return all;
  });
  const fuzzer = new Fuzzer(configuration, { invariants, seed: flags.seed });
  const { failure, interrupted } = await look(fuzzer, flags);
  const { counts } = fuzzer;
  const written =
    failure === null || flags.out === false ? null : writeCounterexample(flags.out, configuration.host, failure.packets, files);
  const out = new LineWriter();
  if (flags.json === true) out.write(JSON.stringify(asData(configuration, counts, failure, written), null, 1));
  else if (failure === null) {
    out.write(`${counted(counts)}: nothing failed`);
    for (const { name, claim } of invariants) out.write(`  ${printable(name.startsWith('policy') ? name : `${name}: ${claim}`)}`);
  } else for (const line of told(configuration, counts, failure, written)) out.write(printable(line));
  out.flush();
  if (failure !== null) process.exitCode = Exit.Difference;
  else if (interrupted) process.exitCode = Exit.Interrupted;
}

/** A policy that says nothing is the command line's fault. */
function understood<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw error instanceof HooklineError ? new UsageError(error.message) : error;
  }
}

function invariantsOf({ invariant, policy: sentences }: FuzzFlags): Invariant[] {
  const chosen = invariant.map((name) => {
    const found = INVARIANTS.find((one) => one.name === name);
    if (found === undefined)
      throw new UsageError(`${name}: there is no such invariant (there are ${INVARIANTS.map((one) => one.name).join(', ')})`);
    return found;
  });
  const policies = sentences.map(policy);
  return [...(chosen.length > 0 ? chosen : INVARIANTS), ...policies];
}

function counted({ runs, packets }: FuzzCounts): string {
  return `${packets.toLocaleString('en')} packets in ${runs.toLocaleString('en')} runs`;
}

/** A failure for people. */
function told(configuration: Configuration, counts: FuzzCounts, failure: Failure, written: Written | null): string[] {
  const { violation, observations, seed } = failure;
  const { host } = configuration;
  const lines = [
    `FAILED  ${violation.invariant.name}`,
    ...(violation.invariant.name.startsWith('policy') ? [] : [`        ${violation.invariant.claim}`]),
    `Found   ${violation.text}`,
    `        after ${counted(counts)}; --seed ${seed} finds it at once`,
    '',
    `The smallest conversation that shows it (${observations.length} ${observations.length === 1 ? 'packet' : 'packets'}):`,
  ];
  for (const { index, injected, verdict, rule, state } of observations) {
    lines.push(`  ${index}  ${fromText(host, injected).padEnd(8)} ${describe(injected)}`);
    const by = rule === null ? '' : ` by ${rule.name} (${rule.at})`;
    lines.push(`     ${' '.repeat(8)} ${[state ?? '', `${verdict}${by}`].filter((word) => word !== '').join(', ')}`);
  }
  lines.push('', `Packet ${violation.observation.index}, hook by hook:`, '');
  lines.push(...explanation(configuration, failure).map((line) => (line === '' ? '' : `  ${line}`)));
  if (written !== null) {
    lines.push('', `Written to ${written.folder}: ${written.captures.join(' and ')}, and all of it as a scenario. Shown again by`);
    lines.push(...written.commands.map((command) => `  ${command}`));
  }
  return lines;
}

function fromText(host: Host, { device }: Injected): string {
  return device === 0 ? 'local' : host.interfaces[device]!.name;
}

function aimed({ frame, linkType, nowUs }: Injected, index: number): Packet {
  const packet = new Packet();
  packet.blank(frame.length);
  packet.bytes.set(frame, packet.start);
  packet.wireLength = frame.length;
  packet.nowUs = nowUs;
  packet.index = index;
  decode(packet, linkType);
  return packet;
}

function describe(injected: Injected): string {
  return formatPacket(aimed(injected, 0)).replace(/^\S+ (?=IP6? )/, '');
}

/** The way of the packet at which it shows, as `hookline explain` tells it. */
function explanation({ host, rules, sets }: Configuration, { packets, violation }: Failure): string[] {
  const machine = new WatchedEngine({ host, rules, sets: sets!(), conntrack: host.settings.conntrack === 'always' });
  packets.forEach((injected, index) => {
    machine.watching = index === violation.observation.index;
    const packet = aimed(injected, index);
    packet.indev = injected.device;
    if (injected.device === 0) machine.send(packet);
    else machine.receive(packet);
    machine.watching = false;
  });
  return machine.told === null ? [] : explanationText(machine.told);
}

function asData(configuration: Configuration, counts: FuzzCounts, failure: Failure | null, written: Written | null): object {
  if (failure === null) return { schema: 1, counts, failure: null };
  const { violation, observations, seed } = failure;
  return {
    schema: 1,
    counts,
    failure: {
      invariant: violation.invariant.name,
      claim: violation.invariant.claim,
      text: violation.text,
      packet: violation.observation.index,
      seed,
      packets: observations.map(({ index, injected, verdict, reason, state, rule }) => ({
        index,
        in: fromText(configuration.host, injected),
        time: injected.nowUs / 1e6,
        packet: describe(injected),
        verdict,
        reason,
        state,
        rule: rule === null ? null : { name: rule.name, at: rule.at },
      })),
      folder: written?.folder ?? null,
      commands: written?.commands ?? [],
    },
  };
}

/** Rounds until one fails, the time is over, or somebody interrupts. */
async function look(fuzzer: Fuzzer, { time, rounds }: FuzzFlags): Promise<{ failure: Failure | null; interrupted: boolean }> {
  const endMs = time === undefined && rounds !== undefined ? Infinity : performance.now() + 1000 * (time ?? DEFAULT_TIME_SEC);
  const interrupt = new Interrupt();
  const { stderr } = process;
  try {
    for (let round = 0; round < (rounds ?? Infinity); round++) {
      const failure = fuzzer.round();
      if (failure !== null) return { failure, interrupted: false };
      await interrupt.pause();
      const leftMs = endMs - performance.now();
      if (leftMs <= 0 || interrupt.requested) break;
      if (stderr.isTTY)
        stderr.write(`\r${counted(fuzzer.counts)}${leftMs === Infinity ? '' : `, ${Math.round(leftMs / 1000)} s left`}\x1b[K`);
    }
    return { failure: null, interrupted: interrupt.requested };
  } finally {
    if (stderr.isTTY) stderr.write('\r\x1b[K');
    interrupt.dispose();
  }
}

function span(text: string): number {
  const match = /^(\d+)(s|m|h)?$/.exec(text);
  if (match === null) throw new InvalidArgumentError('It must be a time as 60s, 5m or 1h.');
  return Number(match[1]) * (match[2] === 'm' ? 60 : match[2] === 'h' ? 3600 : 1);
}

function collect(value: string, before: readonly string[]): readonly string[] {
  return [...before, value];
}
