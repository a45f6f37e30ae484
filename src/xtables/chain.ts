/**
 * Chain: a list of rules with a name. A built-in chain is where a hook enters its table and ends in a policy; the others end in a
 * RETURN that no text shows but the kernel counts.
 * @module
 */
import type { Location } from '../errors.ts';
import type { Hook } from '../hook/hook.ts';
import type { Rule, RuleTarget } from './rule.ts';

export type Policy = 'ACCEPT' | 'DROP';

export class Chain {
  name: string;
  /** Hook of a built-in chain, or -1. */
  readonly hook: Hook | -1;
  policy: Policy = 'ACCEPT';
  readonly rules: Rule[] = [];
  /** Number of its end (policy or return) in the rule set's counters, once numbered; its rules come right before. */
  endId = -1;
  /** Whether the text gives counters to a rule of it. */
  counted = false;
  /** What the text says the end has counted. */
  packets = 0;
  bytes = 0;
  /** Where the text names it first; null for a built-in chain that it does not name. */
  at: Location | null = null;

  private jumpTarget: RuleTarget | null = null;
  private gotoTarget: RuleTarget | null = null;

  constructor(name: string, hook: Hook | -1 = -1) {
    this.name = name;
    this.hook = hook;
  }

  /** What a rule that leads here has for a target. */
  get jump(): RuleTarget {
    this.jumpTarget ??= { kind: 'jump', chain: this };
    return this.jumpTarget;
  }

  get goto(): RuleTarget {
    this.gotoTarget ??= { kind: 'goto', chain: this };
    return this.gotoTarget;
  }

  get builtin(): boolean {
    return this.hook >= 0;
  }

  /** Number of its first rule. */
  get firstId(): number {
    return this.endId - this.rules.length;
  }
}
