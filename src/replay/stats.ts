/**
 * Counts of a replay: packets and octets by fate, drops by stage, reason and rule, packets that were no input and why.
 * @module
 */
import { describeDropReason, dropReasonCode } from '../engine/drop-reason.ts';
import { stageName, type Fate, type Outcome } from '../engine/outcome.ts';
import type { HooklineError } from '../errors.ts';
import type { ReadonlyPacket } from '../packet/packet.ts';

export interface DropCount {
  readonly stage: string;
  readonly code: string;
  readonly text: string;
  /** Family and number of the rule or policy that dropped; -1: none did. */
  readonly family: number;
  readonly rule: number;
  readonly packets: number;
}

/** ReplayStats as data that survives structuredClone. */
export interface StatsData {
  readonly packets: number;
  readonly octets: number;
  readonly packets6: number;
  readonly untold: number;
  readonly strays: number;
  readonly translated: number;
  readonly firstUs: number;
  readonly lastUs: number;
  readonly fates: ReadonlyMap<Fate, number>;
  readonly unreals: ReadonlyMap<Fate, number>;
  readonly drops: ReadonlyMap<number, number>;
  readonly skips: ReadonlyMap<string, number>;
  /** By fate, drop or skip: the packet it was first met with. */
  readonly first: ReadonlyMap<string | number, number>;
}

/** In front of a fate in `first`: of packets that would not have happened. */
const UNREAL = 'unreal ';

/** Drops are counted under one number: rule + 1, family, reason and stage, from the low digits up. Small enough to be no object. */
const RULES = 0x100000;
const REASONS = 64;

export class ReplayStats {
  packets = 0;
  octets = 0;
  /** Packets whose verdict is in doubt: they have none of `byFate`. */
  inDoubt = 0;
  /** Answers rewritten as their peers would have sent them. */
  translated = 0;
  /** Answers to the original address of a translated connection, left as captured. */
  strays = 0;
  /** Packets that went through but are not told: no other number counts them. */
  untold = 0;
  /** IPv6 packets among those told. */
  packets6 = 0;
  /** Arrival of the first and the last packet, microseconds since the epoch. */
  firstUs = 0;
  lastUs = 0;
  /** Captures that ended before their end, and why. */
  readonly damage: HooklineError[] = [];
  private readonly fates: Map<Fate, number> = new Map();
  private readonly unreals: Map<Fate, number> = new Map();
  /** The fate of the last packets and how many of them are not in `fates` yet: most packets fare as the one before. */
  private lastFate: Fate | null = null;
  private alike = 0;
  private readonly drops: Map<number, number> = new Map();
  private readonly skips: Map<string, number> = new Map();
  /** Number of the packet with which each fate, drop and skip was first met. */
  private readonly first: Map<string | number, number> = new Map();

  count(outcome: Outcome, packet: ReadonlyPacket): void {
    this.add(packet);
    const fate = outcome.verdict;
    if (fate === this.lastFate) this.alike++;
    else this.begin(fate, packet.index);
    if (fate !== 'dropped') return;
    const rule = outcome.rule + 1 < RULES ? outcome.rule + 1 : 0;
    const kind = (outcome.dropStage * REASONS + outcome.dropReason) * 2 + (rule > 0 && packet.family === 6 ? 1 : 0);
    const key = kind * RULES + rule;
    this.bump(this.drops, key, packet.index);
  }

  /** IPv4 packets of `octets` together that were forwarded, one or more; `index`: number of the first. */
  countForwarded(packets: number, octets: number, index: number): void {
    this.packets += packets;
    this.octets += octets;
    if (this.lastFate !== 'forwarded') {
      this.begin('forwarded', index);
      this.alike--;
    }
    this.alike += packets;
  }

  /** It would not have happened: counted by fate once more, apart. */
  unreal({ verdict }: Outcome, index: number): void {
    const before = this.unreals.get(verdict);
    if (before === undefined) this.first.set(UNREAL + verdict, index);
    this.unreals.set(verdict, (before ?? 0) + 1);
  }

  get byUnrealFate(): ReadonlyMap<Fate, number> {
    return this.unreals;
  }

  private begin(fate: Fate, index: number): void {
    this.settle();
    this.lastFate = fate;
    this.bump(this.fates, fate, index);
  }

  private settle(): void {
    const { lastFate, alike } = this;
    if (alike > 0 && lastFate !== null) this.fates.set(lastFate, this.fates.get(lastFate)! + alike);
    this.alike = 0;
  }

  /** A packet that has more than one possible verdict. */
  undecided(packet: ReadonlyPacket): void {
    this.add(packet);
    this.inDoubt++;
  }

  private add(packet: ReadonlyPacket): void {
    this.packets++;
    this.octets += packet.wireLength;
    if (packet.family === 6) this.packets6++;
  }

  /** Packet `index` is no input of the host. */
  skipped(why: string, index: number): void {
    this.bump(this.skips, why, index);
  }

  /** The packets that were no input of another count, of the same captures. */
  copySkips(other: ReplayStats): void {
    for (const [why, packets] of other.skips) this.skips.set(why, packets);
  }

  private bump<K extends string | number>(counts: Map<K, number>, key: K, index: number): void {
    const before = counts.get(key);
    if (before === undefined) this.first.set(key, index);
    counts.set(key, (before ?? 0) + 1);
  }

  /** All of it as plain data, for another thread. */
  data(): StatsData {
    this.settle();
    const { packets, octets, packets6, untold, strays, translated, firstUs, lastUs, fates, unreals, drops, skips, first } = this;
    return { packets, octets, packets6, untold, strays, translated, firstUs, lastUs, fates, unreals, drops, skips, first };
  }

  /** What one replay would have counted of packets that several shared: in the order in which things were first met. */
  static merged(parts: readonly StatsData[]): ReplayStats {
    const all = new ReplayStats();
    for (const part of parts) {
      all.packets += part.packets;
      all.octets += part.octets;
      all.packets6 += part.packets6;
      all.untold += part.untold;
      all.strays += part.strays;
      all.translated += part.translated;
      all.firstUs = part.firstUs;
      all.lastUs = part.lastUs;
      for (const [key, index] of part.first) all.first.set(key, Math.min(index, all.first.get(key) ?? index));
    }
    for (const { fates, unreals, drops, skips } of parts) {
      for (const [key, count] of fates) sum(all.fates, key, count);
      for (const [key, count] of unreals) sum(all.unreals, key, count);
      for (const [key, count] of drops) sum(all.drops, key, count);
      for (const [key, count] of skips) sum(all.skips, key, count);
    }
    all.sort(all.fates);
    all.sort(all.unreals, UNREAL);
    all.sort(all.drops);
    all.sort(all.skips);
    return all;
  }

  /** In the order in which things were first met. */
  private sort<K extends string | number>(counts: Map<K, number>, kind = ''): void {
    const at = (key: K): number => this.first.get(kind === '' ? key : `${kind}${key}`) ?? 0;
    const sorted = [...counts].sort(([a], [b]) => at(a) - at(b));
    counts.clear();
    for (const [key, count] of sorted) counts.set(key, count);
  }

  /** Packets by fate, in order of first appearance. */
  get byFate(): ReadonlyMap<Fate, number> {
    this.settle();
    return this.fates;
  }

  get bySkip(): ReadonlyMap<string, number> {
    return this.skips;
  }

  /** Drops, most frequent first. */
  dropCounts(): DropCount[] {
    const counts: DropCount[] = [];
    for (const [key, packets] of this.drops) {
      const kind = Math.floor(key / RULES);
      const reason = (kind >>> 1) % REASONS;
      const stage = stageName(Math.floor((kind >>> 1) / REASONS));
      const family = (kind & 1) === 1 ? 6 : 4;
      counts.push({ stage, code: dropReasonCode(reason), text: describeDropReason(reason), family, rule: (key % RULES) - 1, packets });
    }
    return counts.sort((a, b) => b.packets - a.packets);
  }
}

function sum<K>(counts: Map<K, number>, key: K, count: number): void {
  counts.set(key, (counts.get(key) ?? 0) + count);
}
