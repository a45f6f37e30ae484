/**
 * Dead rules: those that no packet can reach and match, proved from the text of one table.
 *
 *   bottom up   of each chain: which packets certainly end in it, what it may change
 *   top down    from the built-in chains: which packets may come to each rule, and which of them earlier rules let through
 *
 * Sets of packets are lists of boxes. What may come is never taken too small, what is stopped never too large, so that a rule called
 * dead is dead; where lists grow too long or the work too much they are taken too large, and a rule is "not proved".
 * What earlier tables and the routes of a host keep away is not looked at.
 * Proof: test/property/coverage/dead.prop.ts: packets never hit a rule called dead.
 * @module
 */
import { Hook } from '../hook/hook.ts';
import type { Chain } from '../xtables/chain.ts';
import type { Rule } from '../xtables/rule.ts';
import type { Table } from '../xtables/table.ts';
import { type Blocker, Blockers } from './blockers.ts';
import { type Box, contains, disjoint, EVERYTHING, forget, intersect, subtract } from './box.ts';
import { domainOf, Field } from './field.ts';
import type { Intervals } from './intervals.ts';
import { union } from './intervals.ts';
import { type Changes, changesOf, type Effect, effectOf, isChanged, joinChanges, NO_CHANGES } from './rule-effect.ts';
import type { RegionReader, RuleRegion } from './rule-region.ts';

/** Why no packet hits a rule. */
export type DeadReason =
  /** No rule leads to its chain, or only dead ones do. */
  | 'unreachable'
  /** What it asks for contradicts itself. */
  | 'contradiction'
  /** What it asks for contradicts what leads to its chain. */
  | 'never comes'
  /** Earlier rules stop every packet it asks for. */
  | 'shadowed';

export interface DeadRule {
  readonly reason: DeadReason;
  /** Numbers of the rules that shadow it, ascending; each is needed as far as could be seen. */
  readonly by: readonly number[];
}

export interface DeadRules {
  /** By number of the rule. */
  readonly dead: ReadonlyMap<number, DeadRule>;
  /** Numbers of rules for which the work was too much. */
  readonly unproved: ReadonlySet<number>;
}

/** Boxes a chain's incoming packets, or those that end in it, are kept in. */
const MAX_BOXES = 64;
/** Boxes a rule's remaining packets may break into. */
const MAX_PIECES = 128;
/** Boxes looked at for one rule, and for a table. */
const MAX_STEPS = 20_000;
const MAX_TABLE_STEPS = 4_000_000;
/** Shadowing rules up to which each is tried for being needless. */
const MAX_MINIMISED = 12;

/** What is known of a chain from below. */
interface ChainFacts {
  /** Packets, as they come, that certainly end in it, by the rules that end them. */
  readonly ends: readonly Blocker[];
  readonly changes: Changes;
}

/** Proves what it can of one table. Rules have their numbers (the table is part of a rule set). */
export function deadRulesOf(table: Table, reader: RegionReader): DeadRules {
  return new Prover(table, reader).prove();
}

class Prover {
  private readonly table: Table;
  private readonly reader: RegionReader;
  private readonly domain: (field: number) => Intervals;
  private readonly facts: Map<Chain, ChainFacts> = new Map();
  private readonly incoming: Map<Chain, Box[]> = new Map();
  private readonly regions: Map<Chain, readonly RuleRegion[]> = new Map();
  private readonly dead: Map<number, DeadRule> = new Map();
  private readonly unproved: Set<number> = new Set();
  private steps = 0;

  constructor(table: Table, reader: RegionReader) {
    this.table = table;
    this.reader = reader;
    this.domain = domainOf(reader.family);
  }

  prove(): DeadRules {
    const order = chainsInOrder(this.table);
    for (const chain of order) this.facts.set(chain, this.learn(chain));
    for (const hook of this.table.kind.hooks) this.incoming.set(this.table.base(hook), [contextOf(hook)]);
    for (const chain of order.toReversed()) this.walk(chain);
    for (const chain of this.table.chains) if (!this.facts.has(chain)) this.buryAll(chain);
    return { dead: this.dead, unproved: this.unproved };
  }

  private regionsOf(chain: Chain): readonly RuleRegion[] {
    let regions = this.regions.get(chain);
    if (regions === undefined) {
      regions = chain.rules.map((rule) => this.reader.read(rule, this.table.name, chain.name));
      this.regions.set(chain, regions);
    }
    return regions;
  }

  // -- from below

  private learn(chain: Chain): ChainFacts {
    const regions = this.regionsOf(chain);
    const ends: Blocker[] = [];
    /** Packets that may leave the chain before its end. */
    const leaks: Box[] = [];
    let changes = NO_CHANGES;
    chain.rules.forEach((rule, place) => {
      const { outer, inner } = regions[place]!;
      if (outer === null) return;
      const effect = effectOf(rule);
      if (inner !== null) {
        for (const { box, rules } of this.stopped({ rule, place, chain, inner, effect })) {
          if (mentions(box, changes)) continue;
          for (const piece of this.minus(box, leaks)) if (ends.length < MAX_BOXES) ends.push({ box: piece, place, rules });
        }
      }
      if (effect === 'leave' || effect === 'goto') leaks.push(asItCame(outer, changes));
      changes = joinChanges(changes, this.changesBy(rule));
    });
    return { ends, changes };
  }

  /** What of the packets a rule holds for ends by it for certain. */
  private stopped({ rule, place, chain, inner, effect }: RuleAt & { inner: Box; effect: Effect }): Blocker[] {
    const own = chain.firstId + place;
    if (effect === 'end') return [{ box: inner, place, rules: [own] }];
    const target = leadsTo(rule);
    if (target === null) return [];
    return this.facts.get(target)!.ends.flatMap(({ box, rules }) => {
      const common = intersect(inner, box);
      return common === null ? [] : [{ box: common, place, rules: [own, ...rules] }];
    });
  }

  /** `box` without the others; nothing at all where that takes too many pieces. */
  private minus(box: Box, others: readonly Box[]): readonly Box[] {
    let pieces: Box[] = [box];
    for (const other of others) {
      pieces = pieces.flatMap((piece) => subtract(piece, other, this.domain));
      this.steps += pieces.length;
      if (pieces.length > MAX_BOXES) return [];
    }
    return pieces;
  }

  private changesBy(rule: Rule): Changes {
    const own = changesOf(rule);
    const target = leadsTo(rule);
    return target === null ? own : joinChanges(own, this.facts.get(target)!.changes);
  }

  // -- from above

  private walk(chain: Chain): void {
    const incoming = this.incoming.get(chain) ?? [];
    if (incoming.length === 0) {
      this.buryAll(chain);
      return;
    }
    const regions = this.regionsOf(chain);
    const blockers = new Blockers();
    const history = new ChangeHistory();
    chain.rules.forEach((rule, place) => {
      const region = regions[place]!;
      const id = chain.firstId + place;
      const rest = this.remaining({ id, region, incoming, blockers, history });
      const effect = effectOf(rule);
      const target = leadsTo(rule);
      if (target !== null) for (const box of rest) this.come(target, asItCame(box, changesOf(rule)));
      if (rest.length === 0) return;
      for (const blocker of this.passedBy({ rule, place, chain, region, effect })) blockers.add(blocker);
      history.add(place, this.changesBy(rule));
    });
  }

  /** Packets that come to a rule and hit it, as far as is known; none: the rule is dead, and said to be. */
  private remaining({ id, region, incoming, blockers, history }: Coming): readonly Box[] {
    if (region.outer === null) {
      this.dead.set(id, { reason: 'contradiction', by: [] });
      return [];
    }
    const outer = region.outer;
    const wanted = incoming.flatMap((box) => {
      const common = intersect(
        forget(box, (field) => history.isChanged(field)),
        outer,
      );
      return common === null ? [] : [common];
    });
    if (wanted.length === 0) {
      this.dead.set(id, { reason: 'never comes', by: [] });
      return [];
    }
    const used = new Set<Blocker>();
    const left = this.subtractBlockers(wanted, blockers, history, used);
    if (left === null) {
      this.unproved.add(id);
      return wanted;
    }
    if (left.length === 0) {
      this.dead.set(id, { reason: 'shadowed', by: this.needed(wanted, [...used], history) });
    }
    return left;
  }

  /** null: too much work. */
  private subtractBlockers(wanted: readonly Box[], blockers: Blockers, history: ChangeHistory, used: Set<Blocker>): readonly Box[] | null {
    let pieces: readonly Box[] = wanted;
    let steps = 0;
    const candidates = wanted.length === 1 ? blockers.candidates(wanted[0]!) : mergeCandidates(wanted, blockers);
    const whole = candidates.find((blocker) => this.stopsAll(wanted, blocker, history));
    if (whole !== undefined) {
      used.add(whole);
      return [];
    }
    for (const blocker of candidates) {
      steps += pieces.length;
      this.steps += pieces.length;
      if (steps > MAX_STEPS || this.steps > MAX_TABLE_STEPS) return null;
      const next = this.cut(pieces, blocker, history);
      if (next === pieces) continue;
      used.add(blocker);
      pieces = next;
      if (pieces.length === 0) return pieces;
      if (pieces.length > MAX_PIECES) return null;
    }
    return pieces;
  }

  /** Whether one blocker does it: most shadows are of this kind, and it is soon seen. */
  private stopsAll(wanted: readonly Box[], { box, place }: Blocker, history: ChangeHistory): boolean {
    for (const piece of wanted) if (!contains(box, piece, this.domain)) return false;
    for (const field of box.keys()) if (history.isChangedSince(field, place)) return false;
    return true;
  }

  /** The pieces without what a blocker stops; the same list when that is nothing. */
  private cut(pieces: readonly Box[], { box, place }: Blocker, history: ChangeHistory): readonly Box[] {
    if (pieces.every((piece) => disjoint(piece, box))) return pieces;
    for (const field of box.keys()) if (history.isChangedSince(field, place)) return pieces;
    return pieces.flatMap((piece) => subtract(piece, box, this.domain));
  }

  /** Rules of the blockers without which the packets would not all be stopped. */
  private needed(wanted: readonly Box[], used: readonly Blocker[], history: ChangeHistory): number[] {
    let kept = used;
    if (used.length <= MAX_MINIMISED) {
      for (const candidate of used.toReversed()) {
        const without = kept.filter((blocker) => blocker !== candidate);
        let pieces: readonly Box[] = wanted;
        for (const blocker of without) {
          pieces = this.cut(pieces, blocker, history);
          if (pieces.length > MAX_PIECES) break;
        }
        if (pieces.length === 0) kept = without;
      }
    }
    return [...new Set(kept.flatMap(({ rules }) => rules))].sort((a, b) => a - b);
  }

  /** What does not come past a rule within its chain. */
  private passedBy({ rule, place, chain, region: { inner }, effect }: RuleAt & { region: RuleRegion; effect: Effect }): readonly Blocker[] {
    if (inner === null) return [];
    const own = chain.firstId + place;
    if (effect === 'end' || effect === 'leave' || effect === 'goto') return [{ box: inner, place, rules: [own] }];
    return this.stopped({ rule, place, chain, inner, effect });
  }

  private come(chain: Chain, box: Box): void {
    let boxes = this.incoming.get(chain);
    if (boxes === undefined) {
      boxes = [];
      this.incoming.set(chain, boxes);
    }
    boxes.push(box);
    if (boxes.length > MAX_BOXES) this.incoming.set(chain, [hull(boxes)]);
  }

  private buryAll(chain: Chain): void {
    for (let i = 0; i < chain.length; i++) this.dead.set(chain.firstId + i, { reason: 'unreachable', by: [] });
  }
}

interface RuleAt {
  readonly rule: Rule;
  readonly place: number;
  readonly chain: Chain;
}

interface Coming {
  readonly id: number;
  readonly region: RuleRegion;
  readonly incoming: readonly Box[];
  readonly blockers: Blockers;
  readonly history: ChangeHistory;
}

/** At which places of a chain fields may have been changed. */
class ChangeHistory {
  private all: Changes = NO_CHANGES;
  private readonly entries: { readonly place: number; readonly changes: Changes }[] = [];

  add(place: number, changes: Changes): void {
    if (changes === NO_CHANGES) return;
    const last = this.entries.at(-1);
    // what changed before stays changed: only news and their latest place matter
    if (last !== undefined && last.changes === changes) this.entries.pop();
    this.entries.push({ place, changes });
    this.all = joinChanges(this.all, changes);
  }

  isChanged(field: number): boolean {
    return isChanged(this.all, field);
  }

  /** Whether a rule at `place` or behind it may have changed a field. */
  isChangedSince(field: number, place: number): boolean {
    if (!this.isChanged(field)) return false;
    for (let i = this.entries.length - 1; i >= 0 && this.entries[i]!.place >= place; i--) {
      if (isChanged(this.entries[i]!.changes, field)) return true;
    }
    return false;
  }
}

/** Chains that a hook leads to, each behind all those it leads to itself. */
function chainsInOrder(table: Table): Chain[] {
  const order: Chain[] = [];
  const seen = new Set<Chain>();
  const stack: { readonly chain: Chain; next: number }[] = [];
  const enter = (chain: Chain): void => {
    if (seen.has(chain)) return;
    seen.add(chain);
    stack.push({ chain, next: 0 });
  };
  for (const hook of table.kind.hooks) {
    enter(table.base(hook));
    for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
      const target = top.next < top.chain.length ? top.chain.leadsTo(top.next++) : undefined;
      if (target === undefined) {
        order.push(top.chain);
        stack.pop();
      } else if (target !== null) enter(target);
    }
  }
  return order;
}

/** What every packet at a hook has in common: no device it leaves by, or none it came by. */
function contextOf(hook: Hook): Box {
  const none: Intervals = ['', '\0'];
  if (hook === Hook.Prerouting || hook === Hook.Input) return new Map([[Field.Outdev, none]]);
  return hook === Hook.Output ? new Map([[Field.Indev, none]]) : EVERYTHING;
}

function leadsTo({ target }: Rule): Chain | null {
  return target.kind === 'jump' || target.kind === 'goto' ? target.chain : null;
}

/** Whether a box names a field that may have been changed. */
function mentions(box: Box, changes: Changes): boolean {
  if (changes === NO_CHANGES) return false;
  for (const field of box.keys()) if (isChanged(changes, field)) return true;
  return false;
}

/** A box on the other side of changes, before or behind: what it says of changed fields is not known there. */
function asItCame(box: Box, changes: Changes): Box {
  return changes === NO_CHANGES ? box : forget(box, (field) => isChanged(changes, field));
}

function mergeCandidates(wanted: readonly Box[], blockers: Blockers): readonly Blocker[] {
  const found = new Set<Blocker>();
  for (const box of wanted) {
    const near = blockers.candidates(box);
    if (near.length === blockers.size) return near;
    for (const blocker of near) found.add(blocker);
  }
  return [...found].sort((a, b) => a.place - b.place);
}

/** The smallest box around boxes. */
function hull(boxes: readonly Box[]): Box {
  const result = new Map(boxes[0]!);
  for (const field of result.keys()) {
    let values = result.get(field)!;
    for (const box of boxes) {
      const other = box.get(field);
      if (other === undefined) {
        result.delete(field);
        break;
      }
      values = union(values, other);
      result.set(field, values);
    }
  }
  return result;
}
