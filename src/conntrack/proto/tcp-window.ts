/**
 * Whether a segment lies in the window, judged by what both sides said and got (van Rooij, "Real stateful TCP packet filtering
 * in IP Filter", 2000, as Linux refined it).
 *
 *   sent and acknowledged | sent | may be sent | may not
 *                        end - maxwin'        maxend
 *
 * Per side: `end`, one behind the last octet sent; `maxend`, one behind what the receiver allows; `maxwin`, the largest window
 * it offered; `maxack`, its highest acknowledgement. A segment is accepted, ignored (a retransmission or a stale
 * acknowledgement: passes and changes nothing) or invalid.
 * @module
 */
import { after, before } from '../../inet/seq.ts';
import { FrameWord } from '../../packet/frame-batch.ts';
import type { Core } from '../core.ts';
import { sequenceOffset } from '../seqadj.ts';
import { Invalid } from '../invalid.ts';
import { SCALE_SHIFT, type Segment, Side, TCP_HEADER_LEN } from './tcp-segment.ts';
import { ACK, RST, SYN, TcpClass, TcpState } from './tcp-table.ts';
import { RETRANS_SHIFT, TcpWord } from './tcp-words.ts';

export const Window = { Accept: 0, Ignore: 1, Invalid: 2 } as const;
export type Window = (typeof Window)[keyof typeof Window];

/** Smallest distance an acknowledgement may lag behind. */
const MIN_ACK_WINDOW = 66_000;
const MAX_RETRANS = 255;

// Names of this module's own: V8 folds those into the code and loads an imported or exported constant every time.
const SIDE = TcpWord.Side;
const END = TcpWord.End;
const MAX_END = TcpWord.MaxEnd;
const MAX_WIN = TcpWord.MaxWin;
const MAX_ACK = TcpWord.MaxAck;
const FLAGS = TcpWord.Flags;
const LAST_PACKET = TcpWord.LastPacket;
const LAST_SEQ = TcpWord.LastSeq;
const LAST_ACK = TcpWord.LastAck;
const LAST_END = TcpWord.LastEnd;
const LAST_WIN = TcpWord.LastWin;
const RETRANS = RETRANS_SHIFT;
const WITHOUT_OPTIONS = TCP_HEADER_LEN;
const SCALE = SCALE_SHIFT;
const SYN_BIT = SYN;
const RST_BIT = RST;
const ACK_BIT = ACK;
const SACK_PERMITTED = Side.SackPermitted;
const UNACKNOWLEDGED = Side.Unacknowledged;
const MAX_ACK_SET = Side.MaxAckSet;
const ACK_CLASS = TcpClass.Ack;
const FRAME_SEQ = FrameWord.Sequence;
const FRAME_SEQ_END = FrameWord.SequenceEnd;
const FRAME_ACK = FrameWord.Acknowledged;
const FRAME_FLAGS = FrameWord.Flags;

/**
 * Judge core.segment. `at`: offset of the connection's words. Changes the words, and segment.seq, ack, sack and end to what was
 * judged.
 */
export function checkTcpWindow(core: Core, entry: number, at: number, direction: number): Window {
  const { table, segment } = core;
  const { words } = table.proto;
  const sender = at + direction * SIDE;
  const receiver = at + (1 - direction) * SIDE;
  const mayBeSack = segment.headerLength !== WITHOUT_OPTIONS && (words[receiver + FLAGS]! & SACK_PERMITTED) !== 0;
  segment.sack = mayBeSack ? segment.highestSack() : segment.ack;
  if (table.extra(entry) >= 0) shiftAck(core, entry, direction, segment);
  if ((segment.flags & (SYN_BIT | RST_BIT)) !== 0 || words[sender + MAX_WIN] === 0) {
    const state = table.state(entry);
    if (beginsSide(words, sender, receiver, segment, direction, state)) return Window.Accept;
    settleAck(words, sender, receiver, segment, state);
  } else if ((segment.flags & ACK_BIT) === 0) settleAck(words, sender, receiver, segment, 0);
  const { seq, ack, sack, end, flags } = segment;
  if (!isInWindow(words, sender, receiver, seq, sack, end)) {
    const verdict = blame(core, sender, receiver, segment);
    if (!core.tcpBeLiberal && (words[sender + FLAGS]! & Side.Liberal) === 0) return verdict;
    core.invalidReason = Invalid.None;
    return Window.Accept;
  }
  learn(words, sender, receiver, ack, sack, end, flags, segment.window);
  if (segment.kind === ACK_CLASS) remember(words, at, direction, seq, ack, end, segment.window);
  return Window.Accept;
}

/**
 * checkTcpWindow() for a segment in the middle of an established connection: ACK without SYN, FIN and RST, no SACK blocks, numbers
 * that no helper shifts, a sender that is known. The segment's words are those of packet/frame-batch.ts; `at` and `of` are multiples of
 * 16. False, with nothing changed, when it is not in the window. One function without calls,
 * for it runs for nearly every packet (measured: 175 to 185 ns a packet in all, 187 to 212 with the calls); test/property/conntrack/window.prop.ts holds both side by side.
 */
export function passTcpWindow(words: Int32Array, at: number, direction: number, frame: Int32Array, of: number): boolean {
  const seq = frame[of | FRAME_SEQ]!;
  const ack = frame[of | FRAME_ACK]!;
  const end = frame[of | FRAME_SEQ_END]!;
  const window = frame[of | FRAME_FLAGS]! & 0xffff;
  const sender = at + direction * SIDE;
  const receiver = at + SIDE - direction * SIDE;
  const sentEnd = words[sender + END]!;
  const sentMax = words[sender + MAX_END]!;
  const offered = words[sender + MAX_WIN]!;
  const side = words[sender + FLAGS]!;
  const receivedEnd = words[receiver + END]!;
  const allowed = words[receiver + MAX_WIN]!;
  if (offered === 0 || ((seq - sentMax - 1) | 0) >= 0 || ((ack - receivedEnd - 1) | 0) >= 0) return false;
  if (allowed !== 0 && ((sentEnd - allowed - 1 - end) | 0) >= 0) return false;
  const lag = (receivedEnd - ack) | 0;
  if (((lag - (offered >>> 0 > MIN_ACK_WINDOW ? offered : MIN_ACK_WINDOW) - 1) | 0) >= 0) return false;

  const scaled = window << (side >>> SCALE);
  if (offered >>> 0 < scaled >>> 0) words[sender + MAX_WIN] = scaled;
  let told = side | MAX_ACK_SET;
  if (((sentEnd - end) | 0) < 0) {
    words[sender + END] = end;
    told |= UNACKNOWLEDGED;
  }
  if ((side & MAX_ACK_SET) === 0 || ((words[sender + MAX_ACK]! - ack) | 0) < 0) words[sender + MAX_ACK] = ack;
  words[sender + FLAGS] = told;
  if (allowed !== 0 && ((sentMax - end) | 0) < 0) words[receiver + MAX_WIN] = allowed + (end - sentMax);
  if (((words[receiver + MAX_END]! - 1 - ack - scaled) | 0) < 0) words[receiver + MAX_END] = ack + scaled + (scaled === 0 ? 1 : 0);
  if (lag === 0) words[receiver + FLAGS] = words[receiver + FLAGS]! & ~UNACKNOWLEDGED;

  const last = words[at | LAST_WIN]!;
  const isSame =
    (words[at | LAST_PACKET]! & 1) === direction &&
    words[at | LAST_SEQ] === seq &&
    words[at | LAST_ACK] === ack &&
    words[at | LAST_END] === end &&
    (last & 0xffff) === window;
  words[at | LAST_PACKET] = (ACK_CLASS << 1) | direction;
  words[at | LAST_SEQ] = seq;
  words[at | LAST_ACK] = ack;
  words[at | LAST_END] = end;
  const retrans = last >>> RETRANS;
  words[at | LAST_WIN] = isSame ? window | ((retrans < MAX_RETRANS ? retrans + 1 : MAX_RETRANS) << RETRANS) : window;
  return true;
}

/** The four bounds, in the order in which blame() asks for them. */
function isInWindow(words: Int32Array, sender: number, receiver: number, seq: number, sack: number, end: number): boolean {
  const receivedEnd = words[receiver + END]!;
  const receiverWindow = words[receiver + MAX_WIN]!;
  return (
    before(seq, (words[sender + MAX_END]! + 1) | 0) &&
    before(sack, (receivedEnd + 1) | 0) &&
    (receiverWindow === 0 || after(end, (words[sender + END]! - receiverWindow - 1) | 0)) &&
    after(sack, (receivedEnd - Math.max(words[sender + MAX_WIN]! >>> 0, MIN_ACK_WINDOW) - 1) | 0)
  );
}

/** The acknowledgement as it was before a helper changed the length of what it acknowledges. */
function shiftAck(core: Core, entry: number, direction: number, segment: Segment): void {
  const offset = sequenceOffset(core, entry, 1 - direction, (segment.ack - 1) | 0);
  segment.ack = (segment.ack - offset) | 0;
  segment.sack = (segment.sack - offset) | 0;
}

/** What is known of the sender begins with this segment, or anew; true when that is all there is to do (simultaneous open). */
function beginsSide(words: Int32Array, sender: number, receiver: number, segment: Segment, direction: number, state: number): boolean {
  const isSyn = (segment.flags & SYN) !== 0;
  if (words[sender + MAX_WIN] === 0) {
    if (!isSyn) {
      pickUpSide(words, sender, receiver, segment);
      return false;
    }
    beginSide(words, sender, receiver, segment, direction);
    return !segment.hasAck;
  }
  if (!isSyn || !after(segment.end, words[sender + END]!)) return false;
  if (state !== TcpState.SynSent && state !== TcpState.SynRecv) return false;
  beginSide(words, sender, receiver, segment, direction);
  return direction === 1 && !segment.hasAck;
}

/** A side begins with a SYN. Window scaling needs both sides' consent. */
function beginSide(words: Int32Array, sender: number, receiver: number, segment: Segment, direction: number): void {
  words[sender + END] = segment.end;
  words[sender + MAX_END] = segment.end;
  words[sender + MAX_WIN] = segment.window || 1;
  words[sender + FLAGS] = segment.readOptions(words[sender + FLAGS]!);
  if (direction === 0) return;
  if ((words[sender + FLAGS]! & words[receiver + FLAGS]! & Side.WindowScale) !== 0) return;
  words[sender + FLAGS]! &= 0xff;
  words[receiver + FLAGS]! &= 0xff;
}

/** A side is met in the middle of the connection: what it says now is all that is known. */
function pickUpSide(words: Int32Array, sender: number, receiver: number, segment: Segment): void {
  words[sender + END] = segment.end;
  words[sender + MAX_WIN] = segment.window << (words[sender + FLAGS]! >>> SCALE_SHIFT) || 1;
  words[sender + MAX_END] = segment.end + words[sender + MAX_WIN]!;
  // the answer to a keep-alive; the other side is known, for it opened
  if (segment.sack === ((words[receiver + END]! + 1) | 0)) words[receiver + END]! += 1;
}

/** Segments that acknowledge nothing are judged as if they acknowledged everything. */
function settleAck(words: Int32Array, sender: number, receiver: number, segment: Segment, state: number): void {
  const isRst = (segment.flags & RST) !== 0;
  if (!segment.hasAck || (isRst && segment.ack === 0)) {
    segment.ack = words[receiver + END]!;
    segment.sack = segment.ack;
  }
  if (isRst && segment.seq === 0 && state === TcpState.SynSent) {
    segment.end = words[sender + END]!;
    segment.seq = segment.end;
  }
}

/** Which bound a segment out of the window is beyond, and what follows. */
function blame(core: Core, sender: number, receiver: number, segment: Segment): Window {
  const { words } = core.table.proto;
  const { seq, end, sack } = segment;
  const sentEnd = words[sender + END]!;
  const receiverWindow = words[receiver + MAX_WIN]!;
  const receivedEnd = words[receiver + END]!;
  const lowestAck = (receivedEnd - Math.max(words[sender + MAX_WIN]! >>> 0, MIN_ACK_WINDOW) - 1) | 0;
  const lowestEnd = (sentEnd - receiverWindow - 1) | 0;
  const seen = before(sack, (receivedEnd + 1) | 0);
  if (!before(seq, (words[sender + MAX_END]! + 1) | 0)) {
    const over = (end - words[sender + MAX_END]! + 1) >>> 0;
    const near = receiverWindow !== 0 && after(end, lowestEnd) && over <= receiverWindow >>> 0;
    if (!near || !after(sack, lowestAck) || !seen) {
      core.fail(Invalid.OverWindow, over, receiverWindow >>> 0);
      return Window.Invalid;
    }
    // a sender that goes a little beyond the window it was offered
    words[sender + END] = end;
    words[sender + FLAGS]! |= Side.Unacknowledged;
    return Window.Ignore;
  }
  if (!seen) {
    core.fail(Invalid.AckUnseen, (sack - receivedEnd) >>> 0);
    return Window.Invalid;
  }
  if (receiverWindow !== 0 && !after(end, lowestEnd)) {
    core.fail(Invalid.SeqBelowWindow, (lowestEnd - end + 1) >>> 0);
    return Window.Ignore;
  }
  core.fail(Invalid.AckBelowWindow, (lowestAck - sack + 1) >>> 0);
  return Window.Ignore;
}

/** What an accepted segment tells about both sides. */
function learn(
  words: Int32Array,
  sender: number,
  receiver: number,
  ack: number,
  sack: number,
  end: number,
  flags: number,
  told16: number,
): void {
  const side = words[sender + FLAGS]!;
  const window = told16 << ((flags & SYN_BIT) !== 0 ? 0 : side >>> SCALE);
  const offered = (window + (sack - ack)) | 0;
  if (words[sender + MAX_WIN]! >>> 0 < offered >>> 0) words[sender + MAX_WIN] = offered;
  let told = side;
  if (after(end, words[sender + END]!)) {
    words[sender + END] = end;
    told |= UNACKNOWLEDGED;
  }
  if ((flags & ACK_BIT) !== 0) {
    if ((side & MAX_ACK_SET) === 0 || after(ack, words[sender + MAX_ACK]!)) words[sender + MAX_ACK] = ack;
    told |= MAX_ACK_SET;
  }
  if (told !== side) words[sender + FLAGS] = told;
  if (words[receiver + MAX_WIN] !== 0 && after(end, words[sender + MAX_END]!)) {
    words[receiver + MAX_WIN]! += end - words[sender + MAX_END]!;
  }
  if (after((sack + window) | 0, (words[receiver + MAX_END]! - 1) | 0)) {
    words[receiver + MAX_END] = sack + window + (window === 0 ? 1 : 0);
  }
  if (ack === words[receiver + END]) words[receiver + FLAGS]! &= ~UNACKNOWLEDGED;
}

/** Count the same pure acknowledgement (or data segment) seen again: retransmissions. */
function remember(words: Int32Array, at: number, direction: number, seq: number, ack: number, end: number, window: number): void {
  const last = words[at + LAST_WIN]!;
  if (
    (words[at + LAST_PACKET]! & 1) === direction &&
    words[at + LAST_SEQ] === seq &&
    words[at + LAST_ACK] === ack &&
    words[at + LAST_END] === end &&
    (last & 0xffff) === window
  ) {
    const retrans = Math.min((last >>> RETRANS) + 1, MAX_RETRANS);
    words[at + LAST_WIN] = window | (retrans << RETRANS);
    return;
  }
  words[at + LAST_PACKET] = (words[at + LAST_PACKET]! & ~1) | direction;
  words[at + LAST_SEQ] = seq;
  words[at + LAST_ACK] = ack;
  words[at + LAST_END] = end;
  words[at + LAST_WIN] = window;
}
