/**
 * TupleIndex: from a tuple and its zone to the entry that owns it. Open addressing with linear probes; a slot is one word:
 *
 *   31      24 23                    0
 *   [ tag     | entry * 2 + direction + 1 ]      0: empty
 *
 * The hash multiplies each word with a secret odd number of its own and mixes before the next, so that nobody who does not know
 * the numbers can aim at one slot; an insertion that would probe too far draws new numbers and lays the table out anew.
 * At most half of the slots are in use. Deletion shifts back, so there are no tombstones.
 * @module
 */
import type { Random } from '../inet/random.ts';
import type { Direction } from './ctinfo.ts';
import { FRAME_CAPACITY, FRAME_WORDS, type FrameBatch, FrameKind, FrameWord } from '../packet/frame-batch.ts';
import { ENTRY_WORDS, type EntryTable, EntryWord, FLOW_KIND, Own, TUPLE_WORDS } from './entry-table.ts';
import { Tuple } from './tuple.ts';

const NODE_MASK = 0xffffff;
const MIN_SLOTS = 1024;
/** Slots an insertion may look at before the hash is suspected. */
const MAX_PROBES = 128;
/** Fresh keys tried in a row before the table doubles instead. */
const MAX_REKEYS = 3;
const KEYS = 10;

// Names of this module's own: V8 folds those into the code and loads an imported constant every time.
const FRAME = FRAME_WORDS;
const KIND = FrameWord.Kind;
const SOURCE = FrameWord.Source;
const TARGET = FrameWord.Target;
const PORTS = FrameWord.Ports;
const HASH = FrameWord.Hash;
const OPENING = FrameKind.Opening;
const ROW_SHIFT = Math.log2(ENTRY_WORDS);
const ROW_KIND = EntryWord.Kind;
const TUPLE = TUPLE_WORDS;
const FLOW = FLOW_KIND;
/** Slots in which touch() looks for an entry. */
const NEARBY = 8;

/** Entries whose nodes fit in a slot. */
export const MAX_ENTRIES: number = (NODE_MASK >>> 1) - 1;

export class TupleIndex {
  private slots: Int32Array = new Int32Array(MIN_SLOTS);
  private mask = MIN_SLOTS - 1;
  private used = 0;
  /** Odd secrets. Those of every packet are fields: V8 reads them faster. */
  private key0 = 1;
  private key1 = 1;
  private key2 = 1;
  private key3 = 1;
  private key4 = 1;
  private readonly keys: Int32Array = new Int32Array(KEYS);
  /** Moves when all hashes become others. */
  version = 0;
  private readonly table: EntryTable;
  private readonly random: Random;
  private readonly scratch: Tuple = new Tuple();
  /** From a node to the next younger and the next older one of the same tuple and zone; almost always empty. */
  private readonly newer: Map<number, number> = new Map();
  private readonly older: Map<number, number> = new Map();
  private repeats = false;
  /** Scratch of touch(). */
  private readonly touched: Int32Array = new Int32Array(FRAME_CAPACITY);

  constructor(table: EntryTable, random: Random) {
    this.table = table;
    this.random = random;
    this.rekey();
  }

  /** Nodes in the index. */
  get size(): number {
    return this.used;
  }

  /** Whether some tuple may be there twice, or an entry in two zones: find() knows which counts. Once so, it stays so. */
  get hasTwins(): boolean {
    return this.repeats;
  }

  /** Where a tuple's search begins, as a 32-bit number. */
  hash(tuple: Tuple, zone: number): number {
    const ports = (tuple.srcL4 << 16) | tuple.dstL4;
    if (tuple.family !== 6) return this.hash4(tuple.src0, tuple.dst0, ports, tuple.protocol | (zone << 8));
    let h = Math.imul(this.key0 ^ tuple.src0, this.key1);
    h = Math.imul(h ^ (h >>> 15) ^ tuple.dst0, this.key2);
    h = this.mix6(Math.imul(h ^ (h >>> 14) ^ ports, this.key3), tuple);
    h = Math.imul(h ^ (h >>> 15) ^ (tuple.protocol | (zone << 8)), this.key4);
    return h ^ (h >>> 16);
  }

  private mix6(hash: number, tuple: Tuple): number {
    const { keys } = this;
    let h = Math.imul(hash ^ (hash >>> 15) ^ tuple.src1, keys[5]!);
    h = Math.imul(h ^ (h >>> 14) ^ tuple.src2, keys[6]!);
    h = Math.imul(h ^ (h >>> 15) ^ tuple.src3, keys[7]!);
    h = Math.imul(h ^ (h >>> 14) ^ tuple.dst1, keys[8]!);
    h = Math.imul(h ^ (h >>> 15) ^ tuple.dst2, keys[9]!);
    return Math.imul(h ^ (h >>> 14) ^ tuple.dst3, this.key1);
  }

  /**
   * The node (entry * 2 + direction) that has this tuple in `zone`, or -1. Bit d of `directions` allows nodes of direction d.
   * Expired entries are found like others: their end is the caller's business.
   */
  find(tuple: Tuple, zone: number, directions: number): number {
    const hash = this.hash(tuple, zone);
    const { slots, mask, table } = this;
    const tag = hash & ~NODE_MASK;
    for (let at = hash & mask; slots[at] !== 0; at = (at + 1) & mask) {
      const slot = slots[at]!;
      if ((slot & ~NODE_MASK) !== tag) continue;
      const node = (slot & NODE_MASK) - 1;
      const direction = (node & 1) as Direction;
      if ((directions & (1 << direction)) === 0) continue;
      const entry = node >>> 1;
      if (table.zone(entry, direction) !== zone || !table.hasTuple(entry, direction, tuple)) continue;
      return this.newer.size === 0 ? node : this.newest(node, directions);
    }
    return -1;
  }

  /**
   * The same for an IPv4 packet by its words, hash included (packet/frame-batch.ts), in zone 0 and either direction. -1 also while some
   * tuple is there more than once: find() knows which counts.
   */
  find4(frame: Int32Array, of: number): number {
    const { slots, mask, table } = this;
    const { rows } = table;
    const hash = frame[of | HASH]!;
    const src = frame[of | SOURCE]!;
    const dst = frame[of | TARGET]!;
    const ports = frame[of | PORTS]!;
    const protocol = frame[of | KIND]! & 0xff;
    for (let at = hash & mask; ; at = (at + 1) & mask) {
      const slot = slots[at]!;
      if (slot === 0) return -1;
      if (((slot ^ hash) & ~NODE_MASK) !== 0) continue;
      const node = (slot & NODE_MASK) - 1;
      const row = (node >> 1) << ROW_SHIFT;
      const tuple = (row + (node & 1) * TUPLE) | 0;
      if (rows[tuple]! !== src || rows[tuple + 1] !== dst || rows[tuple + 2] !== ports) continue;
      if ((rows[row | ROW_KIND]! & FLOW) === protocol && table.isZoneless(row)) return this.newer.size === 0 ? node : -1;
    }
  }

  /** Put their hashes on the frames of a batch. */
  hashFrames({ words, count }: FrameBatch, from: number): void {
    for (let i = from; i < count; i++) {
      const at = i * FRAME;
      words[at | HASH] = this.hash4(words[at | SOURCE]!, words[at | TARGET]!, words[at | PORTS]!, words[at | KIND]! & 0xff);
    }
  }

  /**
   * Load what the searches for the connections of many frames will load: a processor waits for one of these after the other, but for
   * many at once when they do not hang on each other, and when no branch stands between them that it may guess wrong. So each step is a
   * loop of its own (measured at 100,000 connections: 85 ns a frame, and 145 with the branches inside). Frames that are not told do no harm. Answers a number
   * that stands for what was read.
   */
  touch({ words, count }: FrameBatch): number {
    const { slots, mask, touched, table } = this;
    let sum = 0;
    for (let i = 0; i < count; i++) sum ^= slots[words[(i * FRAME) | HASH]! & mask]!;
    for (let i = 0; i < count; i++) touched[i] = this.likelyRow(words[(i * FRAME) | HASH]!);
    const { rows } = table;
    for (let i = 0; i < count; i++) sum ^= rows[touched[i]! | ROW_KIND]!;
    for (let i = 0; i < count; i++) touched[i] = table.protoOffset(touched[i]!);
    const proto = table.proto.words;
    for (let i = 0; i < count; i++) sum ^= proto[touched[i]!]!;
    for (let i = 0; i < count; i++) if (words[(i * FRAME) | KIND] === OPENING) sum ^= this.touchAnswer(words, i * FRAME);
    return sum;
  }

  /** Where the row of the entry with a hash stands, as far as tags tell; 0 when nothing is found nearby. */
  private likelyRow(hash: number): number {
    const { slots, mask } = this;
    for (let step = 0; step < NEARBY; step++) {
      const slot = slots[(hash + step) & mask]!;
      if (slot === 0) return 0;
      if (((slot ^ hash) & ~NODE_MASK) === 0) return (((slot & NODE_MASK) - 1) >> 1) << ROW_SHIFT;
    }
    return 0;
  }

  /** Where the answer of a frame's connection will be looked for before the connection is made. */
  private touchAnswer(words: Int32Array, at: number): number {
    const ports = words[at | PORTS]!;
    const turned = (ports << 16) | (ports >>> 16);
    return this.slots[this.hash4(words[at | TARGET]!, words[at | SOURCE]!, turned, words[at | KIND]! & 0xff) & this.mask]!;
  }

  /** hash() of an IPv4 tuple in zone 0. */
  hash4(src: number, dst: number, ports: number, protocol: number): number {
    let h = Math.imul(this.key0 ^ src, this.key1);
    h = Math.imul(h ^ (h >>> 15) ^ dst, this.key2);
    h = Math.imul(h ^ (h >>> 14) ^ ports, this.key3);
    h = Math.imul(h ^ (h >>> 15) ^ protocol, this.key4);
    return h ^ (h >>> 16);
  }

  /** Put an entry in under its tuple of one direction. */
  insert(entry: number, direction: Direction): void {
    this.enter(entry * 2 + direction, this.mayRepeat(entry));
    this.table.setBits(entry, direction === 0 ? Own.IndexedOriginal : Own.IndexedReply);
  }

  /** Put an entry in under both its tuples. */
  insertBoth(entry: number): void {
    const mayRepeat = this.mayRepeat(entry);
    this.enter(entry * 2, mayRepeat);
    this.table.setBits(entry, Own.IndexedOriginal); // what is laid out anew from here on is laid out with it
    this.enter(entry * 2 + 1, mayRepeat);
    this.table.setBits(entry, Own.IndexedReply);
  }

  private enter(node: number, mayRepeat: boolean): void {
    if ((this.used + 1) * 2 > this.slots.length) this.layOut(this.slots.length * 2);
    if (mayRepeat) this.noteOlder(node);
    this.used++;
    for (let tries = 0; !this.place(node); tries++) {
      if (tries > MAX_REKEYS) return this.placeAnywhere(node);
      if (tries < MAX_REKEYS) this.rekey();
      this.layOut(tries < MAX_REKEYS ? this.slots.length : this.slots.length * 2);
    }
  }

  remove(entry: number, direction: Direction): void {
    this.table.clearBits(entry, direction === 0 ? Own.IndexedOriginal : Own.IndexedReply);
    const node = entry * 2 + direction;
    const { slots, mask } = this;
    let at = this.hashOf(node) & mask;
    while ((slots[at]! & NODE_MASK) !== node + 1) {
      if (slots[at] === 0) return;
      at = (at + 1) & mask;
    }
    this.used--;
    this.shiftBack(at);
    if (this.newer.size > 0) this.forgetOrder(node);
  }

  /** Whether an entry's tuples may be there already: beside a zone of one direction only, or of a flow from a port to itself. */
  private mayRepeat(entry: number): boolean {
    const { table, scratch } = this;
    this.repeats ||= table.zone(entry, 0) !== table.zone(entry, 1) || isOwnReply(table.readTuple(entry, 0, scratch));
    return this.repeats;
  }

  /** Of nodes with one tuple in one zone the youngest is found. */
  private noteOlder(node: number): void {
    const direction = (node & 1) as Direction;
    const { table, scratch } = this;
    const older = this.find(table.readTuple(node >>> 1, direction, scratch), table.zone(node >>> 1, direction), 3);
    if (older < 0) return;
    this.newer.set(older, node);
    this.older.set(node, older);
  }

  private newest(node: number, directions: number): number {
    let found = node;
    for (let next = this.newer.get(node); next !== undefined; next = this.newer.get(next)) {
      if ((directions & (1 << (next & 1))) !== 0) found = next;
    }
    return found;
  }

  private forgetOrder(node: number): void {
    const younger = this.newer.get(node);
    const elder = this.older.get(node);
    this.newer.delete(node);
    this.older.delete(node);
    if (younger !== undefined && elder !== undefined) {
      this.newer.set(elder, younger);
      this.older.set(younger, elder);
    } else if (younger !== undefined) this.older.delete(younger);
    else if (elder !== undefined) this.newer.delete(elder);
  }

  /** The entry in the slot `step` behind where a hash begins, or -1; for early drop. */
  entryAt(hash: number, step: number): number {
    const slot = this.slots[(hash + step) & this.mask]!;
    return slot === 0 ? -1 : ((slot & NODE_MASK) - 1) >>> 1;
  }

  /** Close the gap at `hole`: whoever probed over it moves up. */
  private shiftBack(hole: number): void {
    const { slots, mask } = this;
    let gap = hole;
    for (let at = (gap + 1) & mask; slots[at] !== 0; at = (at + 1) & mask) {
      const home = this.hashOf((slots[at]! & NODE_MASK) - 1) & mask;
      if (((at - home) & mask) < ((at - gap) & mask)) continue;
      slots[gap] = slots[at]!;
      gap = at;
    }
    slots[gap] = 0;
  }

  private hashOf(node: number): number {
    const direction = (node & 1) as Direction;
    const entry = node >>> 1;
    return this.hash(this.table.readTuple(entry, direction, this.scratch), this.table.zone(entry, direction));
  }

  /** False when it would probe too far. */
  private place(node: number): boolean {
    const hash = this.hashOf(node);
    const { slots, mask } = this;
    let at = hash & mask;
    for (let probes = 0; slots[at] !== 0; probes++) {
      if (probes >= MAX_PROBES) return false;
      at = (at + 1) & mask;
    }
    slots[at] = (hash & ~NODE_MASK) | (node + 1);
    return true;
  }

  /** All nodes anew, entry by entry: rows that are read in their order cost a tenth of what they cost in the order of their hashes. */
  private layOut(size: number): void {
    this.slots = new Int32Array(size);
    this.mask = size - 1;
    const { table } = this;
    for (let entry = 0; entry < table.rowsUsed; entry++) {
      const bits = table.bits(entry);
      if ((bits & Own.IndexedOriginal) !== 0) this.placeAnywhere(entry * 2);
      if ((bits & Own.IndexedReply) !== 0) this.placeAnywhere(entry * 2 + 1);
    }
  }

  private placeAnywhere(node: number): void {
    const hash = this.hashOf(node);
    const { slots, mask } = this;
    let at = hash & mask;
    while (slots[at] !== 0) at = (at + 1) & mask;
    slots[at] = (hash & ~NODE_MASK) | (node + 1);
  }

  private rekey(): void {
    this.version++;
    for (let i = 0; i < KEYS; i++) this.keys[i] = this.random.u32() | 1;
    this.key0 = this.keys[0]!;
    this.key1 = this.keys[1]!;
    this.key2 = this.keys[2]!;
    this.key3 = this.keys[3]!;
    this.key4 = this.keys[4]!;
  }
}

/** Whether a tuple is its own inverse. */
function isOwnReply({ src0, src1, src2, src3, dst0, dst1, dst2, dst3, srcL4, dstL4 }: Tuple): boolean {
  return src3 === dst3 && src0 === dst0 && srcL4 === dstL4 && src1 === dst1 && src2 === dst2;
}
