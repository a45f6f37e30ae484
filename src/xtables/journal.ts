/**
 * Journal: what an edit of tables has touched, as it was before. Taken back as a whole when something in the edit is refused.
 * @module
 */
import { type Chain, type ChainState, lengthBefore } from './chain.ts';
import { type ChainChange, changeOf, newChain } from './chain-change.ts';
import type { Rule } from './rule.ts';
import { Table, type TableKind } from './table.ts';

export class Journal {
  /** Chains that were there, as they were before the first touch. */
  private readonly before: Map<Chain, ChainState> = new Map();
  private readonly tableOf: Map<Chain, Table> = new Map();
  private readonly made: Map<Chain, Table> = new Map();
  /** Chains that were there and are gone. */
  private readonly gone: Map<Chain, Table> = new Map();
  private readonly zero: Map<Chain, { all: boolean; readonly rules: Set<Rule> }> = new Map();
  private readonly counted: Set<Chain> = new Set();
  /** Tables that were not there. */
  readonly newTables: Table[] = [];

  addTable(kind: TableKind): Table {
    const table = new Table(kind);
    this.newTables.push(table);
    return table;
  }

  /** Before a chain is changed. */
  touch(table: Table, chain: Chain): void {
    if (this.made.has(chain) || this.before.has(chain)) return;
    this.before.set(chain, chain.snapshot());
    this.tableOf.set(chain, table);
  }

  /** A chain has been added. */
  added(table: Table, chain: Chain): void {
    this.made.set(chain, table);
  }

  /** A rule's counters are set to zero; null: those of all rules the chain has, and of its end. */
  zeroed(chain: Chain, rule: Rule | null): void {
    const zero = this.zero.get(chain) ?? { all: false, rules: new Set() };
    this.zero.set(chain, zero);
    if (rule !== null) zero.rules.add(rule);
    else {
      zero.all = true;
      this.endCounted(chain);
    }
  }

  /** The end of a chain counts on from what the chain says now. */
  endCounted(chain: Chain): void {
    this.counted.add(chain);
  }

  isEndCounted(chain: Chain): boolean {
    return this.counted.has(chain);
  }

  isAnyZeroed(chain: Chain): boolean {
    return this.zero.has(chain);
  }

  /** Whether the rule at a place of a chain that is kept shall count from zero. */
  isZeroed(chain: Chain, i: number): boolean {
    const zero = this.zero.get(chain);
    if (zero === undefined) return false;
    const place = chain.place(i);
    return zero.all || (typeof place !== 'number' && zero.rules.has(place));
  }

  /** Before a chain is removed. */
  removing(table: Table, chain: Chain): void {
    if (this.made.delete(chain)) return;
    this.touch(table, chain);
    this.gone.set(chain, table);
  }

  /** Tables that have been edited, new ones included. */
  get tables(): ReadonlySet<Table> {
    return new Set([...this.newTables, ...this.tableOf.values(), ...this.made.values()]);
  }

  /** What is different in a table that was there. */
  changesOf(table: Table): readonly ChainChange[] {
    const changes: ChainChange[] = [];
    for (const [chain, of] of this.made) if (of === table) changes.push(newChain(chain));
    for (const [chain, state] of this.before) {
      if (this.tableOf.get(chain) === table && !this.gone.has(chain)) changes.push(changeOf(chain, state));
    }
    return changes;
  }

  removedFrom(table: Table): readonly Chain[] {
    return [...this.gone].filter(([, of]) => of === table).map(([chain]) => chain);
  }

  /** How many rules a chain had. */
  lengthBefore(chain: Chain): number {
    return lengthBefore(this.before.get(chain)!);
  }

  /** Take everything back. */
  undo(): void {
    for (const table of this.tables) table.checked = false;
    for (const [chain, table] of this.made) {
      chain.clear();
      table.remove(chain);
    }
    for (const [chain, { name }] of this.before) {
      if (!this.gone.has(chain) && chain.name !== name) this.tableOf.get(chain)!.remove(chain);
    }
    for (const [chain, state] of this.before) {
      chain.restore(state);
      this.tableOf.get(chain)!.add(chain);
    }
  }
}
