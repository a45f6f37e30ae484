/**
 * Explainer: a replay that tells the whole way of the packets asked for. All packets before them are replayed as well, so that
 * connections, limits and sets stand as they would.
 *
 *   const explainer = new Explainer({ host, rules, sets, sources, fallback });
 *   explainer.skip(12);
 *   explainer.next();        // packet 12, explained
 *
 * @module
 */
import { AsPeer } from '../nat/as-peer.ts';
import type { ReadonlyPacket } from '../packet/packet.ts';
import { Replay } from '../replay/replay.ts';
import type { Source } from '../replay/schedule.ts';
import type { Explanation } from './model.ts';
import { WatchedEngine, type WatchedOptions } from './watched-engine.ts';

export interface ExplainOptions extends WatchedOptions {
  readonly sources: readonly Source[];
  /** As ReplayOptions.fallback. */
  readonly fallback: number | 'sides';
  /** Rewrite answers to translated addresses as their peers would have sent them. */
  readonly translate?: boolean;
  /** As ReplayOptions.select: the others are replayed and not explained. */
  readonly select?: ((packet: ReadonlyPacket, linkType: number) => boolean) | undefined;
}

/** A record of a capture that is no input of the host, and why. */
export interface NoInput {
  readonly index: number;
  readonly why: string;
}

export class Explainer {
  private readonly machine: WatchedEngine;
  private readonly replay: Replay;
  private index = 0;

  constructor(options: ExplainOptions) {
    const { sources, fallback, select, translate = false } = options;
    this.machine = new WatchedEngine(options);
    const replies = { asPeer: new AsPeer(this.machine.engine), translate };
    this.replay = new Replay(this.machine, {
      sources,
      fallback,
      replies,
      select: (packet, linkType) => {
        const selected = select === undefined || select(packet, linkType);
        if (!selected) this.machine.watching = false;
        return selected;
      },
    });
  }

  /** Number of the next packet. */
  get position(): number {
    return this.index;
  }

  /** Replay `packets` without a word; false at the end of the captures. */
  skip(packets: number): boolean {
    this.index += packets;
    return this.replay.step(packets);
  }

  /** The way of the next packet, or why it has none; null at the end of the captures. */
  next(): Explanation | NoInput | null {
    const { machine, replay } = this;
    const skips = new Map(replay.stats.bySkip);
    machine.told = null;
    machine.watching = true;
    const more = replay.step(1);
    machine.watching = false;
    const index = this.index++;
    if (!more) return null;
    if (machine.told !== null) return machine.told;
    if (!replay.telling) return { index, why: 'the filter does not select it' };
    const why = [...replay.stats.bySkip].find(([text, count]) => skips.get(text) !== count)?.[0] ?? '';
    return { index, why };
  }
}

export function isExplanation(told: Explanation | NoInput): told is Explanation {
  return 'journeys' in told;
}
