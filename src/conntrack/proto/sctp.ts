/**
 * SCTP tracker: checksum, order of chunks, state table, verification tags. RFC 9260 §8.4, §8.5.
 *
 * A packet's chunks are walked twice: once to see that they may stand together and which there are, once to move the state
 * chunk by chunk. Tags belong to directions: `tag[d]` is what packets of direction d must carry.
 * Kernel counterpart: net/netfilter/nf_conntrack_proto_sctp.c (behaviour only).
 * @module
 */
import type { Packet } from '../../packet/packet.ts';
import { failCrc, isWrongCrc } from '../checksum.ts';
import type { Core } from '../core.ts';
import { Direction, directionOf } from '../ctinfo.ts';
import { Change } from '../events.ts';
import { Invalid } from '../invalid.ts';
import { Track } from '../track-result.ts';
import { Chunk, nextSctpState, SctpState } from './sctp-table.ts';

const HEADER_LEN = 12;
const TAG = 4;
const CHUNK_HEADER_LEN = 4;
const CHUNK_FLAGS = 1;
const CHUNK_LENGTH = 2;
/** Of INIT and INIT ACK: header, then the initiate tag. */
const INIT_TAG = 4;
const INIT_LEN = 20;
/** The T flag: the tag is the peer's. */
const FLAG_T = 1;

/** Words of an association. */
const TAGS = 0;
const INITS = 2;
const FLAGS = 4;
const LAST_DIRECTION = 5;
const HEARTBEAT_FAILED = 1;

/** Chunk types below 30 in a packet, as bits. */
const OUT_OF_BLUE = (1 << Chunk.Abort) | (1 << Chunk.ShutdownComplete) | (1 << Chunk.CookieAck);
const CHECKS_TAG_ITSELF =
  (1 << Chunk.Init) |
  (1 << Chunk.ShutdownComplete) |
  (1 << Chunk.CookieEcho) |
  (1 << Chunk.Abort) |
  (1 << Chunk.ShutdownAck) |
  (1 << Chunk.Heartbeat) |
  (1 << Chunk.HeartbeatAck);
const WITH_DATA = 1 << Chunk.Data;
/** Among the chunks of a packet: one was ignored for its tag. */
const IGNORED = 1 << 30;
const UNREADABLE = -1;

/** What a chunk does to the walk. */
const Step = { On: 0, Ignored: 1, Refused: 2 } as const;
type Step = (typeof Step)[keyof typeof Step];

export function trackSctp(core: Core, packet: Packet, entry: number): Track {
  const { view, transport, transportLength } = packet;
  if (transportLength < HEADER_LEN) return core.fail(Invalid.ShortHeader, transportLength, HEADER_LEN);
  if (isWrongCrc(core, packet)) return failCrc(core, packet);
  const chunks = surveyChunks(packet);
  if (chunks === UNREADABLE) return core.fail(Invalid.Chunks);
  if (!core.table.isConfirmed(entry)) {
    if ((chunks & OUT_OF_BLUE) !== 0 || !begin(core, packet, entry)) return core.fail(Invalid.NotNew, -1);
  }
  const at = core.table.protoAt(entry);
  const direction = directionOf(packet.ctinfo);
  const due = core.table.proto.words[at + TAGS + direction]!;
  const tag = view.getInt32(transport + TAG);
  if ((chunks & CHECKS_TAG_ITSELF) === 0 && tag !== due) return core.fail(Invalid.VerificationTag, tag, due);
  return walk(core, packet, entry, chunks);
}

/** Octets to the next chunk. */
function stride(view: DataView, at: number): number {
  return (view.getUint16(at + CHUNK_LENGTH) + 3) & ~3;
}

/** The chunk types below 30 in the packet as bits, or UNREADABLE when they may not stand together. */
function surveyChunks(packet: Packet): number {
  const { view, transport } = packet;
  const end = transport + packet.transportLength;
  let found = 0;
  let alone = false;
  let count = 0;
  for (let at = transport + HEADER_LEN; at + CHUNK_HEADER_LEN <= end; count++) {
    const type = view.getUint8(at);
    if (type === Chunk.Init || type === Chunk.InitAck || type === Chunk.ShutdownComplete) alone = true;
    const first = alone || type === Chunk.CookieAck || type === Chunk.CookieEcho;
    if ((first && count !== 0) || view.getUint16(at + CHUNK_LENGTH) === 0) return UNREADABLE;
    if (type < 30) found |= 1 << type;
    at += stride(view, at);
  }
  return count === 0 ? UNREADABLE : found;
}

/** The first packet of an association: every chunk must be one that may begin it. */
function begin(core: Core, packet: Packet, entry: number): boolean {
  const at = core.table.protoAt(entry);
  const { words } = core.table.proto;
  const { view, transport } = packet;
  const end = transport + packet.transportLength;
  words.fill(0, at, at + LAST_DIRECTION + 1);
  const tag = view.getInt32(transport + TAG);
  for (let chunk = transport + HEADER_LEN; chunk + CHUNK_HEADER_LEN <= end; chunk += stride(view, chunk)) {
    const type = view.getUint8(chunk);
    const next = nextSctpState(Direction.Original, type, SctpState.None);
    if (next === SctpState.None || next === SctpState.Invalid) return false;
    if (type === Chunk.Init) {
      if (chunk + INIT_LEN > end || tag !== 0) return false;
      words[at + TAGS + Direction.Reply] = view.getInt32(chunk + INIT_TAG);
    } else if (type === Chunk.Heartbeat) words[at + TAGS + Direction.Original] = tag;
    else if (type === Chunk.ShutdownAck) words[at + TAGS + Direction.Reply] = tag;
  }
  return true;
}

function walk(core: Core, packet: Packet, entry: number, chunks: number): Track {
  const { view, transport } = packet;
  const { table } = core;
  const end = transport + packet.transportLength;
  const direction = directionOf(packet.ctinfo);
  let ignored = false;
  let state = table.state(entry);
  for (let at = transport + HEADER_LEN; at + CHUNK_HEADER_LEN <= end; at += stride(view, at)) {
    const step = checkTag(core, packet, entry, at, ignored ? chunks | IGNORED : chunks);
    if (step === Step.Refused) return Track.Invalid;
    if (step === Step.Ignored) {
      ignored = true;
      continue;
    }
    const old = table.state(entry);
    const type = view.getUint8(at);
    state = nextSctpState(direction, type, old);
    if (state === SctpState.Invalid) return core.fail(Invalid.Chunks);
    if (!learnTags(core, packet, entry, at)) return Track.Invalid;
    // an INIT sent again must not keep the entry alive
    if (type === Chunk.Init && state === SctpState.Closed && old === SctpState.Closed && table.isConfirmed(entry)) ignored = true;
    table.setState(entry, state);
    if (old === state) continue;
    core.note(entry, Change.ProtocolState);
    if (state === SctpState.Established) core.setAssured(entry);
  }
  if (!ignored) core.refreshAndCount(entry, direction, packet.networkLength, core.timeoutsOf(entry).sctp[state]!);
  return Track.Accept;
}

/** RFC 9260 §8.5.1: some chunks have rules of their own for the tag. */
function checkTag(core: Core, packet: Packet, entry: number, chunk: number, chunks: number): Step {
  const { view, transport } = packet;
  const { words } = core.table.proto;
  const at = core.table.protoAt(entry);
  const direction = directionOf(packet.ctinfo);
  const tag = view.getInt32(transport + TAG);
  const mine = words[at + TAGS + direction]!;
  let due = mine;
  switch (view.getUint8(chunk)) {
    case Chunk.Init:
      due = 0;
      break;
    case Chunk.Abort:
    case Chunk.ShutdownComplete:
      if ((view.getUint8(chunk + CHUNK_FLAGS) & FLAG_T) !== 0) due = words[at + TAGS + 1 - direction]!;
      break;
    case Chunk.CookieEcho:
      break;
    case Chunk.Heartbeat:
      if (mine !== 0 && tag !== mine && (chunks & (IGNORED | WITH_DATA)) === 0) {
        words[at + FLAGS]! |= HEARTBEAT_FAILED;
        words[at + LAST_DIRECTION] = direction;
        return Step.Ignored;
      }
      return learnHeartbeat(core, at, direction, tag) ? Step.On : Step.Refused;
    case Chunk.HeartbeatAck:
      if (mine !== 0 && tag !== mine && (chunks & WITH_DATA) !== 0) break;
      return learnHeartbeatAck(core, at, direction, tag) ? Step.On : Step.Refused;
    default:
      return Step.On;
  }
  if (tag === due) return Step.On;
  core.fail(Invalid.VerificationTag, tag, due);
  return Step.Refused;
}

function learnHeartbeat(core: Core, at: number, direction: number, tag: number): boolean {
  const { words } = core.table.proto;
  const mine = words[at + TAGS + direction]!;
  if (mine === 0) words[at + TAGS + direction] = tag;
  else if (tag !== mine) {
    core.fail(Invalid.VerificationTag, tag, mine);
    return false;
  } else words[at + FLAGS]! &= ~HEARTBEAT_FAILED;
  return true;
}

/** The answer to a heartbeat with a wrong tag tells the right one: the association was restarted. */
function learnHeartbeatAck(core: Core, at: number, direction: number, tag: number): boolean {
  const { words } = core.table.proto;
  const mine = words[at + TAGS + direction]!;
  if (mine === 0) {
    words[at + TAGS + direction] = tag;
    return true;
  }
  const failed = (words[at + FLAGS]! & HEARTBEAT_FAILED) !== 0;
  if (tag !== mine && (!failed || words[at + LAST_DIRECTION] === direction)) {
    core.fail(Invalid.VerificationTag, tag, mine);
    return false;
  }
  words[at + FLAGS]! &= ~HEARTBEAT_FAILED;
  if (tag === mine) return true;
  words[at + TAGS + direction] = tag;
  words[at + TAGS + 1 - direction] = 0;
  return true;
}

/** INIT and INIT ACK announce tags; a COOKIE ACK ends the opening. False: the packet is invalid. */
function learnTags(core: Core, packet: Packet, entry: number, chunk: number): boolean {
  const { view, transport } = packet;
  const type = view.getUint8(chunk);
  const { words } = core.table.proto;
  const at = core.table.protoAt(entry);
  const direction = directionOf(packet.ctinfo);
  const other = 1 - direction;
  if (type === Chunk.CookieAck) {
    words[at + INITS] = 0;
    words[at + INITS + 1] = 0;
    return true;
  }
  if (type !== Chunk.Init && type !== Chunk.InitAck) return true;
  if (chunk + INIT_LEN > transport + packet.transportLength) {
    core.fail(Invalid.ShortHeader, transport + packet.transportLength - chunk, INIT_LEN);
    return false;
  }
  const announced = view.getInt32(chunk + INIT_TAG);
  if (type === Chunk.Init) {
    // one sent again tells nothing about who opens
    if (core.table.isConfirmed(entry) && words[at + TAGS + other] === announced) return true;
    if (words[at + INITS + direction] !== 0 && words[at + INITS + other] !== 0) words[at + INITS + other] = 0;
    words[at + INITS + direction] = 1;
  } else if (!mayAnnounce(words, at, direction, announced)) {
    core.fail(Invalid.VerificationTag, announced, words[at + TAGS + other]!);
    return false;
  }
  words[at + TAGS + other] = announced;
  return true;
}

/** Whether an INIT ACK fits the INITs seen; with INITs from both sides (a collision) only the tag known already. */
function mayAnnounce(words: Int32Array, at: number, direction: number, announced: number): boolean {
  const known = words[at + TAGS + 1 - direction]!;
  if (known === announced) return true;
  if (words[at + INITS + 1 - direction] === 0) return known === 0;
  return words[at + INITS + direction] === 0;
}
