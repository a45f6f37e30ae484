/**
 * The evaluator of a table that asks a packet only the rules it can match: the interpreter's walk (traverse.ts) over chains that
 * are long enough for an index, and rule by rule over the others. Verdicts, counters, order and effects are the interpreter's.
 *
 * A rule that was passed over cannot have matched, nor had any effect. Whatever a target changed on the packet (its mark, its
 * addresses) is seen, as the index is asked anew behind every rule.
 * Proof: test/property/xtables/indexed.prop.ts.
 * @module
 */
import type { Hook } from '../../hook/hook.ts';
import { Verdict } from '../../hook/verdict.ts';
import type { Packet } from '../../packet/packet.ts';
import type { Chain } from '../chain.ts';
import type { ChainChange } from '../chain-change.ts';
import { Action, type CompiledChain, Compiler, type Step } from '../compile.ts';
import type { Evaluator, EvaluatorFactory, Tally } from '../evaluator.ts';
import type { Table } from '../table.ts';
import { dropAfter, dropBy, holds } from '../traverse.ts';
import { DEFAULT_POLICY, type IndexPolicy } from './chain-index.ts';

// Names of this module's own: V8 folds those into the code and loads an imported constant every time.
const CONTINUE = Verdict.Continue;
const COUNT = Action.Count;
const RETURN = Action.Return;
const GOTO = Action.Goto;
const JUMP = Action.Jump;
const TARGET = Action.Target;

/** Chains are indexed where that pays. */
export const evaluateIndexed: EvaluatorFactory = indexedBy(DEFAULT_POLICY);

export function indexedBy(policy: IndexPolicy): EvaluatorFactory {
  return (table, services, tally) => new IndexedEvaluator(table, new Compiler(table, services, policy), tally);
}

class IndexedEvaluator implements Evaluator {
  /** By hook; undefined where the table is not asked. */
  private readonly bases: (CompiledChain | undefined)[] = [];
  private readonly compiler: Compiler;
  private readonly tally: Tally;

  constructor(table: Table, compiler: Compiler, tally: Tally) {
    this.compiler = compiler;
    for (const hook of table.kind.hooks) this.bases[hook] = compiler.chain(table.base(hook));
    this.tally = tally;
  }

  prepare(changes: readonly ChainChange[]): void {
    this.compiler.prepare(changes);
  }

  update(changes: readonly ChainChange[], gone: readonly Chain[]): void {
    this.compiler.update(changes, gone);
  }

  run(hook: Hook, packet: Packet): Verdict {
    const base = this.bases[hook];
    if (base === undefined) return Verdict.Accept;
    const verdict = this.walk(base, packet);
    if (verdict !== CONTINUE) return verdict;
    this.tally.hit(base.endId, packet);
    packet.rule = base.endId;
    return base.policy;
  }

  /** Continue: fell off the chain, or returned from it. */
  private walk(entered: CompiledChain, packet: Packet): Verdict {
    let chain = entered;
    let index = chain.ruleIndex;
    let { length } = chain;
    for (let i = index === null ? 0 : index.next(packet, 0); i < length; i = index === null ? i + 1 : index.next(packet, i + 1)) {
      const step = chain.step(i);
      if (!holds(step, packet)) {
        if (packet.hotdrop) return dropBy(step, packet);
        continue;
      }
      this.tally.hit(step.id, packet);
      if (packet.hotdrop) return dropAfter(step, packet);
      if (step.action === COUNT) continue;
      if (step.action === RETURN) return CONTINUE;
      if (step.action === GOTO) {
        chain = step.chain!;
        index = chain.ruleIndex;
        ({ length } = chain);
        i = -1;
        continue;
      }
      const verdict = this.act(step, packet);
      if (verdict !== CONTINUE) return verdict;
    }
    if (!chain.builtin) this.tally.hit(chain.endId, packet);
    return CONTINUE;
  }

  private act(step: Step, packet: Packet): Verdict {
    if (step.action === JUMP) return this.walk(step.chain!, packet);
    const verdict = step.action === TARGET ? step.target!(packet) : step.verdict;
    if (verdict !== CONTINUE) packet.rule = step.id;
    return verdict;
  }
}
