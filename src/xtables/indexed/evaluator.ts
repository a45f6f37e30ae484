/**
 * The evaluator of a table that asks a packet only the rules it can match: the interpreter's walk (traverse.ts) over chains that
 * are long enough for an index, and rule by rule over the others. Verdicts, counters, order and effects are the interpreter's.
 *
 * A rule that was passed over cannot have matched, nor had any effect. Whatever a target changed on the packet (its mark, its
 * addresses) is seen, as the index is asked anew behind every rule. A chain that has become code (compiled/) is entered there, by
 * whole packets.
 * Proof: test/property/xtables/evaluators.prop.ts.
 * @module
 */
import type { Hook } from '../../hook/hook.ts';
import { Verdict } from '../../hook/verdict.ts';
import type { Packet } from '../../packet/packet.ts';
import type { Chain } from '../chain.ts';
import type { ChainChange } from '../chain-change.ts';
import { Action, type CompiledChain, Compiler, type Step } from '../compile.ts';
import type { Evaluator, EvaluatorFactory, Tally } from '../evaluator.ts';
import type { CodeMaker, Walker } from '../compiled/code-maker.ts';
import { isWhole } from '../compiled/whole.ts';
import { type RowForm, ROW_FORM, ROW_TARGET, ROW_WORDS } from '../rows/row-form.ts';
import type { RowForms } from '../rows/row-forms.ts';
import type { Table } from '../table.ts';
import type { TargetFunction } from '../target.ts';
import { dropAfter, dropBy, holds } from '../traverse.ts';
import { DEFAULT_POLICY, type IndexPolicy } from './chain-index.ts';

// Names of this module's own: V8 folds those into the code and loads an imported constant every time.
const CONTINUE = Verdict.Continue;
const DROP = Verdict.Drop;
const COUNT = Action.Count;
const RETURN = Action.Return;
const GOTO = Action.Goto;
const JUMP = Action.Jump;
const TARGET = Action.Target;
const WORDS = ROW_WORDS;
const FORM = ROW_FORM;
const LEADS_TO = ROW_TARGET;

/** Chains are indexed where that pays. */
export const evaluateIndexed: EvaluatorFactory = indexedBy(DEFAULT_POLICY);

/** `byRows`: rules of one form share what they have in common (rows/). */
export function indexedBy(policy: IndexPolicy, byRows = true): EvaluatorFactory {
  return (table, services, tally) => new IndexedEvaluator(table, new Compiler(table, services, policy, byRows), tally);
}

export class IndexedEvaluator implements Evaluator, Walker {
  /** By hook; undefined where the table is not asked. */
  private readonly bases: (CompiledChain | undefined)[] = [];
  private readonly compiler: Compiler;
  private readonly rows: RowForms | null;
  private readonly tally: Tally;
  private readonly maker: CodeMaker | null;
  /** Walks of a chain before it is first looked at whether it shall be code; 0: it never is. */
  private readonly firstLook: number;

  /** `maker`: makes code of hot chains; null: none is made. */
  constructor(table: Table, compiler: Compiler, tally: Tally, maker: CodeMaker | null = null) {
    this.maker = maker;
    this.firstLook = maker === null ? 0 : maker.policy.walks;
    this.compiler = compiler;
    this.rows = compiler.rows;
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
    const verdict = this.enter(base, packet);
    if (verdict !== CONTINUE) return verdict;
    this.tally.hit(base.endId, packet);
    packet.rule = base.endId;
    return base.policy;
  }

  /** Walk a chain. Continue: fell off it, or returned from it. */
  enter(chain: CompiledChain, packet: Packet): Verdict {
    const { code } = chain;
    if (code !== null) {
      if (isWhole(packet)) return code(packet);
    } else if (this.firstLook > 0 && chain.lookAt >= 0) this.count(chain);
    return this.resume(chain, packet, 0);
  }

  private count(chain: CompiledChain): void {
    if (chain.lookAt === 0) chain.lookAt = this.firstLook;
    if (++chain.walks >= chain.lookAt) this.maker!.look(chain, this);
  }

  /** Walk the rules of a chain from one on. */
  resume(chain: CompiledChain, packet: Packet, from: number): Verdict {
    chain.enter();
    const index = chain.ruleIndex;
    const { length } = chain;
    for (let i = index === null ? from : index.next(packet, from); i < length; i = index === null ? i + 1 : index.next(packet, i + 1)) {
      chain.asked = (chain.asked + 1) | 0;
      const { words } = chain;
      if (words !== null) {
        const at = chain.wordsAt + i * WORDS;
        const number = words[at + FORM]! || chain.fill(i);
        if (number > 0) {
          const form = this.rows!.forms[number - 1]!;
          const id = chain.endId - length + i;
          if (!form.holds(packet, words, at)) {
            if (!packet.hotdrop) continue;
            packet.rule = id;
            return DROP;
          }
          this.tally.hit(id, packet);
          if (packet.hotdrop) return this.dropAfterRow(form, id, words[at + LEADS_TO]!, packet);
          const { action } = form;
          if (action === COUNT) continue;
          if (action === RETURN) return CONTINUE;
          if (action === GOTO) return this.enter(this.compiler.numbered[words[at + LEADS_TO]!]!, packet);
          const verdict = this.actRow(form, id, words[at + LEADS_TO]!, packet);
          if (verdict !== CONTINUE) return verdict;
          continue;
        }
      }
      const step = chain.step(i);
      if (!holds(step, packet)) {
        if (packet.hotdrop) return dropBy(step, packet);
        continue;
      }
      this.tally.hit(step.id, packet);
      if (packet.hotdrop) return dropAfter(step, packet);
      if (step.action === COUNT) continue;
      if (step.action === RETURN) return CONTINUE;
      if (step.action === GOTO) return this.enter(step.chain!, packet);
      const verdict = this.act(step, packet);
      if (verdict !== CONTINUE) return verdict;
    }
    if (!chain.builtin) this.tally.hit(chain.endId, packet);
    return CONTINUE;
  }

  private act(step: Step, packet: Packet): Verdict {
    if (step.action === JUMP) return this.enter(step.chain!, packet);
    const verdict = step.action === TARGET ? step.target!(packet) : step.verdict;
    if (verdict !== CONTINUE) packet.rule = step.id;
    return verdict;
  }

  /** The same for a rule that is a row. */
  private actRow(form: RowForm, id: number, leadsTo: number, packet: Packet): Verdict {
    if (form.action === JUMP) return this.enter(this.compiler.numbered[leadsTo]!, packet);
    const verdict = form.action === TARGET ? this.targetOf(form, leadsTo)(packet) : form.verdict;
    if (verdict !== CONTINUE) packet.rule = id;
    return verdict;
  }

  /** As traverse.ts, dropAfter. */
  private dropAfterRow(form: RowForm, id: number, leadsTo: number, packet: Packet): Verdict {
    if (form.action === TARGET) this.targetOf(form, leadsTo)(packet);
    packet.rule = id;
    return DROP;
  }

  private targetOf(form: RowForm, own: number): TargetFunction {
    return form.target ?? this.rows!.targets[own]!;
  }
}
