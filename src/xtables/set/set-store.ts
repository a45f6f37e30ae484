/**
 * SetStore: the ip sets of one machine by name. Rules take a set with acquire(), which counts the reference that a listing shows.
 * @module
 */
import type { Host } from '../../host/host.ts';
import { didYouMean } from '../../suggest.ts';
import { BitmapSet, bitmapPlaces } from './bitmap-set.ts';
import { SetClock } from './clock.ts';
import { HashSet } from './hash-set.ts';
import type { IpSet, SetOptions, SetShared } from './ip-set.ts';
import { ListSet } from './list-set.ts';
import { SetQuery } from './query.ts';
import type { SetType } from './set-type.ts';

/** Elements all sets of a store may have room for: a text may not ask for all memory. */
const MAX_ROOM = 1 << 24;

export class SetStore {
  /** Time of the sets: the last packet's. */
  readonly clock: SetClock = new SetClock();
  /** The question last asked; holds the skbinfo of the element that answered it. */
  readonly query: SetQuery = new SetQuery();
  private readonly byName = new Map<string, IpSet>();
  private host: Host | null = null;
  private room = MAX_ROOM;
  private readonly shared: SetShared;

  constructor() {
    this.shared = {
      clock: this.clock,
      query: this.query,
      interfaceName: (index) => this.interfaceName(index),
      takeRoom: (elements) => this.takeRoom(elements),
    };
  }

  /** The set of this name. */
  get(name: string): IpSet | undefined {
    return this.byName.get(name);
  }

  /** The set of this name for a rule: counts one reference. `host` names the interfaces that hash:net,iface compares. */
  acquire(name: string, host: Host): IpSet | undefined {
    this.host = host;
    const set = this.byName.get(name);
    if (set !== undefined) set.references++;
    return set;
  }

  /** A hint for a message that a set is missing: the name that is nearest, or ''. */
  hint(name: string): string {
    return didYouMean(name, this.byName.keys());
  }

  /** All sets, in the order they were made. */
  list(): readonly IpSet[] {
    return [...this.byName.values()];
  }

  /** Make an empty set; the name is free. Answers null when a bitmap would take more room than a store may have. */
  create(name: string, type: SetType, options: SetOptions): IpSet | null {
    if (type.method === 'bitmap' && !this.takeRoom(bitmapPlaces(options))) return null;
    const set = makeSet(name, type, options, this.shared);
    this.byName.set(name, set);
    return set;
  }

  /** Forget a set, unless something refers to it. */
  destroy(set: IpSet): boolean {
    if (set.references > 0) return false;
    set.flush();
    return this.byName.delete(set.name);
  }

  /** Give a set a name that is free. It keeps its place among the sets. */
  rename(set: IpSet, name: string): void {
    set.name = name;
    this.rebuild(this.list());
  }

  /** Exchange the names of two sets: what refers to one refers to the other's contents from then on. */
  swap(one: IpSet, other: IpSet): void {
    const sets = this.list().map((set) => (set === one ? other : set === other ? one : set));
    const { name, references } = one;
    one.name = other.name;
    one.references = other.references;
    other.name = name;
    other.references = references;
    this.rebuild(sets);
    for (const set of sets) if (set instanceof ListSet) set.exchange(one, other);
  }

  private takeRoom(elements: number): boolean {
    if (elements > this.room) return false;
    this.room -= elements;
    return true;
  }

  private rebuild(sets: readonly IpSet[]): void {
    this.byName.clear();
    for (const set of sets) this.byName.set(set.name, set);
  }

  private interfaceName(index: number): string {
    return index > 0 && this.host !== null ? (this.host.interfaces[index]?.name ?? '') : '';
  }
}

function makeSet(name: string, type: SetType, options: SetOptions, shared: SetShared): IpSet {
  switch (type.method) {
    case 'hash':
      return new HashSet(name, type, options, shared);
    case 'bitmap':
      return new BitmapSet(name, type, options, shared);
    case 'list':
      return new ListSet(name, type, options, shared);
  }
}
