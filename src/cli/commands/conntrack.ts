/**
 * `hookline conntrack CAPTURE… -r rules.v4`: the connection table as conntrack(8) would show it, at any packet or time.
 *
 *   -L  the table (the default)      -E  what happened to it, in time      -S  its counters      -C  how many
 *
 * @module
 */
import { Command, InvalidArgumentError } from 'commander';
import { Status } from '../../conntrack/ctinfo.ts';
import type { ConntrackLine } from '../../conntrack/dump.ts';
import { protocolNumber } from '../../inet/protocol.ts';
import { type ConntrackEvent, ConntrackJournal, formatConntrackEvent } from '../../report/conntrack-event.ts';
import { formatConntrackLine, formatConntrackStats, formatFamily } from '../../report/conntrack-list.ts';
import { noteDoubt } from '../doubt-note.ts';
import { EngineRun, type EngineRunFlags, whatIfOptions } from '../engine-run.ts';
import { EventOrder } from '../event-order.ts';
import { LineWriter } from '../line-writer.ts';
import { type Moment, moment } from '../moment.ts';
import { replyOptions } from '../reply-options.ts';
import { openRun, runOptions } from '../run-options.ts';

type Style = 'extended' | 'timestamp';

interface ConntrackFlags extends EngineRunFlags {
  readonly list?: boolean;
  readonly event?: boolean;
  readonly stats?: boolean;
  readonly count?: boolean;
  readonly output: readonly Style[];
  readonly at?: Moment;
  readonly proto?: number;
  readonly src?: string;
  readonly dst?: string;
  readonly srcNat?: boolean;
  readonly dstNat?: boolean;
  readonly json?: boolean;
}

export function conntrackCommand(): Command {
  const command = new Command('conntrack').description('show the connection table as conntrack(8) does, at any packet or time');
  return whatIfOptions(replyOptions(runOptions(command, { filter: false })))
    .option('-L, --list', 'the connections there are (what is shown if nothing is asked for)')
    .option('-E, --event', 'what happened to connections, in order of time')
    .option('-S, --stats', 'the counters')
    .option('-C, --count', 'how many connections there are')
    .option('-o, --output <styles>', 'extended: with the layer 3 protocol; timestamp: with the time of an event; or both', styles, [])
    .option('--at <moment>', 'as of packet N (when it had passed), +SECONDS, @SECONDS or a time; else the end', moment)
    .option('-p, --proto <protocol>', 'only connections of this protocol', protocol)
    .option('-s, --src <address>', 'only those whose original source is this')
    .option('-d, --dst <address>', 'only those whose original destination is this')
    .option('-n, --src-nat', 'only those whose source is translated')
    .option('-g, --dst-nat', 'only those whose destination is translated')
    .option('--json', 'one JSON object a line')
    .addHelpText(
      'after',
      `
An entry that has run out is gone at that moment here; the kernel removes it, and tells of it, up to a minute later.

Examples:
  hookline conntrack capture.pcap -r rules.v4 -o extended
  hookline conntrack capture.pcap -r rules.v4 -L --at 12
  hookline conntrack capture.pcap -r rules.v4 -E -o timestamp -p tcp
  hookline conntrack capture.pcap -r rules.v4 -S --at +60`,
    )
    .action(run);
}

async function run(captures: readonly string[], flags: ConntrackFlags): Promise<void> {
  const inputs = openRun(captures, flags);
  const out = new LineWriter();
  try {
    noteDoubt(inputs, flags.local.length > 0);
    const machine = new EngineRun(inputs, flags);
    const { conntrack } = machine.engine;
    const events = flags.event === true ? watch(machine, flags, out) : null;
    const reached = await machine.to(flags.at ?? null);
    if (!reached) process.stderr.write('hookline: the captures end before that packet\n');
    events?.close(machine.atUs);
    if (!machine.tracks) note('connections are not tracked, as in Linux when no rule needs it (--conntrack turns it on)');
    if (flags.stats === true) tellStats(machine, flags, out);
    else if (flags.count === true) out.write(String(conntrack.dump(machine.atUs).length));
    else if (flags.event !== true) {
      const lines = conntrack.dump(machine.atUs).filter((line) => isWanted(line, flags));
      for (const line of lines) out.write(flags.json === true ? JSON.stringify(lineJson(line)) : listed(line, flags));
      out.flush();
      note(`${lines.length} flow entries have been shown.`);
    }
    out.flush();
    machine.tellDamage();
  } finally {
    inputs.close();
  }
}

/** Write events as they come. */
function watch(machine: EngineRun, flags: ConntrackFlags, out: LineWriter): EventOrder {
  const { conntrack } = machine.engine;
  const style = { extended: flags.output.includes('extended'), timestamp: flags.output.includes('timestamp') };
  const order = new EventOrder(conntrack, (event) => {
    if (!isWanted(event.line, flags)) return;
    out.write(flags.json === true ? JSON.stringify(eventJson(event)) : formatConntrackEvent(event, style));
  });
  const journal = new ConntrackJournal(conntrack, (event) => order.take(event));
  conntrack.events = journal;
  order.journal = journal;
  machine.before = (packet) => order.begin(packet);
  return order;
}

function tellStats({ engine }: EngineRun, flags: ConntrackFlags, out: LineWriter): void {
  out.write(flags.json === true ? JSON.stringify(engine.conntrack.stats) : formatConntrackStats(engine.conntrack.stats));
}

function listed(line: ConntrackLine, { output }: ConntrackFlags): string {
  return output.includes('extended') ? `${formatFamily(line)} ${formatConntrackLine(line)}` : formatConntrackLine(line);
}

function isWanted({ protocol: number, original, status }: ConntrackLine, flags: ConntrackFlags): boolean {
  if (flags.proto !== undefined && number !== flags.proto) return false;
  if (flags.src !== undefined && original.source !== flags.src) return false;
  if (flags.dst !== undefined && original.destination !== flags.dst) return false;
  if (flags.srcNat === true && (status & Status.SrcNat) === 0) return false;
  return flags.dstNat !== true || (status & Status.DstNat) !== 0;
}

const STATUS_NAMES: readonly (readonly [number, string])[] = [
  [Status.SeenReply, 'SEEN_REPLY'],
  [Status.Assured, 'ASSURED'],
  [Status.SrcNat, 'SRC_NAT'],
  [Status.DstNat, 'DST_NAT'],
];

function lineJson({ entry: _entry, status, ...line }: ConntrackLine): Record<string, unknown> {
  return { ...line, status: STATUS_NAMES.flatMap(([bit, name]) => ((status & bit) === 0 ? [] : [name])) };
}

function eventJson({ kind, atUs, packet, line }: ConntrackEvent): Record<string, unknown> {
  return { event: kind, time: atUs / 1e6, packet: packet < 0 ? null : packet, ...lineJson(line) };
}

function styles(text: string): readonly Style[] {
  const words = text.split(',');
  for (const word of words) {
    if (word !== 'extended' && word !== 'timestamp') throw new InvalidArgumentError('It must be extended, timestamp or both with a comma.');
  }
  return words as Style[];
}

function protocol(text: string): number {
  const number = protocolNumber(text);
  if (number === null) throw new InvalidArgumentError('It must be the name or number of a protocol.');
  return number;
}

function note(text: string): void {
  process.stderr.write(`hookline: ${text}\n`);
}
