/**
 * Messages in a TCP segment, each in a packet of its own with a header of four octets (TPKT, RFC 1006): `3 0 length length`.
 *
 * A message must lie in one segment. A header that came alone, as NetMeeting sends it, is remembered: the next segment of its
 * direction is the message.
 * Kernel counterpart: get_tpkt_data of net/netfilter/nf_conntrack_h323_main.c (behaviour only).
 * @module
 */
import { Verdict } from '../../../hook/verdict.ts';
import type { Packet } from '../../../packet/packet.ts';
import type { Core } from '../../core.ts';
import { CtInfo } from '../../ctinfo.ts';
import type { Helper } from '../helper.ts';
import { tcpHeaderLength } from '../payload.ts';
import { H323Word } from './h323-nat.ts';
import { H323Message } from './message.ts';

const HEADER_LEN = 4;
const VERSION = 3;
const TCP_HEADER_LEN = 20;

/** What came of a message; Stop: those behind it in the segment are not looked at. */
export const Handled = { Go: 0, Stop: 1, Drop: 2 } as const;
export type Handled = (typeof Handled)[keyof typeof Handled];

/** Handle every message of a segment. */
export function eachMessage(core: Core, packet: Packet, entry: number, helper: Helper, handle: (message: H323Message) => Handled): Verdict {
  const { ctinfo, transportLength } = packet;
  const memory = core.extra(entry)?.memory ?? null;
  if (ctinfo !== CtInfo.Established && ctinfo !== CtInfo.EstablishedReply) return Verdict.Accept;
  if (memory === null || transportLength < TCP_HEADER_LEN) return Verdict.Accept;
  const header = tcpHeaderLength(packet);
  const message = new H323Message(core, packet, { entry, memory, helper, header });
  const size = transportLength - header;
  for (let found = findFirst(message, size); found; found = findNext(message, size)) {
    const handled = handle(message);
    if (handled === Handled.Stop) break;
    if (handled === Handled.Drop) return Verdict.Drop;
  }
  return Verdict.Accept;
}

function findFirst(message: H323Message, size: number): boolean {
  const announced = message.memory[H323Word.TpktLength + message.direction]!;
  if (size <= 0) return forget(message);
  if (size >= HEADER_LEN && isHeader(message)) return readHeader(message, size);
  if (announced === 0) return false;
  forget(message);
  message.length = announced;
  return announced <= size;
}

function findNext(message: H323Message, size: number): boolean {
  message.offset += message.length;
  const left = size - message.offset;
  return left > HEADER_LEN && isHeader(message) ? readHeader(message, left) : forget(message);
}

function isHeader(message: H323Message): boolean {
  return message.octet(0) === VERSION && message.octet(1) === 0;
}

/** The message behind the header here; `left`: octets of both. */
function readHeader(message: H323Message, left: number): boolean {
  const length = message.octet(2) * 256 + message.octet(3);
  forget(message);
  if (length < HEADER_LEN) return false;
  if (length > left) {
    if (left === HEADER_LEN) message.memory[H323Word.TpktLength + message.direction] = length - HEADER_LEN;
    return false;
  }
  message.offset += HEADER_LEN;
  message.length = length - HEADER_LEN;
  return true;
}

function forget(message: H323Message): false {
  message.memory[H323Word.TpktLength + message.direction] = 0;
  return false;
}
