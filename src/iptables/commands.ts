/**
 * Does what a line's command asks for, on the table at hand: the commands iptables-restore takes inside a table's block.
 * @module
 */
import { RuleError } from '../errors.ts';
import { Chain } from '../xtables/chain.ts';
import type { Journal } from '../xtables/journal.ts';
import type { Rule } from '../xtables/rule.ts';
import type { Table } from '../xtables/table.ts';
import { MAX_RULES } from '../xtables/validate.ts';
import type { Draft } from './draft.ts';
import { printRule } from './print-rule.ts';
import { buildRules, NOT_FOR_FILTERING } from './rule-builder.ts';
import type { Source } from './source.ts';
import { didYouMean } from '../suggest.ts';

/**
 * Rules that edits (-D, -C, -I, -X, -F, -Z) may look at in all: each is cheap, but every line may bring one and look at all rules.
 * What -I moves costs next to nothing and counts for a 64th.
 */
const MAX_EDIT_WORK = 2_000_000;
const MOVES_PER_LOOK = 64;

/** Names no chain may have: they would hide a verdict. */
const RESERVED: ReadonlySet<string> = new Set(['ACCEPT', 'DROP', 'QUEUE', 'RETURN']);

export interface CommandParts {
  /** Is told of every new chain. */
  readonly chainMade: (table: Table, chain: Chain) => void;
  /** Whether a target module has this name. */
  readonly isTarget: (name: string) => boolean;
  /** The tables are those of a rule set in use; null: they are made of this text alone. */
  readonly journal: Journal | null;
}

export class Commands {
  private readonly source: Source;
  private readonly family: 4 | 6;
  private readonly journal: Journal | null;
  private readonly parts: CommandParts;
  /** Rules in all tables, for the bound on them. */
  private rules = 0;
  private lastTable: Table | null = null;
  private last: Chain | null = null;
  private editWork = 0;
  /** Tables of which no rule stands in a text any more; once there is one, none is left there. */
  private readonly made: Set<Table> = new Set();

  constructor(source: Source, family: 4 | 6, parts: CommandParts) {
    this.source = source;
    this.family = family;
    this.parts = parts;
    this.journal = parts.journal;
  }

  /** Begin with tables that hold so many rules. */
  beginWith(rules: number): void {
    this.rules = rules;
  }

  run(draft: Draft, table: Table): void {
    if (table !== this.lastTable || draft.command === 'X' || draft.command === 'E') this.last = null;
    this.lastTable = table;
    switch (draft.command) {
      case '':
        throw this.source.error(0, '', 'no command specified');
      case 'A':
        return this.append(draft, table);
      case 'I':
        return this.insert(draft, table);
      case 'R':
        return this.replace(draft, table);
      case 'D':
        return this.remove(draft, table);
      case 'C':
        this.findRule(draft, table);
        return;
      case 'N':
        this.newChain(table, draft.chain, draft.chainAt);
        return;
      case 'P':
        return this.policy(draft, table);
      case 'E':
        return this.rename(draft, table);
      default:
        return this.clear(draft, table);
    }
  }

  /** Count a rule that is taken without run(). False: it is one too many, and run() is to tell. */
  countRow(): boolean {
    if (this.made.size > 0 || this.rules >= MAX_RULES) return false;
    this.rules++;
    return true;
  }

  /** Before a chain is changed without run(). */
  touch(table: Table, chain: Chain): void {
    this.journal?.touch(table, chain);
  }

  /** Whether a new chain may have this name. */
  isFree(table: Table, name: string): boolean {
    return table.chain(name) === undefined && !RESERVED.has(name);
  }

  /** A new empty chain. */
  newChain(table: Table, name: string, at: number): Chain {
    if (!this.isFree(table, name)) throw this.fail(at, name, `error creating chain '${name}': it exists already`);
    return this.addChain(table, name, at);
  }

  /** The same, of a name that is free. */
  addChain(table: Table, name: string, at: number): Chain {
    // `-j NAME` of the lines before means the module
    if (this.parts.isTarget(name)) this.leaveText(table);
    const chain = new Chain(name);
    chain.standsAt(this.source.origin, this.source.line, at + 1);
    table.add(chain);
    this.parts.chainMade(table, chain);
    this.journal?.added(table, chain);
    return chain;
  }

  /** Forget a chain's rules. */
  empty(table: Table, chain: Chain): void {
    this.journal?.touch(table, chain);
    this.rules -= chain.length;
    chain.clear();
  }

  /** Forget a table's rules and its own chains; policies stay. Done when its block begins anew. */
  flushAll(table: Table): void {
    this.last = null;
    for (const chain of table.chains) {
      this.rules -= chain.length;
      chain.clear();
      chain.packets = 0;
      chain.bytes = 0;
      if (!chain.builtin) table.remove(chain);
    }
  }

  private append(draft: Draft, table: Table): void {
    const chain = this.chainOf(draft, table);
    for (const rule of this.build(draft, table)) chain.append(rule);
  }

  /** Several rules of one line come out backwards, each put before the last. */
  private insert(draft: Draft, table: Table): void {
    const chain = this.chainOf(draft, table);
    const at = draft.argument === '' ? 1 : this.ruleNumber(draft);
    if (at > chain.length + 1) throw this.badNumber(draft, chain.length);
    this.spend(draft, (chain.length - at + 1) / MOVES_PER_LOOK);
    for (const rule of this.build(draft, table)) chain.insert(at - 1, rule);
  }

  private replace(draft: Draft, table: Table): void {
    const chain = this.chainOf(draft, table);
    if (draft.argument === '') throw this.fail(draft.argumentAt, '', '-R requires a rule number');
    const number = this.ruleNumber(draft);
    if (number > chain.length) throw this.badNumber(draft, chain.length);
    const [rule, second] = this.build(draft, table);
    if (second !== undefined) throw this.fail(draft.commandAt, '-R', 'Replacement rule does not specify a unique address');
    chain.replace(number - 1, rule!);
    this.rules--;
  }

  private remove(draft: Draft, table: Table): void {
    const chain = this.chainOf(draft, table);
    if (draft.argument === '') {
      for (const at of this.findRule(draft, table)) chain.remove(at);
      return;
    }
    const number = this.ruleNumber(draft);
    if (number > chain.length) throw this.badNumber(draft, chain.length);
    chain.remove(number - 1);
    this.rules--;
  }

  /** Where the rules of the line stand in its chain, each as it is once those before are gone. */
  private findRule(draft: Draft, table: Table): number[] {
    const chain = this.chainOf(draft, table);
    this.spend(draft, chain.length);
    const wanted = this.build(draft, table);
    this.rules -= wanted.length;
    const found: number[] = [];
    for (const rule of wanted) {
      const text = this.text(rule, draft, table);
      const isGone = (i: number): boolean => draft.command === 'D' && found.includes(i);
      const at = findAlike(chain, rule, (i) => !isGone(i) && this.text(chain.glance(i), draft, table) === text);
      if (at < 0) throw this.fail(draft.commandAt, `-${draft.command}`, 'Bad rule (does a matching rule exist in that chain?)');
      found.push(at);
      if (draft.command === 'D') this.rules--;
    }
    return found.map((at, i) => (draft.command === 'D' ? at - found.slice(0, i).filter((before) => before < at).length : at));
  }

  private text(rule: Rule, draft: Draft, table: Table): string {
    return printRule(rule, { family: this.family, table: table.name, chain: draft.chain });
  }

  private build(draft: Draft, table: Table): Rule[] {
    this.rules += (draft.src?.length ?? 1) * (draft.dst?.length ?? 1);
    if (this.rules > MAX_RULES) {
      throw new RuleError('ERR_LIMIT', this.source.at(draft.commandAt), draft.chain, `more than ${MAX_RULES} rules`);
    }
    if (draft.packets > 0 || draft.bytes > 0) this.chainOf(draft, table).counted = true;
    return buildRules(draft, table, this.family, this.source);
  }

  private policy(draft: Draft, table: Table): void {
    const { argument, argumentAt } = draft;
    if (argument === '') throw this.fail(draft.commandAt, '-P', '-P requires a chain and a policy');
    if (argument === 'DROP' && table.name === 'nat') throw this.fail(argumentAt, argument, NOT_FOR_FILTERING);
    const chain = this.chainOf(draft, table);
    this.setPolicy(table, chain, argument, { chainAt: draft.chainAt, policyAt: argumentAt });
    chain.packets = draft.packets;
    chain.bytes = draft.bytes;
  }

  /** Give a built-in chain its policy. */
  setPolicy(table: Table, chain: Chain, policy: string, places: { readonly chainAt: number; readonly policyAt: number }): void {
    const what = `Can't set policy \`${policy}' on \`${chain.name}'`;
    if (!chain.builtin) throw this.fail(places.chainAt, chain.name, `${what}: Bad built-in chain name`);
    if (policy !== 'ACCEPT' && policy !== 'DROP') throw this.fail(places.policyAt, policy, `${what}: Bad policy name`);
    this.journal?.touch(table, chain);
    chain.policy = policy;
    chain.packets = 0;
    chain.bytes = 0;
    this.journal?.endCounted(chain);
  }

  private rename(draft: Draft, table: Table): void {
    const { argument, argumentAt } = draft;
    if (argument === '') throw this.fail(draft.commandAt, '-E', '-E requires old-chain-name and new-chain-name');
    const chain = this.chainOf(draft, table);
    if (chain.builtin) throw this.fail(draft.chainAt, chain.name, `the built-in chain '${chain.name}' cannot be renamed`);
    if (table.chain(argument) !== undefined || RESERVED.has(argument)) {
      throw this.fail(argumentAt, argument, `cannot rename chain '${chain.name}' to '${argument}': it exists already`);
    }
    this.leaveText(table);
    table.rename(chain, argument);
  }

  /** Make all rules: what still stands in a text means the chains of its time. From now on none stays there. */
  private leaveText(table: Table): void {
    if (this.made.has(table)) return;
    this.made.add(table);
    for (const chain of table.chainsAsMade) void chain.rules;
  }

  /** -F, -X and -Z, of one chain or all. */
  private clear(draft: Draft, table: Table): void {
    const chains = draft.chain === '' ? table.chains : [this.chainOf(draft, table)];
    this.spend(draft, chains.length);
    if (draft.command === 'X') return this.deleteChains(draft, table, chains);
    for (const chain of chains) {
      this.spend(draft, draft.command === 'Z' ? chain.length : 0);
      if (draft.command === 'F') this.empty(table, chain);
      else {
        this.journal?.touch(table, chain);
        this.zero(draft, chain);
      }
    }
  }

  private zero(draft: Draft, chain: Chain): void {
    const number = draft.argument === '' ? 0 : this.ruleNumber(draft);
    if (number > chain.length) throw this.badNumber(draft, chain.length);
    for (const rule of number === 0 ? chain.rules : [chain.rule(number - 1)]) {
      rule.packets = 0;
      rule.bytes = 0;
    }
    this.journal?.zeroed(chain, number === 0 ? null : chain.rule(number - 1));
    if (number !== 0) return;
    chain.packets = 0;
    chain.bytes = 0;
  }

  private deleteChains(draft: Draft, table: Table, chains: readonly Chain[]): void {
    for (const chain of chains) {
      if (chain.builtin && draft.chain === '') continue;
      const reason = chain.builtin
        ? 'it is built in'
        : chain.length > 0
          ? 'it is not empty'
          : chain.references > 0
            ? 'rules jump to it'
            : '';
      if (reason !== '') throw this.fail(draft.chainAt, chain.name, `cannot delete chain '${chain.name}': ${reason}`);
      this.journal?.removing(table, chain);
      table.remove(chain);
      if (this.last === chain) this.last = null;
    }
  }

  private spend(draft: Draft, looks: number): void {
    this.editWork += looks;
    if (this.editWork <= MAX_EDIT_WORK) return;
    throw new RuleError(
      'ERR_LIMIT',
      this.source.at(draft.commandAt),
      `-${draft.command}`,
      'too much editing: write the rules as they are to be',
    );
  }

  /** Rules of a chain mostly stand together: the one of the line before is asked first. */
  private chainOf(draft: Draft, table: Table): Chain {
    if (this.last !== null && this.last.name === draft.chain) return this.last;
    const chain = table.chain(draft.chain);
    if (chain !== undefined) {
      if (draft.command !== 'C') this.journal?.touch(table, chain);
      this.last = draft.command === 'C' ? null : chain;
      return chain;
    }
    throw this.fail(draft.chainAt, draft.chain, `Chain '${draft.chain}' does not exist${didYouMean(draft.chain, table.chainNames)}`);
  }

  private ruleNumber(draft: Draft): number {
    const number = /^[0-9]{1,9}$/.test(draft.argument) ? Number(draft.argument) : 0;
    if (number === 0) throw this.fail(draft.argumentAt, draft.argument, `Invalid rule number \`${draft.argument}'`);
    return number;
  }

  private badNumber(draft: Draft, count: number): RuleError {
    return this.fail(
      draft.argumentAt,
      draft.argument,
      `rule number ${draft.argument} is out of range: chain '${draft.chain}' has ${count} rules`,
    );
  }

  private fail(at: number, token: string, reason: string): RuleError {
    return this.source.error(at, token, reason);
  }
}

/** The first rule of a chain that may be the same as another and is; -1 for none. Most are told apart without being made. */
function findAlike(chain: Chain, rule: Rule, isSame: (i: number) => boolean): number {
  const target = rule.target.kind === 'jump' || rule.target.kind === 'goto' ? rule.target.chain : null;
  let like: Rule | null = null;
  let isAlike = false;
  for (let i = 0; i < chain.length; i++) {
    if (chain.leadsTo(i) !== target) continue;
    const other = chain.like(i);
    if (other !== like) isAlike = isSameKind(other, rule);
    like = other;
    if (isAlike && hasValues(chain, i, rule) && isSame(i)) return i;
  }
  return -1;
}

/** Whether two rules have the same modules and kind of target. */
function isSameKind(a: Rule, b: Rule): boolean {
  if (a.target.kind !== b.target.kind || a.matches.length !== b.matches.length || a.header.protocol !== b.header.protocol) return false;
  return a.matches.every(({ module }, i) => module === b.matches[i]!.module);
}

/** Whether a rule that stands in its text names the addresses of another. */
function hasValues(chain: Chain, i: number, { header }: Rule): boolean {
  const place = chain.place(i);
  if (typeof place !== 'number') return true;
  const { srcLength, src, dstLength, dst } = chain.rowSource!.values(place);
  if (srcLength > 0 && header.src?.address[0] !== src) return false;
  return dstLength === 0 || header.dst?.address[0] === dst;
}
