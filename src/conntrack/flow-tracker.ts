/**
 * FlowTracker: connection tracking for the flow path (engine/flow-path.ts): packets that are whole, ordinary ones of TCP, UDP or
 * echo and belong to a connection of zone 0 that is in the table, met by their words or their tuple. What track() does for such a packet, and the trackers
 * themselves; everything else is told apart before anything is changed.
 *
 *   meet()  ->  plan, status   (nothing changed yet)   ->  accepts()  ->  follow...()
 *
 * @module
 */
import type { FrameBatch } from '../packet/frame-batch.ts';
import type { Packet } from '../packet/packet.ts';
import type { Core } from './core.ts';
import { CtInfo, Direction, Status } from './ctinfo.ts';
import { ENTRY_WORDS, EntryWord } from './entry-table.ts';
import { Change } from './events.ts';
import { followSteadyTcp, followTcp } from './proto/tcp.ts';
import { followUdp } from './proto/udp.ts';
import { Track } from './track-result.ts';
import { readPacketTuple } from './tuple-of.ts';

// Names of this module's own: V8 folds those into the code and loads an imported constant every time.
const SEEN_REPLY = Status.SeenReply;
const EXPECTED = Status.Expected;
const ACCEPT = Track.Accept;
const ENTRY_SHIFT = Math.log2(ENTRY_WORDS);
const STATUS = EntryWord.Status;
const DEADLINE = EntryWord.Deadline;
const PLANS = EntryWord.Plans;
const REPLY = Direction.Reply;
const ESTABLISHED_REPLY = CtInfo.EstablishedReply;
const ESTABLISHED = CtInfo.Established;
const RELATED = CtInfo.Related;
const NEW = CtInfo.New;
const TRANSLATED = Status.SrcNat | Status.DstNat;
const STEADY = Status.Confirmed | Status.Dying;

/** Connections up to which touching costs more than it saves (measured: even at 10,000 to 30,000). */
const SMALL_TABLE = 20_000;

export class FlowTracker {
  /** The connection met last, and how the packet relates to it. */
  entry = -1;
  direction: Direction = 0;
  ctinfo: CtInfo = NEW;
  /** Its offset in EntryTable.rows. */
  private row = 0;
  private readonly core: Core;
  /** Kept so that no compiler leaves the touching out. */
  private touched = 0;

  constructor(core: Core) {
    this.core = core;
  }

  /** Whether checksums are verified. */
  get verifies(): boolean {
    return this.core.checksum;
  }

  /** Moves whenever what rules may ask of a connection has changed. */
  get changes(): number {
    return this.core.table.changes;
  }

  /** Whether the table is too large for the processor's caches. */
  get isLarge(): boolean {
    return this.core.table.count > SMALL_TABLE;
  }

  /** Moves when all hashes become others. */
  get hashVersion(): number {
    return this.core.index.version;
  }

  /** Put hashes on the frames of a batch, from number `from` on. */
  hashFrames(batch: FrameBatch, from: number): void {
    this.core.index.hashFrames(batch, from);
  }

  /** Have the connections of a batch at hand (TupleIndex.touch). */
  touch(batch: FrameBatch): void {
    this.touched ^= this.core.index.touch(batch);
  }

  hash(src: number, dst: number, ports: number, protocol: number): number {
    return this.core.index.hash4(src, dst, ports, protocol);
  }

  /** Whether nobody listens to what becomes of connections that are in the table. */
  get isSilent(): boolean {
    const { events } = this.core;
    return events === null || (events.updated === undefined && events.settled === undefined);
  }

  /** Find the connection of a packet by its words (packet/frame-batch.ts); the plan of its direction, 0 for none. */
  meet(frame: Int32Array, of: number): number {
    const node = this.core.index.find4(frame, of);
    return node < 0 ? 0 : this.planOf(node);
  }

  /** The same of a whole decoded packet, of either family. 0 also while some tuple is there more than once. */
  meetPacket(packet: Packet): number {
    const { index, tuple } = this.core;
    if (index.hasTwins || !readPacketTuple(packet, tuple)) return 0;
    const node = index.find(tuple, 0, 3);
    return node < 0 ? 0 : this.planOf(node);
  }

  private planOf(node: number): number {
    this.aim(node);
    return (this.core.table.rows[this.row | PLANS]! >>> (this.direction << 4)) & 0xffff;
  }

  /** Make a packet of a node (entry * 2 + direction) the one met last. */
  aim(node: number): void {
    const direction = node & 1;
    const row = (node >> 1) << ENTRY_SHIFT;
    this.entry = node >> 1;
    this.row = row;
    this.direction = direction as Direction;
    const bits = this.core.table.rows[row | STATUS]!;
    this.ctinfo = direction !== 0 ? ESTABLISHED_REPLY : (bits & SEEN_REPLY) !== 0 ? ESTABLISHED : (bits & EXPECTED) !== 0 ? RELATED : NEW;
  }

  /** Let the clock run to the packet's time; false when the connection has expired by then. */
  isAlive(packet: Pick<Packet, 'nowUs'>): boolean {
    const { core } = this;
    core.tick(packet);
    return ((core.table.rows[this.row | DEADLINE]! - core.clock) | 0) > 0;
  }

  /** A segment of FrameKind.Steady, where that is all there is to it (proto/tcp.ts); false: ask followTcp(). */
  followSteadyTcp(frame: Int32Array, of: number): boolean {
    if (!followSteadyTcp(this.core, this.row, this.direction, frame, of)) return false;
    this.core.invalidReason = 0;
    return true;
  }

  /**
   * A sound segment without SYN and RST: `word` has offset, flags and window. False: INVALID, and track() will say so of the same
   * packet when it comes the long way.
   */
  followTcp(view: DataView, at: number, length: number, seq: number, ack: number, word: number): boolean {
    const { core, entry, direction } = this;
    core.invalidReason = 0;
    core.segment.take(view, at, length, seq, ack, word);
    if (followTcp(core, entry, direction, length + 20) !== ACCEPT) {
      core.isJudged = true;
      return false;
    }
    if (direction === REPLY) this.noteReply();
    return true;
  }

  /** The long way is over: whatever was handed over to it is past. */
  done(): void {
    this.core.isJudged = false;
  }

  /** A sound datagram, in an IP packet of `octets`. */
  followUdp(octets: number): void {
    this.core.invalidReason = 0;
    followUdp(this.core, this.entry, this.direction, octets);
    if (this.direction === REPLY) this.noteReply();
  }

  /** The packet has passed the last hook. */
  settled(): void {
    this.core.events?.settled?.(this.entry);
  }

  private noteReply(): void {
    const { table } = this.core;
    if ((table.bits(this.entry) & SEEN_REPLY) !== 0) return;
    table.setBits(this.entry, SEEN_REPLY);
    this.core.note(this.entry, Change.Reply);
  }

  /** Whether what a walk found may be kept for an entry: it is in the table, of zone 0, with nothing special about it. */
  isPlain(entry: number): boolean {
    const { table } = this.core;
    if ((table.bits(entry) & STEADY) !== Status.Confirmed || table.extra(entry) >= 0) return false;
    return table.zone(entry, 0) === 0 && table.zone(entry, 1) === 0;
  }

  isTranslated(entry: number): boolean {
    return (this.core.table.bits(entry) & TRANSLATED) !== 0;
  }

  setPlan(entry: number, direction: Direction, plan: number): void {
    this.core.table.setPlan(entry, direction, plan);
  }

  forgetAllPlans(): void {
    this.core.table.forgetAllPlans();
  }

  /** Where a translated packet of the connection met last comes from in the end, and goes: the other direction's tuple turned round. */
  get newSource(): number {
    return this.core.table.word(this.entry, 1 - this.direction, 1);
  }

  get newDestination(): number {
    return this.core.table.word(this.entry, 1 - this.direction, 0);
  }

  /** Source << 16 | destination. */
  get newPorts(): number {
    const ports = this.core.table.word(this.entry, 1 - this.direction, 2);
    return (ports << 16) | (ports >>> 16);
  }
}
