/**
 * Core: what all parts of connection tracking share: table, index, clock, options, counters, and the life of an entry.
 *
 *   take (creation) --references--> confirm: in the index --kill--> out of the index, Dying --last reference--> row given back
 *
 * The clock is packet time, and never runs backwards. An entry past its deadline is removed when a search meets it, by a sweep
 * that runs along with creations, and before the table is said to be full.
 * @module
 */
import { GRE } from '../inet/protocol.ts';
import type { Random } from '../inet/random.ts';
import type { Packet } from '../packet/packet.ts';
import { Direction, Status } from './ctinfo.ts';
import { EntryTable, Own } from './entry-table.ts';
import { Change, type ConntrackEvents } from './events.ts';
import { ExpectationList } from './expect.ts';
import { Extra } from './extra.ts';
import { GreKeymap } from './gre-keymap.ts';
import type { NatH323 } from './helper/h323/h323-nat.ts';
import type { NatHelper } from './helper/helper.ts';
import type { NatPptp } from './helper/pptp-nat.ts';
import type { NatSip } from './helper/sip-nat.ts';
import type { Invalid } from './invalid.ts';
import { type ConntrackOptions, JIFFY_US, Timeouts } from './options.ts';
import { ConntrackStats } from './stats.ts';
import { restore } from './restore.ts';
import type { SavedConnection } from './saved-table.ts';
import type { Template } from './template.ts';
import type { TimeoutPolicy } from './timeout-policy.ts';
import { Track } from './track-result.ts';
import { mayDropEarly } from './proto/early-drop.ts';
import { Segment } from './proto/tcp-segment.ts';
import { Tuple } from './tuple.ts';
import { MAX_ENTRIES, TupleIndex } from './tuple-index.ts';

const DEFAULT_MAX = 262_144;
const DEFAULT_EXPECT_MAX = 4096;
/** Rows the sweep looks at with every creation. */
const SWEEP_ROWS = 4;
/** Jiffies after which a deadline that passed could seem to lie ahead again, with room to spare: 49 days. */
const LONG_JUMP = 2 ** 30;

export class Core {
  readonly max: number;
  readonly tcpLoose: boolean;
  readonly tcpBeLiberal: boolean;
  readonly tcpIgnoreInvalidRst: boolean;
  readonly tcpMaxRetrans: number;
  readonly checksum: boolean;
  readonly random: Random;
  /** The host's own. */
  readonly timeouts: Timeouts;
  /** Those a policy makes of them. */
  readonly timeoutsBy: (policy: TimeoutPolicy) => Timeouts;
  readonly stats: ConntrackStats = new ConntrackStats();
  readonly table: EntryTable;
  readonly index: TupleIndex;
  readonly expectations: ExpectationList;
  readonly templates: Template[] = [];
  readonly natHelpers: Map<string, NatHelper> = new Map();
  natH323: NatH323 | null = null;
  natPptp: NatPptp | null = null;
  natSip: NatSip | null = null;
  /** Source keys of PPTP's tunnels. */
  readonly greKeys: GreKeymap = new GreKeymap();
  /** Mask of the subnet whose broadcast address a packet is sent to, 0 when it is none (for helpers that wait for answers to it). */
  readonly broadcastMask: (packet: Packet) => number;
  /** Whether packets to both addresses leave by the same device for the same next hop. */
  readonly isSameWay: (family: number, a: Int32Array, b: Int32Array) => boolean;
  events: ConntrackEvents | null = null;
  readonly destroyListeners: ((entry: number) => void)[] = [];
  readonly restoreListeners: ((entry: number) => void)[] = [];
  /** Jiffies of packet time. */
  now = 0;
  /** Their lower 32 bits, as deadlines have them. */
  clock = 0;
  /** When the next jiffy begins, microseconds. */
  private nextUs: number = JIFFY_US;
  /** Counts the entries made. */
  births = 0;
  /** The packet at hand was found INVALID already, by its tracker on the flow path. */
  isJudged = false;
  /** Why the last packet was INVALID (Invalid), and by how much. */
  invalidReason = 0;
  invalidA = 0;
  invalidB = 0;
  /** Zones of the packet at hand, by direction. */
  zoneOriginal = 0;
  zoneReply = 0;
  /** Packet tuple, its inverse, and one to spare: filled and read within one call. */
  readonly tuple: Tuple = new Tuple();
  readonly inverse: Tuple = new Tuple();
  readonly spare: Tuple = new Tuple();
  /** The TCP segment at hand. */
  readonly segment: Segment = new Segment();
  /** When the table may be swept as a whole again. */
  nextFullSweep = 0;
  /** Early drop found nothing: the next full sweep takes what is not worth keeping. */
  aggressive = false;
  /** Scratch of early drop. */
  readonly victims: number[] = [];
  /** Connections that stand in the table when the clock begins to run. */
  private saved: readonly SavedConnection[];
  private readonly extras: (Extra | null)[] = [];
  private readonly freeExtras: number[] = [];
  private sweepAt = 0;
  /** Whether some entry may have timeouts of its own. */
  private hasPolicies = false;

  constructor(options: ConntrackOptions) {
    const timeout = options.timeout ?? ((_name: string, byDefault: number): number => byDefault);
    this.random = options.random;
    this.saved = options.connections ?? [];
    this.broadcastMask = options.broadcastMask ?? ((): number => 0);
    this.isSameWay = options.isSameWay ?? ((): boolean => false);
    this.max = Math.min(options.max ?? DEFAULT_MAX, MAX_ENTRIES);
    this.tcpLoose = (options.tcpLoose ?? 1) !== 0;
    this.tcpBeLiberal = (options.tcpBeLiberal ?? 0) !== 0;
    this.tcpIgnoreInvalidRst = (options.tcpIgnoreInvalidRst ?? 0) !== 0;
    this.tcpMaxRetrans = timeout('tcp_max_retrans', 3);
    this.checksum = (options.checksum ?? 1) !== 0;
    this.timeouts = new Timeouts(timeout);
    this.timeoutsBy = (policy): Timeouts => {
      this.hasPolicies = true;
      return new Timeouts(timeout, policy);
    };
    this.table = new EntryTable();
    if ((options.acct ?? 0) !== 0) this.table.startCounting();
    this.index = new TupleIndex(this.table, this.random);
    this.expectations = new ExpectationList(options.expectMax ?? timeout('expect_max', DEFAULT_EXPECT_MAX), {
      zone: (entry) => this.table.zone(entry, Direction.Original),
      canExpect: (entry) => (this.table.status(entry) & (Status.Confirmed | Status.Dying)) === Status.Confirmed,
    });
  }

  /** Let the clock run up to a packet's time. The packet is handed over, since the number would be an object at each call. */
  tick(packet: Pick<Packet, 'nowUs'>): void {
    if (packet.nowUs >= this.nextUs) this.advance(packet);
  }

  private advance({ nowUs }: Pick<Packet, 'nowUs'>): void {
    const jiffies = Math.floor(nowUs / JIFFY_US);
    const passed = jiffies - this.now;
    if (passed > LONG_JUMP) this.expirePassed(passed);
    this.now = jiffies;
    this.clock = jiffies | 0;
    this.nextUs = (jiffies + 1) * JIFFY_US;
    if (this.saved.length > 0) this.restoreSaved();
  }

  private restoreSaved(): void {
    const { saved } = this;
    this.saved = [];
    for (const connection of saved) {
      const entry = restore(this, connection);
      if (entry >= 0) for (const listener of this.restoreListeners) listener(entry);
    }
  }

  /** Deadlines are compared in 32 bits: before the clock jumps far, what it will leave behind goes. */
  private expirePassed(passed: number): void {
    const { table, clock } = this;
    for (let row = 0; row < table.rowsUsed; row++) {
      const isMember = (table.bits(row) & (Own.Live | Status.Confirmed | Status.Dying)) === (Own.Live | Status.Confirmed);
      if (isMember && ((table.deadline(row) - clock) | 0) <= passed) this.kill(row);
    }
  }

  /** Note why a packet is INVALID; the trackers' answer. */
  fail(reason: Invalid, a = 0, b = 0): Track {
    this.invalidReason = reason;
    this.invalidA = a;
    this.invalidB = b;
    return Track.Invalid;
  }

  /** Jiffies an entry of the table has left at a time that is not before the clock's. */
  leftAt(entry: number, now: number): number {
    return ((this.table.deadline(entry) - this.clock) | 0) - (now - this.now);
  }

  /** What an entry's timeouts are (nf_ct_timeout_lookup). */
  timeoutsOf(entry: number): Timeouts {
    return this.hasPolicies ? (this.extra(entry)?.timeouts ?? this.timeouts) : this.timeouts;
  }

  isExpired(entry: number): boolean {
    return ((this.table.deadline(entry) - this.clock) | 0) <= 0;
  }

  /**
   * The node that owns a tuple, searched in the zone of the original direction and then, if another, in that of the reply
   * direction; or -1. Expired entries that are met are removed.
   */
  lookup(tuple: Tuple, zoneOriginal: number, zoneReply: number): number {
    if (zoneOriginal === zoneReply) return this.findLive(tuple, zoneOriginal, 3);
    const node = this.findLive(tuple, zoneOriginal, 1);
    return node >= 0 ? node : this.findLive(tuple, zoneReply, 2);
  }

  findLive(tuple: Tuple, zone: number, directions: number): number {
    for (;;) {
      const node = this.index.find(tuple, zone, directions);
      if (node < 0 || !this.isExpired(node >>> 1)) return node;
      this.kill(node >>> 1);
    }
  }

  /** nf_ct_refresh: a new deadline, `jiffies` from now; kept as a span until the entry is confirmed. */
  refresh(entry: number, jiffies: number): void {
    const { table } = this;
    const bits = table.bits(entry);
    if ((bits & Status.FixedTimeout) !== 0) return;
    table.setDeadline(entry, (bits & Status.Confirmed) !== 0 ? (this.clock + jiffies) | 0 : jiffies);
  }

  /** nf_ct_refresh_acct. */
  refreshAndCount(entry: number, direction: Direction, octets: number, jiffies: number): void {
    this.refresh(entry, jiffies);
    this.table.account(entry, direction, octets);
  }

  /** Tell the sink of a change of a confirmed entry. */
  note(entry: number, changes: number): void {
    const { events } = this;
    if (events !== null && this.table.isConfirmed(entry)) events.updated?.(entry, changes);
  }

  setAssured(entry: number): void {
    if ((this.table.status(entry) & Status.Assured) !== 0) return;
    this.table.setBits(entry, Status.Assured);
    this.note(entry, Change.Assured);
  }

  /** Out of the table, and gone once nothing refers to it; an entry that is not in the table will not be confirmed any more. */
  kill(entry: number): void {
    const { table } = this;
    const bits = table.bits(entry);
    if ((bits & (Status.Dying | Own.Live)) !== Own.Live) return;
    table.setBits(entry, Status.Dying);
    if ((bits & Status.Confirmed) !== 0) {
      this.events?.destroyed?.(entry);
      this.extra(entry)?.helper?.end?.(this, entry);
    }
    this.expectations.removeOf(entry);
    if ((bits & Status.Confirmed) === 0) return;
    if ((bits & Own.IndexedOriginal) !== 0) this.index.remove(entry, Direction.Original);
    if ((bits & Own.IndexedReply) !== 0) this.index.remove(entry, Direction.Reply);
    this.put(entry);
  }

  /** One reference less; without any the entry's row is given back. */
  put(entry: number): void {
    const { table } = this;
    if (table.dropReference(entry) > 0) return;
    for (const listener of this.destroyListeners) listener(entry);
    this.expectations.removeOf(entry);
    const extra = table.extra(entry);
    let master = -1;
    if (extra >= 0) {
      master = this.extras[extra]!.master;
      if (master >= 0 && table.protocol(entry) === GRE) this.greKeys.removeOf(master);
      this.extras[extra] = null;
      this.freeExtras.push(extra);
    }
    table.give(entry);
    if (master >= 0) this.put(master);
  }

  extra(entry: number): Extra | null {
    const at = this.table.extra(entry);
    return at < 0 ? null : this.extras[at]!;
  }

  /** The entry's extra, made if it has none. */
  ensureExtra(entry: number): Extra {
    const there = this.extra(entry);
    if (there !== null) return there;
    const at = this.freeExtras.pop() ?? this.extras.length;
    const extra = new Extra();
    this.extras[at] = extra;
    this.table.setExtra(entry, at);
    return extra;
  }

  /** Look at a few more rows for expired entries. Runs with creations, so that the work is bounded by the packets. */
  sweep(): void {
    for (let i = 0; i < SWEEP_ROWS; i++) {
      if (this.sweepAt >= this.table.rowsUsed) this.sweepAt = 0;
      this.expireRow(this.sweepAt++);
    }
  }

  /** Look at all rows; with `aggressive`, entries that are not ASSURED or are about to close go as well. */
  sweepAll(aggressive: boolean): void {
    for (let row = 0; row < this.table.rowsUsed; row++) {
      this.expireRow(row);
      if (aggressive && this.table.count * 100 > this.max * 95 && this.isDispensable(row)) this.kill(row);
    }
  }

  private isDispensable(row: number): boolean {
    const bits = this.table.bits(row);
    if ((bits & (Own.Live | Status.Confirmed | Status.Dying)) !== (Own.Live | Status.Confirmed)) return false;
    return (bits & Status.Assured) === 0 || mayDropEarly(this.table.protocol(row), this.table.state(row));
  }

  private expireRow(row: number): void {
    const bits = this.table.bits(row);
    const wanted = Own.Live | Status.Confirmed;
    if ((bits & (wanted | Status.Dying)) === wanted && this.isExpired(row)) this.kill(row);
  }
}
