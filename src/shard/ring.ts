/**
 * Ring: pieces of one capture in memory that all workers share, so that each packet is read and looked at by one of them only.
 *
 *   slot     0        1        2     ...        SLOTS - 1, and from the start again
 *            octets, where each record begins, and by worker the chain of those that are its own
 *
 *   claim    who needs a slot that nobody has begun fills it, or the next one while another fills it (dealer.ts)
 *   dealt    every record is in its worker's chain, and where the next slot's begin is known: all may go through their own
 *            (dealt-capture.ts)
 *   done     by worker: the slots it has no need of any more; a slot is filled anew when all are through
 *
 * Shared words are asked for once a slot, never per packet: an atomic load costs 8 ns (measured). Whoever waits for another looks up
 * whether all is over meanwhile: a worker that died fills nothing.
 * @module
 */
import type { Stop } from './control.ts';

/** Octets of the capture a slot covers: its records begin there. Stays in a core's cache while it is dealt. */
const SLOT_LEN = 256 * 1024;
const SLOTS = 16;
/** Octets of the shortest record. */
const MIN_RECORD = 16;
/** Words of a record: where it begins in the slot, and the next one of the same worker. */
export const RECORD_WORDS = 2;
/** Zeros behind the octets, for loads that go too far. */
const PADDING = 64;

// -- shared words: slots claimed, then by worker the slots done, then by slot 1 + the number it was dealt as
const CLAIMED = 0;
const DONE = 1;
/** Numbers of a slot. */
const Fact = { NextAt: 0, FirstIndex: 1, LatestUs: 2, FirstUs: 3, LastUs: 4, Records: 5, Ended: 6, Backwards: 7, DamageAt: 8 } as const;
const FACTS = 9;
/** By worker: how many records are its own, and the first of them. */
const CHAIN_WORDS = 2;

const NONE = -1;
/** Looks before a thread goes to sleep: a slot is dealt in some 50 µs, as long as waking a thread up takes. */
const SPINS = 6000;
const NAP_MS = 50;

/** Where a ring lies in memory. */
export interface RingMemory {
  readonly memory: SharedArrayBuffer;
  readonly workers: number;
  readonly slotLength: number;
  /** Octets of the longest record. */
  readonly longest: number;
}

/** Memory for a ring. `slotLength`: for tests, which want many short slots. */
export function ringMemory(workers: number, longest: number, slotLength: number = SLOT_LEN): RingMemory {
  const { octets } = layout({ workers, slotLength, longest });
  return { memory: new SharedArrayBuffer(octets), workers, slotLength, longest };
}

interface Layout {
  readonly state: number;
  readonly chains: number;
  readonly records: number;
  readonly recordLength: number;
  readonly data: number;
  readonly dataLength: number;
  readonly octets: number;
}

function layout({ workers, slotLength, longest }: Omit<RingMemory, 'memory'>): Layout {
  const state = SLOTS * FACTS * 8;
  const chains = state + (DONE + workers + SLOTS) * 4;
  const records = chains + SLOTS * workers * CHAIN_WORDS * 4;
  const recordLength = (Math.floor(slotLength / MIN_RECORD) + 1) * RECORD_WORDS * 4;
  const data = aligned(records + SLOTS * recordLength);
  const dataLength = aligned(slotLength + longest + PADDING);
  return { state, chains, records, recordLength, data, dataLength, octets: data + SLOTS * dataLength };
}

function aligned(octets: number): number {
  return (octets + 63) & -64;
}

/** A slot, as its memory lies for this thread. */
export class Slot {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  readonly records: Int32Array;
  private readonly facts: Float64Array;
  private readonly chains: Int32Array;

  constructor(ring: RingMemory, number: number) {
    const { memory, workers } = ring;
    const at = layout(ring);
    const data = at.data + number * at.dataLength;
    this.bytes = new Uint8Array(memory, data, at.dataLength);
    this.view = new DataView(memory, data, at.dataLength);
    this.records = new Int32Array(memory, at.records + number * at.recordLength, at.recordLength / 4);
    this.facts = new Float64Array(memory, number * FACTS * 8, FACTS);
    this.chains = new Int32Array(memory, at.chains + number * workers * CHAIN_WORDS * 4, workers * CHAIN_WORDS);
  }

  /** Records of worker `number`. */
  ownCount(number: number): number {
    return this.chains[number * CHAIN_WORDS]!;
  }

  /** Number of the first of them among the records of the slot; -1: none. */
  firstOwn(number: number): number {
    return this.chains[number * CHAIN_WORDS + 1]!;
  }

  /** Where the slot behind begins, from the start of the capture; its first packet's number; the latest time up to there. */
  get nextAt(): number {
    return this.facts[Fact.NextAt]!;
  }

  get firstIndex(): number {
    return this.facts[Fact.FirstIndex]!;
  }

  get recordCount(): number {
    return this.facts[Fact.Records]!;
  }

  get latestUs(): number {
    return this.facts[Fact.LatestUs]!;
  }

  /** Times of the first and last packet up to here. */
  get firstUs(): number {
    return this.facts[Fact.FirstUs]!;
  }

  get lastUs(): number {
    return this.facts[Fact.LastUs]!;
  }

  /** Whether the capture ends with it. */
  get ended(): boolean {
    return this.facts[Fact.Ended] === 1;
  }

  /** Whether a packet of it is of an earlier jiffy than one before it. */
  get runsBackwards(): boolean {
    return this.facts[Fact.Backwards] === 1;
  }

  /** Where in the capture a record stands that cannot be read; -1: none does. */
  get damageAt(): number {
    return this.facts[Fact.DamageAt]!;
  }

  tell(walk: Walk, { first, counts }: { readonly first: Int32Array; readonly counts: Int32Array }): void {
    const { facts, chains } = this;
    for (let worker = 0; worker < first.length; worker++) {
      chains[worker * CHAIN_WORDS] = counts[worker]!;
      chains[worker * CHAIN_WORDS + 1] = first[worker]!;
    }
    facts[Fact.NextAt] = walk.nextAt;
    facts[Fact.FirstIndex] = walk.firstIndex;
    facts[Fact.LatestUs] = walk.latestUs;
    facts[Fact.FirstUs] = walk.firstUs;
    facts[Fact.LastUs] = walk.lastUs;
    facts[Fact.Records] = walk.records;
    facts[Fact.Ended] = walk.ended ? 1 : 0;
    facts[Fact.Backwards] = walk.backwards ? 1 : 0;
    facts[Fact.DamageAt] = walk.damageAt;
  }
}

/** What is known of the capture up to the end of a slot. */
export interface Walk {
  nextAt: number;
  firstIndex: number;
  latestUs: number;
  firstUs: number;
  lastUs: number;
  records: number;
  ended: boolean;
  backwards: boolean;
  damageAt: number;
}

export class Ring {
  readonly workers: number;
  readonly slotLength: number;
  private readonly words: Int32Array;
  private readonly slots: readonly Slot[];
  private readonly stop: Stop;

  constructor(ring: RingMemory, stop: Stop) {
    const { state } = layout(ring);
    this.workers = ring.workers;
    this.slotLength = ring.slotLength;
    this.words = new Int32Array(ring.memory, state, DONE + ring.workers + SLOTS);
    this.slots = Array.from({ length: SLOTS }, (_, number) => new Slot(ring, number));
    this.stop = stop;
  }

  slot(number: number): Slot {
    return this.slots[number % SLOTS]!;
  }

  /** The number of a slot that a thread that wants slot `wanted` is to fill; -1: none is free, or others fill what is needed. */
  claim(wanted: number): number {
    const { words } = this;
    const next = Atomics.load(words, CLAIMED);
    // no more than is needed by the time it is filled
    if (next >= wanted + this.workers || !this.isFree(next)) return NONE;
    return Atomics.compareExchange(words, CLAIMED, next, next + 1) === next ? next : NONE;
  }

  isDealt(number: number): boolean {
    return Atomics.load(this.words, this.at(number)) === number + 1;
  }

  /** Wait until a slot is dealt; false when all is over. */
  untilDealt(number: number, worker: number): boolean {
    return this.until(number, worker, Number.POSITIVE_INFINITY);
  }

  /** The same, at most one nap long. */
  napUntilDealt(number: number, worker: number): boolean {
    return this.until(number, worker, 1);
  }

  dealt(number: number): void {
    const { words } = this;
    const at = this.at(number);
    Atomics.store(words, at, number + 1);
    Atomics.notify(words, at);
  }

  /** Worker has no need of slots below `number` any more. */
  done(worker: number, number: number): void {
    Atomics.store(this.words, DONE + worker, number);
  }

  get isStopped(): boolean {
    return this.stop.stopped;
  }

  private isFree(number: number): boolean {
    for (let worker = 0; worker < this.workers; worker++) {
      if (Atomics.load(this.words, DONE + worker) <= number - SLOTS) return false;
    }
    return true;
  }

  private until(number: number, worker: number, naps: number): boolean {
    const { words } = this;
    const at = this.at(number);
    for (let looks = 0; ; looks++) {
      const state = Atomics.load(words, at);
      if (state === number + 1) return true;
      if (looks < SPINS) continue;
      if (this.stop.stopped || looks >= SPINS + naps) return false;
      this.stop.waiting(worker, true);
      Atomics.wait(words, at, state, NAP_MS);
      this.stop.waiting(worker, false);
    }
  }

  private at(number: number): number {
    return DONE + this.workers + (number % SLOTS);
  }
}
