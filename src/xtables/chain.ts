/**
 * Chain: a list of rules with a name. A built-in chain is where a hook enters its table and ends in a policy; the others end in a
 * RETURN that no text shows but the kernel counts.
 *
 * A place holds a rule, or the number of one that stays in its text until it is asked for (rule-rows.ts); places of a chain
 * that was only appended to are a range of numbers and take no memory. What every load asks of every rule (like, leadsTo)
 * makes none.
 * @module
 */
import type { Location } from '../errors.ts';
import type { Hook } from '../hook/hook.ts';
import type { Rule, RuleSource, RuleTarget } from './rule.ts';
import type { RuleRows } from './rule-rows.ts';

export type Policy = 'ACCEPT' | 'DROP';

/** What a place of a chain holds: a rule, or its number in the chain's rows. */
export type Place = Rule | number;

/** What rules that lead to a chain have for targets. */
interface Leading {
  readonly jump: RuleTarget;
  readonly goto: RuleTarget;
}

/** A chain as it was. */
export interface ChainState {
  readonly name: string;
  readonly policy: Policy;
  readonly packets: number;
  readonly bytes: number;
  readonly counted: boolean;
  readonly rows: RuleRows | null;
  readonly firstRow: number;
  readonly rowCount: number;
  /** null: rows firstRow and on. */
  readonly places: Place[] | null;
  /** Number its end had. */
  readonly endId: number;
}

/** How many rules a chain had. */
export function lengthBefore({ places, rowCount }: ChainState): number {
  return places === null ? rowCount : places.length;
}

export class Chain {
  name: string;
  /** Hook of a built-in chain, or -1. */
  readonly hook: Hook | -1;
  policy: Policy = 'ACCEPT';
  /** Number of its end (policy or return) in the rule set's counters, once numbered; its rules come right before. */
  endId = -1;
  /** Where the rule set keeps that number (rule-index.ts). */
  endPlace = -1;
  /** Whether the text gives counters to a rule of it. */
  counted = false;
  /** What the text says the end has counted. */
  packets = 0;
  bytes = 0;
  /** What the last check of its table found (validate.ts): hooks that lead here, as bits; deepest walk from here on, in chains. */
  reachedFrom = 0;
  below = 0;
  /** A rule stands behind one that ends the walk for every packet. */
  endsEarly = false;
  /** Its number for who goes through a whole table and numbers chains for himself. */
  number = 0;
  /** How many rules lead here. */
  references = 0;

  private rows: RuleRows | null = null;
  /** Rows firstRow .. firstRow + rowCount - 1, while `places` is null. */
  private firstRow = 0;
  private rowCount = 0;
  private places: Place[] | null = null;
  /** No place holds a number. */
  private allMade = false;
  private source: RuleSource | null = null;
  private line = 0;
  private column = 0;
  private leading: Leading | null = null;

  constructor(name: string, hook: Hook | -1 = -1) {
    this.name = name;
    this.hook = hook;
  }

  /** What a rule that leads here has for a target. */
  get jump(): RuleTarget {
    return this.targets.jump;
  }

  get goto(): RuleTarget {
    return this.targets.goto;
  }

  private get targets(): Leading {
    this.leading ??= { jump: { kind: 'jump', chain: this }, goto: { kind: 'goto', chain: this } };
    return this.leading;
  }

  get builtin(): boolean {
    return this.hook >= 0;
  }

  /** Where the text names it first; null for a built-in chain that it does not name. */
  get at(): Location | null {
    return this.source === null ? null : { file: this.source.file, line: this.line, column: this.column };
  }

  /** Say where the text names it. */
  standsAt(source: RuleSource, line: number, column: number): void {
    this.source = source;
    this.line = line;
    this.column = column;
  }

  /** Number of its first rule. */
  get firstId(): number {
    return this.endId - this.length;
  }

  /** How many rules it has. */
  get length(): number {
    return this.places === null ? this.rowCount : this.places.length;
  }

  /** The rule at a place, from 0. */
  rule(i: number): Rule {
    const places = this.list();
    const place = places[i]!;
    if (typeof place !== 'number') return place;
    const rule = this.rows!.make(place, this);
    rule.row = place;
    places[i] = rule;
    return rule;
  }

  /** All rules. They are made for it: long chains are better asked place by place. */
  get rules(): readonly Rule[] {
    const places = this.list();
    if (!this.allMade) for (let i = 0; i < places.length; i++) if (typeof places[i] === 'number') this.rule(i);
    this.allMade = true;
    return places as Rule[];
  }

  /** A rule that differs from that at a place in values alone; where a rule is made, itself. */
  like(i: number): Rule {
    const place = this.place(i);
    return typeof place === 'number' ? this.rows!.like(place) : place;
  }

  /** The chain that the rule at a place leads to; null for none. */
  leadsTo(i: number): Chain | null {
    const place = this.place(i);
    if (typeof place === 'number') return this.rows!.leadsTo(place);
    const { target } = place;
    return target.kind === 'jump' || target.kind === 'goto' ? target.chain : null;
  }

  /** What a place holds: equal as long as the rule is the same. */
  place(i: number): Place {
    return this.places === null ? this.firstRow + i : this.places[i]!;
  }

  /** The rule at a place; one that stands in its text is made for this once. */
  glance(i: number): Rule {
    const place = this.place(i);
    return typeof place === 'number' ? this.rows!.make(place, this) : place;
  }

  /** What all places hold. */
  get allPlaces(): readonly Place[] {
    return this.list();
  }

  /** Where its rows are; null when it has none. */
  get rowSource(): RuleRows | null {
    return this.rows;
  }

  /** What the text says the rule at a place has counted. */
  packetsOf(i: number): number {
    const place = this.place(i);
    return typeof place === 'number' ? this.rows!.packets(place) : place.packets;
  }

  bytesOf(i: number): number {
    const place = this.place(i);
    return typeof place === 'number' ? this.rows!.octets(place) : place.bytes;
  }

  append(rule: Rule): void {
    this.list().push(rule);
    count(rule, 1);
  }

  /** Append a rule that stays in its text. `target`: the chain it leads to. */
  appendRow(rows: RuleRows, row: number, target: Chain | null): void {
    this.allMade = false;
    if (this.length === 0) {
      this.rows = rows;
      this.places = null;
      this.firstRow = row;
      this.rowCount = 0;
    }
    if (target !== null) target.references++;
    if (this.rows !== rows && this.rows !== null) this.list().push(rows.make(row, this));
    else if (this.places === null && row === this.firstRow + this.rowCount) this.rowCount++;
    else this.pushRow(rows, row);
  }

  insert(i: number, rule: Rule): void {
    this.list().splice(i, 0, rule);
    count(rule, 1);
  }

  replace(i: number, rule: Rule): void {
    this.release(i);
    this.list()[i] = rule;
    count(rule, 1);
  }

  remove(i: number): void {
    this.release(i);
    this.list().splice(i, 1);
  }

  clear(): void {
    for (let i = 0; i < this.length; i++) this.release(i);
    this.places = null;
    this.rowCount = 0;
    this.counted = false;
  }

  /** All that an edit may change, to be restored or compared with. */
  snapshot(): ChainState {
    const { name, policy, packets, bytes, counted, rows, firstRow, rowCount, endId } = this;
    return { name, policy, packets, bytes, counted, rows, firstRow, rowCount, endId, places: this.places?.slice() ?? null };
  }

  restore(state: ChainState): void {
    this.clear();
    this.name = state.name;
    this.policy = state.policy;
    this.packets = state.packets;
    this.bytes = state.bytes;
    this.counted = state.counted;
    this.rows = state.rows;
    this.firstRow = state.firstRow;
    this.rowCount = state.rowCount;
    this.places = state.places;
    this.allMade = false;
    for (let i = 0; i < this.length; i++) {
      const target = this.leadsTo(i);
      if (target !== null) target.references++;
    }
  }

  private pushRow(rows: RuleRows, row: number): void {
    this.list().push(row);
    this.rows = rows;
  }

  private release(i: number): void {
    const target = this.leadsTo(i);
    if (target !== null) target.references--;
  }

  private list(): Place[] {
    if (this.places !== null) return this.places;
    const { firstRow, rowCount } = this;
    const places: Place[] = [];
    for (let i = 0; i < rowCount; i++) places.push(firstRow + i);
    this.places = places;
    return places;
  }
}

function count({ target }: Rule, by: number): void {
  if (target.kind === 'jump' || target.kind === 'goto') target.chain.references += by;
}
