/**
 * TCP tracker: flags, checksum, state table, window, timeouts. RFC 9293, RFC 5961.
 *
 * A segment passes four gates. The first three may find it invalid: it must be well formed; the table must know what it means
 * in this state; it must lie in the window. Then the state moves and the timeout follows from it.
 * Kernel counterpart: net/netfilter/nf_conntrack_proto_tcp.c (behaviour only). Proof: test/unit/conntrack/proto, scenarios.
 * @module
 */
import { before } from '../../inet/seq.ts';
import { FrameWord } from '../../packet/frame-batch.ts';
import type { Packet } from '../../packet/packet.ts';
import { TCP_CHECKSUM } from '../../wire/tcp.ts';
import { failChecksum, isWrongChecksum } from '../checksum.ts';
import type { Core } from '../core.ts';
import { type Direction, directionOf, Status } from '../ctinfo.ts';
import { ENTRY_WORDS, EntryWord, PROTO_STRIDE, STATE_BITS, STATE_SHIFT } from '../entry-table.ts';
import { Change } from '../events.ts';
import { Invalid } from '../invalid.ts';
import { HZ, TcpTimeout } from '../options.ts';
import { Track } from '../track-result.ts';
import { SCALE_SHIFT, type Segment, Side, TCP_HEADER_LEN } from './tcp-segment.ts';
import { areTcpFlagsValid, nextTcpState, TcpClass, TcpState } from './tcp-table.ts';
import { checkTcpWindow, passTcpWindow, Window } from './tcp-window.ts';
import { RETRANS_SHIFT, TcpWord } from './tcp-words.ts';

/** How a segment goes on behind the state table. */
const Way = { Window: 0, Update: 1 } as const;
type Way = (typeof Way)[keyof typeof Way];

// Names of this module's own: V8 folds those into the code and loads an imported constant every time.
const SIDE_WORDS = TcpWord.Side;
const END = TcpWord.End;
const MAX_END = TcpWord.MaxEnd;
const MAX_WIN = TcpWord.MaxWin;
const MAX_ACK = TcpWord.MaxAck;
const FLAGS = TcpWord.Flags;
const LAST_PACKET = TcpWord.LastPacket;
const LAST_OPTIONS = TcpWord.LastOptions;
const LAST_SEQ = TcpWord.LastSeq;
const LAST_ACK = TcpWord.LastAck;
const LAST_END = TcpWord.LastEnd;
const LAST_WIN = TcpWord.LastWin;
const RETRANS = RETRANS_SHIFT;
const SYN_SENT = TcpState.SynSent;
const SYN_RECV = TcpState.SynRecv;
const ESTABLISHED = TcpState.Established;
const FIN_WAIT = TcpState.FinWait;
const LAST_ACK_STATE = TcpState.LastAck;
const TIME_WAIT = TcpState.TimeWait;
const CLOSE = TcpState.Close;
const SYN_SENT2 = TcpState.SynSent2;
const IGNORE = TcpState.Ignore;
const INVALID = TcpState.Invalid;
const IS_SYN = TcpClass.Syn;
const IS_ACK = TcpClass.Ack;
const IS_RST = TcpClass.Rst;
const ACCEPT = Track.Accept;
const ACCEPT_WINDOW = Window.Accept;
const IGNORE_WINDOW = Window.Ignore;
const SEEN_REPLY = Status.SeenReply;
const UNACKNOWLEDGED = Side.Unacknowledged;
const PROTO_SHIFT = Math.log2(PROTO_STRIDE);
const ENTRY_SHIFT = Math.log2(ENTRY_WORDS);
const ENTRY_KIND = EntryWord.Kind;
const ENTRY_STATUS = EntryWord.Status;
const ENTRY_DEADLINE = EntryWord.Deadline;
const ENTRY_PROTO = EntryWord.ProtoRow;
const ENTRY_STATE = STATE_SHIFT;
const ENTRY_STATES = STATE_BITS;
const FRAME_OCTETS = FrameWord.Octets;
/** Seen from both sides, with a timeout that moves: and how these bits stand then. */
const STEADY_MASK = Status.SeenReply | Status.Assured | Status.FixedTimeout;
const STEADY = Status.SeenReply | Status.Assured;

export function trackTcp(core: Core, packet: Packet, entry: number): Track {
  return readTcp(core, packet) ? judgeTcp(core, packet, entry) : Track.Invalid;
}

/** Have the packet's segment at hand (core.segment); false: there is no sound one, and core knows why. Changes nothing else. */
export function readTcp(core: Core, packet: Packet): boolean {
  const { segment } = core;
  if (packet.transportLength < TCP_HEADER_LEN) {
    core.fail(Invalid.ShortHeader, packet.transportLength, TCP_HEADER_LEN);
    return false;
  }
  segment.read(packet.view, packet.transport, packet.transportLength);
  return isWellFormed(core, packet, segment);
}

/** What a sound segment (core.segment) means to its connection, which may be new. */
export function judgeTcp(core: Core, packet: Packet, entry: number): Track {
  if (!core.table.isConfirmed(entry) && !begin(core, entry, core.segment)) return Track.Invalid;
  return followTcp(core, entry, directionOf(packet.ctinfo), packet.networkLength);
}

/** A well-formed segment (core.segment) of a connection that has begun, in an IP packet of `octets`. */
export function followTcp(core: Core, entry: number, direction: number, octets: number): Track {
  const { segment, table } = core;
  const at = table.protoAt(entry);
  const old = table.state(entry);
  const next = nextTcpState(direction, segment.kind, old);
  const { words } = table.proto;
  switch (next) {
    case ESTABLISHED:
      break;
    case SYN_SENT:
      if (old < TIME_WAIT) break;
      if (mayReopen(words, at, direction)) {
        core.kill(entry);
        return Track.Repeat;
      }
      return ignore(words, at, direction, segment, old);
    case IGNORE:
      if (!answersIgnoredSyn(words, at, direction, segment)) return ignore(words, at, direction, segment, old);
      takeOverIgnoredSyn(words, at, direction);
      return judge(core, entry, at, direction, SYN_SENT, SYN_RECV, octets);
    case INVALID:
      return core.fail(Invalid.State, segment.kind, old);
    case TIME_WAIT:
      if (old === LAST_ACK_STATE && answersChallenge(words, at, direction, segment.kind)) return ACCEPT;
      break;
    case SYN_SENT2:
      words[at + LAST_OPTIONS]! |= Side.SimultaneousOpen;
      break;
    case SYN_RECV:
      if (direction === 1 && segment.kind === IS_ACK && (words[at + LAST_OPTIONS]! & Side.SimultaneousOpen) !== 0) {
        return judge(core, entry, at, direction, old, ESTABLISHED, octets);
      }
      break;
    case CLOSE:
      if (segment.kind === IS_RST) return judgeReset(core, entry, at, direction, old, octets);
      break;
  }
  return judge(core, entry, at, direction, old, next, octets);
}

/**
 * What followTcp() comes to for nearly all segments: FrameKind.Steady, of an established and ASSURED connection with nothing special about
 * it, in the window. False, with nothing changed, for any other. `row`: the entry's offset in EntryTable.rows; the segment's words are
 * those of packet/frame-batch.ts.
 */
export function followSteadyTcp(core: Core, row: number, direction: number, frame: Int32Array, of: number): boolean {
  const { table } = core;
  const { rows } = table;
  if ((rows[row | ENTRY_STATUS]! & STEADY_MASK) !== STEADY) return false;
  if (((rows[row | ENTRY_KIND]! >>> ENTRY_STATE) & ENTRY_STATES) !== ESTABLISHED) return false;
  const { words } = table.proto;
  const at = rows[row | ENTRY_PROTO]! << PROTO_SHIFT;
  if (!passTcpWindow(words, at, direction, frame, of)) return false;
  // timeouts of its own it would have as an extra, and no plan
  const { tcp } = core.timeouts;
  let timeout = tcp[ESTABLISHED]!;
  const flags = words[at | FLAGS]! | words[at + SIDE_WORDS + FLAGS]!;
  const last = words[at | LAST_WIN]!;
  if (last >>> RETRANS >= core.tcpMaxRetrans || (last & 0xffff) === 0 || (flags & UNACKNOWLEDGED) !== 0)
    timeout = timeoutFor(core, row >> ENTRY_SHIFT, at, ESTABLISHED, IS_ACK);
  rows[row | ENTRY_DEADLINE] = (core.clock + timeout) | 0;
  table.account(row >> ENTRY_SHIFT, direction as Direction, frame[of | FRAME_OCTETS]! & 0xffff);
  return true;
}

function isWellFormed(core: Core, packet: Packet, segment: Segment): boolean {
  if (segment.headerLength < TCP_HEADER_LEN || segment.headerLength > packet.transportLength) {
    core.fail(Invalid.Length, segment.headerLength, packet.transportLength);
    return false;
  }
  if (isWrongChecksum(core, packet)) {
    failChecksum(core, packet, TCP_CHECKSUM);
    return false;
  }
  if (areTcpFlagsValid(segment.flags)) return true;
  core.fail(Invalid.Flags, segment.flags);
  return false;
}

/** The first segment of a new entry: a SYN, or an ACK in the middle of a connection that is picked up. */
function begin(core: Core, entry: number, segment: Segment): boolean {
  const first = nextTcpState(0, segment.kind, TcpState.None);
  if (first === TcpState.Invalid) {
    core.fail(Invalid.NotNew, segment.kind);
    return false;
  }
  if (first !== TcpState.SynSent && !core.tcpLoose) {
    core.fail(Invalid.PickupOff);
    return false;
  }
  const at = core.table.protoAt(entry);
  const { words } = core.table.proto;
  words.fill(0, at, at + LAST_WIN + 1);
  words[at + END] = segment.end;
  words[at + MAX_WIN] = segment.window || 1;
  if (first === TcpState.SynSent) {
    words[at + MAX_END] = segment.end;
    words[at + FLAGS] = segment.readOptions(0);
  } else {
    // history is lost: the scale is unknown, so the window is not to be taken seriously
    words[at + MAX_END] = segment.end + words[at + MAX_WIN]!;
    words[at + FLAGS] = Side.SackPermitted | Side.Liberal;
    words[at + SIDE_WORDS + FLAGS] = Side.SackPermitted | Side.Liberal;
  }
  words[at + LAST_PACKET] = TcpClass.None << 1;
  return true;
}

/** A SYN on an ended connection: one side closed it in order, or this same side reset it. */
function mayReopen(words: Int32Array, at: number, direction: number): boolean {
  const flags = words[at + FLAGS]! | words[at + SIDE_WORDS + FLAGS]!;
  return (flags & Side.CloseInit) !== 0 || words[at + LAST_PACKET] === ((TcpClass.Rst << 1) | direction);
}

/** Let it pass and note it: the answer will tell what it meant. */
function ignore(words: Int32Array, at: number, direction: number, segment: Segment, old: number): Track {
  words[at + LAST_PACKET] = (segment.kind << 1) | direction;
  words[at + LAST_SEQ] = segment.seq;
  words[at + LAST_END] = segment.end;
  words[at + LAST_WIN] = (words[at + LAST_WIN]! & ~0xffff) | segment.window;
  if (segment.kind === TcpClass.Syn && direction === 0) {
    const options = segment.readOptions(0) & ((0xff << SCALE_SHIFT) | Side.WindowScale | Side.SackPermitted);
    // a receiver in LAST_ACK answers a SYN with a challenge (RFC 5961 §4)
    words[at + LAST_OPTIONS] = options | (old === TcpState.LastAck ? Side.ChallengeAck : 0);
  }
  if (segment.kind === TcpClass.Ack && direction === 1 && old === TcpState.SynSent) words[at + LAST_ACK] = segment.ack;
  return Track.Accept;
}

/** A SYN|ACK that answers the SYN ignored just before: the connection was a dead one, and the SYN began another. */
function answersIgnoredSyn(words: Int32Array, at: number, direction: number, segment: Segment): boolean {
  return (
    segment.kind === TcpClass.SynAck &&
    words[at + LAST_PACKET] === ((TcpClass.Syn << 1) | (1 - direction)) &&
    segment.ack === words[at + LAST_END]
  );
}

function takeOverIgnoredSyn(words: Int32Array, at: number, direction: number): void {
  const opener = at + (1 - direction) * SIDE_WORDS;
  words[opener + END] = words[at + LAST_END]!;
  words[opener + MAX_END] = words[at + LAST_END]!;
  words[opener + MAX_WIN] = words[at + LAST_WIN]! & 0xffff || 1;
  words[at + LAST_OPTIONS]! &= ~Side.ChallengeAck;
  words[opener + FLAGS] = words[at + LAST_OPTIONS]!;
  const answerer = at + direction * SIDE_WORDS;
  const liberal = words[answerer + FLAGS]! & Side.Liberal;
  words.fill(0, answerer, answerer + SIDE_WORDS);
  words[answerer + FLAGS] = liberal;
}

/** The acknowledgement of the other side that challenges an ignored SYN changes nothing (RFC 5961 §4). */
function answersChallenge(words: Int32Array, at: number, direction: number, kind: TcpClass): boolean {
  if (kind !== TcpClass.Ack || words[at + LAST_PACKET] !== ((TcpClass.Syn << 1) | (1 - direction))) return false;
  if ((words[at + LAST_OPTIONS]! & Side.ChallengeAck) === 0) return false;
  words[at + LAST_OPTIONS]! &= ~Side.ChallengeAck;
  return true;
}

/** A reset: some need no window, some are forged, some keep the state. */
function judgeReset(core: Core, entry: number, at: number, direction: number, old: number, octets: number): Track {
  if (old >= FIN_WAIT && old <= CLOSE) return update(core, entry, at, direction, old, CLOSE, octets);
  const { words } = core.table.proto;
  const { segment } = core;
  const peer = at + (1 - direction) * SIDE_WORDS;
  let next: number = CLOSE;
  if ((words[peer + FLAGS]! & Side.MaxAckSet) !== 0 && words[at + LAST_PACKET]! >> 1 !== IS_SYN) {
    const established = old === ESTABLISHED && (core.table.status(entry) & Status.Assured) !== 0;
    const maxAck = words[peer + MAX_ACK]!;
    if (segment.seq === 0 && !established) return judge(core, entry, at, direction, old, next, octets);
    if (before(segment.seq, maxAck) && !core.tcpIgnoreInvalidRst) {
      return core.fail(Invalid.RstBelowAck, (maxAck - segment.seq) >>> 0);
    }
    if (!established || segment.seq === maxAck) return judge(core, entry, at, direction, old, next, octets);
    if (words[at + LAST_PACKET] === ((IS_ACK << 1) | direction) && segment.seq === words[at + LAST_END]) {
      return judge(core, entry, at, direction, old, next, octets);
    }
    // in the window but not exact: its receiver will challenge it (RFC 5961 §3), so the state is kept
    next = old;
  }
  const way = resetWay(core, entry, direction, old);
  return way === Way.Update ? update(core, entry, at, direction, old, next, octets) : judge(core, entry, at, direction, old, next, octets);
}

/** A reset that answers what was just let through unjudged is not judged either. */
function resetWay(core: Core, entry: number, direction: number, old: number): Way {
  const { words } = core.table.proto;
  const { segment } = core;
  const at = core.table.protoAt(entry);
  const status = core.table.status(entry);
  const last = words[at + LAST_PACKET]!;
  const answersSyn = (status & Status.SeenReply) !== 0 && last === ((TcpClass.Syn << 1) | (1 - direction));
  const answersAck = (status & Status.Assured) === 0 && last >> 1 === TcpClass.Ack;
  if ((answersSyn || answersAck) && segment.ack === words[at + LAST_END]) return Way.Update;
  const answersChallengeAck = old === TcpState.SynSent && words[at + LAST_PACKET] === ((TcpClass.Ack << 1) | 1);
  return answersChallengeAck && segment.seq === words[at + LAST_ACK] ? Way.Update : Way.Window;
}

function judge(core: Core, entry: number, at: number, direction: number, old: number, next: number, octets: number): Track {
  const window = checkTcpWindow(core, entry, at, direction);
  if (window === ACCEPT_WINDOW) return update(core, entry, at, direction, old, next, octets);
  if (window === IGNORE_WINDOW) return ACCEPT;
  noteInvalidEnd(core, entry, at, direction);
  return Track.Invalid;
}

/** Ends seen from both sides out of the window: the entry is out of step, and is not to stay for days. */
function noteInvalidEnd(core: Core, entry: number, at: number, direction: number): void {
  const { table } = core;
  const { kind } = core.segment;
  const status = table.status(entry);
  if ((status & Status.Assured) === 0 || (status & Status.FixedTimeout) !== 0) return;
  if (kind !== TcpClass.Rst && kind !== TcpClass.Fin) return;
  const { words } = table.proto;
  const last = words[at + LAST_PACKET]!;
  const lastKind = last >> 1;
  if ((last & 1) === direction || (lastKind !== TcpClass.Fin && lastKind !== TcpClass.Rst)) {
    words[at + LAST_PACKET] = (kind << 1) | direction;
    return;
  }
  const left = (table.deadline(entry) - core.clock) | 0;
  const limit = core.timeoutsOf(entry).tcp[TcpTimeout.Unacknowledged]!;
  if (left >= 120 * HZ && left > limit) table.setDeadline(entry, (core.clock + limit) | 0);
}

/** The segment counts: move the state and set the timeout that follows. */
function update(core: Core, entry: number, at: number, direction: number, old: number, next: number, octets: number): Track {
  const { table, segment } = core;
  const { words } = table.proto;
  words[at + LAST_PACKET] = (segment.kind << 1) | direction;
  if (old !== next) {
    table.setState(entry, next);
    if (next === FIN_WAIT) words[at + direction * SIDE_WORDS + FLAGS]! |= Side.CloseInit;
    core.note(entry, Change.ProtocolState);
  }
  let timeout = timeoutFor(core, entry, at, next, segment.kind);
  const status = table.status(entry);
  if ((status & SEEN_REPLY) === 0) {
    if (segment.kind === IS_RST) {
      table.account(entry, direction as Direction, octets);
      core.kill(entry);
      return ACCEPT;
    }
    // a SYN sent again must not keep the entry alive
    if (segment.kind === IS_SYN && old === SYN_SENT) return ACCEPT;
    const limit = core.timeoutsOf(entry).tcp[TcpTimeout.Unacknowledged]!;
    if (next === ESTABLISHED && timeout > limit) timeout = limit;
  } else if (next === ESTABLISHED && (status & Status.Assured) === 0 && (old === SYN_RECV || old === ESTABLISHED)) {
    core.setAssured(entry);
  }
  core.refreshAndCount(entry, direction as Direction, octets, timeout);
  return ACCEPT;
}

function timeoutFor(core: Core, entry: number, at: number, state: number, kind: TcpClass): number {
  const { tcp } = core.timeoutsOf(entry);
  const { words } = core.table.proto;
  const byState = tcp[state]!;
  const last = words[at + LAST_WIN]!;
  const retrans = tcp[TcpTimeout.Retrans]!;
  if (last >>> RETRANS >= core.tcpMaxRetrans && byState > retrans) return retrans;
  if (kind === IS_RST) return tcp[CLOSE]!;
  const unacknowledged = tcp[TcpTimeout.Unacknowledged]!;
  const flags = words[at + FLAGS]! | words[at + SIDE_WORDS + FLAGS]!;
  if ((flags & Side.Unacknowledged) !== 0 && byState > unacknowledged) return unacknowledged;
  return (last & 0xffff) === 0 && byState > retrans ? retrans : byState;
}

/** A reset that this host sends (REJECT) will end the connection. */
export function closeTcp(core: Core, entry: number): void {
  if (!core.table.isConfirmed(entry)) return;
  const old = core.table.state(entry);
  core.table.setState(entry, TcpState.Close);
  if (old === TcpState.Close || (core.table.status(entry) & Status.FixedTimeout) !== 0) return;
  core.table.setDeadline(entry, (core.clock + core.timeoutsOf(entry).tcp[TcpState.Close]!) | 0);
  core.note(entry, Change.ProtocolState);
}
