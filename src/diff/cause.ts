/**
 * Which pair of rules makes two machines part over a packet: both ways through the tables are walked side by side to the first
 * table that answers, or changes the packet, otherwise. Where a table is on one side only, its rule stands against none.
 * @module
 */
import type { Verdict } from '../hook/verdict.ts';
import { Verdict as V } from '../hook/verdict.ts';
import type { Rule } from '../xtables/rule.ts';
import type { RuleSet } from '../xtables/ruleset.ts';
import type { DecisionLog } from './decision-log.ts';
import type { RuleKeys } from './rule-keys.ts';

const ACCEPT: Verdict = V.Accept;
const NONE = -1;

/** Targets after which a packet is what it was. */
const ONLY_TELL: ReadonlySet<string> = new Set(['LOG', 'NFLOG', 'TRACE', 'AUDIT', 'LED', 'IDLETIMER', 'RATEEST', 'TEE']);

/** One side of the walk. */
export interface Walked {
  readonly log: DecisionLog;
  /** null: no rules for the family. */
  readonly rules: RuleSet | null;
  readonly keys: RuleKeys | null;
  /** The rule that had the last word. */
  readonly lastRule: number;
}

/** The pair found last. Reused. */
export class Cause {
  old: number = NONE;
  new: number = NONE;
  /** The first rules on the way that are not the same on both sides: those two, or a jump that leads to them, or NONE. */
  oldParting: number = NONE;
  newParting: number = NONE;
  /** Whether a table was found that decides otherwise; else the pair is the last word of both. */
  found = false;

  find(a: Walked, b: Walked): void {
    this.found = true;
    this.oldParting = NONE;
    this.newParting = NONE;
    if (this.walk(a, b)) return;
    if (this.hits(a, { from: 0, end: a.rules?.recorder.count ?? 0 }, b, { from: 0, end: b.rules?.recorder.count ?? 0 })) return;
    this.found = false;
    this.old = a.lastRule;
    this.new = b.lastRule;
  }

  private walk(a: Walked, b: Walked): boolean {
    let i = 0;
    let k = 0;
    while (i < a.log.count && k < b.log.count) {
      if (a.log.place(i) === b.log.place(k)) {
        if (this.partAt(a, i++, b, k++)) return true;
      } else if (a.log.hook(i) !== b.log.hook(k)) {
        return false;
      } else if (comesLater(b.log, k, a.log.place(i))) {
        if (this.alone(b, k++, 'new')) return true;
      } else if (this.alone(a, i++, 'old')) return true;
    }
    for (; i < a.log.count; i++) if (this.alone(a, i, 'old')) return true;
    for (; k < b.log.count; k++) if (this.alone(b, k, 'new')) return true;
    return false;
  }

  /** Two walks through the same table. */
  private partAt(a: Walked, i: number, b: Walked, k: number): boolean {
    const sameVerdict = a.log.verdict(i) === b.log.verdict(k);
    if (sameVerdict && (a.log.before(i) !== b.log.before(k) || a.log.after(i) === b.log.after(k))) return false;
    const spanA = { from: a.log.hitsFrom(i), end: a.log.hitsEnd(i) };
    const spanB = { from: b.log.hitsFrom(k), end: b.log.hitsEnd(k) };
    this.findParting(a, spanA, b, spanB);
    if (sameVerdict && this.hits(a, spanA, b, spanB)) return true;
    this.old = a.log.rule(i);
    this.new = b.log.rule(k);
    return true;
  }

  /** A walk through a table that the other machine does not have. */
  private alone(side: Walked, walk: number, which: 'old' | 'new'): boolean {
    const { log } = side;
    const changes = log.before(walk) !== log.after(walk);
    if (log.verdict(walk) === ACCEPT && !changes) return false;
    const acting = log.verdict(walk) === ACCEPT ? nextActing(side, log.hitsFrom(walk), log.hitsEnd(walk)) : NONE;
    const rule = acting === NONE ? log.rule(walk) : side.rules!.recorder.ids[acting]!;
    this.old = which === 'old' ? rule : NONE;
    this.new = which === 'new' ? rule : NONE;
    return true;
  }

  private findParting(a: Walked, spanA: Span, b: Walked, spanB: Span): void {
    for (let i = spanA.from, k = spanB.from; i < spanA.end || k < spanB.end; i++, k++) {
      const x = i < spanA.end ? a.rules!.recorder.ids[i]! : NONE;
      const y = k < spanB.end ? b.rules!.recorder.ids[k]! : NONE;
      if ((a.keys?.keyOf(x) ?? 0) === (b.keys?.keyOf(y) ?? 0)) continue;
      this.oldParting = x;
      this.newParting = y;
      return;
    }
  }

  /** The first pair of rules with an effect that read differently among what was hit. */
  private hits(a: Walked, spanA: Span, b: Walked, spanB: Span): boolean {
    let i = nextActing(a, spanA.from, spanA.end);
    let k = nextActing(b, spanB.from, spanB.end);
    while (i !== NONE || k !== NONE) {
      const x = i === NONE ? NONE : a.rules!.recorder.ids[i]!;
      const y = k === NONE ? NONE : b.rules!.recorder.ids[k]!;
      if ((a.keys?.keyOf(x) ?? 0) !== (b.keys?.keyOf(y) ?? 0)) {
        this.old = x;
        this.new = y;
        return true;
      }
      i = nextActing(a, i + 1, spanA.end);
      k = nextActing(b, k + 1, spanB.end);
    }
    return false;
  }
}

/** Places of hits in the recorder. */
interface Span {
  readonly from: number;
  readonly end: number;
}

/** Whether `log` comes to `place` behind `walk` in the same hook. */
function comesLater(log: DecisionLog, walk: number, place: number): boolean {
  for (let i = walk + 1; i < log.count && log.hook(i) === log.hook(walk); i++) if (log.place(i) === place) return true;
  return false;
}

/** Place of the next hit from `from` on whose rule does something to the packet, or NONE. */
function nextActing({ rules }: Walked, from: number, end: number): number {
  if (rules === null) return NONE;
  for (let i = from; i < end; i++) if (acts(rules.rule(rules.recorder.ids[i]!))) return i;
  return NONE;
}

function acts(rule: Rule | null): boolean {
  return rule !== null && rule.target.kind === 'module' && !ONLY_TELL.has(rule.target.name);
}
