/**
 * Traversal: a packet's walk through the chains of one table at one hook. Kernel counterpart: ipt_do_table.
 *
 *   header, then matches left to right; all hold: count, then the target
 *   jump   walk the other chain, come back behind the rule       goto     walk it instead of the rest of this one
 *   return the caller's next rule; from a built-in chain: the policy        hotdrop  drop at once, nothing counted
 *
 * A jump is a call, so that a packet made by a target in mid-walk (REJECT's answer) may walk the same table before the first
 * walk ends; load-time checks bound the depth. Nothing is allocated.
 * @module
 */
import type { Hook } from '../hook/hook.ts';
import { Verdict } from '../hook/verdict.ts';
import type { Packet } from '../packet/packet.ts';
import type { Chain } from './chain.ts';
import type { ChainChange } from './chain-change.ts';
import { Action, type CompiledChain, Compiler, type Step } from './compile.ts';
import type { Evaluator, Tally } from './evaluator.ts';
import type { Services } from './services.ts';
import type { Table } from './table.ts';

/** The plain evaluator of a table: every rule asked in its turn. */
export function interpret(table: Table, services: Services, tally: Tally): Evaluator {
  return new Interpreter(table, services, tally);
}

class Interpreter implements Evaluator {
  /** By hook; undefined where the table is not asked. */
  private readonly bases: (CompiledChain | undefined)[] = [];
  private readonly compiler: Compiler;
  private readonly tally: Tally;

  constructor(table: Table, services: Services, tally: Tally) {
    this.compiler = new Compiler(table, services);
    for (const hook of table.kind.hooks) this.bases[hook] = this.compiler.chain(table.base(hook));
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
    if (verdict !== Verdict.Continue) return verdict;
    this.tally.hit(base.endId, packet);
    packet.rule = base.endId;
    return base.policy;
  }

  /** Continue: fell off the chain, or returned from it. */
  private walk(entered: CompiledChain, packet: Packet): Verdict {
    let chain = entered;
    let { steps } = chain;
    for (let i = 0; i < steps.length; i++) {
      const step = steps[i]!;
      if (!holds(step, packet)) {
        if (packet.hotdrop) return dropBy(step, packet);
        continue;
      }
      this.tally.hit(step.id, packet);
      if (packet.hotdrop) return dropAfter(step, packet);
      if (step.action === Action.Count) continue;
      if (step.action === Action.Return) return Verdict.Continue;
      if (step.action === Action.Goto) {
        chain = step.chain!;
        steps = chain.steps;
        i = -1;
        continue;
      }
      const verdict = this.act(step, packet);
      if (verdict !== Verdict.Continue) return verdict;
    }
    if (!chain.builtin) this.tally.hit(chain.endId, packet);
    return Verdict.Continue;
  }

  private act(step: Step, packet: Packet): Verdict {
    if (step.action === Action.Jump) return this.walk(step.chain!, packet);
    const verdict = step.action === Action.Target ? step.target!(packet) : step.verdict;
    if (verdict !== Verdict.Continue) packet.rule = step.id;
    return verdict;
  }
}

/** A match could not look at what it must: the packet ends at its rule. */
export function dropBy(step: Step, packet: Packet): Verdict {
  packet.rule = step.id;
  return Verdict.Drop;
}

/** A match held although it could not look (an inverted test): the rule counts, its target works, and the packet is dropped. */
export function dropAfter(step: Step, packet: Packet): Verdict {
  if (step.action === Action.Target) step.target!(packet);
  return dropBy(step, packet);
}

/** Whether a packet is what the rule asks for: header, then matches left to right. */
export function holds(step: Step, packet: Packet): boolean {
  if (step.header !== null && !step.header.matches(packet)) return false;
  const { matches } = step;
  for (let i = 0; i < matches.length; i++) if (!matches[i]!(packet)) return false;
  return true;
}
