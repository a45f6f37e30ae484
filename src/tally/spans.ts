/**
 * Spans: how many of something were alive at once, exactly: connections, and the translations of each address among them.
 *
 * A table that removes what has run out when it comes across it cannot say how many were alive at a moment. So every life is noted
 * as two instants, and from time to time the noted ones are sorted and counted through:
 *
 *   begin, end  ->  [ +1 -1 +1 ... ]  -- fold -->  now alive, most at once and since when, by group
 *
 * Times are jiffies. Memory is bounded by what is noted between two folds and by the number of groups.
 * @module
 */

/** Instants noted between two folds. */
const ROOM = 1 << 18;
/** A sort key is the time since the last fold, the kind, and the number of the note, from the high digits down: exact in a double. */
const NOTES = 1 << 20;
const MAX_TIME = 2 ** 31;
/** No group. */
export const NO_GROUP = -1;

/** The most that were alive at once. */
export interface Peak {
  readonly most: number;
  /** Jiffies when that many were reached first; -1: never any. */
  readonly at: number;
}

export class Spans {
  /** Alive behind the last fold. */
  alive = 0;
  private mostAlive = 0;
  private mostAt = -1;
  private keys: Float64Array = new Float64Array(1024);
  private groupsA: Int32Array = new Int32Array(1024);
  private groupsB: Int32Array = new Int32Array(1024);
  private count = 0;
  private base = -1;
  private readonly inGroup: number[] = [];
  private readonly mostInGroup: number[] = [];
  /** Called while folding, in order of time. */
  private readonly onLevel: ((at: number, alive: number) => void) | null;

  constructor(onLevel: ((at: number, alive: number) => void) | null = null) {
    this.onLevel = onLevel;
  }

  /** Whether it is time to fold. */
  get full(): boolean {
    return this.count >= ROOM;
  }

  /** One more is alive from `at` on; in up to two groups (small numbers, or NO_GROUP). */
  begin(at: number, groupA: number, groupB: number): void {
    this.note(at, 1, groupA, groupB);
  }

  end(at: number, groupA: number, groupB: number): void {
    this.note(at, 0, groupA, groupB);
  }

  /** Count through what was noted. Everything that happened up to the last instant must have been noted. */
  fold(): void {
    const { keys, count, groupsA, groupsB, base } = this;
    const sorted = keys.subarray(0, count).sort();
    for (let i = 0; i < count; i++) {
      const key = sorted[i]!;
      const number = key % NOTES;
      const rest = (key - number) / NOTES;
      const begins = rest % 2 === 1;
      const at = base + (rest - (begins ? 1 : 0)) / 2;
      this.alive += begins ? 1 : -1;
      if (begins && this.alive > this.mostAlive) {
        this.mostAlive = this.alive;
        this.mostAt = at;
      }
      this.move(groupsA[number]!, begins);
      this.move(groupsB[number]!, begins);
      this.onLevel?.(at, this.alive);
    }
    this.count = 0;
    this.base = -1;
  }

  get peak(): Peak {
    return { most: this.mostAlive, at: this.mostAt };
  }

  /** Most of a group at once. */
  mostOf(group: number): number {
    return this.mostInGroup[group] ?? 0;
  }

  private move(group: number, begins: boolean): void {
    if (group < 0) return;
    const now = (this.inGroup[group] ?? 0) + (begins ? 1 : -1);
    this.inGroup[group] = now;
    if (now > (this.mostInGroup[group] ?? 0)) this.mostInGroup[group] = now;
  }

  private note(at: number, begins: number, groupA: number, groupB: number): void {
    if (this.count >= NOTES) this.fold();
    if (this.count === this.keys.length) this.grow();
    // a clock that runs backwards before the first note counts as standing still
    if (this.base < 0) this.base = Math.max(0, at - MAX_TIME / 2);
    const time = Math.min(Math.max(0, at - this.base), MAX_TIME);
    this.keys[this.count] = (time * 2 + begins) * NOTES + this.count;
    this.groupsA[this.count] = groupA;
    this.groupsB[this.count++] = groupB;
  }

  private grow(): void {
    const keys = new Float64Array(this.keys.length * 2);
    keys.set(this.keys);
    this.keys = keys;
    const groupsA = new Int32Array(keys.length);
    groupsA.set(this.groupsA);
    this.groupsA = groupsA;
    const groupsB = new Int32Array(keys.length);
    groupsB.set(this.groupsB);
    this.groupsB = groupsB;
  }
}
