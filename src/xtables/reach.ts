/**
 * Reach: which hooks lead to which rules. The kernel walks every table from its hooks when it is loaded: rules it cannot get to
 * (a chain nobody jumps to, what stands behind an unconditional verdict) are not held to any hook, and a circle of jumps is
 * refused only where a hook leads into it.
 *
 * Kernel counterpart: mark_source_chains.
 * @module
 */
import type { Chain } from './chain.ts';
import { isUnconditionalVerdict, type Rule } from './rule.ts';
import type { Table } from './table.ts';

/** A chain the walk has come to. */
export interface Reached {
  /** How many of its rules may be come to: those up to the first that ends it for every packet. */
  readonly end: number;
  /** Hooks (as bits, `1 << hook`) from which a packet may come. */
  hooks: number;
}

export interface Reach {
  readonly chains: ReadonlyMap<Chain, Reached>;
  /** Chains of a circle, the first again at the end, and the rule that closes it; null for none. */
  readonly loop: { readonly path: readonly Chain[]; readonly rule: Rule } | null;
  /** Most chains a packet may be in at once. */
  readonly depth: number;
}

/** A chain with what it leads to; looked at once, however many rules lead to it. */
class Visit implements Reached {
  readonly chain: Chain;
  readonly end: number;
  /** Rules that jump on, each other chain once. */
  readonly jumps: readonly Rule[];
  hooks = 0;
  /** Jump to follow next. */
  next = 0;
  /** On the path from the hook to where the walk is. */
  open = true;
  /** Deepest walk from here on, in chains. */
  depth = 1;

  constructor(chain: Chain) {
    this.chain = chain;
    const { rules } = chain;
    const jumps: Rule[] = [];
    let end = 0;
    while (end < rules.length) {
      const rule = rules[end++]!;
      const { kind } = rule.target;
      if (kind === 'jump' || kind === 'goto') jumps.push(rule);
      else if (kind === 'verdict' && isUnconditionalVerdict(rule)) break;
    }
    this.end = end;
    this.jumps = jumps;
  }
}

/** Walks the chains of a table from its hooks. */
export function reachOf(table: Table): Reach {
  const visits = new Map<Chain, Visit>();
  /** Every chain behind all those it leads to. */
  const order: Visit[] = [];
  let depth = 0;
  for (const hook of table.kind.hooks) {
    const base = table.base(hook);
    const loop = walk(base, visits, order);
    if (loop !== null) return { chains: visits, loop, depth };
    const visit = visits.get(base)!;
    visit.hooks |= 1 << hook;
    depth = Math.max(depth, visit.depth);
  }
  for (let i = order.length - 1; i >= 0; i--) {
    const { jumps, hooks } = order[i]!;
    for (const rule of jumps) visits.get(jumpTarget(rule))!.hooks |= hooks;
  }
  return { chains: visits, loop: null, depth };
}

/** Depth first, without recursion: chains may nest as deep as there are chains. */
function walk(base: Chain, visits: Map<Chain, Visit>, order: Visit[]): Reach['loop'] {
  const path: Visit[] = [];
  const enter = (chain: Chain): void => {
    const visit = new Visit(chain);
    visits.set(chain, visit);
    path.push(visit);
  };
  enter(base);
  for (let visit = path.at(-1); visit !== undefined; visit = path.at(-1)) {
    const rule = visit.jumps[visit.next++];
    if (rule === undefined) {
      path.pop();
      leave(visit, path.at(-1), order);
      continue;
    }
    const known = visits.get(jumpTarget(rule));
    if (known === undefined) enter(jumpTarget(rule));
    else if (known.open) return { path: [...path.slice(path.indexOf(known)), known].map(({ chain }) => chain), rule };
    else visit.depth = Math.max(visit.depth, known.depth + 1);
  }
  return null;
}

function leave(visit: Visit, above: Visit | undefined, order: Visit[]): void {
  visit.open = false;
  order.push(visit);
  if (above !== undefined) above.depth = Math.max(above.depth, visit.depth + 1);
}

function jumpTarget({ target }: Rule): Chain {
  if (target.kind !== 'jump' && target.kind !== 'goto') throw new TypeError('no jump');
  return target.chain;
}
