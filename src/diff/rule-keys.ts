/**
 * RuleKeys: numbers that are the same for rules that read the same in both rule sets, wherever they stand. A rule is its table,
 * chain and text as iptables-save writes it, read when the rule first decides something.
 * @module
 */
import { describeRule } from '../replay/describe-rule.ts';
import type { RuleSet } from '../xtables/ruleset.ts';

/** The key of no rule. */
export const NO_KEY = 0;

/** What two sides have in common. */
export class RuleTexts {
  private readonly numbers: Map<string, number> = new Map();

  numberOf(text: string): number {
    let number = this.numbers.get(text);
    if (number === undefined) {
      number = this.numbers.size + 1;
      this.numbers.set(text, number);
    }
    return number;
  }
}

export class RuleKeys {
  private readonly set: RuleSet;
  private readonly texts: RuleTexts;
  private readonly known: Int32Array;

  constructor(set: RuleSet, texts: RuleTexts) {
    this.set = set;
    this.texts = texts;
    this.known = new Int32Array(set.counters.packets.length);
  }

  /** Key of a rule or policy by its number; NO_KEY for -1. */
  keyOf(id: number): number {
    if (id < 0) return NO_KEY;
    const key = this.known[id]!;
    return key !== NO_KEY ? key : this.read(id);
  }

  private read(id: number): number {
    const place = this.set.describe(id);
    const key = place === null ? NO_KEY : this.texts.numberOf(`${place.table}\0${place.chain}\0${describeRule(this.set, id)?.text ?? ''}`);
    this.known[id] = key;
    return key;
  }
}
