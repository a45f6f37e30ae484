/**
 * Makes rules of a draft: modules parse their options, lists of addresses become a rule for every pair.
 * @module
 */
import type { Prefix } from '../inet/prefix.ts';
import type { MatchModule } from '../xtables/match.ts';
import { ANY_HEADER, type Header, NO_TARGET, Rule, type RuleMatch, type RuleTarget, type StandardVerdict } from '../xtables/rule.ts';
import type { RuleContext } from '../xtables/options.ts';
import type { Table } from '../xtables/table.ts';
import type { TargetModule } from '../xtables/target.ts';
import { checkRule } from '../xtables/validate.ts';
import type { Draft } from './draft.ts';
import type { Source } from './source.ts';

const VERDICTS: Readonly<Record<StandardVerdict, RuleTarget>> = {
  ACCEPT: { kind: 'verdict', name: 'ACCEPT' },
  DROP: { kind: 'verdict', name: 'DROP' },
  QUEUE: { kind: 'verdict', name: 'QUEUE' },
  RETURN: { kind: 'verdict', name: 'RETURN' },
};
const ANYWHERE: readonly (Prefix | null)[] = [null];
const NO_MATCHES: readonly RuleMatch[] = [];

/** The rules of a draft, in the order -A puts them; one unless it lists several addresses. Throws RuleError. */
export function buildRules(draft: Draft, table: Table, family: 4 | 6, source: Source): Rule[] {
  checkDevices(draft, source);
  const { src, dst } = draft;
  const context: RuleContext = {
    family,
    table: table.name,
    chain: draft.chain,
    protocol: Math.max(draft.protocol, 0),
    protocolInverted: draft.protocolInvert,
  };
  const matches = matchesOf(draft, context);
  const target = targetOf(draft, table, context, source);
  const { line, origin } = source;
  const column = draft.commandAt + 1;
  const { packets, bytes } = draft;
  const make = (header: Header): Rule => new Rule({ header, matches, target, source: origin, line, column, packets, bytes });
  const first = make(headerOf(draft, src === null ? null : src[0]!, dst === null ? null : dst[0]!));
  const reason = checkRule(first, context);
  if (reason !== null) throw source.error(draft.commandAt, `-${draft.command}`, reason);
  if ((src === null || src.length === 1) && (dst === null || dst.length === 1)) return [first];
  return pairs(src ?? ANYWHERE, dst ?? ANYWHERE).map(([from, to]) => make(headerOf(draft, from, to)));
}

function pairs(src: readonly (Prefix | null)[], dst: readonly (Prefix | null)[]): (readonly [Prefix | null, Prefix | null])[] {
  return src.flatMap((from) => dst.map((to) => [from, to] as const));
}

/** A built-in chain in which packets have no such interface yet, or none any more. */
function checkDevices({ chain, indevAt, outdevAt }: Draft, source: Source): void {
  if (indevAt >= 0 && (chain === 'POSTROUTING' || chain === 'OUTPUT')) throw source.error(indevAt, '-i', `Can't use -i with ${chain}`);
  if (outdevAt >= 0 && (chain === 'PREROUTING' || chain === 'INPUT')) throw source.error(outdevAt, '-o', `Can't use -o with ${chain}`);
}

function headerOf(draft: Draft, src: Prefix | null, dst: Prefix | null): Header {
  const { indev, outdev, fragment, protocol } = draft;
  const noSrc = src === null || (src.length === 0 && !draft.srcInvert);
  const noDst = dst === null || (dst.length === 0 && !draft.dstInvert);
  if (noSrc && noDst && indev === '' && outdev === '' && protocol <= 0 && !fragment) return ANY_HEADER;
  return {
    src: noSrc ? null : src,
    srcInvert: draft.srcInvert,
    dst: noDst ? null : dst,
    dstInvert: draft.dstInvert,
    indev,
    indevInvert: draft.indevInvert,
    outdev,
    outdevInvert: draft.outdevInvert,
    protocol: Math.max(protocol, 0),
    protocolInvert: draft.protocolInvert,
    fragment,
    fragmentInvert: draft.fragmentInvert,
  };
}

function matchesOf(draft: Draft, context: RuleContext): readonly RuleMatch[] {
  if (draft.matches.length === 0) return NO_MATCHES;
  const matches: RuleMatch[] = [];
  for (const { listed, options } of draft.matches) {
    const module = listed.module as MatchModule;
    options.context = context;
    matches.push({ name: module.name, module, info: module.parse(options) });
  }
  return matches;
}

function targetOf(draft: Draft, table: Table, context: RuleContext, source: Source): RuleTarget {
  const { targetName, target, targetAt } = draft;
  if (targetName === null) return NO_TARGET;
  if (target !== null) {
    const module = target.listed.module as TargetModule;
    target.options.context = context;
    return { kind: 'module', name: module.name, module, info: module.parse(target.options) };
  }
  if (draft.targetChain === null) {
    if (targetName === 'DROP' && table.name === 'nat') throw source.error(targetAt, targetName, NOT_FOR_FILTERING);
    return VERDICTS[targetName as StandardVerdict];
  }
  const chain = draft.targetChain!;
  if (chain.builtin) throw source.error(targetAt, targetName, `a rule cannot jump to the built-in chain '${targetName}'`);
  return draft.isGoto ? chain.goto : chain.jump;
}

export const NOT_FOR_FILTERING = 'The "nat" table is not intended for filtering, the use of DROP is therefore inhibited';
