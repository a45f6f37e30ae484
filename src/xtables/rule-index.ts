/**
 * Numbers of a rule set: every rule, policy and invisible return has a small integer of its own, those of a chain one after another,
 * its end last. Given by table and by chain as it was made; a chain that changes gets a new block of numbers.
 * @module
 */
import { formatLocation, type Location } from '../errors.ts';
import type { Chain } from './chain.ts';
import type { Counters } from './counters.ts';
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

/** Built-in chains of a table, at most; they are its first. */
const POLICIES = 5;

/** Numbers of the ends of a table's chains, each at its chain's endPlace; -1: the chain is gone. Every change looks at all of them. */
interface Ends {
  ids: Int32Array;
  count: number;
}

const FIRST_ENDS = 16;

/** Numbers every rule and chain end, and finds them again. */
export class RuleIndex {
  /** All numbers are below. */
  size = 0;
  private readonly tables: readonly Table[];
  private readonly ends: Map<Table, Ends> = new Map();
  /** Ascending by number; null: to be made again. */
  private chains: { readonly chain: Chain; readonly table: string }[] | null = null;
  /** Blocks that are free, by the logarithm of how many numbers they have. */
  private readonly free: number[][] = [];
  /** The same of blocks given to chains that changed. */
  private readonly blocks: Map<Chain, number> = new Map();

  constructor(tables: readonly Table[]) {
    this.tables = tables;
    for (const table of tables) for (const chain of table.chainsAsMade) this.number(table, chain);
  }

  /** Number a new chain behind all others. */
  number(table: Table, chain: Chain): void {
    let ends = this.ends.get(table);
    if (ends === undefined) this.ends.set(table, (ends = { ids: new Int32Array(FIRST_ENDS), count: 0 }));
    if (ends.count === ends.ids.length) {
      const before = ends.ids;
      ends.ids = new Int32Array(2 * before.length);
      ends.ids.set(before);
    }
    this.size += chain.length;
    chain.endId = this.size++;
    chain.endPlace = ends.count;
    ends.ids[ends.count++] = chain.endId;
    this.chains = null;
  }

  /** Let the ends of all chains of a table count from zero. */
  zeroEnds(table: Table, { packets, bytes }: Counters): void {
    const { ids, count } = this.ends.get(table)!;
    for (let i = 0; i < count; i++) {
      const id = ids[i]!;
      // where no packet has been counted no octet has, but for what a text says of a policy
      if (id < 0 || (packets[id] === 0 && i >= POLICIES)) continue;
      packets[id] = 0;
      bytes[id] = 0;
    }
  }

  /** Number a chain anew that had `length` rules. */
  move(table: Table, chain: Chain, length: number): void {
    const before = chain.endId - length;
    const block = logarithm(chain.length + 1, Math.ceil);
    const start = this.free[block]?.pop() ?? this.size;
    if (start === this.size) this.size += 2 ** block;
    this.release(chain, before, length);
    this.blocks.set(chain, block);
    chain.endId = start + chain.length;
    this.ends.get(table)!.ids[chain.endPlace] = chain.endId;
    this.chains = null;
  }

  /** Forget a chain that is gone and had `length` rules. */
  remove(table: Table, chain: Chain, length: number): void {
    const ends = this.ends.get(table)!;
    ends.ids[chain.endPlace] = -1;
    if (chain.endPlace === ends.count - 1) ends.count--;
    this.release(chain, chain.endId - length, length);
    this.chains = null;
  }

  /** null for a number that is none. */
  place(id: number): RulePlace | null {
    if (!(id >= 0 && id < this.size)) return null;
    const found = this.chainOf(id);
    if (found === null) return null;
    const { chain, table } = found;
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
    return id >= 0 && id < this.size ? (this.chainOf(id)?.chain ?? null) : null;
  }

  /** The chain that holds a number: the first that ends at or behind it, unless it begins behind it. */
  private chainOf(id: number): { readonly chain: Chain; readonly table: string } | null {
    this.chains ??= this.sorted();
    let low = 0;
    let high = this.chains.length - 1;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.chains[middle]!.chain.endId < id) low = middle + 1;
      else high = middle;
    }
    const found = this.chains[low];
    return found !== undefined && found.chain.firstId <= id && id <= found.chain.endId ? found : null;
  }

  private sorted(): { readonly chain: Chain; readonly table: string }[] {
    const chains = this.tables.flatMap((table) => Array.from(table.chainsAsMade, (chain) => ({ chain, table: table.name })));
    return chains.sort((a, b) => a.chain.endId - b.chain.endId);
  }

  private release(chain: Chain, start: number, length: number): void {
    const block = this.blocks.get(chain) ?? logarithm(length + 1, Math.floor);
    this.blocks.delete(chain);
    (this.free[block] ??= []).push(start);
  }
}

function logarithm(count: number, round: (value: number) => number): number {
  return round(Math.log2(count));
}
