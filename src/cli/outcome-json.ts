/**
 * The fate of one packet as a JSON object (a line of `replay --ndjson`).
 * @module
 */
import { describeDropReason, dropReasonCode } from '../engine/drop-reason.ts';
import type { Engine } from '../engine/engine.ts';
import { stageName, type Outcome } from '../engine/outcome.ts';
import type { Packet } from '../packet/packet.ts';
import { stateName } from '../replay/result.ts';
import type { RuleSet } from '../xtables/ruleset.ts';
import { packetJson, type PacketJson } from './packet-json.ts';

export interface OutcomeJson extends PacketJson {
  readonly in: string;
  readonly verdict: string;
  readonly state?: string;
  readonly drop?: { readonly at: string; readonly reason: string; readonly text: string };
  /** The rule that decided: table, chain, number and place in the file. */
  readonly rule?: { readonly name: string; readonly at: string };
  /** The first packet of its connection was dropped. */
  readonly wouldNotHaveHappened?: true;
  /** Rewritten as the peer would have sent it (--replies translate). */
  readonly translated?: true;
}

/** What a Replay knows of the packet at hand. */
export interface Marks {
  readonly unreal: boolean;
  readonly translated: boolean;
}

export function outcomeJson(
  engine: Engine,
  rules: readonly RuleSet[],
  packet: Packet,
  outcome: Outcome,
  from: number,
  marks: Marks,
): OutcomeJson {
  const state = stateName(outcome.ctState);
  const set = rules.find(({ family }) => family === packet.family);
  const rule = outcome.rule >= 0 && set !== undefined ? set.describe(outcome.rule) : null;
  return {
    ...packetJson(packet),
    in: from === 0 ? 'local' : (engine.host.interfaces[from]?.name ?? ''),
    verdict: outcome.verdict,
    ...(state === null ? {} : { state }),
    ...(outcome.verdict === 'dropped'
      ? {
          drop: {
            at: stageName(outcome.dropStage),
            reason: dropReasonCode(outcome.dropReason),
            text: describeDropReason(outcome.dropReason),
          },
        }
      : {}),
    ...(rule === null ? {} : { rule: { name: rule.name, at: rule.at } }),
    ...(marks.unreal ? { wouldNotHaveHappened: true } : {}),
    ...(marks.translated ? { translated: true } : {}),
  };
}
