/**
 * RowForms: the forms of rules one evaluator has met, the words of their rows, and the targets that rows have for themselves (DNAT to
 * an address of its own). A rule that has no form (a match remembers something, IPv6, a set whose answer is in doubt) is made
 * as a Step.
 * @module
 */
import { HooklineError } from '../../errors.ts';
import { EMPTY_RANGE, type NatRange } from '../../nat/range.ts';
import type { Chain } from '../chain.ts';
import type { Action } from '../compile.ts';
import type { Verdict } from '../../hook/verdict.ts';
import type { InterfaceTests } from '../interface-test.ts';
import type { MatchFunction, MatchModule } from '../match.ts';
import { statistic, type StatisticInfo } from '../match/statistic.ts';
import { tcp, type TcpInfo } from '../match/tcp.ts';
import { udp, type UdpInfo } from '../match/udp.ts';
import type { Rule, RuleTarget } from '../rule.ts';
import type { RowValues } from '../rule-rows.ts';
import { dnat, snat } from '../target/snat.ts';
import type { TargetFunction } from '../target.ts';
import { type PortMatch, RowForm, ROW_FORM, ROW_TARGET, ROW_WORDS, writeRow } from './row-form.ts';

/** What a compiler lends: how it makes the functions of modules. */
export interface FormMaker {
  readonly interfaces: InterfaceTests;
  /** Whether a rule keeps anything of its own, or needs the host to hold something. */
  isOwn(rule: Rule): boolean;
  match(module: MatchModule, info: unknown): MatchFunction;
  /** Whether the ports a match asks for are all that it looks at, and the same for a whole flow. */
  isPlainPorts(module: MatchModule, info: unknown): boolean;
  target(target: RuleTarget): TargetFunction | null;
  action(target: RuleTarget): Action;
  verdict(target: RuleTarget): Verdict;
  /** Number of a chain a rule leads to. */
  chainNumber(chain: Chain): number;
}

/** Words in a block that short chains share. */
const BLOCK = 65_536;
/** Chains of more rules have words of their own. */
const LONG = 256;
/** Stands for a rule without a form. */
export const NO_FORM = -1;
const NONE: readonly MatchFunction[] = [];
const COMMENT = 'comment';
const TCP_MATCH: MatchModule = tcp;
const UDP_MATCH: MatchModule = udp;
const STATISTIC: MatchModule = statistic;

interface Known {
  readonly number: number;
  readonly ports: PortMatch | null;
  readonly nat: NatRange | null;
}

const UNKNOWN: Known = { number: NO_FORM, ports: null, nat: null };

export class RowForms {
  readonly forms: RowForm[] = [];
  readonly targets: TargetFunction[] = [];
  private readonly maker: FormMaker;
  private readonly known: Map<Rule, Known> = new Map();
  private block: Int32Array = new Int32Array(BLOCK);
  private used = 0;

  constructor(maker: FormMaker) {
    this.maker = maker;
  }

  /** Room for the words of a chain's rules, all 0. */
  room(rules: number): { readonly words: Int32Array; readonly at: number } {
    const size = rules * ROW_WORDS;
    if (rules > LONG) return { words: new Int32Array(size), at: 0 };
    if (this.used + size > BLOCK) {
      this.block = new Int32Array(BLOCK);
      this.used = 0;
    }
    const at = this.used;
    this.used += size;
    return { words: this.block, at };
  }

  /** Write the words of a rule. Answers the number of its form from 1, or NO_FORM. */
  fill(words: Int32Array, at: number, chain: Chain, i: number): number {
    words[at + ROW_FORM] = this.write(words, at, chain, i);
    return words[at + ROW_FORM]!;
  }

  private write(words: Int32Array, at: number, chain: Chain, i: number): number {
    const place = chain.place(i);
    const row = typeof place === 'number' ? place : place.row;
    if (row < 0 || chain.rowSource === null) return NO_FORM;
    const like = chain.rowSource.like(row);
    const { number, ports, nat } = this.formOf(like);
    if (number === NO_FORM) return NO_FORM;
    const values = chain.rowSource.values(row);
    writeRow(words, at, like, values, ports);
    const target = chain.leadsTo(i);
    if (target !== null) words[at + ROW_TARGET] = this.maker.chainNumber(target);
    else if (nat !== null) words[at + ROW_TARGET] = this.ownTarget(like.target, nat, values);
    return number;
  }

  private ownTarget(target: RuleTarget, range: NatRange, { hasNat, nat, natPort }: RowValues): number {
    if (target.kind !== 'module') return 0;
    const address = hasNat ? { min0: nat, max0: nat } : {};
    const ports = hasNat && natPort > 0 ? { minProto: natPort, maxProto: natPort } : {};
    return this.targets.push(this.maker.target({ ...target, info: { ...range, ...address, ...ports } })!) - 1;
  }

  private formOf(like: Rule): Known {
    let known = this.known.get(like);
    if (known !== undefined) return known;
    try {
      known = this.make(like);
    } catch (error) {
      if (!(error instanceof HooklineError)) throw error;
      known = UNKNOWN; // the rule itself will tell
    }
    this.known.set(like, known);
    return known;
  }

  private make(like: Rule): Known {
    const { maker } = this;
    const { header, matches, target } = like;
    if (maker.isOwn(like) || matches.some(({ module, info }) => module === STATISTIC && (info as StatisticInfo).mode !== 'random'))
      return UNKNOWN;
    const portsAt = matches.findIndex(({ module }) => module === TCP_MATCH || module === UDP_MATCH);
    const ports = portsAt < 0 ? null : this.portsOf(like, portsAt);
    if (ports === UNFIT) return UNKNOWN;
    const functions = (from: number, to: number): readonly MatchFunction[] => {
      const asked = matches.slice(from, to).filter(({ name }) => name !== COMMENT);
      return asked.length === 0 ? NONE : asked.map(({ module, info }) => maker.match(module, info));
    };
    const nat = natOf(target);
    const form = new RowForm({
      header,
      indev: maker.interfaces.table(header.indev, header.indevInvert),
      outdev: maker.interfaces.table(header.outdev, header.outdevInvert),
      before: functions(0, portsAt < 0 ? matches.length : portsAt),
      ports,
      after: portsAt < 0 ? NONE : functions(portsAt + 1, matches.length),
      action: maker.action(target),
      verdict: maker.verdict(target),
      target: nat === null ? maker.target(target) : null,
    });
    return { number: this.forms.push(form), ports, nat };
  }

  private portsOf({ matches }: Rule, at: number): PortMatch | typeof UNFIT {
    const { module, info } = matches[at]!;
    const isAlone = matches.every((match, i) => i === at || (match.module !== TCP_MATCH && match.module !== UDP_MATCH));
    if (!isAlone || !this.maker.isPlainPorts(module, info)) return UNFIT;
    const { sport, dport } = info as TcpInfo | UdpInfo;
    return { protocol: module.protocols![0]!, sport, dport };
  }
}

const UNFIT = 'unfit';

/** The range of a NAT target whose address is the row's own. */
function natOf(target: RuleTarget): NatRange | null {
  if (target.kind !== 'module') return null;
  const module: unknown = target.module;
  return module === dnat || module === snat ? { ...EMPTY_RANGE, ...(target.info as NatRange) } : null;
}
