/**
 * Conntrack: the connections of one network namespace. Entries are numbers; all that is known of one is asked by number.
 *
 *   PREROUTING, OUTPUT   -400 defragmentation   -200 track: packet.ct, packet.ctinfo
 *   POSTROUTING, INPUT    last: helper, sequence adjustment, confirm
 *
 * Off until a rule of the family needs it (`enable`), as in the kernel: then the hook functions accept at once and fragments
 * are left alone. A packet that carries an entry refers to it until `release`; an entry that was never confirmed is gone with
 * the last packet, one that was killed stays readable until then.
 * Kernel counterpart: net/netfilter/nf_conntrack_*.c (behaviour only). Proof: fixtures/scenarios/conntrack.
 * @module
 */
import type { HookEntry } from '../hook/hook-table.ts';
import { Verdict } from '../hook/verdict.ts';
import { TCP } from '../inet/protocol.ts';
import { CT_NONE, CT_UNTRACKED, type Packet, type ReadonlyPacket } from '../packet/packet.ts';
import { helpAndConfirm } from './confirm.ts';
import { Core } from './core.ts';
import { CtInfo, Direction, directionOf, StateBit } from './ctinfo.ts';
import { Defrag, FragmentUser } from './defrag.ts';
import { type ConntrackLine, type ConntrackListing, describeEntry, dumpTable } from './dump.ts';
import { Change, type ConntrackEvents } from './events.ts';
import type { Expectation, Expected } from './expect.ts';
import { LABEL_WORDS } from './extra.ts';
import { FlowTracker } from './flow-tracker.ts';
import { FreshTracker } from './fresh-tracker.ts';
import { HelperDoor } from './helper/door.ts';
import type { NatHelper } from './helper/helper.ts';
import { conntrackHooks } from './hooks.ts';
import { describeInvalidReason } from './invalid.ts';
import { type ConntrackOptions, HZ, JIFFY_US } from './options.ts';
import { closeTcp } from './proto/tcp.ts';
import { sequenceOffset, setSequenceOffset } from './seqadj.ts';
import type { ConntrackStats } from './stats.ts';
import { makeTemplate, type TemplateOptions } from './template.ts';
import { detach, track } from './track.ts';
import type { Tuple } from './tuple.ts';
import { invertTuple } from './tuple-of.ts';

export type { ConntrackOptions } from './options.ts';

export class Conntrack {
  private readonly core: Core;
  private readonly defrag: Defrag;
  /** Tracking of known connections, for the engine's flow path. */
  readonly flows: FlowTracker;
  /** The same of what begins, for its fresh path. */
  readonly fresh: FreshTracker;
  /** Moves when tracking is turned on or off. */
  version = 0;
  /** What the NAT halves of helpers need. */
  readonly helpers: HelperDoor;
  private users4 = 0;
  private users6 = 0;
  private defragUsers4 = 0;
  private defragUsers6 = 0;

  /** Told of every tuple that is searched for somebody else's sake than its packet's: NAT's candidates, what `find` is asked. */
  onSearch: ((tuple: Tuple) => void) | null = null;
  /** Direction in which `find` found. */
  foundDirection: Direction = Direction.Original;

  constructor(options: ConntrackOptions) {
    this.core = new Core(options);
    this.flows = new FlowTracker(this.core);
    this.fresh = new FreshTracker(this.core);
    this.helpers = new HelperDoor(this.core);
    this.defrag = new Defrag(options);
  }

  // -- on and off

  /** One rule set more needs connection tracking in a family; it brings defragmentation with it. */
  enable(family: number): void {
    if (family === 6) this.users6++;
    else this.users4++;
    this.version++;
    this.enableDefrag(family);
  }

  disable(family: number): void {
    if (family === 6) this.users6 = Math.max(0, this.users6 - 1);
    else this.users4 = Math.max(0, this.users4 - 1);
    this.version++;
    this.disableDefrag(family);
  }

  isEnabled(family: number): boolean {
    return family === 6 ? this.users6 > 0 : this.users4 > 0;
  }

  /** Defragmentation alone (the socket match, TPROXY). */
  enableDefrag(family: number): void {
    if (family === 6) this.defragUsers6++;
    else this.defragUsers4++;
  }

  disableDefrag(family: number): void {
    if (family === 6) this.defragUsers6 = Math.max(0, this.defragUsers6 - 1);
    else this.defragUsers4 = Math.max(0, this.defragUsers4 - 1);
  }

  /** The hook functions of a family; they cost a compare while the family is off. */
  hookEntries(family: 4 | 6): HookEntry[] {
    return conntrackHooks(family, {
      isDefragOn: family === 6 ? () => this.defragUsers6 > 0 : () => this.defragUsers4 > 0,
      isOn: family === 6 ? () => this.users6 > 0 : () => this.users4 > 0,
      gather: (packet, user) => this.gather(packet, user),
      track: (packet) => track(this.core, packet),
      confirm: (packet) => helpAndConfirm(this.core, packet),
    });
  }

  // -- packets

  /** How a packet relates to connections, as one StateBit. */
  stateBit(packet: ReadonlyPacket): number {
    if (packet.ct >= 0) return 2 << (packet.ctinfo % 3);
    if (packet.ct === CT_UNTRACKED) return StateBit.Untracked;
    return packet.ctTemplate !== 0 ? StateBit.New : StateBit.Invalid;
  }

  /** Give a packet an entry: it takes part in its life until released. */
  attach(packet: Packet, entry: number, ctinfo: number): void {
    if (entry >= 0) this.core.table.addReference(entry);
    detach(this.core, packet);
    packet.ct = entry;
    packet.ctinfo = entry === CT_NONE ? CtInfo.Untracked : ctinfo;
  }

  /** The packet's way is over, or it shall forget its connection. */
  release(packet: Packet): void {
    detach(this.core, packet);
    packet.ctTemplate = 0;
  }

  /** Whether the fragment taken last was the last of a datagram whose pieces cannot be put together. */
  get hasSpoiltFragments(): boolean {
    return this.defrag.isSpoilt;
  }

  setUntracked(packet: Packet): void {
    detach(this.core, packet);
    packet.ct = CT_UNTRACKED;
    packet.ctTemplate = 0;
  }

  /** nf_ct_attach: what the host answers to `offender` is RELATED to its connection, in the opposite direction. */
  relate(reply: Packet, offender: Packet): void {
    if (offender.ct < 0) {
      // nothing to relate to, but NOTRACK and CT find the answer taken and leave it alone
      if (offender.ct === CT_UNTRACKED || offender.ctinfo !== CtInfo.Untracked) reply.ctinfo = CtInfo.Related;
      return;
    }
    const original = directionOf(offender.ctinfo) === Direction.Original;
    this.attach(reply, offender.ct, original ? CtInfo.RelatedReply : CtInfo.Related);
  }

  /** The same for one that answers in the connection's stead: it is of the connection itself. */
  answer(reply: Packet, offender: Packet): void {
    if (offender.ct >= 0) this.attach(reply, offender.ct, CtInfo.EstablishedReply);
  }

  /** A reset goes out in answer to this packet: its TCP connection is as good as closed. */
  forceClose(packet: Packet): void {
    if (packet.ct >= 0 && this.core.table.protocol(packet.ct) === TCP) closeTcp(this.core, packet.ct);
  }

  /**
   * Put an IPv4 packet for this host together, when no rule had that done before: 1, it is whole (and `packet` is the whole); 0, it
   * was kept for later; -1, it is to be dropped.
   */
  reassembleForDelivery(packet: Packet): number {
    this.core.tick(packet);
    const verdict = this.defrag.gather(packet, FragmentUser.Delivered, 0, this.core.now);
    return verdict === Verdict.Accept ? 1 : verdict === Verdict.Stolen ? 0 : -1;
  }

  /** Why the last packet tracked was INVALID or ignored (Invalid), with two numbers that say by how much. */
  get invalidReason(): number {
    return this.core.invalidReason;
  }

  get invalidA(): number {
    return this.core.invalidA;
  }

  get invalidB(): number {
    return this.core.invalidB;
  }

  /** The same in words; '' when there was nothing wrong. */
  describeInvalid(): string {
    return describeInvalidReason(this.core.invalidReason, this.core.invalidA, this.core.invalidB);
  }

  // -- entries

  status(entry: number): number {
    return this.core.table.status(entry);
  }

  setStatus(entry: number, bits: number): void {
    this.core.table.setBits(entry, bits & 0xffff);
    this.core.table.forgetPlans(entry);
    this.core.note(entry, Change.Status);
  }

  /** Whether an entry is before its deadline, or new; when one past it leaves the table depends on other flows. */
  isAlive(entry: number): boolean {
    return !this.core.table.isConfirmed(entry) || !this.core.isExpired(entry);
  }

  isConfirmed(entry: number): boolean {
    return this.core.table.isConfirmed(entry);
  }

  family(entry: number): number {
    return this.core.table.family(entry);
  }

  protocol(entry: number): number {
    return this.core.table.protocol(entry);
  }

  /** TcpState of a TCP entry. */
  tcpState(entry: number): number {
    return this.core.table.state(entry);
  }

  /** One behind the last octet a side of a TCP connection sent, int32. */
  tcpEnd(entry: number, direction: Direction): number {
    const { table } = this.core;
    return table.protocol(entry) === TCP ? table.proto.words[table.protoAt(entry) + direction * 5]! : 0;
  }

  zone(entry: number, direction: Direction): number {
    return this.core.table.zone(entry, direction);
  }

  mark(entry: number): number {
    return this.core.table.mark(entry);
  }

  setMark(entry: number, mark: number): void {
    if (this.core.table.mark(entry) === mark) return;
    this.core.table.setMark(entry, mark);
    this.core.note(entry, Change.Mark);
  }

  readTuple(entry: number, direction: Direction, tuple: Tuple): Tuple {
    return this.core.table.readTuple(entry, direction, tuple);
  }

  /** The connection that announced this one, or -1. */
  master(entry: number): number {
    return this.core.extra(entry)?.master ?? -1;
  }

  helperName(entry: number): string | null {
    return this.core.extra(entry)?.helper?.name ?? null;
  }

  /** 128 labels as four words, or null when the entry has none. */
  labels(entry: number): Int32Array | null {
    return this.core.extra(entry)?.labels ?? null;
  }

  hasLabel(entry: number, bit: number): boolean {
    return ((this.labels(entry)?.[bit >> 5] ?? 0) & (1 << (bit & 31))) !== 0;
  }

  /** Set label `bit` (0..127). */
  setLabel(entry: number, bit: number): void {
    const extra = this.core.ensureExtra(entry);
    extra.labels ??= new Int32Array(LABEL_WORDS);
    extra.labels[bit >> 5]! |= 1 << (bit & 31);
    this.core.note(entry, Change.Label);
  }

  packets(entry: number, direction: Direction): number {
    return this.core.table.packets(entry, direction);
  }

  /** Octets of IP packets counted. */
  bytes(entry: number, direction: Direction): number {
    return this.core.table.octets(entry, direction);
  }

  /** Count packets and octets, whatever nf_conntrack_acct says: a rule needs it. */
  enableAccounting(): void {
    this.core.table.startCounting();
  }

  /** Whether packets and octets are counted at all (nf_conntrack_acct). */
  get counting(): boolean {
    return this.core.table.counting;
  }

  timeoutSec(entry: number, nowUs: number): number {
    const { table } = this.core;
    if (!table.isConfirmed(entry)) return Math.floor(table.deadline(entry) / HZ);
    const now = Math.max(this.core.now, Math.floor(nowUs / JIFFY_US));
    return Math.max(0, Math.floor(this.core.leftAt(entry, now) / HZ));
  }

  /** When a confirmed entry runs out unless a packet renews it, microseconds since the epoch; rounded to a jiffy, as all timeouts. */
  deadlineUs(entry: number): number {
    return (this.core.now + this.core.leftAt(entry, this.core.now)) * JIFFY_US;
  }

  /** Let the clock run up to a time and remove what has run out by then, as the kernel's garbage collector does in its own time. */
  expire(nowUs: number): void {
    this.core.tick({ nowUs });
    this.core.sweepAll(false);
  }

  kill(entry: number): void {
    this.core.kill(entry);
  }

  // -- for NAT

  /** The tuple of an answer; false when there is none. */
  invert(tuple: Tuple, out: Tuple): boolean {
    return invertTuple(tuple, out);
  }

  /** Change the reply tuple of an entry that is not confirmed yet. */
  alterReply(entry: number, tuple: Tuple): void {
    if (!this.core.table.isConfirmed(entry)) this.core.table.writeTuple(entry, Direction.Reply, tuple);
  }

  /**
   * Whether another connection owns this reply tuple in the entry's reply zone; one with the same original tuple is the same
   * flow and does not count (nf_conntrack_tuple_taken).
   */
  isTaken(tuple: Tuple, entry: number): boolean {
    this.onSearch?.(tuple);
    const { table, stats, spare } = this.core;
    const zoneReply = table.zone(entry, Direction.Reply);
    const zoneOriginal = table.zone(entry, Direction.Original);
    const node = this.core.findLive(tuple, zoneReply, zoneReply === zoneOriginal ? 3 : 2);
    const other = node >> 1;
    if (node < 0 || other === entry) return false;
    const sameOriginal = table.hasTuple(other, Direction.Original, table.readTuple(entry, Direction.Original, spare));
    if (sameOriginal && table.zone(other, Direction.Original) === zoneOriginal) return false;
    stats.found++;
    return true;
  }

  /** The confirmed entry that has this tuple in either direction (see foundDirection), or -1. */
  find(tuple: Tuple, zoneOriginal: number, zoneReply: number = zoneOriginal): number {
    this.onSearch?.(tuple);
    const node = this.core.lookup(tuple, zoneOriginal, zoneReply);
    if (node < 0) return -1;
    this.foundDirection = (node & 1) as Direction;
    return node >>> 1;
  }

  /** Register the NAT half of a helper, by the helper's name. */
  setNatHelper(name: string, nat: NatHelper): void {
    this.core.natHelpers.set(name, nat);
  }

  /** Announce a connection for a helper; `limit`: how many its master may wait for. The deadline is set here. */
  expect(expectation: Expectation, limit: number, timeoutSec: number): Expected {
    expectation.deadline = this.core.now + timeoutSec * HZ;
    return this.core.expectations.add(expectation, limit, this.core.now);
  }

  unexpect(expectation: Expectation): void {
    this.core.expectations.remove(expectation);
  }

  expectations(): Expectation[] {
    return this.core.expectations.all(this.core.now);
  }

  /** The payload of the segment at `seq` grew by `change` octets: later numbers of this direction shift. */
  adjustSequence(entry: number, direction: Direction, seq: number, change: number): void {
    setSequenceOffset(this.core, entry, direction, seq, change);
  }

  sequenceOffset(entry: number, direction: Direction, seq: number): number {
    return sequenceOffset(this.core, entry, direction, seq);
  }

  // -- for rules and reports

  /** The number to put on a packet (`packet.ctTemplate`) for what the CT target asks. */
  template(options: TemplateOptions): number {
    const { timeouts = null } = options;
    return this.core.templates.push(makeTemplate(options, timeouts === null ? null : this.core.timeoutsBy(timeouts)));
  }

  /** Called with an entry whose row is about to be given back. */
  onRestore(listener: (entry: number) => void): void {
    this.core.restoreListeners.push(listener);
  }

  onDestroy(listener: (entry: number) => void): void {
    this.core.destroyListeners.push(listener);
  }

  set events(sink: ConntrackEvents | null) {
    this.core.events = sink;
  }

  /** Entries there are, unconfirmed ones included. */
  get count(): number {
    return this.core.table.count;
  }

  /** Entries there may be (nf_conntrack_max). */
  get max(): number {
    return this.core.max;
  }

  /** Every entry number is below this. */
  get rows(): number {
    return this.core.table.rowsUsed;
  }

  get stats(): ConntrackStats {
    return this.core.stats;
  }

  describe(entry: number): ConntrackLine {
    return describeEntry(this.core, entry, this.core.now);
  }

  /** Every confirmed connection that has not expired, sorted by tuple. */
  dump(nowUs: number): ConntrackLine[] {
    return dumpTable(this.core, nowUs).lines;
  }

  /** The first `most` lines of dump(), and how many there are. */
  list(nowUs: number, most: number): ConntrackListing {
    return dumpTable(this.core, nowUs, most);
  }

  private gather(packet: Packet, user: FragmentUser): Verdict {
    if (!mayBeFragment(packet) || packet.ct === CT_UNTRACKED) return Verdict.Accept;
    // pieces that come back over lo with their connection are put together again, of IPv4 only
    if (packet.family === 6 && packet.ct !== CT_NONE) return Verdict.Accept;
    this.core.tick(packet);
    const template = this.core.templates[packet.ctTemplate - 1];
    const zone = template === undefined ? 0 : template.zoneFromMark ? packet.mark & 0xffff : template.zone;
    return this.defrag.gather(packet, user, zone, this.core.now);
  }
}

/** IPv6: also when the chain of headers breaks off, perhaps within a fragment header. */
function mayBeFragment(packet: Packet): boolean {
  if (packet.family === 6) return packet.fragHeader >= 0 || packet.protocol < 0;
  return packet.fragOffset !== 0 || packet.moreFragments !== 0;
}
