/**
 * Draft: what one line of a rule file asks for, before anything is done: a command, what it applies to, and the parts of a rule.
 * One object is filled again and again; what outlives the line (modules' options, prefixes) is made afresh.
 * @module
 */
import type { Prefix } from '../inet/prefix.ts';
import type { Chain } from '../xtables/chain.ts';
import type { MatchModule } from '../xtables/match.ts';
import type { TargetModule } from '../xtables/target.ts';
import type { GivenOptions } from './given.ts';
import type { Listed } from './module-book.ts';

/** A module that a rule loads, in the order they are loaded; matches may come twice. */
export interface Use {
  readonly listed: Listed<MatchModule> | Listed<TargetModule>;
  readonly options: GivenOptions;
}

export type Command = 'A' | 'D' | 'C' | 'I' | 'R' | 'F' | 'Z' | 'N' | 'X' | 'E' | 'P';

export class Draft {
  command: Command | '' = '';
  commandAt = 0;
  /** Word behind the command, and the one behind that where it takes two (rule number, policy, new name); '' for none. */
  chain = '';
  chainAt = 0;
  argument = '';
  argumentAt = 0;

  src: readonly Prefix[] | null = null;
  srcInvert = false;
  dst: readonly Prefix[] | null = null;
  dstInvert = false;
  indev = '';
  indevInvert = false;
  indevAt = -1;
  outdev = '';
  outdevInvert = false;
  outdevAt = -1;
  /** -1: no -p. */
  protocol = -1;
  protocolInvert = false;
  fragment = false;
  fragmentInvert = false;

  readonly matches: Use[] = [];
  target: Use | null = null;
  /** Word of -j or -g; null for none. */
  targetName: string | null = null;
  targetAt = 0;
  /** The chain that word names. */
  targetChain: Chain | null = null;
  isGoto = false;

  hasCounters = false;
  packets = 0;
  bytes = 0;
  /** The line is for the other family (-4, -6). */
  skipped = false;

  reset(): void {
    this.command = '';
    this.chain = '';
    this.argument = '';
    this.src = null;
    this.srcInvert = false;
    this.dst = null;
    this.dstInvert = false;
    this.indev = '';
    this.indevInvert = false;
    this.indevAt = -1;
    this.outdev = '';
    this.outdevInvert = false;
    this.outdevAt = -1;
    this.protocol = -1;
    this.protocolInvert = false;
    this.fragment = false;
    this.fragmentInvert = false;
    this.matches.length = 0;
    this.target = null;
    this.targetName = null;
    this.targetChain = null;
    this.isGoto = false;
    this.hasCounters = false;
    this.packets = 0;
    this.bytes = 0;
    this.skipped = false;
  }
}
