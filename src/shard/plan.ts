/**
 * Plan: whether the packets of a replay may be split over workers by the addresses of their flows (home.ts), told from the rules
 * alone. What a rule keeps between packets of different flows forbids it. Whatever is not known to be safe is not split.
 *
 * A plan that says yes is no promise: NAT between two near addresses, a table near its limit, a clock that runs backwards show
 * only while the packets run, and are watched for (watch.ts).
 * @module
 */
import type { Host } from '../host/host.ts';
import { describeRule } from '../replay/describe-rule.ts';
import type { Rule } from '../xtables/rule.ts';
import type { RuleSet } from '../xtables/ruleset.ts';
import type { SetStore } from '../xtables/set/store.ts';
import type { NearNetworks } from './near.ts';
import { nearNetworks } from './near-plan.ts';

export interface PlanInput {
  readonly rules: readonly RuleSet[];
  readonly host: Host;
  readonly sets: SetStore;
}

export type Plan =
  | { readonly split: true; readonly near: NearNetworks | null }
  /** Why one worker must do it, with the rule and its place where one decides. */
  | { readonly split: false; readonly why: string };

export function planShards(input: PlanInput): Plan {
  const { rules, host } = input;
  for (const set of rules) {
    for (const { chains } of set.tables) {
      for (const chain of chains) {
        for (let i = 0; i < chain.length; i++) {
          const what = obstacle(chain.like(i), input); // nothing it looks at differs between rules that are alike
          if (what !== '') return { split: false, why: `${placeOf(set, chain.firstId + i)}: ${what}` };
        }
      }
    }
  }
  return { split: true, near: nearNetworks(rules, host) };
}

/** `filter:INPUT:3 (rules.v4:12:1)`. */
function placeOf(set: RuleSet, id: number): string {
  const place = describeRule(set, id);
  if (place === null) return '';
  return place.at === '' ? place.name : `${place.name} (${place.at})`;
}

/** What a rule keeps across flows; '' for nothing. */
function obstacle({ matches, target }: Rule, input: PlanInput): string {
  for (const { name, module, info } of matches) {
    const of = KNOWN_MATCHES[name];
    const what = of === undefined ? (module.scope === 'global' ? 'keeps state that all flows share' : '') : of(info, input);
    if (what !== '') return `-m ${name} ${what}`;
  }
  if (target.kind !== 'module') return '';
  const { name, module, info } = target;
  const of = KNOWN_TARGETS[name];
  const what = of === undefined ? (module.scope === 'global' ? 'changes what all flows share' : '') : of(info, input);
  return what === '' ? '' : `-j ${name} ${what}`;
}

type Judge = (info: unknown, input: PlanInput) => string;

/** Modules whose scope depends on what a rule gives. */
const KNOWN_MATCHES: Readonly<Record<string, Judge>> = {
  limit: () => 'has one budget for all flows',
  quota: () => 'has one quota for all flows',
  recent: () => 'keeps a list of addresses that all flows share',
  connlimit: () => 'counts the connections of several flows',
  hashlimit: () => 'has budgets that several flows share',
  statistic: (info) => ((info as { mode: string }).mode === 'nth' ? 'counts the packets of all flows' : ''),
  set: (_, { sets }) => (sets.list().some(isChangedByAsking) ? 'asks a set that counts, expires or completes its elements' : ''),
};

const KNOWN_TARGETS: Readonly<Record<string, Judge>> = {
  CT: (info) => ((info as { helper: string }).helper === '' ? '' : 'has a helper: connections it expects may be between other hosts'),
  TPROXY: () => 'asks the sockets of all flows',
};

function isChangedByAsking({ options, type }: ReturnType<SetStore['list']>[number]): boolean {
  return options.counters || options.timeoutSec >= 0 || (type.method === 'bitmap' && type.fields.includes('mac'));
}
