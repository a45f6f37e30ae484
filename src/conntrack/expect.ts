/**
 * Expectations: connections that a helper saw announced (nf_conntrack_expect). A packet that makes an entry and fits one makes
 * a RELATED entry with the announcing connection as its master; the expectation is then used up, unless it is permanent.
 *
 * The source may be masked, the destination is exact. Bounded by a global and a per-helper limit; the oldest of a master gives
 * way. They wait on packet time.
 * @module
 */
import { formatTupleKey } from './tuple-key.ts';
import { Tuple } from './tuple.ts';

export const ExpectFlag = { Permanent: 1, Inactive: 2, Userspace: 4 } as const;

/** Called when the expected connection is made, before any rule sees it: NAT follows its master here. */
export type ExpectFunction = (entry: number, expectation: Expectation) => void;

export class Expectation {
  readonly tuple: Tuple = new Tuple();
  /** Bits of the source that count; its protocol and family always do. */
  readonly mask: Tuple = new Tuple();
  master = -1;
  flags = 0;
  /** Kind within the helper; most have one. */
  kind = 0;
  /** Helper of the connection to come, by name. */
  helper: string | null = null;
  /** Jiffies. */
  deadline = 0;
  onNew: ExpectFunction | null = null;
  /** For NAT: direction of the announcement, and the port and address it named. */
  direction = 0;
  savedPort = 0;
  savedAddress: Int32Array | null = null;
}

/** What came of an announcement; Already: the same is expected as another kind, or (any master) for another connection. */
export const Expected = { Accepted: 0, Busy: 1, Full: 2, Already: 3 } as const;
export type Expected = (typeof Expected)[keyof typeof Expected];

/** What the list needs to know of connections. */
export interface Masters {
  zone(entry: number): number;
  /** Whether it is confirmed and alive. */
  canExpect(entry: number): boolean;
}

export class ExpectationList {
  /** By destination, newest first. */
  private readonly byDestination: Map<string, Expectation[]> = new Map();
  private readonly byMaster: Map<number, Expectation[]> = new Map();
  private readonly max: number;
  private readonly masters: Masters;
  private total = 0;

  constructor(max: number, masters: Masters) {
    this.max = max;
    this.masters = masters;
  }

  get count(): number {
    return this.total;
  }

  /** The expectation a new connection fits, taken out unless it is permanent; or null. */
  take(tuple: Tuple, zone: number, now: number): Expectation | null {
    if (this.total === 0) return null;
    const list = this.byDestination.get(formatTupleKey(tuple));
    if (list === undefined) return null;
    for (const expectation of list.slice()) {
      if (expectation.deadline <= now) {
        this.remove(expectation);
        continue;
      }
      if ((expectation.flags & ExpectFlag.Inactive) !== 0 || !fits(tuple, expectation.tuple, expectation.mask)) continue;
      if (this.masters.zone(expectation.master) !== zone) continue;
      if (!this.masters.canExpect(expectation.master)) return null;
      if ((expectation.flags & ExpectFlag.Permanent) === 0) this.remove(expectation);
      return expectation;
    }
    return null;
  }

  /** The expectation that a packet of this tuple would fit, active or not; or null. */
  find(tuple: Tuple, zone: number, now: number): Expectation | null {
    if (this.total === 0) return null;
    const list = this.byDestination.get(formatTupleKey(tuple)) ?? [];
    for (const expectation of list) {
      if (expectation.deadline <= now || !fits(tuple, expectation.tuple, expectation.mask)) continue;
      if (this.masters.zone(expectation.master) === zone) return expectation;
    }
    return null;
  }

  /** What a connection waits for, newest first. */
  ofMaster(master: number, now: number): Expectation[] {
    return (this.byMaster.get(master) ?? []).filter((expectation) => expectation.deadline > now);
  }

  /**
   * Announce a connection. `limit`: how many of the kind its master may wait for; 0: any number. `anyMaster`: the same
   * expectation of another connection is no clash, but Already.
   */
  add(expectation: Expectation, limit: number, now: number, anyMaster = false): Expected {
    this.expire(now);
    const key = formatTupleKey(expectation.tuple);
    for (const other of this.byDestination.get(key)?.slice() ?? []) {
      if ((anyMaster || other.master === expectation.master) && this.isSame(other, expectation)) {
        if (other.kind !== expectation.kind || other.master !== expectation.master) return Expected.Already;
        this.remove(other);
        break;
      }
      if (this.clashes(other, expectation)) return Expected.Busy;
    }
    const mine = this.byMaster.get(expectation.master) ?? [];
    const alike = mine.filter((other) => other.kind === expectation.kind);
    if (limit > 0 && alike.length >= limit) this.remove(alike.at(-1)!);
    if (this.total >= this.max) return Expected.Full;
    this.put(expectation, key);
    return Expected.Accepted;
  }

  /** Withdraw all that a connection announced. */
  removeOf(master: number): void {
    if (this.total === 0) return;
    for (const expectation of this.byMaster.get(master)?.slice() ?? []) this.remove(expectation);
  }

  remove(expectation: Expectation): void {
    const key = formatTupleKey(expectation.tuple);
    if (!cut(this.byDestination, key, expectation)) return;
    cut(this.byMaster, expectation.master, expectation);
    this.total--;
  }

  /** All that still wait, newest first within a destination. */
  all(now: number): Expectation[] {
    return [...this.byDestination.values()].flat().filter((expectation) => expectation.deadline > now);
  }

  private put(expectation: Expectation, key: string): void {
    prepend(this.byDestination, key, expectation);
    prepend(this.byMaster, expectation.master, expectation);
    this.total++;
  }

  private expire(now: number): void {
    if (this.total === 0) return;
    const over = [...this.byDestination.values()].flat().filter((expectation) => expectation.deadline <= now);
    for (const expectation of over) this.remove(expectation);
  }

  private isSame(a: Expectation, b: Expectation): boolean {
    return same(a, b) && this.masters.zone(a.master) === this.masters.zone(b.master);
  }

  private clashes(a: Expectation, b: Expectation): boolean {
    return fitsBoth(a, b) && this.masters.zone(a.master) === this.masters.zone(b.master);
  }
}

function prepend<K>(map: Map<K, Expectation[]>, key: K, expectation: Expectation): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [expectation]);
  else list.unshift(expectation);
}

function cut<K>(map: Map<K, Expectation[]>, key: K, expectation: Expectation): boolean {
  const list = map.get(key);
  const at = list?.indexOf(expectation) ?? -1;
  if (list === undefined || at < 0) return false;
  list.splice(at, 1);
  if (list.length === 0) map.delete(key);
  return true;
}

function fits(tuple: Tuple, expected: Tuple, mask: Tuple): boolean {
  return (
    ((tuple.src0 ^ expected.src0) & mask.src0) === 0 &&
    ((tuple.src1 ^ expected.src1) & mask.src1) === 0 &&
    ((tuple.src2 ^ expected.src2) & mask.src2) === 0 &&
    ((tuple.src3 ^ expected.src3) & mask.src3) === 0 &&
    ((tuple.srcL4 ^ expected.srcL4) & mask.srcL4) === 0
  );
}

/** Two clash when some packet could fit both. */
function fitsBoth(a: Expectation, b: Expectation): boolean {
  const mask = new Tuple();
  mask.src0 = a.mask.src0 & b.mask.src0;
  mask.src1 = a.mask.src1 & b.mask.src1;
  mask.src2 = a.mask.src2 & b.mask.src2;
  mask.src3 = a.mask.src3 & b.mask.src3;
  mask.srcL4 = a.mask.srcL4 & b.mask.srcL4;
  return fits(a.tuple, b.tuple, mask);
}

function same(a: Expectation, b: Expectation): boolean {
  return a.tuple.equals(b.tuple) && a.mask.equals(b.mask);
}
