/**
 * A better order for the rules of a chain, from what traffic hit: rules that are hit more often move up, past rules with which they may
 * change places without a packet noticing. Two neighbours may
 *
 *   when no packet matches both, nor is dropped by a match of one that cannot look at its header and matched by the other    or
 *   when both end the packet by the same verdict and nothing else
 *
 * and neither keeps anything between packets, nor changes what the other asks for. Counters of rules of the same verdict may shift from
 * one to the other; fates do not.
 * Proof: test/property/coverage/order.prop.ts.
 * @module
 */
import type { Chain } from '../xtables/chain.ts';
import type { Rule } from '../xtables/rule.ts';
import { disjoint } from './box.ts';
import { changesOf, type Effect, effectOf, NO_CHANGES } from './rule-effect.ts';
import type { RegionReader, RuleRegion } from './rule-region.ts';

export interface SuggestedOrder {
  readonly chain: Chain;
  /** Places (from 1) in the order suggested. */
  readonly order: readonly number[];
  /** Rules that the kernel asked of all packets that entered the chain, and would ask: by the rules that end packets themselves. */
  readonly asked: number;
  readonly askedThen: number;
}

/** Longer chains are left alone. */
const MAX_RULES = 2000;

interface Placed {
  readonly place: number;
  readonly rule: Rule;
  readonly region: RuleRegion;
  readonly hits: number;
  readonly effect: Effect;
  /** Whether it may change its place at all. */
  readonly isMovable: boolean;
}

/** null when no order is better. `entered`: packets that came to the chain. */
export function suggestedOrder(
  chain: Chain,
  { reader, table, hits, entered }: { reader: RegionReader; table: string; hits: (id: number) => number; entered: number },
): SuggestedOrder | null {
  if (chain.length < 2 || chain.length > MAX_RULES || entered === 0) return null;
  const rules = chain.rules.map((rule, i): Placed => {
    const region = reader.read(rule, table, chain.name);
    const effect = effectOf(rule);
    const isMovable = region.isPure && changesOf(rule) === NO_CHANGES && effect !== 'jump' && effect !== 'goto';
    return { place: i + 1, rule, region, hits: hits(chain.firstId + i), effect, isMovable };
  });
  const sorted = moveUp(rules);
  const [asked, askedThen] = [cost(rules, entered), cost(sorted, entered)];
  return askedThen < asked ? { chain, order: sorted.map(({ place }) => place), asked, askedThen } : null;
}

/** Insertion sort by hits that stops at the first rule a rule may not pass. */
function moveUp(rules: readonly Placed[]): readonly Placed[] {
  const sorted: Placed[] = [];
  for (const rule of rules) {
    let at = sorted.length;
    let best = at;
    if (rule.hits > 0 && endsPackets(rule)) {
      while (at > 0 && maySwap(sorted[at - 1]!, rule)) {
        at--;
        if (sorted[at]!.hits < rule.hits || !endsPackets(sorted[at]!)) best = at;
      }
    }
    sorted.splice(best, 0, rule);
  }
  return sorted;
}

function maySwap(a: Placed, b: Placed): boolean {
  if (!a.isMovable || !b.isMovable) return false;
  if (mayDrop(a.region, b.region) || mayDrop(b.region, a.region)) return false;
  if (a.region.outer === null || b.region.outer === null || disjoint(a.region.outer, b.region.outer)) return true;
  const [x, y] = [a.rule.target, b.rule.target];
  return x.kind === 'verdict' && y.kind === 'verdict' && x.name === y.name;
}

/** Whether a match of `a` may drop a packet that `b` matches. */
function mayDrop({ drops }: RuleRegion, { outer }: RuleRegion): boolean {
  return outer !== null && drops.some((box) => !disjoint(box, outer));
}

function endsPackets({ effect }: Placed): boolean {
  return effect === 'end' || effect === 'leave';
}

/** Rules asked of `entered` packets, where only these rules end them. */
function cost(rules: readonly Placed[], entered: number): number {
  let left = entered;
  let asked = 0;
  for (const rule of rules) {
    asked += left;
    if (endsPackets(rule)) left = Math.max(0, left - rule.hits);
  }
  return asked;
}
