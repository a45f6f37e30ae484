/**
 * The lives of connections in a table, noted from its events: from confirmation until the entry was removed or its timeout ran out,
 * whichever came first. The kernel removes what ran out up to a minute later; until then it still counts against the limit.
 * @module
 */
import type { Conntrack } from '../conntrack/conntrack.ts';
import type { ConntrackEvents } from '../conntrack/events.ts';
import { JIFFY_US } from '../conntrack/options.ts';
import { NO_GROUP, Spans, type Peak } from './spans.ts';

const Life = { None: 0, Alive: 1, Over: 2 } as const;

/** Which groups a new connection belongs to. */
export type Grouping = (entry: number) => readonly [groupA: number, groupB: number];

const NO_GROUPS: readonly [number, number] = [NO_GROUP, NO_GROUP];

export class ConnectionSpans implements ConntrackEvents {
  /** Time of the packet at hand. */
  nowUs = 0;
  readonly spans: Spans;
  private readonly conntrack: Conntrack;
  private readonly grouping: Grouping | null;
  private lives: Uint8Array = new Uint8Array(1024);
  private groups: Int32Array = new Int32Array(2048);

  constructor(conntrack: Conntrack, grouping: Grouping | null = null, onLevel: ((at: number, alive: number) => void) | null = null) {
    this.conntrack = conntrack;
    this.grouping = grouping;
    this.spans = new Spans(onLevel);
  }

  created(entry: number): void {
    if (this.spans.full) this.settle(this.nowUs);
    if (entry >= this.lives.length) this.reach(entry);
    const [groupA, groupB] = this.grouping?.(entry) ?? NO_GROUPS;
    this.lives[entry] = Life.Alive;
    this.groups[2 * entry] = groupA;
    this.groups[2 * entry + 1] = groupB;
    this.spans.begin(jiffies(this.nowUs), groupA, groupB);
  }

  destroyed(entry: number): void {
    if (this.lives[entry] === Life.Alive) this.over(entry, Math.min(this.conntrack.deadlineUs(entry), this.nowUs));
    this.lives[entry] = Life.None;
  }

  /** Bring the counts up to a time. */
  settle(nowUs: number): void {
    const { conntrack, lives } = this;
    for (let entry = 0; entry < conntrack.rows && entry < lives.length; entry++) {
      if (lives[entry] !== Life.Alive) continue;
      const deadline = conntrack.deadlineUs(entry);
      if (deadline <= nowUs) this.over(entry, deadline);
    }
    this.spans.fold();
  }

  /** Most connections at once; `at` in microseconds since the epoch. */
  get peak(): Peak {
    const { most, at } = this.spans.peak;
    return { most, at: at < 0 ? -1 : at * JIFFY_US };
  }

  private over(entry: number, us: number): void {
    this.lives[entry] = Life.Over;
    this.spans.end(jiffies(us), this.groups[2 * entry]!, this.groups[2 * entry + 1]!);
  }

  private reach(entry: number): void {
    const length = 1 << (32 - Math.clz32(entry));
    const lives = new Uint8Array(length);
    lives.set(this.lives);
    this.lives = lives;
    const groups = new Int32Array(2 * length);
    groups.set(this.groups);
    this.groups = groups;
  }
}

function jiffies(us: number): number {
  return Math.floor(us / JIFFY_US);
}
