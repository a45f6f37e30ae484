/**
 * Coverage: of every rule, what traffic did with it and what can be proved about it.
 *
 *   hit                  a packet hit it
 *   dead                 no packet can: proved from the text
 *   reachable, not hit   neither
 *
 * @module
 */
import { describeRule } from '../replay/describe-rule.ts';
import type { RuleSet } from '../xtables/ruleset.ts';
import type { Table } from '../xtables/table.ts';
import { type DeadReason, type DeadRules, deadRulesOf } from './dead-rules.ts';
import { RegionReader } from './rule-region.ts';
import type { Hit, RuleHits } from './rule-hits.ts';
import { suggestedOrder } from './suggested-order.ts';

export type RuleClass = 'hit' | 'reachable' | 'dead';

/** A rule named by another. */
export interface NamedRule {
  readonly name: string;
  readonly at: string;
  readonly text: string;
}

export interface CoveredRule extends NamedRule {
  readonly family: 4 | 6;
  readonly class: RuleClass;
  readonly packets: number;
  /** Octets of IP packets. */
  readonly octets: number;
  readonly first: Hit | null;
  readonly last: Hit | null;
  readonly dead: { readonly reason: DeadReason; readonly by: readonly NamedRule[] } | null;
  /** Whether the proof was given up: it may be dead all the same. */
  readonly unproved: boolean;
}

export interface OrderedChain {
  readonly family: 4 | 6;
  readonly table: string;
  readonly chain: string;
  /** Rules in the order suggested, with the place (from 1) each has now. */
  readonly rules: readonly { readonly place: number; readonly text: string }[];
  /** Rules asked of the packets of the traffic, now and then: an estimate by what the chain's own rules end. */
  readonly asked: number;
  readonly askedThen: number;
}

export interface Coverage {
  readonly rules: readonly CoveredRule[];
  readonly orders: readonly OrderedChain[];
}

/** Without hits (no traffic) everything that is not dead is reachable. */
export function coverageOf(sets: readonly { readonly rules: RuleSet; readonly hits: RuleHits | null }[]): Coverage {
  const rules: CoveredRule[] = [];
  const orders: OrderedChain[] = [];
  for (const { rules: set, hits } of sets) {
    const reader = new RegionReader(set.family);
    for (const table of set.tables) {
      const proof = deadRulesOf(table, reader);
      for (const chain of table.chains) {
        for (let i = 0; i < chain.length; i++) rules.push(covered(set, hits, proof, chain.firstId + i));
        if (hits !== null) orders.push(...orderOf(set, table, chain.name, { reader, hits }));
      }
    }
  }
  return { rules, orders };
}

function covered(set: RuleSet, hits: RuleHits | null, { dead, unproved }: DeadRules, id: number): CoveredRule {
  const found = dead.get(id) ?? null;
  const packets = hits?.packets(id) ?? 0;
  return {
    ...named(set, id),
    family: set.family,
    class: packets > 0 ? 'hit' : found === null ? 'reachable' : 'dead',
    packets,
    octets: hits?.octets(id) ?? 0,
    first: hits?.first(id) ?? null,
    last: hits?.last(id) ?? null,
    dead: found === null ? null : { reason: found.reason, by: found.by.map((by) => named(set, by)) },
    unproved: unproved.has(id),
  };
}

function named(set: RuleSet, id: number): NamedRule {
  const { name, at, text } = describeRule(set, id)!;
  return { name, at, text };
}

function orderOf(set: RuleSet, table: Table, name: string, { reader, hits }: { reader: RegionReader; hits: RuleHits }): OrderedChain[] {
  const chain = table.chain(name)!;
  const hitsOf = (id: number): number => hits.packets(id);
  let entered = hitsOf(chain.endId);
  for (let i = 0; i < chain.length; i++) {
    const { target } = chain.rule(i);
    const ends = target.kind === 'verdict' || target.kind === 'goto' || target.kind === 'module';
    if (ends) entered += hitsOf(chain.firstId + i);
  }
  const found = suggestedOrder(chain, { reader, table: table.name, hits: hitsOf, entered });
  if (found === null) return [];
  const rules = found.order.map((place) => ({ place, text: named(set, chain.firstId + place - 1).text }));
  return [{ family: set.family, table: table.name, chain: name, rules, asked: found.asked, askedThen: found.askedThen }];
}
