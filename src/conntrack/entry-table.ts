/**
 * EntryTable: the memory of connections. An entry is a number; its row is 16 words of one Int32Array:
 *
 *    0 src  1 dst  2 ports     original tuple (IPv4, or the first word of IPv6)
 *    3 src  4 dst  5 ports     reply tuple
 *    6 protocol, family, protocol state      7 status (kernel bits 0..15, ours above)
 *    8 zones: original, reply << 16          9 mark
 *   10 references; next free row when free  11 row of protocol state (TCP window, SCTP tags), or when it began (UDP)
 *   12 row of IPv6 words                    13 extra + 1: helper, master, labels, sequence adjustment
 *   14 deadline: the lower 32 bits of jiffies (a span until confirmed)
 *   15 plans: original, reply << 16         what the engine's flow path noted for either direction; 0: nothing
 *
 * The layout is known to this file alone. Counters exist only with accounting. Rows double up to the limit; a row lives until
 * neither the table, nor a packet, nor a child connection refers to it. A plan holds while what rules may ask of a connection
 * stays as it is: writing any of that forgets both.
 * @module
 */
import { SCTP, TCP } from '../inet/protocol.ts';
import { Direction, Status } from './ctinfo.ts';
import { SlotPool } from './slot-pool.ts';
import type { Tuple } from './tuple.ts';

const STRIDE = 16;
const TUPLE_WORDS = 3;
const SRC = 0;
const DST = 1;
const PORTS = 2;
const KIND = 6;
const STATUS = 7;
const ZONES = 8;
const MARK = 9;
const REFS = 10;
const PROTO_ROW = 11;
const SINCE = PROTO_ROW;
const WORDS6_ROW = 12;
const EXTRA = 13;
const DEADLINE = 14;
const PLANS = 15;

const IPV6_KIND = 1 << 8;
const STATE_SHIFT = 16;

/** IPv6 keeps words 1..3 of source and destination of both directions here. */
const WORDS6_STRIDE = 12;
const WORDS6_DIRECTION = 6;

/** Row of TCP windows and of SCTP tags. */
export const PROTO_STRIDE = 16;

/** Our own status bits. */
export const Own = {
  /** The entry is in the table under its original tuple. */
  IndexedOriginal: 0x10000,
  IndexedReply: 0x20000,
  /** A UDP flow that lived for two seconds. */
  Stream: 0x40000,
  /** The row is in use. */
  Live: 0x80000,
} as const;

const KERNEL_BITS = 0xffff;
const MIN_ROWS = 256;

/** TCP and SCTP keep more state than fits a row. */
function hasProtoRow(kind: number): boolean {
  const protocol = kind & 0xff;
  return protocol === TCP || protocol === SCTP;
}

export class EntryTable {
  /** Rows in use: the kernel's nf_conntrack_count. */
  count = 0;
  /** Rows there are; every entry number is below it. */
  rowsUsed = 0;
  /** Whether packets and octets are counted. */
  counting = false;
  /** Moves with everything that forgets a plan. */
  changes = 0;
  /** Rows of protocol state. */
  readonly proto: SlotPool = new SlotPool(PROTO_STRIDE);
  private rows: Int32Array = new Int32Array(MIN_ROWS * STRIDE);
  private readonly words6: SlotPool = new SlotPool(WORDS6_STRIDE);
  private counters: Float64Array = new Float64Array(0);
  private free = -1;

  /** Count packets and octets from here on. */
  startCounting(): void {
    if (this.counting) return;
    this.counting = true;
    this.counters = new Float64Array((this.rows.length / STRIDE) * 4);
  }

  /** A fresh entry with one reference, under these tuples. */
  take(original: Tuple, reply: Tuple): number {
    let entry = this.free;
    if (entry >= 0) this.free = this.rows[entry * STRIDE + REFS]!;
    else {
      entry = this.rowsUsed++;
      if (this.rowsUsed * STRIDE > this.rows.length) this.grow();
    }
    const at = entry * STRIDE;
    this.rows.fill(0, at, at + STRIDE);
    if (this.counting) this.counters.fill(0, entry * 4, entry * 4 + 4);
    this.rows[at + KIND] = original.protocol | (original.family === 6 ? IPV6_KIND : 0);
    this.rows[at + STATUS] = Own.Live;
    this.rows[at + REFS] = 1;
    if (original.family === 6) this.rows[at + WORDS6_ROW] = this.words6.take();
    this.writeTuple(entry, Direction.Original, original);
    this.writeTuple(entry, Direction.Reply, reply);
    this.count++;
    return entry;
  }

  /** Give a row back; nothing refers to it any more. */
  give(entry: number): void {
    const at = entry * STRIDE;
    const { rows } = this;
    if (hasProtoRow(rows[at + KIND]!) && rows[at + PROTO_ROW] !== 0) this.proto.give(rows[at + PROTO_ROW]!);
    if (rows[at + WORDS6_ROW] !== 0) this.words6.give(rows[at + WORDS6_ROW]!);
    rows.fill(0, at, at + STRIDE);
    rows[at + REFS] = this.free;
    this.free = entry;
    this.count--;
  }

  isLive(entry: number): boolean {
    return entry >= 0 && entry < this.rowsUsed && (this.rows[entry * STRIDE + STATUS]! & Own.Live) !== 0;
  }

  protocol(entry: number): number {
    return this.rows[entry * STRIDE + KIND]! & 0xff;
  }

  family(entry: number): number {
    return (this.rows[entry * STRIDE + KIND]! & IPV6_KIND) !== 0 ? 6 : 4;
  }

  /** State of the protocol's own machine; 0 at first. */
  state(entry: number): number {
    return this.rows[entry * STRIDE + KIND]! >>> STATE_SHIFT;
  }

  setState(entry: number, state: number): void {
    const at = entry * STRIDE + KIND;
    this.rows[at] = (this.rows[at]! & 0xffff) | (state << STATE_SHIFT);
  }

  /** Status bits of the kernel. */
  status(entry: number): number {
    return this.rows[entry * STRIDE + STATUS]! & KERNEL_BITS;
  }

  /** All status bits, ours included. */
  bits(entry: number): number {
    return this.rows[entry * STRIDE + STATUS]!;
  }

  setBits(entry: number, bits: number): void {
    const at = entry * STRIDE + STATUS;
    this.rows[at] = this.rows[at]! | bits;
  }

  clearBits(entry: number, bits: number): void {
    const at = entry * STRIDE + STATUS;
    this.rows[at] = this.rows[at]! & ~bits;
  }

  isConfirmed(entry: number): boolean {
    return (this.rows[entry * STRIDE + STATUS]! & Status.Confirmed) !== 0;
  }

  zone(entry: number, direction: Direction): number {
    const zones = this.rows[entry * STRIDE + ZONES]!;
    return direction === Direction.Original ? zones & 0xffff : zones >>> 16;
  }

  setZones(entry: number, original: number, reply: number): void {
    this.rows[entry * STRIDE + ZONES] = (original & 0xffff) | (reply << 16);
    this.forgetPlans(entry);
  }

  mark(entry: number): number {
    return this.rows[entry * STRIDE + MARK]!;
  }

  setMark(entry: number, mark: number): void {
    this.rows[entry * STRIDE + MARK] = mark;
    this.forgetPlans(entry);
  }

  /** Number of the plan for packets of one direction; 0: none. */
  plan(entry: number, direction: number): number {
    return (this.rows[entry * STRIDE + PLANS]! >>> (direction << 4)) & 0xffff;
  }

  setPlan(entry: number, direction: number, plan: number): void {
    const at = entry * STRIDE + PLANS;
    const shift = direction << 4;
    this.rows[at] = (this.rows[at]! & ~(0xffff << shift)) | (plan << shift);
  }

  /** What rules may ask of this connection has changed. */
  forgetPlans(entry: number): void {
    this.rows[entry * STRIDE + PLANS] = 0;
    this.changes++;
  }

  /** No plan number means anything any more. */
  forgetAllPlans(): void {
    const { rows } = this;
    const end = this.rowsUsed * STRIDE;
    for (let at = PLANS; at < end; at += STRIDE) rows[at] = 0;
  }

  addReference(entry: number): void {
    const at = entry * STRIDE + REFS;
    this.rows[at] = this.rows[at]! + 1;
  }

  /** One reference less; the number left. */
  dropReference(entry: number): number {
    const at = entry * STRIDE + REFS;
    const left = this.rows[at]! - 1;
    this.rows[at] = left;
    return left;
  }

  references(entry: number): number {
    return this.rows[entry * STRIDE + REFS]!;
  }

  /** Offset of the entry's protocol state in `proto.words`; the row is made on first use. TCP and SCTP only. */
  protoAt(entry: number): number {
    const at = entry * STRIDE + PROTO_ROW;
    let row = this.rows[at]!;
    if (row === 0) {
      row = this.proto.take();
      this.rows[at] = row;
    }
    return row * PROTO_STRIDE;
  }

  /** When a flow without protocol state began: the lower 32 bits of jiffies. */
  since(entry: number): number {
    return this.rows[entry * STRIDE + SINCE]!;
  }

  setSince(entry: number, jiffies: number): void {
    this.rows[entry * STRIDE + SINCE] = jiffies | 0;
  }

  /** Number of the entry's extra, or -1. */
  extra(entry: number): number {
    return this.rows[entry * STRIDE + EXTRA]! - 1;
  }

  setExtra(entry: number, extra: number): void {
    this.rows[entry * STRIDE + EXTRA] = extra + 1;
    this.forgetPlans(entry);
  }

  /** The lower 32 bits of jiffies, signed: only differences mean something. */
  deadline(entry: number): number {
    return this.rows[entry * STRIDE + DEADLINE]!;
  }

  setDeadline(entry: number, jiffies: number): void {
    this.rows[entry * STRIDE + DEADLINE] = jiffies;
  }

  /** Count one packet of `octets`. */
  account(entry: number, direction: Direction, octets: number): void {
    if (!this.counting) return;
    const at = entry * 4 + direction * 2;
    this.counters[at] = this.counters[at]! + 1;
    this.counters[at + 1] = this.counters[at + 1]! + octets;
  }

  /** Count what `from` counted in one direction for `to` as well. */
  merge(from: number, to: number, direction: Direction): void {
    if (!this.counting) return;
    for (let at = direction * 2; at < direction * 2 + 2; at++)
      this.counters[to * 4 + at] = this.counters[to * 4 + at]! + this.counters[from * 4 + at]!;
  }

  setCounters(entry: number, direction: Direction, packets: number, octets: number): void {
    if (!this.counting) return;
    this.counters[entry * 4 + direction * 2] = packets;
    this.counters[entry * 4 + direction * 2 + 1] = octets;
  }

  packets(entry: number, direction: Direction): number {
    return this.counting ? this.counters[entry * 4 + direction * 2]! : 0;
  }

  octets(entry: number, direction: Direction): number {
    return this.counting ? this.counters[entry * 4 + direction * 2 + 1]! : 0;
  }

  readTuple(entry: number, direction: Direction, tuple: Tuple): Tuple {
    const { rows } = this;
    const row = entry * STRIDE;
    const at = row + direction * TUPLE_WORDS;
    const kind = rows[row + KIND]!;
    const ports = rows[at + PORTS]!;
    tuple.protocol = kind & 0xff;
    tuple.src0 = rows[at + SRC]!;
    tuple.dst0 = rows[at + DST]!;
    tuple.srcL4 = ports >>> 16;
    tuple.dstL4 = ports & 0xffff;
    if ((kind & IPV6_KIND) === 0) {
      tuple.family = 4;
      tuple.src1 = tuple.src2 = tuple.src3 = 0;
      tuple.dst1 = tuple.dst2 = tuple.dst3 = 0;
      return tuple;
    }
    const { words } = this.words6;
    const at6 = rows[row + WORDS6_ROW]! * WORDS6_STRIDE + direction * WORDS6_DIRECTION;
    tuple.family = 6;
    tuple.src1 = words[at6]!;
    tuple.src2 = words[at6 + 1]!;
    tuple.src3 = words[at6 + 2]!;
    tuple.dst1 = words[at6 + 3]!;
    tuple.dst2 = words[at6 + 4]!;
    tuple.dst3 = words[at6 + 5]!;
    return tuple;
  }

  /** Protocol and family stay as they are. */
  writeTuple(entry: number, direction: Direction, tuple: Tuple): void {
    const { rows } = this;
    const row = entry * STRIDE;
    const at = row + direction * TUPLE_WORDS;
    rows[at + SRC] = tuple.src0;
    rows[at + DST] = tuple.dst0;
    rows[at + PORTS] = (tuple.srcL4 << 16) | (tuple.dstL4 & 0xffff);
    this.forgetPlans(entry);
    if ((rows[row + KIND]! & IPV6_KIND) === 0) return;
    const { words } = this.words6;
    const at6 = rows[row + WORDS6_ROW]! * WORDS6_STRIDE + direction * WORDS6_DIRECTION;
    words[at6] = tuple.src1;
    words[at6 + 1] = tuple.src2;
    words[at6 + 2] = tuple.src3;
    words[at6 + 3] = tuple.dst1;
    words[at6 + 4] = tuple.dst2;
    words[at6 + 5] = tuple.dst3;
  }

  /** Whether the entry has this tuple in this direction. */
  hasTuple(entry: number, direction: Direction, tuple: Tuple): boolean {
    const { rows } = this;
    const row = entry * STRIDE;
    const at = row + direction * TUPLE_WORDS;
    if (rows[at + SRC] !== tuple.src0 || rows[at + DST] !== tuple.dst0) return false;
    if (rows[at + PORTS] !== ((tuple.srcL4 << 16) | (tuple.dstL4 & 0xffff))) return false;
    const kind = rows[row + KIND]!;
    if ((kind & 0xff) !== tuple.protocol) return false;
    if ((kind & IPV6_KIND) === 0) return tuple.family === 4;
    return tuple.family === 6 && this.hasWords6(rows[row + WORDS6_ROW]! * WORDS6_STRIDE + direction * WORDS6_DIRECTION, tuple);
  }

  /** Words of the row's beginning and end, which may stand in two cache lines: to have them at hand. */
  touch(entry: number): number {
    return this.rows[entry * STRIDE + KIND]! ^ this.rows[entry * STRIDE + DEADLINE]!;
  }

  /** The same of the protocol state, if there is any. */
  touchProto(entry: number): number {
    if (!hasProtoRow(this.rows[entry * STRIDE + KIND]!)) return 0;
    const at = this.rows[entry * STRIDE + PROTO_ROW]! * PROTO_STRIDE;
    return this.proto.words[at]! ^ this.proto.words[at + PROTO_STRIDE - 1]!;
  }

  /** A word of an IPv4 tuple: 0 source, 1 destination, 2 ports (source << 16 | destination). */
  word(entry: number, direction: number, which: number): number {
    return this.rows[entry * STRIDE + direction * TUPLE_WORDS + which]!;
  }

  /** The same for an IPv4 tuple in words, in zone 0: `ports` is source << 16 | destination. */
  isFlow4(entry: number, direction: number, src: number, dst: number, ports: number, protocol: number): boolean {
    const { rows } = this;
    const row = entry * STRIDE;
    const at = row + direction * TUPLE_WORDS;
    if (rows[at + PORTS] !== ports || rows[at + SRC] !== src || rows[at + DST] !== dst) return false;
    return (rows[row + KIND]! & 0x1ff) === protocol && rows[row + ZONES] === 0;
  }

  private hasWords6(at: number, tuple: Tuple): boolean {
    const { words } = this.words6;
    return (
      words[at] === tuple.src1 &&
      words[at + 1] === tuple.src2 &&
      words[at + 2] === tuple.src3 &&
      words[at + 3] === tuple.dst1 &&
      words[at + 4] === tuple.dst2 &&
      words[at + 5] === tuple.dst3
    );
  }

  private grow(): void {
    const rows = new Int32Array(this.rows.length * 2);
    rows.set(this.rows);
    this.rows = rows;
    if (!this.counting) return;
    const counters = new Float64Array((rows.length / STRIDE) * 4);
    counters.set(this.counters);
    this.counters = counters;
  }
}
