/**
 * `hookline nat CAPTURE… -r rules.v4`: what NAT did with the connections, and whether the ports and the table suffice.
 * @module
 */
import { Command, InvalidArgumentError } from 'commander';
import { Translations } from '../../tally/translations.ts';
import { natJson, natText } from '../../tally/nat-text.ts';
import { noteDoubt } from '../doubt-note.ts';
import { EngineRun, type EngineRunFlags, whatIfOptions } from '../engine-run.ts';
import { printable } from '../exit.ts';
import { LineWriter } from '../line-writer.ts';
import { type Moment, moment } from '../moment.ts';
import { wholeNumber } from '../numbers.ts';
import { replyOptions } from '../reply-options.ts';
import { openRun, runOptions } from '../run-options.ts';

interface NatFlags extends EngineRunFlags {
  readonly at?: Moment;
  readonly limit: number;
  readonly json?: boolean;
}

export function natCommand(): Command {
  const command = new Command('nat').description('tell what NAT did with the connections: translations, ports in use, clashes, the table');
  return whatIfOptions(replyOptions(runOptions(command, { filter: false })))
    .option('--ports <low-high>', 'suppose that SNAT and MASQUERADE rules offer these ports, whatever they name', portRange)
    .option('--at <moment>', 'only up to packet N, +SECONDS, @SECONDS or a time', moment)
    .option('--limit <n>', 'lines of each table in the text', wholeNumber, 50)
    .option('--json', 'all of it as one JSON document')
    .addHelpText(
      'after',
      `
Examples:
  hookline nat capture.pcap -r rules.v4
  hookline nat capture.pcap -r rules.v4 --conntrack-max 4096 --sysctl net.netfilter.nf_conntrack_udp_timeout=10
  hookline nat capture.pcap -r rules.v4 --ports 1024-2047 --json | jq .table`,
    )
    .action(run);
}

async function run(captures: readonly string[], flags: NatFlags): Promise<void> {
  const inputs = openRun(captures, flags);
  try {
    noteDoubt(inputs, flags.local.length > 0);
    const machine = new EngineRun(inputs, flags);
    const { conntrack, nat } = machine.engine;
    const translations = new Translations(conntrack, nat);
    conntrack.events = translations;
    machine.before = (packet) => translations.begin(packet);
    machine.after = (packet) => translations.end(packet);
    await machine.to(flags.at ?? null);
    translations.close();
    const report = { translations, rules: inputs.rules, max: conntrack.max, limit: flags.limit };
    const out = new LineWriter();
    if (flags.json === true) out.write(JSON.stringify(natJson(report), null, 2));
    else for (const line of natText(report)) out.write(printable(line));
    out.flush();
    machine.tellDamage();
  } finally {
    inputs.close();
  }
}

function portRange(text: string): readonly [number, number] {
  const found = /^(\d{1,5})-(\d{1,5})$/.exec(text);
  const [low, high] = [Number(found?.[1]), Number(found?.[2])];
  if (found === null || low < 1 || high > 0xffff || low > high) throw new InvalidArgumentError('It must be LOW-HIGH, of 1 to 65535.');
  return [low, high];
}
