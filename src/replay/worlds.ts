/**
 * Worlds: one machine for each combination of answers to what is not known, side by side over the same packets. Takes packets as
 * an Engine does. A packet whose fate is the same in all worlds is not in doubt; of another, `inDoubt` picks:
 *
 *   both    none: nothing it causes leaves            allow   the most permissive of its fates
 *                                                     deny    the most restrictive
 *
 * In a world all packets share the answers: one sender sent all local packets, a set holds every packet asked for or none.
 * @module
 */
import { Engine, type EngineOptions } from '../engine/engine.ts';
import type { Fate, Outcome } from '../engine/outcome.ts';
import { NO_SINK, type EngineSink } from '../engine/sink.ts';
import type { Host } from '../host/host.ts';
import { Packet } from '../packet/packet.ts';
import { RuleSet } from '../xtables/ruleset.ts';
import type { SetStore } from '../xtables/set/store.ts';
import { attachRules } from './attach.ts';
import type { DoubtfulMatch, Unknown } from './doubt-question.ts';
import { HeldOutput } from './held-output.ts';
import { combinations, SupposedWorld, type Answers } from './supposition.ts';

export type InDoubt = 'both' | 'allow' | 'deny';

/** LOG lines are not held back, so there is nobody to read them here. */
export interface WorldsOptions extends Omit<EngineOptions, 'log'> {
  readonly rules: readonly RuleSet[];
  /** Makes the sets as they are at the beginning: each world has its own. */
  readonly sets: () => SetStore;
  readonly unknown: Unknown;
  readonly inDoubt: InDoubt;
}

/** How much a fate permits. */
export const RANKS: Readonly<Record<Fate, number>> = { forwarded: 2, local: 2, sent: 2, consumed: 1, queued: 1, stolen: 1, dropped: 0 };

/** One machine and what it supposes. */
export class World {
  readonly engine: Engine;
  readonly rules: readonly RuleSet[];
  readonly doubt: SupposedWorld;
  readonly output: HeldOutput = new HeldOutput();
  /** Packets whose fate here was the one told. */
  agreed = 0;
  private readonly packet: Packet = new Packet();

  constructor(options: WorldsOptions, answers: Answers, matches: readonly DoubtfulMatch[]) {
    const { rules, sets, unknown, ...engineOptions } = options;
    this.engine = new Engine({ ...engineOptions, sink: this.output });
    this.doubt = new SupposedWorld(unknown, answers, matches);
    this.rules = answers.some((answer) => answer > 0) ? rules.map(({ family, tables }) => new RuleSet(family, tables)) : rules;
    const store = sets();
    for (const each of this.rules) attachRules(this.engine, each, store, this.doubt);
  }

  /** A copy for this world: the other worlds work on theirs. */
  copy(packet: Packet): Packet {
    const own = this.packet;
    own.reset();
    own.copyFrameFrom(packet);
    own.index = packet.index;
    own.nowUs = packet.nowUs;
    own.remainderNs = packet.remainderNs;
    own.indev = packet.indev;
    own.pktType = packet.pktType;
    return own;
  }

  take(packet: Packet, local: boolean): void {
    this.doubt.begin();
    this.output.begin();
    if (local) this.engine.send(packet);
    else this.engine.receive(packet);
  }

  hasFateOf(other: World): boolean {
    const a = this.engine.outcome;
    const b = other.engine.outcome;
    const { verdict } = a;
    if (verdict !== b.verdict) return false;
    if (verdict !== 'dropped') return this.output.wentAs(other.output);
    return a.dropStage === b.dropStage && a.dropReason === b.dropReason && a.rule === b.rule;
  }
}

export class Worlds {
  readonly host: Host;
  /** The first is the one with the first answers. */
  readonly all: readonly World[];
  /** Whether there are more combinations of answers than worlds. */
  readonly complete: boolean;
  readonly unknown: Unknown;
  /** The doubtful matches of all questions, by number. */
  readonly matches: readonly DoubtfulMatch[];
  readonly mode: InDoubt;
  /** Whether the last packet's fate is in doubt: the verdict, the rule that drops, the way it goes. */
  inDoubt = false;
  private verdictsDiffer = false;
  /** By world: the first world in which the last packet had the same fate. */
  readonly fates: Int32Array;
  private readonly copies: Packet[] = [];
  private readonly sink: EngineSink;

  constructor(options: WorldsOptions) {
    const { all, complete } = combinations(options.unknown);
    this.host = options.host;
    this.unknown = options.unknown;
    this.complete = complete;
    this.mode = options.inDoubt;
    this.sink = options.sink ?? NO_SINK;
    this.matches = options.unknown.questions.flatMap(({ matches }) => matches);
    this.all = all.map((answers) => new World(options, answers, this.matches));
    this.fates = new Int32Array(all.length);
  }

  /** The world whose counters and connections are to be shown: where most packets had the fate that was told. */
  get shown(): World {
    let best = this.all[0]!;
    for (const world of this.all) if (world.agreed > best.agreed) best = world;
    return best;
  }

  /** Whether the last packet has no one verdict to be told. */
  get undecided(): boolean {
    return this.verdictsDiffer && this.mode === 'both';
  }

  /** As Engine.receive(). */
  receive(packet: Packet): Outcome {
    return this.take(packet, false);
  }

  /** As Engine.send(). */
  send(packet: Packet): Outcome {
    return this.take(packet, true);
  }

  private take(packet: Packet, local: boolean): Outcome {
    const { all, copies } = this;
    copies[0] = packet;
    for (let i = 1; i < all.length; i++) copies[i] = all[i]!.copy(packet);
    for (let i = 0; i < all.length; i++) all[i]!.take(copies[i]!, local);
    this.compare();
    const told = this.tell();
    const chosen = all[told]!;
    for (let i = 0; i < all.length; i++) if (this.fates[i] === told) all[i]!.agreed++;
    if (!this.inDoubt || this.mode !== 'both') chosen.output.flush(this.sink);
    return chosen.engine.outcome;
  }

  private compare(): void {
    const { all, fates } = this;
    this.inDoubt = false;
    this.verdictsDiffer = false;
    const { verdict } = all[0]!.engine.outcome;
    for (let i = 1; i < all.length; i++) {
      let same = 0;
      while (same < i && !(fates[same] === same && all[i]!.hasFateOf(all[same]!))) same++;
      fates[i] = same;
      if (same === 0) continue;
      this.inDoubt = true;
      if (all[i]!.engine.outcome.verdict !== verdict) this.verdictsDiffer = true;
    }
  }

  /** Number of the world whose fate is told; of several alike the first. */
  private tell(): number {
    if (!this.inDoubt || this.mode === 'both') return 0;
    const sign = this.mode === 'allow' ? 1 : -1;
    let best = 0;
    for (let i = 1; i < this.all.length; i++) if (sign * this.rank(i) > sign * this.rank(best)) best = i;
    return best;
  }

  private rank(world: number): number {
    return RANKS[this.all[world]!.engine.outcome.verdict];
  }
}
