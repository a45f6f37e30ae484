/**
 * The contract of a target: one file under target/, listed in target/index.ts. ACCEPT, DROP, RETURN and jumps are the
 * traversal's own and no modules.
 * @module
 */
import type { Verdict } from '../hook/verdict.ts';
import type { Packet } from '../packet/packet.ts';
import type { Given, Scope } from './match.ts';
import type { Options, OptionSpec, RuleContext } from './options.ts';
import type { Services } from './services.ts';

/** Does its work and answers a verdict; Verdict.Continue goes on with the next rule. Must not allocate on the way of most packets. */
export type TargetFunction = (packet: Packet) => Verdict;

export interface TargetModule<Info = unknown> {
  /** The word after `-j`. */
  readonly name: string;
  /** What a listing shows in the target column, when it is another word (NOTRACK is the kernel's CT). */
  readonly listedAs?: string;
  readonly scope: Scope;
  /**
   * Whether it does the same to all packets of a flow that have one TOS octet (hook/walk-notes.ts), and no more than to write marks,
   * the priority or that octet and to answer. Absent: it works on every packet.
   */
  readonly perFlow?: boolean | ((services: Services) => boolean);
  /** Whether all it does is to have the flow bound (nat/bindings.ts) to what its rule, or the device the packet leaves by, offers. */
  readonly binds?: boolean;
  readonly families?: readonly (4 | 6)[];
  readonly protocols?: readonly number[];
  readonly tables?: readonly string[];
  readonly hooks?: number | Given<Info, number>;
  readonly conntrack?: boolean | Given<Info, boolean>;
  readonly defrag?: boolean;
  readonly options: readonly OptionSpec[];
  parse(options: Options): Info;
  /** A further check that needs the whole rule (TCPMSS asks for a SYN match); answers the refusal or null. */
  check?(
    info: Info,
    rule: { readonly matches: readonly { readonly name: string; readonly info: unknown }[] },
    context: RuleContext,
  ): string | null;
  print(info: Info, context: RuleContext): string;
  list(info: Info, context: RuleContext): string;
  compile(info: Info, services: Services): TargetFunction;
}
