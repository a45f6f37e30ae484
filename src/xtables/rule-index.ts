/**
 * Numbers of a rule set: every rule, policy and invisible return has a small integer of its own, ascending by table, by chain as
 * it was made, and in a chain by its rules, its end last.
 * @module
 */
import { formatLocation, type Location } from '../errors.ts';
import type { Chain } from './chain.ts';
import type { Rule } from './rule.ts';
import type { Table } from './table.ts';

/** What a number stands for. */
export interface RulePlace {
  /** `filter:INPUT:4`, `filter:INPUT:policy`, `filter:LOGDROP:return`. */
  readonly name: string;
  /** `file:line:column` of the rule, or of the line that names the chain; '' for a built-in chain that none does. */
  readonly at: string;
  readonly table: string;
  readonly chain: string;
  readonly kind: 'rule' | 'policy' | 'return';
  /** Place in the chain, from 1; a policy or return stands behind the last rule. */
  readonly number: number;
  readonly location: Location | null;
}

/** Numbers every rule and chain end, and finds them again. */
export class RuleIndex {
  readonly size: number;
  private readonly chains: Chain[] = [];
  /** Number behind the last of each table. */
  private readonly tables: { readonly name: string; readonly end: number }[] = [];

  constructor(tables: readonly Table[]) {
    let next = 0;
    for (const table of tables) {
      for (const chain of table.chainsAsMade) {
        next += chain.length;
        chain.endId = next++;
        this.chains.push(chain);
      }
      this.tables.push({ name: table.name, end: next });
    }
    this.size = next;
  }

  /** null for a number that is none. */
  place(id: number): RulePlace | null {
    if (!(id >= 0 && id < this.size)) return null;
    const chain = this.chains[this.chainOf(id)]!;
    const table = this.tables.find(({ end }) => id < end)!.name;
    const number = id - chain.firstId + 1;
    const isRule = id < chain.endId;
    const kind = isRule ? 'rule' : chain.builtin ? 'policy' : 'return';
    const location = isRule ? chain.rule(number - 1).at : chain.at;
    return {
      name: `${table}:${chain.name}:${isRule ? number : kind}`,
      at: location === null ? '' : formatLocation(location),
      table,
      chain: chain.name,
      kind,
      number,
      location,
    };
  }

  /** null for a policy or return, and for a number that is none. */
  rule(id: number): Rule | null {
    const chain = this.chain(id);
    return chain === null || id === chain.endId ? null : chain.rule(id - chain.firstId);
  }

  /** The chain that a number is in; null for a number that is none. */
  chain(id: number): Chain | null {
    return id >= 0 && id < this.size ? this.chains[this.chainOf(id)]! : null;
  }

  /** Position of the chain that holds a number: the first that ends at or behind it. */
  private chainOf(id: number): number {
    let low = 0;
    let high = this.chains.length - 1;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.chains[middle]!.endId < id) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
