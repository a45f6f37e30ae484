/**
 * Blockers: what certainly goes no further than a rule, of the rules of one chain so far, found by destination address: most chains
 * that are long tell their rules apart by it.
 * @module
 */
import type { Box } from './box.ts';
import { Field } from './field.ts';
import type { Intervals, Value } from './intervals.ts';

/** Packets that do not come past a rule. */
export interface Blocker {
  readonly box: Box;
  /** Place of the rule in the chain. */
  readonly place: number;
  /** Numbers of the rules that stop them: the rule, or those of a chain it leads to. */
  readonly rules: readonly number[];
}

const NONE: readonly Blocker[] = [];

export class Blockers {
  private readonly all: Blocker[] = [];
  /** Those that do not ask for one destination. */
  private readonly broad: Blocker[] = [];
  private readonly byDestination: Map<Value, Blocker[]> = new Map();

  get size(): number {
    return this.all.length;
  }

  add(blocker: Blocker): void {
    this.all.push(blocker);
    const one = single(blocker.box.get(Field.Dst));
    if (one === null) {
      this.broad.push(blocker);
      return;
    }
    const list = this.byDestination.get(one);
    if (list === undefined) this.byDestination.set(one, [blocker]);
    else list.push(blocker);
  }

  /** All that may have packets of a box in common with it, in order of their rules. */
  candidates(box: Box): readonly Blocker[] {
    const one = single(box.get(Field.Dst));
    if (one === null) return this.all;
    const near = this.byDestination.get(one) ?? NONE;
    if (this.broad.length === 0) return near;
    if (near.length === 0) return this.broad;
    return [...this.broad, ...near].sort((a, b) => a.place - b.place);
  }
}

/** The one value of a set, or null. */
function single(values: Intervals | undefined): Value | null {
  if (values?.length !== 2) return null;
  const [lo, hi] = values;
  if (typeof lo === 'number') return hi === lo + 1 ? lo : null;
  return typeof lo === 'bigint' && hi === lo + 1n ? lo : null;
}
