/**
 * Packets in doubt, explained and counted: which fates they have, under which condition each, and the rules where ways part.
 * @module
 */
import { describeDropReason, dropReasonCode } from '../engine/drop-reason.ts';
import { stageName, type Fate } from '../engine/outcome.ts';
import { formatIpv4 } from '../inet/ipv4.ts';
import { formatIpv6 } from '../inet/ipv6.ts';
import type { ReadonlyPacket } from '../packet/packet.ts';
import { describeRule, type DescribedRule } from './describe-rule.ts';
import type { HeldOutput } from './held-output.ts';
import { RANKS, type World, type Worlds } from './worlds.ts';

/** One of the fates of a packet in doubt. */
export interface PossibleFate {
  readonly verdict: Fate;
  /** Conditions, any of which leads here; 'otherwise' when none of the other fates' does. */
  readonly when: readonly string[];
  readonly drop?: { readonly at: string; readonly reason: string; readonly text: string };
  /** The rule or policy that drops. */
  readonly rule?: DescribedRule;
  /** `10.0.0.1 > 10.1.0.5:80 by eth1`: told where fates differ in nothing else. */
  readonly way?: string;
}

export interface PacketDoubt {
  /** The most permissive first. */
  readonly fates: readonly PossibleFate[];
  readonly decidedBy: readonly DescribedRule[];
  /** Whether it follows from what became of earlier packets in doubt (a connection that there is or is not). */
  readonly earlier: boolean;
}

/** Packets that are in doubt alike; ways are those of the first of them. */
export interface DoubtCount extends PacketDoubt {
  packets: number;
}

const OTHERWISE = 'otherwise';

export class DoubtTally {
  readonly worlds: Worlds;
  /** Packets in doubt. */
  packets = 0;
  private readonly byKind: Map<string, DoubtCount> = new Map();

  constructor(worlds: Worlds) {
    this.worlds = worlds;
  }

  /** Count the packet the worlds took last. */
  count(packet: ReadonlyPacket): void {
    if (!this.worlds.inDoubt) return;
    this.packets++;
    const { fates, all } = this.worlds;
    const parts = all.map(({ engine: { outcome } }, i) =>
      [fates[i], outcome.verdict, outcome.rule, outcome.dropStage, outcome.dropReason].join(' '),
    );
    const { numbers, earlier } = partings(this.worlds);
    const kind = `${packet.family} ${parts.join(',')} ${numbers.join(' ')} ${String(earlier)}`;
    const known = this.byKind.get(kind);
    if (known !== undefined) known.packets++;
    else this.byKind.set(kind, { ...this.explain(packet), packets: 1 });
  }

  /** Kinds of doubt, most frequent first. */
  counts(): readonly DoubtCount[] {
    return [...this.byKind.values()].toSorted((a, b) => b.packets - a.packets);
  }

  /** Fates of the packet the worlds took last, and what decides between them. */
  explain(packet: ReadonlyPacket): PacketDoubt {
    const { worlds } = this;
    const { numbers, earlier } = partings(worlds);
    const fates = worlds.all.flatMap((_, i) => (worlds.fates[i] === i ? [fateOf(worlds, i, packet.family)] : []));
    const decidedBy = numbers.flatMap((number) => {
      const { rules, rule } = worlds.matches[number]!;
      return describeRule(rules, rule) ?? [];
    });
    return { fates: fates.toSorted((a, b) => RANKS[b.verdict] - RANKS[a.verdict]), decidedBy, earlier };
  }
}

/** Doubtful matches at which the way of another fate parts from the first world's. */
function partings({ all, fates }: Worlds): { readonly numbers: readonly number[]; readonly earlier: boolean } {
  const numbers = new Set<number>();
  let earlier = false;
  for (let i = 1; i < all.length; i++) {
    if (fates[i] === 0) continue;
    const number = partingOf(all[0]!, all[i]!);
    if (number < 0) earlier = true;
    else numbers.add(number);
  }
  return { numbers: [...numbers], earlier };
}

/** The first doubtful match that both worlds met and answered differently; -1: none. */
function partingOf({ doubt: one }: World, { doubt: other }: World): number {
  for (let i = 0; i < one.metCount; i++) {
    const number = one.met[i]!;
    if (!other.hasMet(number)) return -1;
    if (one.holds(number) !== other.holds(number)) return number;
  }
  return -1;
}

function fateOf(worlds: Worlds, fate: number, family: number): PossibleFate {
  const world = worlds.all[fate]!;
  const { outcome } = world.engine;
  const { verdict } = outcome;
  const when = conditions(worlds, fate);
  if (verdict !== 'dropped') {
    const alike = worlds.all.some((other, i) => worlds.fates[i] !== fate && other.engine.outcome.verdict === verdict);
    return { verdict, when, ...(alike ? { way: wayText(world.output, family, worlds) } : {}) };
  }
  const { dropStage, dropReason } = outcome;
  const drop = { at: stageName(dropStage), reason: dropReasonCode(dropReason), text: describeDropReason(dropReason) };
  const set = world.rules.find((each) => each.family === family);
  const rule = outcome.rule < 0 || set === undefined ? null : describeRule(set, outcome.rule);
  return { verdict, when, drop, ...(rule === null ? {} : { rule }) };
}

/** Conditions that lead to a fate, without those that only add to another one. */
function conditions({ all, fates }: Worlds, fate: number): string[] {
  if (fate === 0) return [OTHERWISE];
  const leading = all.filter((_, i) => fates[i] === fate).map(({ doubt }) => doubt.conditions);
  const adds = (one: readonly string[], other: readonly string[]): boolean =>
    other.length < one.length && other.every((condition) => one.includes(condition));
  return leading.filter((one) => !leading.some((other) => adds(one, other))).map((parts) => parts.join(' and '));
}

function wayText({ way }: HeldOutput, family: number, { host }: Worlds): string {
  const address = (at: number): string =>
    family === 6 ? `[${formatIpv6(way[at]!, way[at + 1]!, way[at + 2]!, way[at + 3]!)}]` : formatIpv4(way[at]!);
  const [device = -1] = way;
  const port = way[9]! < 0 ? '' : `:${way[9]}`;
  const by = device === 0 ? 'to the host itself' : `by ${host.interfaces[device]?.name ?? '?'}`;
  return device < 0 ? 'to nowhere' : `${address(1)} > ${address(5)}${port} ${by}`;
}
