/**
 * The plain evaluator once more, telling a listener every rule it looks at. It answers and counts as xtables/traverse.ts does; while
 * nobody listens it only walks.
 * @module
 */
import type { Hook } from '../hook/hook.ts';
import { Verdict } from '../hook/verdict.ts';
import type { Packet, ReadonlyPacket } from '../packet/packet.ts';
import type { Chain } from '../xtables/chain.ts';
import type { ChainChange } from '../xtables/chain-change.ts';
import { Action, type CompiledChain, Compiler, type Step } from '../xtables/compile.ts';
import type { Evaluator, Tally } from '../xtables/evaluator.ts';
import type { Services } from '../xtables/services.ts';
import type { Table } from '../xtables/table.ts';

/** Told of one walk through one table, in order. `part` 0 is the header of a rule, 1 its first match ... */
export interface WalkListener {
  failed(id: number, part: number, depth: number, packet: ReadonlyPacket): void;
  hotdrop(id: number, part: number, depth: number, packet: ReadonlyPacket): void;
  hit(id: number, depth: number, packet: ReadonlyPacket): void;
  /** What came of the last rule that hit at this depth. */
  result(id: number, depth: number, what: string): void;
  end(id: number, depth: number, verdict: Verdict, packet: ReadonlyPacket): void;
  done(verdict: Verdict): void;
}

/** The listener of the walk that begins now; null: nobody listens. */
export type Listen = () => WalkListener | null;

const HOLDS = -1;
const RESULTS: ReadonlyMap<Verdict, string> = new Map<Verdict, string>([
  [Verdict.Continue, 'goes on'],
  [Verdict.Drop, 'DROP'],
  [Verdict.Accept, 'ACCEPT'],
  [Verdict.Stolen, 'taken over'],
  [Verdict.Queue, 'QUEUE'],
  [Verdict.Repeat, 'REPEAT'],
]);

export class TracingEvaluator implements Evaluator {
  private readonly bases: (CompiledChain | undefined)[] = [];
  private readonly compiler: Compiler;
  private readonly tally: Tally;
  private readonly listen: Listen;

  constructor(table: Table, services: Services, tally: Tally, listen: Listen) {
    this.compiler = new Compiler(table, services);
    for (const hook of table.kind.hooks) this.bases[hook] = this.compiler.chain(table.base(hook));
    this.tally = tally;
    this.listen = listen;
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
    const listener = this.listen();
    let verdict = this.walk(base, packet, listener, 0);
    if (verdict === Verdict.Continue) {
      this.tally.hit(base.endId, packet);
      packet.rule = base.endId;
      verdict = base.policy;
      listener?.end(base.endId, 0, verdict, packet);
    }
    listener?.done(verdict);
    return verdict;
  }

  /** Continue: fell off the chain, or returned from it. */
  private walk(entered: CompiledChain, packet: Packet, listener: WalkListener | null, depth: number): Verdict {
    let chain = entered;
    let { steps } = chain;
    for (let i = 0; i < steps.length; i++) {
      const step = steps[i]!;
      const part = failedPart(step, packet);
      if (part !== HOLDS) {
        if (packet.hotdrop) {
          listener?.hotdrop(step.id, part, depth, packet);
          return Verdict.Drop;
        }
        listener?.failed(step.id, part, depth, packet);
        continue;
      }
      this.tally.hit(step.id, packet);
      listener?.hit(step.id, depth, packet);
      if (packet.hotdrop) return dropAfter(step, packet, listener, depth);
      if (step.action === Action.Count) {
        listener?.result(step.id, depth, 'goes on');
        continue;
      }
      if (step.action === Action.Return) {
        listener?.result(step.id, depth, 'RETURN');
        return Verdict.Continue;
      }
      if (step.action === Action.Goto) {
        listener?.result(step.id, depth, 'goto');
        chain = step.chain!;
        steps = chain.steps;
        i = -1;
        continue;
      }
      const verdict = this.act(step, packet, listener, depth);
      if (verdict !== Verdict.Continue) return verdict;
    }
    if (!chain.builtin) {
      this.tally.hit(chain.endId, packet);
      listener?.end(chain.endId, depth, Verdict.Continue, packet);
    }
    return Verdict.Continue;
  }

  private act(step: Step, packet: Packet, listener: WalkListener | null, depth: number): Verdict {
    if (step.action === Action.Jump) {
      listener?.result(step.id, depth, 'jump');
      return this.walk(step.chain!, packet, listener, depth + 1);
    }
    const verdict = step.action === Action.Target ? step.target!(packet) : step.verdict;
    if (verdict !== Verdict.Continue) packet.rule = step.id;
    listener?.result(step.id, depth, resultName(verdict));
    return verdict;
  }
}

/** A verdict in the words of a rule set. */
export function resultName(verdict: Verdict): string {
  return RESULTS.get(verdict) ?? '';
}

/** A match held although it could not look: the rule counts, its target works, and the packet is dropped. */
function dropAfter(step: Step, packet: Packet, listener: WalkListener | null, depth: number): Verdict {
  if (step.action === Action.Target) step.target!(packet);
  listener?.result(step.id, depth, 'DROP');
  return Verdict.Drop;
}

/** Number of the first part that does not hold, or HOLDS. */
function failedPart(step: Step, packet: Packet): number {
  if (step.header !== null && !step.header.matches(packet)) return 0;
  const { matches } = step;
  for (let i = 0; i < matches.length; i++) if (!matches[i]!(packet)) return i + 1;
  return HOLDS;
}
