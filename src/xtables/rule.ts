/**
 * Rule: header, matches and target, as iptables(8) names them. Plain data once read; what evaluates it is made by compile().
 * @module
 */
import type { Location } from '../errors.ts';
import type { Prefix } from '../inet/prefix.ts';
import type { Chain } from './chain.ts';
import type { MatchModule } from './match.ts';
import type { RuleContext } from './options.ts';
import type { TargetModule } from './target.ts';

/** What is compared before any match: -s -d -i -o -p -f. */
export interface Header {
  /** null: any. An inverted /0 is kept: it never matches. */
  readonly src: Prefix | null;
  readonly srcInvert: boolean;
  readonly dst: Prefix | null;
  readonly dstInvert: boolean;
  /** Interface name, `+` at its end for all that begin so; '' for any. */
  readonly indev: string;
  readonly indevInvert: boolean;
  readonly outdev: string;
  readonly outdevInvert: boolean;
  /** 0: any. */
  readonly protocol: number;
  readonly protocolInvert: boolean;
  /** -f: later fragments only; inverted: all but those. */
  readonly fragment: boolean;
  readonly fragmentInvert: boolean;
}

/** The header of a rule that names nothing. */
export const ANY_HEADER: Header = {
  src: null,
  srcInvert: false,
  dst: null,
  dstInvert: false,
  indev: '',
  indevInvert: false,
  outdev: '',
  outdevInvert: false,
  protocol: 0,
  protocolInvert: false,
  fragment: false,
  fragmentInvert: false,
};

/** One `-m` of a rule, given or implied by `-p`. */
export interface RuleMatch {
  readonly name: string;
  readonly module: MatchModule;
  readonly info: unknown;
}

/** The verdicts x_tables knows by itself. */
export type StandardVerdict = 'ACCEPT' | 'DROP' | 'RETURN' | 'QUEUE';

export type RuleTarget =
  | { readonly kind: 'none' }
  | { readonly kind: 'verdict'; readonly name: StandardVerdict }
  | { readonly kind: 'jump' | 'goto'; readonly chain: Chain }
  | { readonly kind: 'module'; readonly name: string; readonly module: TargetModule; readonly info: unknown };

export const NO_TARGET: RuleTarget = { kind: 'none' };

/** Where a rule stands, without an object of its own: there may be a million. */
export interface RuleSource {
  readonly file: string;
}

export interface RuleParts {
  readonly header: Header;
  readonly matches: readonly RuleMatch[];
  readonly target: RuleTarget;
  readonly source: RuleSource;
  readonly line: number;
  readonly column: number;
  readonly packets: number;
  readonly bytes: number;
}

export class Rule {
  readonly header: Header;
  readonly matches: readonly RuleMatch[];
  readonly target: RuleTarget;
  /** Hooks (as bits, `1 << hook`) from which its modules let it be reached. */
  readonly hooks: number;
  /** What the text says it has counted. */
  packets: number;
  bytes: number;
  /** Number it had among the rows of its chain before it was made; -1: it was none. */
  row = -1;
  private readonly source: RuleSource;
  private readonly line: number;
  private readonly column: number;

  constructor(parts: RuleParts) {
    const { matches, target } = parts;
    this.header = parts.header;
    this.matches = matches;
    this.target = target;
    let hooks = ALL_HOOKS;
    for (let i = 0; i < matches.length; i++) hooks &= hooksOf(matches[i]!.module.hooks, matches[i]!.info);
    if (target.kind === 'module') hooks &= hooksOf(target.module.hooks, target.info);
    this.hooks = hooks;
    this.packets = parts.packets;
    this.bytes = parts.bytes;
    this.source = parts.source;
    this.line = parts.line;
    this.column = parts.column;
  }

  /** Where the text has it. */
  get at(): Location {
    return { file: this.source.file, line: this.line, column: this.column };
  }
}

const ALL_HOOKS = 0b11111;

/** The hooks a module allows, as it is used. */
export function hooksOf(hooks: number | ((info: unknown) => number) | undefined, info: unknown): number {
  if (hooks === undefined) return ALL_HOOKS;
  return typeof hooks === 'function' ? hooks(info) : hooks;
}

/** The word after -j or -g; '' for none. */
export function targetName(target: RuleTarget): string {
  switch (target.kind) {
    case 'none':
      return '';
    case 'verdict':
    case 'module':
      return target.name;
    default:
      return target.chain.name;
  }
}

/** Whether a rule asks nothing and ends the walk of its chain by itself: the kernel looks at no rule behind it. */
export function isUnconditionalVerdict(rule: Rule): boolean {
  return rule.target.kind === 'verdict' && rule.matches.length === 0 && isAnyHeader(rule.header);
}

function isAnyHeader(header: Header): boolean {
  if (header === ANY_HEADER) return true;
  if (header.src !== null || header.dst !== null || header.indev !== '' || header.outdev !== '') return false;
  return header.protocol === 0 && !header.fragment;
}

/** What a module is told about the rule it is part of. */
export function ruleContext(family: 4 | 6, table: string, chain: string, header: Header): RuleContext {
  return { family, table, chain, protocol: header.protocol, protocolInverted: header.protocolInvert };
}
