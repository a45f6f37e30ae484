/**
 * The steps of a packet through tables, written down as they happen. Rules that did not hold are one step for each run of them,
 * unless every one is wanted.
 * @module
 */
import type { ReadonlyPacket } from '../packet/packet.ts';
import { Verdict } from '../hook/verdict.ts';
import type { RuleSet } from '../xtables/ruleset.ts';
import { describePart, type FailedPart, type Surroundings } from './failed-part.ts';
import type { RuleReference, WalkStep } from './model.ts';
import { referenceTo, ruleOf } from './rule-reference.ts';
import { resultName, type WalkListener } from './tracing-evaluator.ts';

export interface WalkLogOptions {
  readonly rules: RuleSet;
  readonly around: Surroundings;
  /** Tell every rule that failed, with what failed. */
  readonly all: boolean;
  /** Takes the number of every rule that hit. */
  readonly trace: ((id: number, packet: ReadonlyPacket) => void) | null;
}

export class WalkLog implements WalkListener {
  readonly steps: WalkStep[] = [];
  /** What ended the walk with a drop; null if nothing did. */
  dropped: RuleReference | null = null;
  private last: RuleReference | null = null;
  private readonly options: WalkLogOptions;

  constructor(options: WalkLogOptions, steps: WalkStep[]) {
    this.options = options;
    this.steps = steps;
  }

  failed(id: number, part: number, depth: number, packet: ReadonlyPacket): void {
    const { rules, all } = this.options;
    if (all) {
      this.steps.push({ kind: 'failed', depth, rule: referenceTo(rules, id), ...this.describe(id, part, packet) });
      return;
    }
    const place = rules.describe(id);
    if (place === null) return;
    const { table, chain, number } = place;
    const before = this.steps.at(-1);
    const goesOn = before?.kind === 'missed' && before.table === table && before.chain === chain && before.to === number - 1;
    if (goesOn) before.to = number;
    else this.steps.push({ kind: 'missed', depth, table, chain, from: number, to: number });
  }

  hotdrop(id: number, part: number, depth: number, packet: ReadonlyPacket): void {
    const rule = referenceTo(this.options.rules, id);
    this.steps.push({ kind: 'hotdrop', depth, rule, part: this.describe(id, part, packet).part });
    this.last = rule;
  }

  hit(id: number, depth: number, packet: ReadonlyPacket): void {
    const rule = referenceTo(this.options.rules, id);
    this.steps.push({ kind: 'hit', depth, rule, result: '', log: [] });
    this.last = rule;
    this.options.trace?.(id, packet);
  }

  result(_id: number, depth: number, what: string): void {
    for (let i = this.steps.length - 1; i >= 0; i--) {
      const step = this.steps[i]!;
      if (step.kind !== 'hit' || step.depth !== depth) continue;
      step.result = what;
      return;
    }
  }

  end(id: number, depth: number, verdict: Verdict, packet: ReadonlyPacket): void {
    const rule = referenceTo(this.options.rules, id);
    this.steps.push({ kind: 'end', depth, rule, result: verdict === Verdict.Continue ? 'back' : resultName(verdict) });
    this.last = rule;
    this.options.trace?.(id, packet);
  }

  done(verdict: Verdict): void {
    if (verdict === Verdict.Drop) this.dropped = this.last;
  }

  private describe(id: number, part: number, packet: ReadonlyPacket): FailedPart {
    const { rules, around } = this.options;
    const rule = ruleOf(rules, id);
    const place = rules.describe(id);
    if (rule === null || place === null) return { part: '', has: '' };
    return describePart(rule, part, { family: rules.family, table: place.table, chain: place.chain }, packet, around);
  }
}
