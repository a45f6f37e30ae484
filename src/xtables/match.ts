/**
 * The contract of a match: one file under match/, listed in match/index.ts. Three pure verbs (parse text to info, print info to
 * text, compile info to a function) and the facts that a rule's check needs.
 * @module
 */
import type { ReadonlyPacket } from '../packet/packet.ts';
import type { Options, OptionSpec, RuleContext } from './options.ts';
import type { Services } from './services.ts';

/**
 * Whether a packet matches. Must not allocate. May set `packet.hotdrop` (and answer false) when it cannot look at what it must.
 */
export type MatchFunction = (packet: ReadonlyPacket) => boolean;

/** What a module keeps between packets, and so how a rule set may be split over workers. */
export type Scope = 'stateless' | 'flow' | 'global';

/** A fact that depends on what a rule gives. Of method kind, so that modules of any Info stand in one list. */
export type Given<Info, Fact> = { of(info: Info): Fact }['of'];

export interface MatchModule<Info = unknown> {
  /** The word after `-m`. */
  readonly name: string;
  /** Other words for the same module. */
  readonly aliases?: readonly string[];
  readonly scope: Scope;
  /** Families it exists for; default both. */
  readonly families?: readonly (4 | 6)[];
  /** Protocols of `-p` it demands (not inverted); absent: any or none. */
  readonly protocols?: readonly number[];
  /**
   * Whether it answers alike for all packets of a flow (hook/walk-notes.ts), given what a rule gives: it looks at addresses, ports,
   * protocol, devices, TOS, marks, the conntrack state and what never changes of a connection or the host, and remembers nothing.
   * Absent: it does not, and every packet is asked.
   */
  readonly perFlow?: boolean | Given<Info, boolean>;
  /** Where all it does is to compare a random number of 31 bits with one: which, and whether it holds for those that are not below. */
  readonly draws?: Given<Info, { readonly threshold: number; readonly invert: boolean } | null>;
  /** TCP flags it looks at besides, as bits. */
  readonly tcpFlags?: Given<Info, number>;
  /** Tables it may stand in; absent: all. */
  readonly tables?: readonly string[];
  /** Hooks (as bits, `1 << hook`) from which its rule may be reached; absent: all. May depend on what was given. */
  readonly hooks?: number | Given<Info, number>;
  /** Whether a rule that uses it turns connection tracking on for its family. */
  readonly conntrack?: boolean;
  /** Whether it turns defragmentation on without conntrack (socket). */
  readonly defrag?: boolean;
  readonly options: readonly OptionSpec[];
  /** Throws through the options (their place is told). Info is plain data: it survives structuredClone and prints in a test. */
  parse(options: Options): Info;
  /** The options as iptables-save writes them behind `-m name`, no leading or trailing blank; '' for none. */
  print(info: Info, context: RuleContext): string;
  /** As `iptables -L -n` shows it (`tcp dpt:80`); '' for nothing. */
  list(info: Info, context: RuleContext): string;
  /** Whether `iptables -L` shows it without the blank that stands in front of other matches (bpf, eui64). */
  readonly listTight?: boolean;
  /** The evaluator. Called once per rule when a rule set is attached; state of the rule lives in the closure. */
  compile(info: Info, services: Services): MatchFunction;
}
