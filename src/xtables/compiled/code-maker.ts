/**
 * CodeMaker: turns hot chains of one table into functions (chain-source.ts). A chain is hot once it has been entered often enough; cold
 * ones stay rows, as a function costs more to make than a few walks do. Where no code may be made from strings there is none, and the rows
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

export interface CodePolicy {
  /** Walks of a chain before code is made of it. */
  readonly walks: number;
  /** What a rule costs in code where its packet does not match it, ns: with an index the cheaper of the two is taken. */
  readonly nsPerRule: number;
  /** Functions that a table may have. */
  readonly maxFunctions: number;
}

/**
 * Measured on chains of 20 to 2,000 rules: 0.1 to 0.3 ns a rule once V8 has optimised it, which is dear for long ones. In rule sets of
 * very many chains no function is called often enough to be optimised: there 64 do no harm, and thousands cost seconds.
 */
export const DEFAULT_CODE: CodePolicy = { walks: 100, nsPerRule: 0.5, maxFunctions: 64 };

/** Rules in one function, and characters of its source, which are about as many as octets of bytecode: V8 optimises none that is long. */
const PIECE_RULES = 256;
const PIECE_LENGTH = 24_000;

/** Entering a function, ns. */
const CALL_NS = 10;

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

  /** Code of a chain; null where its rules are better asked one by one, or by an index. */
  make(chain: CompiledChain, walker: Walker): ChainCode | null {
    const { length } = chain;
    if (this.isForbidden || length === 0 || this.isCheaperByIndex(chain)) return null;
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

  /** By what the chain's walks have shown so far: how often its index was asked. */
  private isCheaperByIndex({ ruleIndex, asked, walks, length }: CompiledChain): boolean {
    return ruleIndex !== null && (1 + asked / walks) * ruleIndex.nsPerAsking < CALL_NS + length * this.policy.nsPerRule;
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
