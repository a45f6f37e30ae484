/**
 * FTP helper: reads the control connection for the data connections it announces.
 *
 * A segment is read only when it begins where a line ended (two such places are remembered a direction), so the first segment
 * of each direction, in front of which nothing is known, is never read. An announcement that is cut off drops the packet: it
 * comes again, and perhaps whole. An address other than the sender's own is not believed.
 * Kernel counterpart: net/netfilter/nf_conntrack_ftp.c (behaviour only).
 * @module
 */
import { Verdict } from '../../hook/verdict.ts';
import { before } from '../../inet/seq.ts';
import { TCP } from '../../inet/protocol.ts';
import type { Packet } from '../../packet/packet.ts';
import type { Core } from '../core.ts';
import { CtInfo, type Direction, directionOf } from '../ctinfo.ts';
import { announce } from './announce.ts';
import { Found, FtpReader } from './ftp-text.ts';
import type { Helper } from './helper.ts';

const TCP_HEADER = 20;
const LF = 0x0a;
const TIMEOUT_SEC = 300;
/** Of each direction: how many line ends are remembered, and two of them. */
const LINE_WORDS = 3;
const REMEMBERED = 2;

export const ftp: Helper = {
  name: 'ftp',
  protocol: TCP,
  maxExpected: 1,
  timeoutSec: TIMEOUT_SEC,
  memoryWords: 2 * LINE_WORDS,
  look(core, packet, entry) {
    const { ctinfo, view, transport, transportLength } = packet;
    if (ctinfo !== CtInfo.Established && ctinfo !== CtInfo.EstablishedReply) return Verdict.Accept;
    if (transportLength < TCP_HEADER) return Verdict.Accept;
    const headerLength = (view.getUint8(transport + 12) >> 4) << 2;
    const size = transportLength - headerLength;
    const memory = core.extra(entry)?.memory ?? null;
    if (size <= 0 || memory === null) return Verdict.Accept;
    const at = directionOf(ctinfo) * LINE_WORDS;
    const seq = view.getInt32(transport + 4);
    const endsLine = view.getUint8(transport + transportLength - 1) === LF;
    let verdict: Verdict = Verdict.Accept;
    if (isLineStart(memory, at, seq)) {
      const reader = new FtpReader();
      verdict = readAnnouncement(core, packet, entry, reader);
      if (reader.port < 0) return verdict;
    }
    if (endsLine) rememberLine(memory, at, (seq + size) | 0);
    return verdict;
  },
};

/** Sets reader.port to -1 when the announcement is cut off. */
function readAnnouncement(core: Core, packet: Packet, entry: number, reader: FtpReader): Verdict {
  const direction = directionOf(packet.ctinfo);
  const { view, transport } = packet;
  const headerLength = (view.getUint8(transport + 12) >> 4) << 2;
  const sender = core.table.readTuple(entry, direction, core.spare);
  const { family } = sender;
  reader.address.set([sender.src0, sender.src1, sender.src2, sender.src3]);
  const found = reader.read(view, transport + headerLength, packet.transportLength - headerLength, direction, family);
  if (found === Found.Nothing) return Verdict.Accept;
  if (found === Found.Partial) {
    reader.port = -1;
    return Verdict.Drop;
  }
  if (!isAddressOf(reader.address, sender)) return Verdict.Accept;
  const tuple = core.table.readTuple(entry, (1 - direction) as Direction, core.spare);
  const { form, offset, length, port } = reader;
  return announce(core, packet, { helper: ftp, entry, direction: (1 - direction) as Direction, tuple, port, kind: form, offset, length });
}

function isAddressOf(address: Int32Array, sender: { src0: number; src1: number; src2: number; src3: number }): boolean {
  return address[0] === sender.src0 && address[1] === sender.src1 && address[2] === sender.src2 && address[3] === sender.src3;
}

function isLineStart(memory: Int32Array, at: number, seq: number): boolean {
  for (let i = 0; i < memory[at]!; i++) if (memory[at + 1 + i] === seq) return true;
  return false;
}

/** Of two places already known, the older gives way to a younger one. */
function rememberLine(memory: Int32Array, at: number, seq: number): void {
  if (isLineStart(memory, at, seq)) return;
  if (memory[at]! < REMEMBERED) {
    memory[at + 1 + memory[at]!] = seq;
    memory[at]! += 1;
    return;
  }
  const oldest = before(memory[at + 1]!, memory[at + 2]!) ? at + 1 : at + 2;
  if (before(memory[oldest]!, seq)) memory[oldest] = seq;
}
