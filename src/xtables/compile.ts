/**
 * Compile: a table's rules as what an evaluator walks. A rule is compiled when a packet first meets it, unless one of its modules
 * keeps state or needs the host to hold something (a set): then when the rule set is attached, so that state begins full and
 * what is missing is told at once.
 * @module
 */
import { HooklineError, RuleError } from '../errors.ts';
import { Verdict } from '../hook/verdict.ts';
import type { Chain } from './chain.ts';
import { type ChainChange, newChain } from './chain-change.ts';
import type { ChainCode } from './compiled/code-maker.ts';
import { headerTest, type HeaderTest } from './header-test.ts';
import { ChainIndex, DEFAULT_POLICY, type IndexPolicy } from './indexed/chain-index.ts';
import { InterfaceTests } from './interface-test.ts';
import { comment } from './match/comment.ts';
import { connmark } from './match/connmark.ts';
import { conntrack } from './match/conntrack.ts';
import { state } from './match/state.ts';
import { statistic } from './match/statistic.ts';
import { tcp, type TcpInfo } from './match/tcp.ts';
import type { MatchFunction, MatchModule } from './match.ts';
import { ROW_WORDS } from './rows/row-form.ts';
import { type FormMaker, RowForms } from './rows/row-forms.ts';
import { type Rule, type RuleTarget, type StandardVerdict, targetName } from './rule.ts';
import type { Services } from './services.ts';
import type { Table } from './table.ts';
import { connmark as setConnmark } from './target/connmark.ts';
import { masquerade, redirect } from './target/masquerade.ts';
import { netmap } from './target/netmap.ts';
import { dnat, snat } from './target/snat.ts';
import type { TargetFunction, TargetModule } from './target.ts';

/** What a step does once all of its rule holds. */
export const Action = { Count: 0, Verdict: 1, Return: 2, Jump: 3, Goto: 4, Target: 5 } as const;
export type Action = (typeof Action)[keyof typeof Action];

/** One rule. */
export interface Step {
  /** Its number; another once its chain has changed. */
  id: number;
  /** null: asks nothing. */
  readonly header: HeaderTest | null;
  readonly matches: readonly MatchFunction[];
  readonly action: Action;
  readonly verdict: Verdict;
  /** Where a jump or goto leads. */
  readonly chain: CompiledChain | null;
  readonly target: TargetFunction | null;
}

const VERDICTS: Readonly<Record<StandardVerdict, Verdict>> = {
  ACCEPT: Verdict.Accept,
  DROP: Verdict.Drop,
  QUEUE: Verdict.Queue,
  RETURN: Verdict.Continue,
};

const NO_STEPS: (Step | undefined)[] = [];
const NO_PLACES: number[] = [];
const NO_FRESH: ReadonlyMap<number, Step> = new Map();
const COMMENT: MatchModule = comment;
const TCP_MATCH: MatchModule = tcp;
/** Modules whose state is another's (a connection), or is the same whenever it begins: made when met, as those without. */
const FULL_WHENEVER_MADE: ReadonlySet<MatchModule | TargetModule> = new Set<MatchModule | TargetModule>([
  connmark,
  conntrack,
  dnat,
  masquerade,
  netmap,
  redirect,
  setConnmark,
  snat,
  state,
  statistic,
]);
/** Devices an index can tell apart. */
const MAX_INDEXED_DEVICES = 4096;

export class CompiledChain {
  /** Number of its policy or its return. */
  endId: number;
  readonly builtin: boolean;
  policy: Verdict;
  /** Number of its rules. */
  length: number;
  /** Words of its rules (rows/row-form.ts) from `wordsAt` on, each written when first asked for; null: no rule has any. */
  words: Int32Array | null = null;
  wordsAt = 0;
  /** Its number for rows that lead to it; -1: none does. */
  number = -1;
  /** It as a function, for whole packets (compiled/); null: none, or none yet. */
  code: ChainCode | null = null;
  /** How often it was entered without. */
  walks = 0;
  /** The walk at which to look whether it shall be code, and that of the last look; 0: the first is not set yet. */
  lookAt = 0;
  lookedAt = 0;
  /** Rules asked since. int32: it may turn over where nobody looks. */
  asked = 0;
  private readonly source: Chain;
  private readonly compiler: Compiler;
  private made: (Step | undefined)[] = NO_STEPS;
  /** Places in `made` that hold a step, in no order. */
  private madeAt: number[] = NO_PLACES;
  private all = false;
  private prepared = false;
  private index: ChainIndex | null | undefined = undefined;

  constructor(source: Chain, compiler: Compiler) {
    this.source = source;
    this.compiler = compiler;
    this.endId = source.endId;
    this.builtin = source.builtin;
    this.policy = VERDICTS[source.policy];
    this.length = source.length;
  }

  /** Every rule. */
  get steps(): readonly Step[] {
    if (!this.all) for (let i = 0; i < this.length; i++) this.step(i);
    this.all = true;
    return this.made as Step[];
  }

  /** One rule, made when it is first asked for. */
  step(i: number): Step {
    return this.made[i] ?? this.make(i);
  }

  /** The rule itself. */
  rule(i: number): Rule {
    return this.source.rule(i);
  }

  /** Forget the code: the chain has changed, or is no more. */
  cool(): void {
    this.code = null;
    this.walks = 0;
    this.lookAt = 0;
    this.lookedAt = 0;
    this.asked = 0;
  }

  /** Before a packet is walked through it. */
  enter(): void {
    if (!this.prepared) this.makeRoom();
  }

  /** Write the words of a rule; the number of its form from 1, or NO_FORM. */
  fill(i: number): number {
    return this.compiler.rows!.fill(this.words!, this.wordsAt + i * ROW_WORDS, this.source, i);
  }

  private makeRoom(): void {
    const { source, compiler } = this;
    this.prepared = true;
    if (compiler.rows === null || source.rowSource === null || source.length === 0) return;
    const { words, at } = compiler.rows.room(source.length);
    this.words = words;
    this.wordsAt = at;
  }

  /** Which rule to ask next; null when they are asked in turn. Made when a packet first enters the chain. */
  get ruleIndex(): ChainIndex | null {
    if (this.index === undefined) this.index = this.compiler.index(this.source);
    return this.index;
  }

  /** Make what keeps state or needs the host to hold something. */
  prepare(): void {
    const { source } = this;
    for (let i = 0; i < source.length; i++) if (needsMakingNow(source.like(i))) this.make(i);
  }

  /** Follow a change of the chain: what was made of rules that are kept is kept. `fresh`: steps made of new rules. */
  update({ kept, added, lengthBefore }: ChainChange, fresh: ReadonlyMap<number, Step>): void {
    const { source, made: before } = this;
    this.cool();
    const { firstId } = source;
    const made = before.slice(0, source.length);
    const madeAt = this.madeAt.length === 0 && fresh.size === 0 ? NO_PLACES : [];
    if (madeAt !== NO_PLACES) while (made.length < source.length) made.push(undefined);
    for (const was of this.madeAt) if (was < made.length) made[was] = undefined;
    const places = new Int32Array(lengthBefore).fill(-1);
    for (let i = 0; i < kept.length; i++) if (kept[i]! >= 0) places[kept[i]!] = i;
    const set = (i: number, step: Step): void => {
      step.id = firstId + i;
      made[i] = step;
      madeAt.push(i);
    };
    for (const was of this.madeAt) if (places[was]! >= 0) set(places[was]!, before[was]!);
    for (const [i, step] of fresh) set(i, step);
    this.made = made;
    this.madeAt = madeAt;
    this.length = source.length;
    this.words = null;
    this.prepared = false;
    this.endId = source.endId;
    this.policy = VERDICTS[source.policy];
    const isSame = added.length === 0 && lengthBefore === source.length;
    this.all = this.all && added.length === fresh.size;
    if (!isSame && this.index !== undefined && this.index?.follow(kept) !== true) this.index = undefined;
  }

  private make(i: number): Step {
    const { source } = this;
    const step = this.compiler.step(source.rule(i), source.firstId + i);
    if (this.made.length < this.length) this.made = Array.from({ length: this.length });
    if (this.madeAt === NO_PLACES) this.madeAt = [];
    this.made[i] = step;
    this.madeAt.push(i);
    return step;
  }
}

/** Makes the chains of one table for one host. */
export class Compiler implements FormMaker {
  private readonly services: Services;
  private readonly policy: IndexPolicy;
  readonly interfaces: InterfaceTests;
  /** Rules by the words of their rows; null where each is made by itself. */
  readonly rows: RowForms | null;
  /** By number: chains that rows lead to. */
  readonly numbered: CompiledChain[] = [];
  private readonly chains: Map<Chain, CompiledChain> = new Map();
  /** Steps of new rules, by chain and place, between prepare() and update(). */
  private readonly fresh: Map<Chain, ReadonlyMap<number, Step>> = new Map();

  constructor(table: Table, services: Services, policy: IndexPolicy = DEFAULT_POLICY, byRows = false) {
    this.services = services;
    this.policy = policy;
    this.interfaces = new InterfaceTests(services.host.interfaces);
    // where a match's answer is in doubt it hangs on the match, not on what it asks
    this.rows = byRows && services.family === 4 && (services.doubt ?? null) === null ? new RowForms(this) : null;
    for (const chain of table.chainsAsMade) if (hasWorkNow(chain)) this.chain(chain).prepare();
  }

  /** The chain for this machine, made when it is first led to. */
  chain(source: Chain): CompiledChain {
    let compiled = this.chains.get(source);
    if (compiled === undefined) {
      compiled = new CompiledChain(source, this);
      this.chains.set(source, compiled);
    }
    return compiled;
  }

  /** Make what new rules keep or need. Throws what is missing. */
  prepare(changes: readonly ChainChange[]): void {
    this.fresh.clear();
    for (const { chain, added } of changes) {
      const steps = new Map<number, Step>();
      for (const i of added) if (needsMakingNow(chain.like(i))) steps.set(i, this.step(chain.rule(i), -1));
      if (steps.size > 0) this.fresh.set(chain, steps);
    }
  }

  /** Follow changes of chains, once they are numbered. */
  update(changes: readonly ChainChange[], gone: readonly Chain[]): void {
    for (const chain of gone) {
      this.chains.get(chain)?.cool();
      this.chains.delete(chain);
    }
    for (const change of changes) {
      const { chain } = change;
      const steps = this.fresh.get(chain);
      const isNew = !this.chains.has(chain);
      if (isNew && steps === undefined) continue;
      const compiled = this.chain(chain);
      compiled.update(isNew ? newChain(chain) : change, steps ?? NO_FRESH);
    }
    this.fresh.clear();
  }

  index(source: Chain): ChainIndex | null {
    const { family, host } = this.services;
    const countable = host.interfaces.length <= MAX_INDEXED_DEVICES;
    if (source.length < this.policy.minRules) return null;
    const deviceOf = (name: string): number => (countable ? (host.interfaceByName(name)?.index ?? 0) : -1);
    const index = new ChainIndex(source, family, deviceOf, this.policy);
    return index.isWorthIt ? index : null;
  }

  /** A comment asks nothing. */
  private matchesOf({ matches }: Rule): readonly MatchFunction[] {
    const made: MatchFunction[] = [];
    for (const { module, info } of matches) if (module !== COMMENT) made.push(this.match(module, info));
    return made;
  }

  /** The function of a match, which tells the notes of a walk what it depends on. */
  match(module: MatchModule, info: unknown): MatchFunction {
    const { notes } = this.services;
    const match = module.compile(info, this.services);
    if (notes === undefined) return match;
    const draws = module.draws?.(info) ?? null;
    if (draws !== null) {
      const { threshold, invert } = draws;
      const { random } = this.services;
      return (packet) => {
        const answer = match(packet);
        notes.drew(random, threshold, answer !== invert);
        return answer;
      };
    }
    if (!isGiven(module.perFlow, info)) {
      return (packet) => {
        notes.constant = false;
        return match(packet);
      };
    }
    const flags = module.tcpFlags?.(info) ?? 0;
    if (flags === 0) return match;
    return (packet) => {
      notes.tcpFlags |= flags;
      return match(packet);
    };
  }

  target(target: RuleTarget): TargetFunction | null {
    if (target.kind !== 'module') return null;
    const { module, info } = target;
    const { notes } = this.services;
    const act = module.compile(info, this.services);
    const isPerFlow = typeof module.perFlow === 'function' ? module.perFlow(this.services) : module.perFlow === true;
    if (notes === undefined || isPerFlow) return act;
    if (module.binds === true) {
      return (packet) => {
        notes.binds = true;
        return act(packet);
      };
    }
    return (packet) => {
      notes.constant = false;
      return act(packet);
    };
  }

  // -- for rows

  isOwn(rule: Rule): boolean {
    return needsMakingNow(rule);
  }

  isPlainPorts(module: MatchModule, info: unknown): boolean {
    if (!isGiven(module.perFlow, info) || (module.tcpFlags?.(info) ?? 0) !== 0) return false;
    if (module !== TCP_MATCH) return true;
    const { flagMask, flags, flagsInvert, option } = info as TcpInfo;
    return flagMask === 0 && flags === 0 && !flagsInvert && option === 0;
  }

  action(target: RuleTarget): Action {
    return actionOf(target);
  }

  verdict(target: RuleTarget): Verdict {
    return target.kind === 'verdict' ? VERDICTS[target.name] : Verdict.Continue;
  }

  chainNumber(chain: Chain): number {
    const compiled = this.chain(chain);
    if (compiled.number < 0) compiled.number = this.numbered.push(compiled) - 1;
    return compiled.number;
  }

  step(rule: Rule, id: number): Step {
    try {
      return this.stepOf(rule, id);
    } catch (error) {
      // what a module refuses for this host is told at its rule
      if (!(error instanceof HooklineError) || error instanceof RuleError) throw error;
      throw new RuleError(error.code, rule.at, targetName(rule.target), error.message);
    }
  }

  private stepOf(rule: Rule, id: number): Step {
    const { header, target } = rule;
    return {
      id,
      header: headerTest(this.services.family, header, this.interfaces),
      matches: this.matchesOf(rule),
      action: actionOf(target),
      verdict: this.verdict(target),
      chain: target.kind === 'jump' || target.kind === 'goto' ? this.chain(target.chain) : null,
      target: this.target(target),
    };
  }
}

function hasWorkNow(chain: Chain): boolean {
  let before: Rule | null = null;
  for (let i = 0; i < chain.length; i++) {
    const rule = chain.like(i);
    if (rule === before) continue;
    if (needsMakingNow(rule)) return true;
    before = rule;
  }
  return false;
}

function isGiven(fact: boolean | ((info: unknown) => boolean) | undefined, info: unknown): boolean {
  return typeof fact === 'function' ? fact(info) : fact === true;
}

function needsMakingNow({ matches, target }: Rule): boolean {
  for (let i = 0; i < matches.length; i++) if (keepsOrNeeds(matches[i]!.module)) return true;
  return target.kind === 'module' && keepsOrNeeds(target.module);
}

function keepsOrNeeds(module: MatchModule | TargetModule): boolean {
  return module.scope !== 'stateless' && !FULL_WHENEVER_MADE.has(module);
}

function actionOf(target: RuleTarget): Action {
  switch (target.kind) {
    case 'none':
      return Action.Count;
    case 'verdict':
      return target.name === 'RETURN' ? Action.Return : Action.Verdict;
    case 'jump':
      return Action.Jump;
    case 'goto':
      return Action.Goto;
    default:
      return Action.Target;
  }
}
