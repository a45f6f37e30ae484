/**
 * Reach: which hooks lead to which rules. The kernel walks every table from its hooks when it is loaded: rules it cannot get to
 * (a chain nobody jumps to, what stands behind an unconditional verdict) are not held to any hook, and a circle of jumps is
 * refused only where a hook leads into it.
 *
 * What is known of a chain stands in arrays, by the number the walk gives it.
 * Kernel counterpart: mark_source_chains.
 * @module
 */
import type { Chain } from './chain.ts';
import { isUnconditionalVerdict, type Rule } from './rule.ts';
import type { Table } from './table.ts';

/** Chains of a circle, the first again at the end, and the rule that closes it. */
export interface Loop {
  readonly path: readonly Chain[];
  readonly rule: Rule;
}

export interface Reach {
  /** The chains the walk has come to, each behind all those it leads to. */
  readonly chains: readonly Chain[];
  /** By those chains: hooks (as bits, `1 << hook`) from which a packet may come. */
  readonly hooks: Uint8Array;
  /** By those chains: how many of its rules may be come to: those up to the first that ends it for every packet. */
  readonly ends: Int32Array;
  /** By those chains: the deepest walk from there on, in chains. */
  readonly depths: Int32Array;
  readonly loop: Loop | null;
  /** Most chains a packet may be in at once. */
  readonly depth: number;
}

const OPEN = -1;
const UNSEEN = -2;

/** Walks the chains of a table from its hooks. */
export function reachOf(table: Table): Reach {
  return new Walk(table).run();
}

class Walk {
  private readonly table: Table;
  private readonly chains: Chain[] = [];
  /** By number of chain: its place in `order` once the walk has left it; OPEN while it is on the path; UNSEEN before. */
  private readonly left: Int32Array;
  /** Rule to look at next, and how many may be come to as far as is known. */
  private readonly next: Int32Array;
  private readonly limit: Int32Array;
  /** Deepest walk from here on, in chains. */
  private readonly depth: Int32Array;
  private readonly order: Chain[] = [];
  private readonly path: number[] = [];

  constructor(table: Table) {
    this.table = table;
    for (const chain of table.chainsAsMade) {
      chain.number = this.chains.length;
      this.chains.push(chain);
    }
    const count = this.chains.length;
    this.left = new Int32Array(count).fill(UNSEEN);
    this.next = new Int32Array(count);
    this.depth = new Int32Array(count).fill(1);
    this.limit = new Int32Array(count);
    for (let i = 0; i < count; i++) this.limit[i] = this.chains[i]!.length;
  }

  run(): Reach {
    const { order, table } = this;
    const hooks = new Uint8Array(this.chains.length);
    let depth = 0;
    for (const hook of table.kind.hooks) {
      const base = table.base(hook);
      const loop = this.from(base);
      if (loop !== null) return { chains: order, hooks, ends: this.limit, depths: this.depth, loop, depth };
      hooks[this.left[base.number]!]! |= 1 << hook;
      depth = Math.max(depth, this.depth[base.number]!);
    }
    for (let i = order.length - 1; i >= 0; i--) this.passOn(order[i]!, hooks[i]!, hooks);
    return { chains: order, hooks, ends: this.byOrder(this.limit), depths: this.byOrder(this.depth), loop: null, depth };
  }

  /** What stands in an array by number of chain, by place in `order`. */
  private byOrder(array: Int32Array): Int32Array {
    const { order } = this;
    const ordered = new Int32Array(order.length);
    for (let i = 0; i < order.length; i++) ordered[i] = array[order[i]!.number]!;
    return ordered;
  }

  /** Hooks that lead to a chain lead to those it leads to. */
  private passOn(chain: Chain, hooks: number, into: Uint8Array): void {
    const end = this.limit[chain.number]!;
    for (let i = 0; i < end; i++) {
      const target = chain.leadsTo(i);
      if (target !== null) into[this.left[target.number]!]! |= hooks;
    }
  }

  /** Depth first, without recursion: chains may nest as deep as there are chains. */
  private from(base: Chain): Loop | null {
    const { path, left, chains } = this;
    this.enter(base);
    while (path.length > 0) {
      const number = path[path.length - 1]!;
      const chain = chains[number]!;
      const target = this.nextJump(chain);
      if (target === null) {
        this.leave(chain);
        continue;
      }
      const known = left[target.number]!;
      if (known === UNSEEN) this.enter(target);
      else if (known === OPEN) return this.loopTo(target, chain.rule(this.next[number]! - 1));
      else this.depth[number] = Math.max(this.depth[number]!, this.depth[target.number]! + 1);
    }
    return null;
  }

  /** Where the next rule that jumps leads; null behind the last that may be come to. */
  private nextJump(chain: Chain): Chain | null {
    const { number } = chain;
    const { next, limit } = this;
    while (next[number]! < limit[number]!) {
      const i = next[number]!++;
      const target = chain.leadsTo(i);
      if (target !== null) return target;
      if (isUnconditionalVerdict(chain.like(i))) limit[number] = i + 1;
    }
    return null;
  }

  private enter({ number }: Chain): void {
    this.left[number] = OPEN;
    this.path.push(number);
  }

  private leave(chain: Chain): void {
    const { path, depth } = this;
    path.pop();
    this.left[chain.number] = this.order.length;
    this.order.push(chain);
    if (path.length === 0) return;
    const above = path[path.length - 1]!;
    depth[above] = Math.max(depth[above]!, depth[chain.number]! + 1);
  }

  private loopTo(chain: Chain, rule: Rule): Loop {
    const { path, chains } = this;
    const circle = path.slice(path.indexOf(chain.number)).map((number) => chains[number]!);
    return { path: [...circle, chain], rule };
  }
}
