/**
 * ConnectionCount: connections by key, counted as the kernel's nf_conncount counts them, which is lazily and sees ghosts.
 *
 *   key -> connections in the order they came; those that are gone (no longer tracked; TCP in TIME_WAIT or CLOSE) stay on the
 *   list until somebody cleans it:
 *
 *   assured connection    never put on a list that is there; the whole list is cleaned, its own closed connection included, so
 *                         that nothing may be left: then the count is 0, and the packet is dropped at once
 *   confirmed connection  cleans the list up to its own place; put at the end if it is not there
 *   any other             the same, but none of it if the list was cleaned in the same tick and fewer than 64 have come since:
 *                         then it is put at the end, even if it is there
 *
 * So a connection that a rule refused, and that conntrack therefore never kept, goes on counting for a while. A cleaning drops
 * some 65 at most. What the kernel cleans on the way to a new key depends on a random seed and is not done; lists nobody
 * asks for are swept when memory would double.
 * Observed on 6.18.44, packet by packet (other kernels differ). Kernel counterpart: net/netfilter/nf_conncount.c.
 * @module
 */
import type { Conntrack } from '../../conntrack/conntrack.ts';
import { Tuple } from '../../conntrack/tuple.ts';
import * as ipproto from '../../inet/protocol.ts';
import { jiffiesOf } from './jiffies.ts';
import { KeyTable } from './key-table.ts';

/** Gone connections a cleaning may meet before it ends, and newcomers that make a further one due (CONNCOUNT_GC_MAX_NODES). */
const GC_NODES = 64;
const TCP_TIME_WAIT = 7;
const TCP_CLOSE = 8;

/** Words of a connection: its tuple, its zone, the next in its list. */
const WORDS = 14;
const ZONE = 12;
const NEXT = 13;
const FIRST_CAPACITY = 16;

/** Numbers of a list. */
const HEAD = 0;
const TAIL = 1;
const COUNT = 2;
const CLEANED = 3;
const COUNT_THEN = 4;
const STRIDE = 5;
const NONE = -1;
/** Lists there can be: more than a sweep ever leaves. */
const MAX_KEYS = 1 << 22;
/** Connections remembered before the first sweep. */
const FIRST_SWEEP = 4096;

/** How far a connection has come. */
export const Standing = { New: 0, Confirmed: 1, Assured: 2 } as const;
export type Standing = (typeof Standing)[keyof typeof Standing];

export class ConnectionCount {
  /** Address words and zone, filled by the caller. */
  readonly key: Int32Array;

  private readonly conntrack: Conntrack;
  private readonly table: KeyTable = new KeyTable({ keyWords: 5, stride: STRIDE, limit: MAX_KEYS });
  private readonly scratch: Tuple = new Tuple();
  private rows: Int32Array = new Int32Array(FIRST_CAPACITY * WORDS);
  private used = 0;
  private free: number = NONE;
  private total = 0;
  private sweepAt: number = FIRST_SWEEP;
  private now = 0;
  private tuple: Tuple = this.scratch;
  private zone = 0;

  constructor(conntrack: Conntrack) {
    this.conntrack = conntrack;
    this.key = this.table.key;
  }

  /** Keys there are lists for. */
  get lists(): number {
    return this.table.count;
  }

  /** Say which connection is meant, and when. */
  at(nowUs: number, tuple: Tuple, zone: number): void {
    this.now = jiffiesOf(nowUs);
    this.tuple = tuple;
    this.zone = zone;
  }

  /** Connections under the key, the one meant included; 0 when it cannot be counted. Allocates: when the arrays are full. */
  count(standing: Standing): number {
    if (this.total >= this.sweepAt) this.sweep();
    const { table } = this;
    let list = table.find();
    if (list < 0) {
      list = table.insert();
      this.begin(list * STRIDE);
      this.append(list * STRIDE);
      return 1;
    }
    const at = list * STRIDE;
    if (standing === Standing.Assured) this.clean(at);
    else this.add(at, standing);
    return table.values[at + COUNT]!;
  }

  /** Put the connection meant on a list, unless it is met there. */
  private add(at: number, standing: Standing): void {
    const { values } = this.table;
    const fresh = values[at + CLEANED] === this.now && values[at + COUNT]! - values[at + COUNT_THEN]! < GC_NODES;
    if (standing === Standing.Confirmed || !fresh) {
      if (this.walk(at)) return;
      values[at + CLEANED] = this.now;
      values[at + COUNT_THEN] = values[at + COUNT]!;
    }
    this.append(at);
  }

  private begin(at: number): void {
    const { values } = this.table;
    values[at + HEAD] = NONE;
    values[at + TAIL] = NONE;
    values[at + CLEANED] = this.now;
  }

  /** Drop what is gone until the connection meant is met: true then. */
  private walk(at: number): boolean {
    let prior = NONE;
    let row = this.table.values[at + HEAD]!;
    for (let dropped = 0; row !== NONE && dropped <= GC_NODES; ) {
      const next = this.rows[row * WORDS + NEXT]!;
      const entry = this.entryOf(row);
      if (entry >= 0 && this.isMeant(row)) return true;
      if (this.isGone(entry)) {
        this.drop(at, prior, row);
        dropped++;
      } else {
        prior = row;
      }
      row = next;
    }
    return false;
  }

  /** Drop what is gone from a whole list, unless that was done in this tick. */
  private clean(at: number): void {
    const { values } = this.table;
    if (values[at + CLEANED] === this.now) return;
    let prior = NONE;
    let dropped = 0;
    for (let row = values[at + HEAD]!; row !== NONE; ) {
      const next = this.rows[row * WORDS + NEXT]!;
      if (this.isGone(this.entryOf(row))) {
        this.drop(at, prior, row);
        dropped++;
      } else if (dropped > GC_NODES) {
        break;
      } else {
        prior = row;
      }
      row = next;
    }
    values[at + CLEANED] = this.now;
    values[at + COUNT_THEN] = values[at + COUNT]!;
  }

  private entryOf(row: number): number {
    const { rows, scratch } = this;
    const at = row * WORDS;
    scratch.family = rows[at]!;
    scratch.protocol = rows[at + 1]!;
    scratch.src0 = rows[at + 2]!;
    scratch.src1 = rows[at + 3]!;
    scratch.src2 = rows[at + 4]!;
    scratch.src3 = rows[at + 5]!;
    scratch.dst0 = rows[at + 6]!;
    scratch.dst1 = rows[at + 7]!;
    scratch.dst2 = rows[at + 8]!;
    scratch.dst3 = rows[at + 9]!;
    scratch.srcL4 = rows[at + 10]!;
    scratch.dstL4 = rows[at + 11]!;
    return this.conntrack.find(scratch, rows[at + ZONE]!);
  }

  /** Whether the row last read by entryOf is the connection meant. */
  private isMeant(row: number): boolean {
    return this.rows[row * WORDS + ZONE] === this.zone && this.scratch.equals(this.tuple);
  }

  private isGone(entry: number): boolean {
    if (entry < 0) return true;
    if (this.conntrack.protocol(entry) !== ipproto.TCP) return false;
    const state = this.conntrack.tcpState(entry);
    return state === TCP_TIME_WAIT || state === TCP_CLOSE;
  }

  private append(at: number): void {
    const row = this.takeRow();
    this.store(row);
    const { values } = this.table;
    const tail = values[at + TAIL]!;
    if (tail === NONE) values[at + HEAD] = row;
    else this.rows[tail * WORDS + NEXT] = row;
    values[at + TAIL] = row;
    values[at + COUNT]! += 1;
    this.total++;
  }

  private store(row: number): void {
    const { rows, tuple } = this;
    const at = row * WORDS;
    rows[at] = tuple.family;
    rows[at + 1] = tuple.protocol;
    rows[at + 2] = tuple.src0;
    rows[at + 3] = tuple.src1;
    rows[at + 4] = tuple.src2;
    rows[at + 5] = tuple.src3;
    rows[at + 6] = tuple.dst0;
    rows[at + 7] = tuple.dst1;
    rows[at + 8] = tuple.dst2;
    rows[at + 9] = tuple.dst3;
    rows[at + 10] = tuple.srcL4;
    rows[at + 11] = tuple.dstL4;
    rows[at + ZONE] = this.zone;
    rows[at + NEXT] = NONE;
  }

  private drop(at: number, prior: number, row: number): void {
    const { values } = this.table;
    const next = this.rows[row * WORDS + NEXT]!;
    if (prior === NONE) values[at + HEAD] = next;
    else this.rows[prior * WORDS + NEXT] = next;
    if (values[at + TAIL] === row) values[at + TAIL] = prior;
    values[at + COUNT]! -= 1;
    this.rows[row * WORDS + NEXT] = this.free;
    this.free = row;
    this.total--;
  }

  private takeRow(): number {
    const row = this.free;
    if (row !== NONE) {
      this.free = this.rows[row * WORDS + NEXT]!;
      return row;
    }
    if ((this.used + 1) * WORDS > this.rows.length) {
      const rows = new Int32Array(this.rows.length * 2);
      rows.set(this.rows);
      this.rows = rows;
    }
    return this.used++;
  }

  /** Drop everything gone from all lists, and lists that are empty then. Connections tracked are bounded, so memory is. */
  private sweep(): void {
    const { table } = this;
    for (let turns = table.count; turns > 0; turns--) {
      const list = table.oldest;
      const at = list * STRIDE;
      let prior = NONE;
      for (let row = table.values[at + HEAD]!; row !== NONE; ) {
        const next = this.rows[row * WORDS + NEXT]!;
        if (this.isGone(this.entryOf(row))) this.drop(at, prior, row);
        else prior = row;
        row = next;
      }
      if (table.values[at + COUNT] === 0) table.remove(list);
      else table.touch(list);
    }
    this.sweepAt = Math.max(FIRST_SWEEP, 2 * this.total);
  }
}
