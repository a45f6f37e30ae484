/**
 * Timeline: packets and octets by fate over time, in a number of buckets that does not grow: when the capture outgrows them, two
 * become one and each is twice as long.
 * @module
 */
import type { Fate } from '../engine/outcome.ts';

/** Fates in the order of the columns. */
export const TIMELINE_FATES: readonly Fate[] = ['forwarded', 'local', 'sent', 'dropped', 'consumed', 'queued', 'stolen'];
const NUMBERS: ReadonlyMap<Fate, number> = new Map(TIMELINE_FATES.map((fate, i) => [fate, i]));
const COLUMNS = TIMELINE_FATES.length;
const BUCKETS = 512;
const FIRST_WIDTH_US = 1000;

export class Timeline {
  /** When the first bucket begins; NaN while there is none. */
  beginUs: number = Number.NaN;
  widthUs: number = FIRST_WIDTH_US;
  /** Buckets in use. */
  used = 0;
  private readonly packets: Float64Array = new Float64Array(BUCKETS * COLUMNS);
  /** Most connections alive in a bucket. */
  private readonly alive: Float64Array = new Float64Array(BUCKETS);
  /** How many were alive at its end, -1: as at the end of the one before. */
  private readonly last: Float64Array = new Float64Array(BUCKETS).fill(-1);

  count(nowUs: number, fate: Fate): void {
    const bucket = this.bucketOf(nowUs);
    this.packets[bucket * COLUMNS + NUMBERS.get(fate)!]! += 1;
  }

  /** That many connections are alive from now on. */
  level(nowUs: number, alive: number): void {
    if (Number.isNaN(this.beginUs)) return;
    const bucket = this.bucketOf(nowUs);
    if (alive > this.alive[bucket]!) this.alive[bucket] = alive;
    this.last[bucket] = alive;
  }

  /** Packets of a fate by bucket. */
  of(fate: Fate): number[] {
    const column = NUMBERS.get(fate)!;
    return Array.from({ length: this.used }, (_, i) => this.packets[i * COLUMNS + column]!);
  }

  /** Most connections alive, by bucket. */
  levels(): number[] {
    let before = 0;
    return Array.from({ length: this.used }, (_, i) => {
      const most = Math.max(before, this.alive[i]!);
      if (this.last[i]! >= 0) before = this.last[i]!;
      return most;
    });
  }

  private bucketOf(nowUs: number): number {
    if (Number.isNaN(this.beginUs)) this.beginUs = nowUs;
    // a clock that runs backwards counts into the first bucket
    const since = Math.max(0, nowUs - this.beginUs);
    while (since >= this.widthUs * BUCKETS) this.halve();
    const bucket = Math.floor(since / this.widthUs);
    if (bucket >= this.used) this.used = bucket + 1;
    return bucket;
  }

  private halve(): void {
    const { packets, alive, last } = this;
    for (let to = 0; to < BUCKETS / 2; to++) {
      for (let i = 0; i < COLUMNS; i++) packets[to * COLUMNS + i] = packets[2 * to * COLUMNS + i]! + packets[(2 * to + 1) * COLUMNS + i]!;
      alive[to] = Math.max(alive[2 * to]!, alive[2 * to + 1]!);
      last[to] = last[2 * to + 1]! >= 0 ? last[2 * to + 1]! : last[2 * to]!;
    }
    packets.fill(0, (BUCKETS / 2) * COLUMNS);
    alive.fill(0, BUCKETS / 2);
    last.fill(-1, BUCKETS / 2);
    this.widthUs *= 2;
    this.used = Math.ceil(this.used / 2);
  }
}
