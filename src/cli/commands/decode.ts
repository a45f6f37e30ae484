/**
 * `hookline decode CAPTURE`: one line a packet, as tcpdump prints.
 * @module
 */
import { Command } from 'commander';
import { openCapture } from '../../capture/index.ts';
import type { PacketFilter } from '../../filter/index.ts';
import { decode } from '../../packet/decode.ts';
import { describeFault } from '../../packet/fault.ts';
import { Packet } from '../../packet/packet.ts';
import { Conversations, formatPacket } from '../../report/tcpdump.ts';
import { describeError, Exit, printable } from '../exit.ts';
import { filterOption } from '../filter-option.ts';
import { Interrupt } from '../interrupt.ts';
import { LineWriter } from '../line-writer.ts';
import { wholeNumber } from '../numbers.ts';
import { packetJson } from '../packet-json.ts';
import { Progress } from '../progress.ts';

interface DecodeOptions {
  readonly count?: number;
  readonly ndjson?: boolean;
  readonly filter?: PacketFilter;
}

/** Packets between two looks at signals. */
const STEP = 4096;

export function decodeCommand(): Command {
  return filterOption(new Command('decode').description('print a capture, one line a packet'))
    .argument('<capture>', 'pcap or pcapng file, gzip or zstd compressed or not; - for standard input')
    .option('-c, --count <n>', 'stop after this many packets', wholeNumber)
    .option('--ndjson', 'one JSON object a line')
    .addHelpText(
      'after',
      '\nExamples:\n  hookline decode capture.pcap\n  hookline decode capture.pcap -- tcp port 443 and host 10.0.0.1\n  zcat big.pcap.gz | hookline decode -',
    )
    .action(run);
}

async function run(path: string, options: DecodeOptions): Promise<void> {
  const limit = options.count ?? Number.POSITIVE_INFINITY;
  const capture = openCapture(path);
  const out = new LineWriter();
  const packet = new Packet();
  const conversations = new Conversations();
  const interrupt = new Interrupt();
  const progress = new Progress(process.stderr);
  for (let read = 0, told = 0; told < limit && !interrupt.requested && capture.next(packet); ) {
    if (options.filter === undefined || options.filter.selects(packet, capture.linkType)) {
      decode(packet, capture.linkType);
      out.write(options.ndjson === true ? JSON.stringify(packetJson(packet)) : printable(lineOf(packet, conversations)));
      told++;
    }
    if (++read % STEP !== 0) continue;
    progress.show(read, capture.fraction);
    await interrupt.pause();
  }
  interrupt.dispose();
  progress.clear();
  const { damage } = capture;
  capture.close();
  out.flush();
  if (damage !== null) {
    process.stderr.write(`hookline: ${describeError(damage)}\n`);
    process.exitCode = Exit.Input;
  }
  if (interrupt.requested) process.exitCode = Exit.Interrupted;
}

function lineOf(packet: Packet, conversations: Conversations): string {
  return `${timeOfDay(packet)} ${formatPacket(packet, conversations)}${faultText(packet)}`;
}

function faultText(packet: Packet): string {
  return packet.fault === 0 ? '' : ` (${describeFault(packet)})`;
}

/** hh:mm:ss.µs of arrival, UTC. */
function timeOfDay(packet: Packet): string {
  const seconds = Math.floor(packet.nowUs / 1e6);
  const ofDay = ((seconds % 86_400) + 86_400) % 86_400;
  const two = (n: number): string => String(n).padStart(2, '0');
  const fraction = String(Math.round(packet.nowUs - seconds * 1e6)).padStart(6, '0');
  return `${two(Math.floor(ofDay / 3600))}:${two(Math.floor(ofDay / 60) % 60)}:${two(ofDay % 60)}.${fraction}`;
}
