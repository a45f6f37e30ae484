/**
 * EntryTable: the memory of connections. An entry is a number; its row is 16 words, 64 octets:
 *
 *    0 src  1 dst  2 ports     original tuple (IPv4, or the first word of IPv6)
 *    3 src  4 dst  5 ports     reply tuple
 *    6 protocol, family, protocol state, references below 2^16      7 status: kernel bits 0..15, ours, references above
 *    8 deadline: the lower 32 bits of jiffies (a span until confirmed); next free row when free
 *    9 plans: original, reply << 16         what the engine's flow path noted for either direction; 0: nothing
 *   10 row of protocol state (TCP window, SCTP tags: as long), or when it began (UDP)
 *   11 row of what few have: zones, mark, extra (helper, master, labels, sequence adjustment), words of IPv6
 *   12 packets, octets of the original direction, and of the reply direction: the lower 32 bits each, and only with accounting
 *
 * The layout is known to this file, and to the loops over packets of known connections (EntryWord). Rows grow up to the limit; a row lives until neither the table, nor a packet, nor a child
 * connection refers to it. A plan holds while what rules may ask of a connection stays as it is: writing any of that forgets both.
 * @module
 */
import { SCTP, TCP } from '../inet/protocol.ts';
import { Direction, Status } from './ctinfo.ts';
import { grown, SlotPool } from './slot-pool.ts';
import type { Tuple } from './tuple.ts';

/** Words of a row: a power of two, so that `row | word` is an offset. */
export const ENTRY_WORDS = 16;
export const TUPLE_WORDS = 3;
/** Which word is which, for who reads `rows`. */
export const EntryWord = { Kind: 6, Status: 7, Deadline: 8, Plans: 9, ProtoRow: 10, RareRow: 11 } as const;
/** Protocol and family in EntryWord.Kind: of an IPv4 connection its protocol. */
export const FLOW_KIND = 0x1ff;
/** The protocol's state there. */
export const STATE_SHIFT = 9;
export const STATE_BITS = 0x7f;

const STRIDE = ENTRY_WORDS;
const SRC = 0;
const DST = 1;
const PORTS = 2;
const KIND = EntryWord.Kind;
const STATUS = EntryWord.Status;
const DEADLINE = EntryWord.Deadline;
const NEXT_FREE = DEADLINE;
const PLANS = EntryWord.Plans;
const PROTO_ROW = EntryWord.ProtoRow;
const SINCE = PROTO_ROW;
const RARE_ROW = EntryWord.RareRow;
const COUNTERS = 12;

// KIND, from the low bits up: protocol, family, state, references
const IPV6_KIND = 1 << 8;
const REFERENCE = 1 << 16;
/** In STATUS: 2^16 references. */
const REFERENCES = 1 << 20;
const REFERENCES_SHIFT = 20;

/** A row of what few have: the numbers, and words 1..3 of IPv6's source and destination of both directions. */
const RARE_STRIDE = 16;
const ZONES = 0;
const MARK = 1;
const EXTRA = 2;
const WORDS6 = 3;
const WORDS6_DIRECTION = 6;

/** Row of TCP windows and of SCTP tags. */
export const PROTO_STRIDE = 16;

// Names of this module's own: V8 folds those into the code and loads an imported or exported constant every time.
const PROTO = PROTO_STRIDE;
const TUPLE = TUPLE_WORDS;
const STATES = STATE_BITS;
const STATE_AT = STATE_SHIFT;
const IS_TCP = TCP;
const IS_SCTP = SCTP;

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
const WORD = 2 ** 32;

/** TCP and SCTP keep more state than fits a row. */
function hasProtoRow(kind: number): boolean {
  const protocol = kind & 0xff;
  return protocol === IS_TCP || protocol === IS_SCTP;
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
  /** All rows; replaced when they grow. */
  rows: Int32Array = new Int32Array(MIN_ROWS * STRIDE);
  private readonly rare: SlotPool = new SlotPool(RARE_STRIDE);
  /** How often a counter went past 2^32, by entry * 4 + which; almost always empty. */
  private readonly carries: Map<number, number> = new Map();
  private free = -1;

  /** Count packets and octets from here on. */
  startCounting(): void {
    this.counting = true;
  }

  /** A fresh entry with one reference, under these tuples. */
  take(original: Tuple, reply: Tuple): number {
    let entry = this.free;
    if (entry >= 0) this.free = this.rows[entry * STRIDE + NEXT_FREE]!;
    else {
      entry = this.rowsUsed++;
      if (this.rowsUsed * STRIDE > this.rows.length) this.rows = grown(this.rows, STRIDE);
    }
    const at = entry * STRIDE;
    this.rows[at + NEXT_FREE] = 0;
    this.rows[at + KIND] = original.protocol | (original.family === 6 ? IPV6_KIND : 0) | REFERENCE;
    this.rows[at + STATUS] = Own.Live;
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
    if (rows[at + RARE_ROW] !== 0) this.rare.give(rows[at + RARE_ROW]!);
    rows.fill(0, at, at + STRIDE);
    if (this.carries.size > 0) for (let which = 0; which < 4; which++) this.carries.delete(entry * 4 + which);
    rows[at + NEXT_FREE] = this.free;
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
    return (this.rows[entry * STRIDE + KIND]! >>> STATE_AT) & STATES;
  }

  setState(entry: number, state: number): void {
    const at = entry * STRIDE + KIND;
    this.rows[at] = (this.rows[at]! & ~(STATES << STATE_AT)) | (state << STATE_AT);
  }

  /** Status bits of the kernel. */
  status(entry: number): number {
    return this.rows[entry * STRIDE + STATUS]! & KERNEL_BITS;
  }

  /** All status bits, ours included; what stands above them means nothing. */
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
    const row = this.rows[entry * STRIDE + RARE_ROW]!;
    if (row === 0) return 0;
    const zones = this.rare.words[row * RARE_STRIDE + ZONES]!;
    return direction === Direction.Original ? zones & 0xffff : zones >>> 16;
  }

  setZones(entry: number, original: number, reply: number): void {
    this.setRare(entry, ZONES, (original & 0xffff) | (reply << 16));
  }

  mark(entry: number): number {
    const row = this.rows[entry * STRIDE + RARE_ROW]!;
    return row === 0 ? 0 : this.rare.words[row * RARE_STRIDE + MARK]!;
  }

  setMark(entry: number, mark: number): void {
    this.setRare(entry, MARK, mark);
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
    const at = entry * STRIDE + KIND;
    const kind = (this.rows[at]! + REFERENCE) | 0;
    this.rows[at] = kind;
    if (kind >>> 16 === 0) this.rows[entry * STRIDE + STATUS]! += REFERENCES;
  }

  /** One reference less; the number left. */
  dropReference(entry: number): number {
    const at = entry * STRIDE + KIND;
    if (this.rows[at]! >>> 16 === 0) this.rows[entry * STRIDE + STATUS]! -= REFERENCES;
    this.rows[at] = (this.rows[at]! - REFERENCE) | 0;
    return this.references(entry);
  }

  references(entry: number): number {
    const at = entry * STRIDE;
    return (this.rows[at + KIND]! >>> 16) | ((this.rows[at + STATUS]! >>> REFERENCES_SHIFT) << 16);
  }

  /** Offset of the entry's protocol state in `proto.words`; the row is made on first use. TCP and SCTP only. */
  protoAt(entry: number): number {
    const at = entry * STRIDE + PROTO_ROW;
    let row = this.rows[at]!;
    if (row === 0) {
      row = this.proto.take();
      this.rows[at] = row;
    }
    return row * PROTO;
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
    const row = this.rows[entry * STRIDE + RARE_ROW]!;
    return row === 0 ? -1 : this.rare.words[row * RARE_STRIDE + EXTRA]! - 1;
  }

  setExtra(entry: number, extra: number): void {
    this.setRare(entry, EXTRA, extra + 1);
  }

  private setRare(entry: number, which: number, word: number): void {
    this.forgetPlans(entry);
    if (word === 0 && this.rows[entry * STRIDE + RARE_ROW] === 0) return;
    // the row first: making one may move the words
    const at = this.rareAt(entry);
    this.rare.words[at + which] = word;
  }

  /** Offset of what few have; the row is made on first use. */
  private rareAt(entry: number): number {
    const at = entry * STRIDE + RARE_ROW;
    let row = this.rows[at]!;
    if (row === 0) {
      row = this.rare.take();
      this.rows[at] = row;
    }
    return row * RARE_STRIDE;
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
    const which = direction * 2;
    const at = entry * STRIDE + COUNTERS + which;
    const packets = (this.rows[at]! + 1) | 0;
    this.rows[at] = packets;
    if (packets === 0) this.carry(entry, which, 1);
    const sum = (this.rows[at + 1]! + octets) | 0;
    this.rows[at + 1] = sum;
    if (sum >>> 0 < octets) this.carry(entry, which + 1, 1);
  }

  private carry(entry: number, which: number, times: number): void {
    const key = entry * 4 + which;
    this.carries.set(key, (this.carries.get(key) ?? 0) + times);
  }

  private counter(entry: number, which: number): number {
    const low = this.rows[entry * STRIDE + COUNTERS + which]! >>> 0;
    return this.carries.size === 0 ? low : low + (this.carries.get(entry * 4 + which) ?? 0) * WORD;
  }

  private setCounter(entry: number, which: number, count: number): void {
    this.rows[entry * STRIDE + COUNTERS + which] = (count % WORD) | 0;
    this.carries.delete(entry * 4 + which);
    if (count >= WORD) this.carry(entry, which, Math.floor(count / WORD));
  }

  /** Count what `from` counted in one direction for `to` as well. */
  merge(from: number, to: number, direction: Direction): void {
    if (!this.counting) return;
    for (let which = direction * 2; which < direction * 2 + 2; which++)
      this.setCounter(to, which, this.counter(to, which) + this.counter(from, which));
  }

  setCounters(entry: number, direction: Direction, packets: number, octets: number): void {
    if (!this.counting) return;
    this.setCounter(entry, direction * 2, packets);
    this.setCounter(entry, direction * 2 + 1, octets);
  }

  packets(entry: number, direction: Direction): number {
    return this.counting ? this.counter(entry, direction * 2) : 0;
  }

  octets(entry: number, direction: Direction): number {
    return this.counting ? this.counter(entry, direction * 2 + 1) : 0;
  }

  readTuple(entry: number, direction: Direction, tuple: Tuple): Tuple {
    const { rows } = this;
    const row = entry * STRIDE;
    const at = row + direction * TUPLE;
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
    const { words } = this.rare;
    const at6 = rows[row + RARE_ROW]! * RARE_STRIDE + WORDS6 + direction * WORDS6_DIRECTION;
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
    const at = row + direction * TUPLE;
    rows[at + SRC] = tuple.src0;
    rows[at + DST] = tuple.dst0;
    rows[at + PORTS] = (tuple.srcL4 << 16) | (tuple.dstL4 & 0xffff);
    this.forgetPlans(entry);
    if ((rows[row + KIND]! & IPV6_KIND) === 0) return;
    const at6 = this.rareAt(entry) + WORDS6 + direction * WORDS6_DIRECTION;
    const { words } = this.rare;
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
    const at = row + direction * TUPLE;
    if (rows[at + SRC] !== tuple.src0 || rows[at + DST] !== tuple.dst0) return false;
    if (rows[at + PORTS] !== ((tuple.srcL4 << 16) | (tuple.dstL4 & 0xffff))) return false;
    const kind = rows[row + KIND]!;
    if ((kind & 0xff) !== tuple.protocol) return false;
    if ((kind & IPV6_KIND) === 0) return tuple.family === 4;
    return tuple.family === 6 && this.hasWords6(rows[row + RARE_ROW]! * RARE_STRIDE + WORDS6 + direction * WORDS6_DIRECTION, tuple);
  }

  /** Where the protocol state of the entry at a row of `rows` stands in `proto.words`; 0: it has none, or none yet. */
  protoOffset(row: number): number {
    return hasProtoRow(this.rows[row | KIND]!) ? this.rows[row | PROTO_ROW]! * PROTO : 0;
  }

  /** A word of an IPv4 tuple: 0 source, 1 destination, 2 ports (source << 16 | destination). */
  word(entry: number, direction: number, which: number): number {
    return this.rows[entry * STRIDE + direction * TUPLE + which]!;
  }

  /** Whether the entry at a row of `rows` is of zone 0 in both directions. */
  isZoneless(row: number): boolean {
    const rare = this.rows[row | RARE_ROW]!;
    return rare === 0 || this.rare.words[rare * RARE_STRIDE + ZONES] === 0;
  }

  private hasWords6(at: number, tuple: Tuple): boolean {
    const { words } = this.rare;
    return (
      words[at] === tuple.src1 &&
      words[at + 1] === tuple.src2 &&
      words[at + 2] === tuple.src3 &&
      words[at + 3] === tuple.dst1 &&
      words[at + 4] === tuple.dst2 &&
      words[at + 5] === tuple.dst3
    );
  }
}
