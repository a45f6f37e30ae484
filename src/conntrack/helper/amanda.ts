/**
 * Amanda helper (backups). The server that is asked for a backup answers with the ports that the streams come from.
 *
 *   answer:  CONNECT DATA 1023 MESG 1024 INDEX 1025<LF>          expected: client -> server, each port, TCP
 *
 * Every answer prolongs the asking connection to 300 s, since a backup takes its time.
 * Kernel counterpart: net/netfilter/nf_conntrack_amanda.c (behaviour only).
 * @module
 */
import { Verdict } from '../../hook/verdict.ts';
import { TCP, UDP } from '../../inet/protocol.ts';
import type { Packet } from '../../packet/packet.ts';
import type { Core } from '../core.ts';
import { Direction, directionOf } from '../ctinfo.ts';
import { HZ } from '../options.ts';
import { announce } from './announce.ts';
import type { Helper } from './helper.ts';
import { isDigit, startsWith, udpPayloadLength } from './payload.ts';

const MAX_EXPECTED = 4;
const TIMEOUT_SEC = 180;
const MASTER_TIMEOUT_SEC = 300;
const UDP_HEADER = 8;
const CONNECT = 'CONNECT ';
const NEWLINE = '\n';
const STREAMS = ['DATA ', 'MESG ', 'INDEX ', 'STATE '];
const MAX_DIGITS = 5;

export const amanda: Helper = {
  name: 'amanda',
  protocol: UDP,
  maxExpected: MAX_EXPECTED,
  timeoutSec: TIMEOUT_SEC,
  memoryWords: 0,
  look(core, packet, entry) {
    if (directionOf(packet.ctinfo) === Direction.Original) return Verdict.Accept;
    core.refresh(entry, MASTER_TIMEOUT_SEC * HZ);
    const length = udpPayloadLength(packet);
    const connect = find(packet, CONNECT, 0, length);
    if (connect < 0) return Verdict.Accept;
    const from = connect + CONNECT.length;
    const to = find(packet, NEWLINE, from, length);
    return to < 0 ? Verdict.Accept : readStreams(core, packet, entry, { from, to });
  },
};

/** The line's place in the payload. What NAT writes may move the rest of the line; the kernel does not look for its end again. */
interface Line {
  readonly from: number;
  readonly to: number;
}

/** The verdict is that of the last stream. */
function readStreams(core: Core, packet: Packet, entry: number, { from, to }: Line): Verdict {
  let verdict: Verdict = Verdict.Accept;
  for (const stream of STREAMS) {
    const found = find(packet, stream, from, to);
    if (found < 0) continue;
    const offset = found + stream.length;
    const length = digitsAt(packet, offset, Math.min(to - offset, MAX_DIGITS));
    const port = portAt(packet, offset, length);
    if (port === 0) break;
    const tuple = core.table.readTuple(entry, Direction.Original, core.spare);
    const place = { kind: 0, offset, length };
    const announced = announce(core, packet, {
      helper: amanda,
      entry,
      direction: Direction.Original,
      tuple,
      protocol: TCP,
      port,
      ...place,
    });
    verdict = announced;
  }
  return verdict;
}

/** Where `text` first stands in the payload between two places, or -1. */
function find(packet: Packet, text: string, from: number, to: number): number {
  const { view, transport } = packet;
  const last = Math.min(to, udpPayloadLength(packet)) - text.length;
  for (let i = from; i <= last; i++) if (startsWith(view, transport + UDP_HEADER + i, text)) return i;
  return -1;
}

function digitsAt(packet: Packet, offset: number, most: number): number {
  const at = packet.transport + UDP_HEADER + offset;
  let count = 0;
  while (count < most && isDigit(packet.view.getUint8(at + count))) count++;
  return count;
}

function portAt(packet: Packet, offset: number, length: number): number {
  const at = packet.transport + UDP_HEADER + offset;
  let port = 0;
  for (let i = 0; i < length; i++) port = (port * 10 + packet.view.getUint8(at + i) - 0x30) & 0xffff;
  return port;
}
