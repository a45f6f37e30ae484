/**
 * Watch: whether a worker that sees only its share of the packets can have missed anything. It does not trust the plan; it checks,
 * packet by packet and entry by entry, the few things that reach beyond a pair of addresses:
 *
 *   connections   every tuple that is entered or searched belongs here (both of an entry's, NAT's candidates, the host's answers)
 *   clock         packet time, in jiffies, does not run backwards: conntrack's clock is that of the latest packet of all
 *   fragments     pieces are told, so that it is noticed when their memory or the count of a source can have mattered (fragments.ts)
 *   path MTUs     none was learnt: one would hold for packets of all workers
 *   mappings      flows whose source is translated are told by source and port, and which got another port or one of several
 *                 addresses: another flow of that source would get the same, wherever it goes
 *   errors sent   correspondents with a budget of ICMP errors are told, so that one known to two workers is noticed
 *   closed loop   flows whose first packet was dropped are told, so that a bucket of theirs that overflows is noticed, and so that an
 *                 ICMP error that could be taken for the answer of a dropped ping of another worker is
 *   table size    the most entries at one time are told, so that a table near its limit is noticed
 *
 * What it finds it keeps (`broken`); the packets up to the chunk in which that happened are as one worker would have done them,
 * and the rest is done by one worker. Whether a packet is the worker's own is asked of it as well (owns).
 * @module
 */
import { Direction } from '../conntrack/ctinfo.ts';
import { JIFFY_US } from '../conntrack/options.ts';
import { Tuple } from '../conntrack/tuple.ts';
import type { Engine } from '../engine/engine.ts';
import { Hook } from '../hook/hook.ts';
import { Priority } from '../hook/priority.ts';
import { Verdict } from '../hook/verdict.ts';
import { FRAME_WORDS, type FrameBatch, FrameWord } from '../packet/frame-batch.ts';
import { CT_NONE, type Packet } from '../packet/packet.ts';
import type { Share } from '../replay/replay.ts';
import { pieceNote } from './fragments.ts';
import type { PieceNote } from './job.ts';
import { ICMP, ICMPV6 } from '../inet/protocol.ts';
import { hasOneAddress, Manip, type NatRange, RangeFlag } from '../nat/range.ts';
import { beginsError, hashOf, type Home, isPiece, isQuoting } from './home.ts';

const FRAME = FRAME_WORDS;
const START = FrameWord.Start;
const END = FrameWord.End;

export class Watch implements Share {
  /** Why the packets cannot be split after all; '' while they can. */
  broken = '';
  /** The most entries at one time since the last look. */
  peak = 0;
  /** Correspondents with a budget of errors, new since the last look. */
  correspondents: (number | string)[] = [];
  /** Sources (hashed) of flows that rules translated since the last look, and those whose mapping another flow could not guess. */
  sources: number[] = [];
  oddSources: number[] = [];
  /** Buckets of the flows that came under watch of the closed loop, since the last look. */
  watched: number[] = [];
  /** Pairs of hosts of dropped pings, and of ICMP errors that are not where their own pair belongs. */
  pings: number[] = [];
  errors: number[] = [];
  /** The own pieces of datagrams since the last look. */
  pieces: PieceNote[] = [];
  readonly isDealt: boolean;
  private pair = 0;
  private readonly home: Home;
  private readonly number: number;
  private readonly engine: Engine;
  private readonly tuple: Tuple = new Tuple();
  private readonly inverse: Tuple = new Tuple();
  private latestUs = 0;
  /** Packets up to this number have been timed, ahead of their turn. */
  private timed = 0;

  /** `isDealt`: the packets were dealt out by their homes, and their clock was looked at there. */
  constructor(engine: Engine, home: Home, number: number, isDealt: boolean) {
    this.isDealt = isDealt;
    this.engine = engine;
    this.home = home;
    this.number = number;
    engine.conntrack.events = { created: (entry) => this.created(entry) };
    engine.conntrack.onSearch = (tuple) => this.searched(tuple);
    engine.nat.observer = { bound: (entry, manip, range) => this.bound(entry, manip, range), decided: () => undefined };
    // what the host answers may come from another address than was asked (a broadcast): it is searched in this table only
    for (const family of [4, 6]) {
      const run = (packet: Packet): Verdict => this.sends(packet);
      engine.hooks(family).add({ hook: Hook.Output, priority: Priority.Conntrack - 1, name: 'watch', run, noted: true });
    }
    engine.errorBuckets.onNew = (source) => this.correspondents.push(source);
  }

  sift(batch: FrameBatch): void {
    const { home, number } = this;
    const { words, times, view, count, first, linkType } = batch;
    for (let i = 0; i < count; i++) {
      if (first + i >= this.timed) this.time(times[i]!);
      const owner = home.ofFrame(view, words[i * FRAME + START]!, words[i * FRAME + END]!, linkType);
      if (owner >= 0 && owner !== number) batch.leaveOut(i);
    }
    if (first + count > this.timed) this.timed = first + count;
  }

  isForeign(packet: Packet, linkType: number): boolean {
    if (this.isDealt) return false;
    const { index, nowUs, view, start, end } = packet;
    if (index >= this.timed) this.time(nowUs);
    const home = this.home.ofFrame(view, start, end, linkType);
    return home >= 0 && home !== this.number;
  }

  owns(packet: Packet, local: boolean): boolean {
    if (this.home.ofPacket(packet) !== this.number) return false;
    if (packet.family !== 0 && isPiece(packet)) this.piece(packet);
    if (local && (packet.family === 0 || (packet.family === 4 && packet.src0 === 0)))
      this.breaks('a local packet without a source address');
    if (packet.protocol === ICMP || packet.protocol === ICMPV6) this.message(packet);
    return true;
  }

  watches(bucket: number, protocol: number): void {
    this.watched.push(bucket);
    if (protocol === ICMP || protocol === ICMPV6) this.pings.push(this.pair);
  }

  /** Look at what is not told by itself. To be called at the end of a chunk. */
  look(): void {
    const { conntrack, pathMtu } = this.engine;
    if (pathMtu.size > 0) this.breaks('the host was told of a path MTU');
    if (conntrack.stats.clashResolve > 0) this.breaks('two flows with the same tuple');
    this.peak = Math.max(this.peak, conntrack.count);
  }

  /** Begin a new chunk. */
  begin(): void {
    this.peak = this.engine.conntrack.count;
    this.correspondents = [];
    this.sources = [];
    this.oddSources = [];
    this.watched = [];
    this.pings = [];
    this.errors = [];
    this.pieces = [];
  }

  private message(packet: Packet): void {
    this.pair = this.home.pairOf(packet);
    if (isQuoting(packet) && this.home.ofEnds(packet) !== this.number) this.errors.push(this.pair);
  }

  private breaks(why: string): void {
    if (this.broken === '') this.broken = why;
  }

  /** A packet, whoever's, is of an earlier jiffy than one before it. */
  clockRanBackwards(): void {
    this.breaks('packet times run backwards');
  }

  /** The clock of the next packet, whoever's. */
  private time(nowUs: number): void {
    if (nowUs >= this.latestUs) this.latestUs = nowUs;
    else if (Math.floor(nowUs / JIFFY_US) < Math.floor(this.latestUs / JIFFY_US)) this.clockRanBackwards();
  }

  private piece(packet: Packet): void {
    if (beginsError(packet)) this.breaks('an ICMP error in fragments');
    this.pieces.push(pieceNote(packet));
  }

  private created(entry: number): void {
    const { conntrack } = this.engine;
    // the unconfirmed one of a packet at hand counts as well
    const count = conntrack.count + 1;
    if (count > this.peak) this.peak = count;
    if (!this.isHere(conntrack.readTuple(entry, Direction.Original, this.tuple))) this.breaks('a flow that changed its addresses');
    if (!this.isHere(conntrack.readTuple(entry, Direction.Reply, this.tuple)))
      this.breaks('a translation between two near or two far addresses');
  }

  private sends(packet: Packet): Verdict {
    if (packet.ct === CT_NONE && this.home.ofPacket(packet) !== this.number) this.breaks('an answer of the host from another address');
    return Verdict.Accept;
  }

  /** By a rule, or with another port. */
  private bound(entry: number, manip: Manip, range: NatRange): void {
    if (manip !== Manip.Source) return;
    const { conntrack } = this.engine;
    const { src0, src1, src2, src3, srcL4, protocol } = conntrack.readTuple(entry, Direction.Original, this.tuple);
    const source = Math.imul(hashOf(src0, src1, src2, src3) ^ (srcL4 << 8) ^ protocol, 0x9e3779b1) | 0;
    this.sources.push(source);
    conntrack.invert(conntrack.readTuple(entry, Direction.Reply, this.tuple), this.inverse);
    const oneAddress = (range.flags & RangeFlag.MapIps) === 0 || hasOneAddress(range);
    if (this.inverse.srcL4 !== srcL4 || !oneAddress) this.oddSources.push(source);
  }

  private searched(tuple: Tuple): void {
    if (!this.isHere(tuple)) this.breaks('a translation between two near or two far addresses');
  }

  private isHere(tuple: Tuple): boolean {
    const { src0, src1, src2, src3, dst0, dst1, dst2, dst3 } = tuple;
    const home = tuple.family === 6 ? this.home.of6(src0, src1, src2, src3, dst0, dst1, dst2, dst3) : this.home.of4(src0, dst0);
    return home === this.number;
  }
}
