/**
 * What became of a packet, in words: the engine's outcome joined with the rule sets that its numbers belong to. One object, reused.
 * @module
 */
import { StateBit } from '../conntrack/ctinfo.ts';
import { describeDropReason, dropReasonCode } from '../engine/drop-reason.ts';
import type { Engine } from '../engine/engine.ts';
import { type Fate, stageName } from '../engine/outcome.ts';
import type { Packet } from '../packet/packet.ts';
import type { RulePlace } from '../xtables/rule-index.ts';
import type { RuleSet } from '../xtables/ruleset.ts';

/** The state of a packet as `-m conntrack --ctstate` names it. */
export type StateName = 'INVALID' | 'ESTABLISHED' | 'RELATED' | 'NEW' | 'UNTRACKED';

const STATES: readonly (readonly [bit: number, name: StateName])[] = [
  [StateBit.Invalid, 'INVALID'],
  [StateBit.Established, 'ESTABLISHED'],
  [StateBit.Related, 'RELATED'],
  [StateBit.New, 'NEW'],
  [StateBit.Untracked, 'UNTRACKED'],
];

/** Name of a state bit; null for none. */
export function stateName(bit: number): StateName | null {
  for (const [value, name] of STATES) if (value === bit) return name;
  return null;
}

export interface ResultSnapshot {
  readonly index: number;
  readonly verdict: Fate;
  readonly reason: string;
  readonly text: string;
  readonly at: string;
  readonly rule: RulePlace | null;
  readonly state: StateName | null;
}

export class Result implements ResultSnapshot {
  /** Number of the packet. */
  index = 0;
  private family = 0;
  private readonly engine: Engine;
  private readonly rules: readonly RuleSet[];

  constructor(engine: Engine, rules: readonly RuleSet[]) {
    this.engine = engine;
    this.rules = rules;
  }

  tell(packet: Packet): this {
    this.index = packet.index;
    this.family = packet.family;
    return this;
  }

  /** forwarded, local, sent, dropped; consumed: a fragment that waits for the others; queued, stolen: a function of one's own did it. */
  get verdict(): Fate {
    return this.engine.outcome.verdict;
  }

  /** Why it was dropped, in the kernel's word (`NETFILTER_DROP`, `IP_OUTNOROUTES` ...); '' for every other verdict. */
  get reason(): string {
    return this.verdict === 'dropped' ? dropReasonCode(this.engine.outcome.dropReason) : '';
  }

  /** The same as a sentence. */
  get text(): string {
    return this.verdict === 'dropped' ? describeDropReason(this.engine.outcome.dropReason) : '';
  }

  /** Where it ended: a hook, or a place between hooks; '' when it did not. */
  get at(): string {
    return this.verdict === 'dropped' || this.verdict === 'queued' ? stageName(this.engine.outcome.dropStage) : '';
  }

  /** The rule or policy that dropped it, with its name (`filter:INPUT:4`) and place in the file; null if none did. Allocates. */
  get rule(): RulePlace | null {
    const { rule } = this.engine.outcome;
    if (rule < 0) return null;
    const { family } = this;
    return this.rules.find((set) => set.family === family)?.describe(rule) ?? null;
  }

  /** Connection state; null while connections are not tracked. */
  get state(): StateName | null {
    return stateName(this.engine.outcome.ctState);
  }

  /** A copy that stays. */
  snapshot(): ResultSnapshot {
    const { index, verdict, reason, text, at, rule, state } = this;
    return { index, verdict, reason, text, at, rule, state };
  }
}
