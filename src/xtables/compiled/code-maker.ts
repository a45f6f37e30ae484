/**
 * CodeMaker: turns hot chains of one table into functions (chain-source.ts). Cold ones stay rows, as a function costs more to make than
 * thousands of walks do. Where no code may be made from strings there is none, and the rows
 * do the work.
 * @module
 */
import { HooklineError } from '../../errors.ts';
import type { Verdict } from '../../hook/verdict.ts';
import type { Packet } from '../../packet/packet.ts';
import type { CompiledChain } from '../compile.ts';
import type { Tally } from '../evaluator.ts';
import type { InterfaceTests } from '../interface-test.ts';
import type { Services } from '../services.ts';
import { ChainSource, FELL, PARAMETERS } from './chain-source.ts';
import { isWhole } from './whole.ts';

/** Walks a chain that whole packets may be given to; answers as Walker.enter. */
export type ChainCode = (packet: Packet) => Verdict;

/** What code calls to walk another chain, or the rest of its own. */
export interface Walker {
  enter(chain: CompiledChain, packet: Packet): Verdict;
  resume(chain: CompiledChain, packet: Packet, from: number): Verdict;
}

/** What is known of a chain that is not code yet. */
export interface Walked {
  readonly rules: number;
  /** Walks so far. */
  readonly walks: number;
  /** Rules that a walk asked of late, on average. */
  readonly asked: number;
  /** What its index takes to find one of them, ns; 0: it has none. */
  readonly nsToFind: number;
}

export interface CodePolicy {
  /** Walks before the first look at a chain; there are further ones, ever later. */
  readonly walks: number;
  /** Functions that a table may have. */
  readonly maxFunctions: number;
  /** Whether a chain shall be code. */
  readonly isWorthIt: (walked: Walked) => boolean;
}

/** Asking a row, ns. */
const ROW_NS = 10;
/** Entering a function, and passing one rule in it, ns. Measured: 0.1 to 0.3 a rule once V8 has optimised it. */
const CALL_NS = 10;
const RULE_NS = 0.5;
/** Making a function and optimising it, ns: on its own, and for each rule. */
const MAKE_NS = 4_000_000;
const MAKE_RULE_NS = 50_000;

/**
 * Code is made once the walks so far would have paid for it: at worst twice is paid what was needed. In rule sets of very many chains
 * no function is called often enough to be optimised: there 64 do no harm, and thousands cost seconds.
 */
export const DEFAULT_CODE: CodePolicy = {
  walks: 128,
  maxFunctions: 64,
  isWorthIt({ rules, walks, asked, nsToFind }) {
    const now = nsToFind === 0 ? asked * ROW_NS : (asked + 1) * nsToFind;
    return (now - CALL_NS - rules * RULE_NS) * walks >= MAKE_NS + rules * MAKE_RULE_NS;
  },
};

/** Walks between two looks, at most: what is counted between them stays an int32. */
const LONGEST = 1 << 20;
const LAST_LOOK = 1 << 29;
/** No walk has this number. */
const NEVER = -1;
/** Rules in one function, and characters of its source, which are about as many as octets of bytecode: V8 optimises none that is long. */
const PIECE_RULES = 256;
const PIECE_LENGTH = 24_000;

type Piece = (packet: Packet) => number;

export class CodeMaker {
  readonly policy: CodePolicy;
  private readonly interfaces: InterfaceTests;
  private readonly services: Services;
  private readonly tally: Tally;
  private coded: { readonly chain: CompiledChain; readonly code: ChainCode; readonly functions: number }[] = [];
  private isForbidden = false;

  constructor(policy: CodePolicy, interfaces: InterfaceTests, services: Services, tally: Tally) {
    this.policy = policy;
    this.interfaces = interfaces;
    this.services = services;
    this.tally = tally;
  }

  /** Look at a chain that has been walked `lookAt` times, and make code of it if that pays. */
  look(chain: CompiledChain, walker: Walker): void {
    const { walks, lookedAt, length, ruleIndex } = chain;
    const asked = chain.asked / (walks - lookedAt);
    if (this.policy.isWorthIt({ rules: length, walks, asked, nsToFind: ruleIndex?.nsPerAsking ?? 0 })) {
      chain.code = this.make(chain, walker);
      chain.lookAt = NEVER;
      return;
    }
    chain.lookedAt = walks;
    chain.asked = 0;
    chain.lookAt = walks < LAST_LOOK ? walks + Math.min(walks, LONGEST) : NEVER;
  }

  private make(chain: CompiledChain, walker: Walker): ChainCode | null {
    const { length } = chain;
    if (this.isForbidden || length === 0) return null;
    if (this.functions + length / PIECE_RULES > this.policy.maxFunctions) return null;
    const pieces = this.pieces(chain, walker);
    if (pieces === null) return null;
    const code = pieces.length === 1 ? (pieces[0] as ChainCode) : inTurn(pieces);
    this.coded.push({ chain, code, functions: pieces.length });
    return code;
  }

  /** Null where no code may be made, or a rule is refused for this host: whoever meets that is to tell. */
  private pieces(chain: CompiledChain, walker: Walker): readonly Piece[] | null {
    const pieces: Piece[] = [];
    try {
      for (let from = 0; from < chain.length; ) {
        const { source, end } = this.collect(chain, from);
        pieces.push(this.build(source, end < chain.length ? null : chain.builtin ? -1 : chain.endId, walker));
        from = end;
      }
      return pieces;
    } catch (error) {
      if (!(error instanceof HooklineError)) this.isForbidden = true;
      return null;
    }
  }

  /** The rules of one function from a place on, and where they end. */
  private collect(chain: CompiledChain, from: number): { readonly source: ChainSource; readonly end: number } {
    const source = new ChainSource(chain, this.interfaces, this.services.notes !== undefined);
    const last = Math.min(chain.length, from + PIECE_RULES);
    let end = from;
    while (end < last && source.length < PIECE_LENGTH) {
      source.add(chain.rule(end), chain.step(end), end);
      end++;
    }
    return { source, end };
  }

  private build(source: ChainSource, end: number | null, walker: Walker): Piece {
    const { conntrack, notes } = this.services;
    // eslint-disable-next-line no-new-func, typescript/no-implied-eval -- made of numbers only
    const make = new Function(...PARAMETERS, source.text(end)) as (...parts: unknown[]) => Piece;
    return make(this.tally, source.matches, source.targets, source.devices, source.chains, conntrack, notes, walker, isWhole);
  }

  /** Functions there are now: those of chains that have changed are no more. */
  private get functions(): number {
    this.coded = this.coded.filter(({ chain, code }) => chain.code === code);
    return this.coded.reduce((sum, { functions }) => sum + functions, 0);
  }
}

function inTurn(pieces: readonly Piece[]): ChainCode {
  return (packet) => {
    let verdict = FELL;
    for (let i = 0; verdict === FELL; i++) verdict = pieces[i]!(packet);
    return verdict as Verdict;
  };
}
