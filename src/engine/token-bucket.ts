/**
 * What a host grants one correspondent in ICMP errors (the kernel's inet_peer): one bucket of time, filled as time goes, from which
 * two limits take.
 *
 *   next-hop errors (no route, unreachable, prohibit): cost 1 s, burst 5 s; no sysctl turns them off
 *   every limited error: cost `icmp_ratelimit`, burst six of them; a limit of 0 lets all pass, and empties the bucket
 *
 * Bounded: the oldest correspondent is forgotten when the table is full, as the kernel's peers are collected.
 * @module
 */

/** Length of a jiffy at HZ=250: the bucket's clock. */
const JIFFY_US = 4000;
const ERROR_COST = 250;
const ERROR_BURST = 1250;
const BURST_FACTOR = 6;
/** A new correspondent has a minute's credit; bursts cut it down. */
const NEW_CREDIT = 15_000;
export const MAX_SOURCES = 65_536;

interface Bucket {
  /** Jiffies. */
  tokens: number;
  last: number;
}

export class TokenBuckets {
  /** Told of every correspondent that is not known. */
  onNew: ((source: number | string) => void) | null = null;
  private readonly buckets: Map<number | string, Bucket> = new Map();

  /** Whether `source` may cause one more next-hop error; takes the token if so. */
  takeError(source: number | string, nowUs: number): boolean {
    const bucket = this.at(source, nowUs);
    const now = Math.floor(nowUs / JIFFY_US);
    bucket.tokens = Math.min(bucket.tokens + Math.max(0, now - bucket.last), ERROR_BURST);
    bucket.last = now;
    if (bucket.tokens < ERROR_COST) return false;
    bucket.tokens -= ERROR_COST;
    return true;
  }

  /** Whether an error may go to `target` under a limit of one in `limitMs`. */
  allow(target: number | string, limitMs: number, nowUs: number): boolean {
    const bucket = this.at(target, nowUs);
    const now = Math.floor(nowUs / JIFFY_US);
    const cost = Math.ceil((limitMs * 1000) / JIFFY_US);
    if (now !== bucket.last) {
      bucket.tokens = Math.min(bucket.tokens + Math.max(0, now - bucket.last), BURST_FACTOR * cost);
      bucket.last = now;
    }
    if (bucket.tokens < cost) return false;
    bucket.tokens -= cost;
    return true;
  }

  private at(source: number | string, nowUs: number): Bucket {
    let bucket = this.buckets.get(source);
    if (bucket !== undefined) return bucket;
    this.onNew?.(source);
    if (this.buckets.size >= MAX_SOURCES) this.forgetOldest();
    bucket = { tokens: 0, last: Math.floor(nowUs / JIFFY_US) - NEW_CREDIT };
    this.buckets.set(source, bucket);
    return bucket;
  }

  private forgetOldest(): void {
    for (const oldest of this.buckets.keys()) {
      this.buckets.delete(oldest);
      return;
    }
  }
}
