/**
 * How a match or target reads its part of a rule: it names its options, the text front end collects them, and parse() gets
 * them as given. The grammar is getopt's (unique prefixes allowed, `!` before an option inverts it), read in iptables/options.ts.
 * @module
 */
import type { Location } from '../errors.ts';

/** One option of a module, as iptables(8) writes it without the dashes. */
export interface OptionSpec {
  readonly name: string;
  /** Another spelling of the same option (`destination-port` for `dport`); it is given under `name`. */
  readonly aliases?: readonly string[];
  /** Words that follow it: 0, 1 or 2. Default 1. `'optional'`: one word unless the next begins with a dash. */
  readonly args?: 0 | 1 | 2 | 'optional';
  /** Whether `!` may stand before it. Default false. */
  readonly invert?: boolean;
  /** Whether it may be given more than once. Default false. */
  readonly multiple?: boolean;
}

/** An option as a rule gives it. */
export interface GivenOption {
  readonly name: string;
  readonly invert: boolean;
  /** First word, '' if it takes none. */
  readonly value: string;
  /** All words. */
  readonly values: readonly string[];
  readonly at: Location;
  /** Refuse it: throws a RuleError at the option's place. */
  fail(reason: string): never;
}

/** What a rule is part of, while it is read, printed or checked. */
export interface RuleContext {
  readonly family: 4 | 6;
  readonly table: string;
  readonly chain: string;
  /** Protocol of `-p`, 0 for none. */
  readonly protocol: number;
  /** Whether it is `! -p`. */
  readonly protocolInverted: boolean;
}

/** The options given to one module in one rule, in their order. */
export interface Options {
  readonly context: RuleContext;
  has(name: string): boolean;
  get(name: string): GivenOption | undefined;
  all(name?: string): readonly GivenOption[];
  /** The one of these options that is given; refuses none or several. */
  exactlyOne(...names: readonly string[]): GivenOption;
  /** Refuse the module's use as a whole: throws a RuleError at its name. */
  fail(reason: string): never;
  /** Refuse for something hookline does not evaluate (ERR_UNSUPPORTED) rather than for a mistake. */
  unsupported(reason: string): never;
}
