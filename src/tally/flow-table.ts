/**
 * FlowTable: the flows of a capture by their captured addresses, in columns: what passed and what was dropped of each, by which rule,
 * and what it was translated to. A flow is both directions of a tuple (of an ICMP message without ports: of an address pair); its
 * source is whoever sent first. Independent of connection tracking, so that what is dropped or not tracked has a row too.
 *
 * Of fixed size at most: when the table is full the flows that were idle longest are handed to `onEvict` (or counted as omitted),
 * and one that goes on begins another row. Nothing is allocated per packet.
 * @module
 */
import type { Conntrack } from '../conntrack/conntrack.ts';
import { Direction, Status } from '../conntrack/ctinfo.ts';
import { Tuple } from '../conntrack/tuple.ts';
import { hasPorts } from '../conntrack/tuple-of.ts';
import type { Outcome } from '../engine/outcome.ts';
import { formatIpv4 } from '../inet/ipv4.ts';
import { formatIpv6 } from '../inet/ipv6.ts';
import { FLOW_V6, FLOW_WORDS, FlowWord, writeFlow } from '../packet/flow-words.ts';
import type { ReadonlyPacket } from '../packet/packet.ts';

const DEFAULT_MAX = 1 << 20;
const MIN_ROWS = 1024;
const KEY = FLOW_WORDS;
const PORTS = FlowWord.Ports;
const KIND = FlowWord.Kind;
const V6 = FLOW_V6;
/** Translated source and destination (four words each), their ports, which of them. */
const NAT = 10;
/** Packets and octets of either direction, dropped ones, the first packet and the first drop. */
const SUMS = 8;

/** Slots looked at for one flow: a capture made of flows of one hash cannot cost more. */
const MAX_STEPS = 256;
const CROWDED = -2;

/** One flow in words; of address -1 port: none. */
export interface FlowRow {
  readonly family: 4 | 6;
  readonly protocol: number;
  readonly source: string;
  readonly sourcePort: number;
  readonly destination: string;
  readonly destinationPort: number;
  readonly firstUs: number;
  readonly lastUs: number;
  /** Number of its first packet. */
  readonly firstPacket: number;
  /** From the source, and back. */
  readonly packets: number;
  readonly octets: number;
  readonly replyPackets: number;
  readonly replyOctets: number;
  readonly dropped: number;
  readonly droppedOctets: number;
  /** Number of the first packet of it that was dropped, -1 for none; and what dropped it: rule number or -1, reason, stage. */
  readonly firstDrop: number;
  readonly dropRule: number;
  readonly dropReason: number;
  readonly dropStage: number;
  /** What the source and the destination became; '' if they stayed. */
  readonly natSource: string;
  readonly natSourcePort: number;
  readonly natDestination: string;
  readonly natDestinationPort: number;
}

export interface FlowTableOptions {
  readonly conntrack: Conntrack;
  /** Rows at most; default 2^20. */
  readonly max?: number;
  /** Takes rows that make room for others; absent: they are kept, and later flows are only counted. */
  readonly onEvict?: (row: FlowRow) => void;
}

export class FlowTable {
  count = 0;
  /** Flows (or parts of them) that have no row any more, or never had one: their packets. */
  omittedPackets = 0;
  private readonly conntrack: Conntrack;
  private readonly max: number;
  private readonly onEvict: ((row: FlowRow) => void) | null;
  private index: Int32Array = new Int32Array(2 * MIN_ROWS);
  private keys: Int32Array = new Int32Array(MIN_ROWS * KEY);
  private nat: Int32Array = new Int32Array(MIN_ROWS * NAT);
  private natBits: Uint8Array = new Uint8Array(MIN_ROWS);
  private times: Float64Array = new Float64Array(MIN_ROWS * 2);
  /** Packets and octets of either direction, dropped packets and octets, first packet, first drop. */
  private sums: Float64Array = new Float64Array(MIN_ROWS * SUMS);
  private drops: Int32Array = new Int32Array(MIN_ROWS * 3);
  private readonly key: Int32Array = new Int32Array(KEY);
  private readonly own: Int32Array = new Int32Array(KEY);
  private readonly tuple: Tuple = new Tuple();
  private backward = false;

  constructor({ conntrack, max = DEFAULT_MAX, onEvict }: FlowTableOptions) {
    this.conntrack = conntrack;
    this.max = max;
    this.onEvict = onEvict ?? null;
  }

  /** Read who talks to whom, before the machine may rewrite it. */
  look(packet: ReadonlyPacket): void {
    writeFlow(this.key, packet);
  }

  /** Count the packet looked at; `undecided`: whether it was dropped is not known. */
  take(packet: ReadonlyPacket, outcome: Outcome, undecided = false): void {
    if (packet.family === 0) return;
    let row = this.find();
    if (row < 0 && outcome.ctDirection === Direction.Reply && outcome.ct >= 0) row = this.findAnswered(outcome.ct, row);
    if (row < 0) {
      if (row === CROWDED || (this.count >= this.max && !this.makeRoom())) {
        this.omittedPackets++;
        return;
      }
      row = this.add(packet);
    }
    const { sums, times, natBits } = this;
    const octets = packet.wireLength;
    const at = row * SUMS + (this.backward ? 2 : 0);
    sums[at]! += 1;
    sums[at + 1]! += octets;
    times[2 * row + 1] = packet.nowUs;
    if (undecided) return;
    if (outcome.verdict === 'dropped') this.drop(row, packet, outcome, octets);
    else if (natBits[row] === 0 && !this.backward && outcome.ct >= 0) this.noteNat(row, outcome.ct);
  }

  /** One flow in words. */
  row(row: number): FlowRow {
    const { keys, sums, times, nat, natBits, drops } = this;
    const at = row * KEY;
    const kind = keys[at + KIND]!;
    const family = (kind & V6) === 0 ? 4 : 6;
    const ports = keys[at + PORTS]!;
    const sum = row * SUMS;
    const bits = natBits[row]!;
    return {
      family,
      protocol: kind & 0xff,
      source: address(keys, at, family),
      sourcePort: ports === 0 ? -1 : ports >>> 16,
      destination: address(keys, at + 4, family),
      destinationPort: ports === 0 ? -1 : ports & 0xffff,
      firstUs: times[2 * row]!,
      lastUs: times[2 * row + 1]!,
      firstPacket: sums[sum + 6]!,
      packets: sums[sum]!,
      octets: sums[sum + 1]!,
      replyPackets: sums[sum + 2]!,
      replyOctets: sums[sum + 3]!,
      dropped: sums[sum + 4]!,
      droppedOctets: sums[sum + 5]!,
      firstDrop: sums[sum + 7]!,
      dropRule: drops[row * 3]!,
      dropReason: drops[row * 3 + 1]!,
      dropStage: drops[row * 3 + 2]!,
      natSource: (bits & Status.SrcNat) === 0 ? '' : address(nat, row * NAT, family),
      natSourcePort: (bits & Status.SrcNat) === 0 || ports === 0 ? -1 : nat[row * NAT + 8]!,
      natDestination: (bits & Status.DstNat) === 0 ? '' : address(nat, row * NAT + 4, family),
      natDestinationPort: (bits & Status.DstNat) === 0 || ports === 0 ? -1 : nat[row * NAT + 9]!,
    };
  }

  /** All rows, in order of their first packet. */
  *rows(): Generator<FlowRow> {
    for (let row = 0; row < this.count; row++) yield this.row(row);
  }

  private drop(row: number, packet: ReadonlyPacket, outcome: Outcome, octets: number): void {
    const { sums, drops } = this;
    const at = row * SUMS;
    if (sums[at + 4] === 0) {
      sums[at + 7] = packet.index;
      drops[row * 3] = outcome.rule;
      drops[row * 3 + 1] = outcome.dropReason;
      drops[row * 3 + 2] = outcome.dropStage;
    }
    sums[at + 4]! += 1;
    sums[at + 5]! += octets;
  }

  private noteNat(row: number, entry: number): void {
    const bits = this.conntrack.status(entry) & (Status.SrcNat | Status.DstNat);
    if (bits === 0) return;
    const { nat, tuple } = this;
    this.conntrack.readTuple(entry, Direction.Reply, tuple);
    this.natBits[row] = bits;
    const at = row * NAT;
    nat[at] = tuple.dst0;
    nat[at + 1] = tuple.dst1;
    nat[at + 2] = tuple.dst2;
    nat[at + 3] = tuple.dst3;
    nat[at + 4] = tuple.src0;
    nat[at + 5] = tuple.src1;
    nat[at + 6] = tuple.src2;
    nat[at + 7] = tuple.src3;
    nat[at + 8] = tuple.dstL4;
    nat[at + 9] = tuple.srcL4;
  }

  /** Row of the flow looked at; -1: it has none, CROWDED: nor can it get one; says in `backward` whether it runs against its first packet. */
  private find(): number {
    const { index, keys, key } = this;
    const mask = index.length - 1;
    const mirrored = (key[PORTS]! << 16) | (key[PORTS]! >>> 16);
    let slot = hash(key, 0) & mask;
    for (let steps = 0; index[slot] !== 0; steps++, slot = (slot + 1) & mask) {
      if (steps > MAX_STEPS) return CROWDED;
      const row = index[slot]! - 1;
      const at = row * KEY;
      if (keys[at + KIND] !== key[KIND]) continue;
      if (keys[at + PORTS] === key[PORTS] && isSame(keys, at, key, 0)) {
        this.backward = false;
        return row;
      }
      if (keys[at + PORTS] === mirrored && isSame(keys, at, key, 4)) {
        this.backward = true;
        return row;
      }
    }
    this.backward = false;
    return -1;
  }

  /** The flow that an answer to a translated address belongs to; `otherwise` if it has none. */
  private findAnswered(entry: number, otherwise: number): number {
    if ((this.conntrack.status(entry) & (Status.SrcNat | Status.DstNat)) === 0) return otherwise;
    const { key, tuple } = this;
    const { own } = this;
    own.set(key);
    const { family, protocol } = this.conntrack.readTuple(entry, Direction.Original, tuple);
    key[0] = tuple.src0;
    key[1] = tuple.src1;
    key[2] = tuple.src2;
    key[3] = tuple.src3;
    key[4] = tuple.dst0;
    key[5] = tuple.dst1;
    key[6] = tuple.dst2;
    key[7] = tuple.dst3;
    key[PORTS] = hasPorts(protocol) ? (tuple.srcL4 << 16) | tuple.dstL4 : 0;
    key[KIND] = protocol | (family === 6 ? V6 : 0);
    const row = this.find();
    this.backward = true;
    if (row >= 0) return row;
    key.set(own);
    this.backward = false;
    return otherwise;
  }

  private add(packet: ReadonlyPacket): number {
    const row = this.count++;
    if (row * KEY >= this.keys.length) this.grow();
    this.keys.set(this.key, row * KEY);
    this.times[2 * row] = packet.nowUs;
    this.sums.fill(0, row * SUMS, row * SUMS + SUMS);
    this.sums[row * SUMS + 6] = packet.index;
    this.sums[row * SUMS + 7] = -1;
    this.natBits[row] = 0;
    this.drops.fill(-1, row * 3, row * 3 + 3);
    this.enter(row);
    return row;
  }

  private enter(row: number): void {
    const { index } = this;
    const mask = index.length - 1;
    let slot = hash(this.keys, row * KEY) & mask;
    while (index[slot] !== 0) slot = (slot + 1) & mask;
    index[slot] = row + 1;
  }

  /** Hand the older half on. */
  private makeRoom(): boolean {
    if (this.onEvict === null) return false;
    const last = Float64Array.from({ length: this.count }, (_, row) => this.times[2 * row + 1]!).sort();
    const limit = last[this.count >> 1]!;
    let kept = 0;
    for (let row = 0; row < this.count; row++) {
      if (this.times[2 * row + 1]! <= limit) this.onEvict(this.row(row));
      else this.move(row, kept++);
    }
    this.count = kept;
    this.reindex();
    return true;
  }

  private move(from: number, to: number): void {
    if (from === to) return;
    this.keys.copyWithin(to * KEY, from * KEY, from * KEY + KEY);
    this.nat.copyWithin(to * NAT, from * NAT, from * NAT + NAT);
    this.natBits[to] = this.natBits[from]!;
    this.times.copyWithin(to * 2, from * 2, from * 2 + 2);
    this.sums.copyWithin(to * SUMS, from * SUMS, from * SUMS + SUMS);
    this.drops.copyWithin(to * 3, from * 3, from * 3 + 3);
  }

  private reindex(): void {
    this.index.fill(0);
    for (let row = 0; row < this.count; row++) this.enter(row);
  }

  private grow(): void {
    const rows = (this.keys.length / KEY) * 2;
    this.keys = grown(this.keys, new Int32Array(rows * KEY));
    this.nat = grown(this.nat, new Int32Array(rows * NAT));
    this.natBits = grown(this.natBits, new Uint8Array(rows));
    this.times = grown(this.times, new Float64Array(rows * 2));
    this.sums = grown(this.sums, new Float64Array(rows * SUMS));
    this.drops = grown(this.drops, new Int32Array(rows * 3));
    this.index = new Int32Array(rows * 2);
    for (let row = 0; row < this.count - 1; row++) this.enter(row);
  }
}

function grown<T extends Int32Array | Float64Array | Uint8Array>(old: T, larger: T): T {
  larger.set(old);
  return larger;
}

function isSame(keys: Int32Array, at: number, key: Int32Array, from: number): boolean {
  for (let i = 0; i < 8; i++) if (keys[at + i] !== key[(from + i) & 7]) return false;
  return true;
}

/** The same for both directions. */
function hash(key: Int32Array, at: number): number {
  const a = mix(key[at]! ^ Math.imul(key[at + 1]!, 3) ^ Math.imul(key[at + 2]!, 5) ^ Math.imul(key[at + 3]!, 7), key[at + PORTS]! >>> 16);
  const b = mix(
    key[at + 4]! ^ Math.imul(key[at + 5]!, 3) ^ Math.imul(key[at + 6]!, 5) ^ Math.imul(key[at + 7]!, 7),
    key[at + PORTS]! & 0xffff,
  );
  const sum = Math.imul(a + b, 0x9e3779b1) ^ key[at + KIND]!;
  return sum ^ (sum >>> 15);
}

function mix(word: number, port: number): number {
  const value = Math.imul(word ^ Math.imul(port, 0x85ebca6b), 0xc2b2ae35);
  return value ^ (value >>> 16);
}

function address(words: Int32Array, at: number, family: number): string {
  return family === 6 ? formatIpv6(words[at]!, words[at + 1]!, words[at + 2]!, words[at + 3]!) : formatIpv4(words[at]!);
}
