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

/** Drops are counted under one number: rule + 1, family, reason and stage, from the low digits up. Small enough to be no object. */
const RULES = 0x100000;
const REASONS = 64;

export class ReplayStats {
  packets = 0;
  octets = 0;
  /** Packets whose verdict is in doubt: they have none of `byFate`. */
  inDoubt = 0;
  /** IPv6 packets among them. */
  packets6 = 0;
  /** Arrival of the first and the last packet, microseconds since the epoch. */
  firstUs = 0;
  lastUs = 0;
  /** Captures that ended before their end, and why. */
  readonly damage: HooklineError[] = [];
  private readonly fates: Map<Fate, number> = new Map();
  private readonly drops: Map<number, number> = new Map();
  private readonly skips: Map<string, number> = new Map();

  count(outcome: Outcome, packet: ReadonlyPacket): void {
    this.add(packet);
    const fate = outcome.verdict;
    this.fates.set(fate, (this.fates.get(fate) ?? 0) + 1);
    if (fate !== 'dropped') return;
    const rule = outcome.rule + 1 < RULES ? outcome.rule + 1 : 0;
    const kind = (outcome.dropStage * REASONS + outcome.dropReason) * 2 + (rule > 0 && packet.family === 6 ? 1 : 0);
    const key = kind * RULES + rule;
    this.drops.set(key, (this.drops.get(key) ?? 0) + 1);
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

  /** A packet that is no input of the host. */
  skipped(why: string): void {
    this.skips.set(why, (this.skips.get(why) ?? 0) + 1);
  }

  /** Packets by fate, in order of first appearance. */
  get byFate(): ReadonlyMap<Fate, number> {
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
