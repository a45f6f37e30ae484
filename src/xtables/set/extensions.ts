/**
 * What elements of a set carry beside their key, as columns by element number: expiry, counters, comment, skbinfo.
 * Only the columns the set was created with exist.
 *
 * Expiries are microseconds since the store's beginning; 0 never expires. An element is expired strictly after its time.
 * @module
 */
import { counterPasses, SET_TIMEOUT, type SetQuery } from './query.ts';

/** Which extensions a set was created with. */
export interface Features {
  /** Default timeout in seconds (0: elements stay), or -1: the set knows no timeouts. */
  readonly timeoutSec: number;
  readonly counters: boolean;
  readonly comment: boolean;
  readonly skbinfo: boolean;
}

/** What an `add` gives an element. */
export class ElementValues {
  /** Seconds, or SET_TIMEOUT. */
  timeoutSec: number = SET_TIMEOUT;
  /** Counters to begin with; -1 leaves what is there. */
  packets = -1;
  bytes = -1;
  comment: string | null = null;
  skbMark = 0;
  skbMask = 0;
  skbPriority = 0;
  skbQueue = 0;
}

const NO_NUMBERS = new Float64Array(0);
const NO_WORDS = new Int32Array(0);
const US_PER_SEC = 1e6;

export class Extensions {
  readonly features: Features;
  expires: Float64Array = NO_NUMBERS;
  packets: Float64Array = NO_NUMBERS;
  bytes: Float64Array = NO_NUMBERS;
  skbMark: Int32Array = NO_WORDS;
  skbMask: Int32Array = NO_WORDS;
  skbPriority: Int32Array = NO_WORDS;
  skbQueue: Int32Array = NO_WORDS;
  readonly comments: (string | null)[] = [];

  constructor(features: Features) {
    this.features = features;
  }

  get timed(): boolean {
    return this.features.timeoutSec >= 0;
  }

  /** Make room for elements 0 .. capacity - 1. */
  reserve(capacity: number): void {
    if (this.timed) this.expires = widened(this.expires, new Float64Array(capacity));
    if (this.features.counters) {
      this.packets = widened(this.packets, new Float64Array(capacity));
      this.bytes = widened(this.bytes, new Float64Array(capacity));
    }
    if (this.features.skbinfo) {
      this.skbMark = widened(this.skbMark, new Int32Array(capacity));
      this.skbMask = widened(this.skbMask, new Int32Array(capacity));
      this.skbPriority = widened(this.skbPriority, new Int32Array(capacity));
      this.skbQueue = widened(this.skbQueue, new Int32Array(capacity));
    }
  }

  expired(element: number, nowUs: number): boolean {
    if (!this.timed) return false;
    const at = this.expires[element]!;
    return at !== 0 && nowUs > at;
  }

  /** Whether the element is alive and its counters pass; counts the packet first, as the kernel does. */
  match(element: number, query: SetQuery): boolean {
    if (this.expired(element, query.nowUs)) return false;
    if (this.features.counters && !this.count(element, query)) return false;
    if (this.features.skbinfo) {
      query.skbMark = this.skbMark[element]!;
      query.skbMask = this.skbMask[element]!;
      query.skbPriority = this.skbPriority[element]!;
      query.skbQueue = this.skbQueue[element]!;
    }
    return true;
  }

  private count(element: number, query: SetQuery): boolean {
    if (query.update) {
      this.packets[element]! += 1;
      this.bytes[element]! += query.octets;
    }
    if (!query.compare) return true;
    const { packets, bytes } = query.options;
    return counterPasses(this.packets[element]!, packets) && counterPasses(this.bytes[element]!, bytes);
  }

  /** Give an element its values: a new one, or one added again. */
  assign(element: number, values: ElementValues, nowUs: number): void {
    if (this.timed) {
      const seconds = values.timeoutSec === SET_TIMEOUT ? this.features.timeoutSec : values.timeoutSec;
      this.expires[element] = seconds === 0 ? 0 : nowUs + seconds * US_PER_SEC;
    }
    if (this.features.counters) {
      if (values.packets >= 0) this.packets[element] = values.packets;
      if (values.bytes >= 0) this.bytes[element] = values.bytes;
    }
    if (this.features.comment) this.comments[element] = values.comment;
    if (this.features.skbinfo) {
      this.skbMark[element] = values.skbMark;
      this.skbMask[element] = values.skbMask;
      this.skbPriority[element] = values.skbPriority;
      this.skbQueue[element] = values.skbQueue;
    }
  }

  /** Forget an element's values, so that its number may be given to another. */
  clear(element: number): void {
    if (this.timed) this.expires[element] = 0;
    if (this.features.counters) {
      this.packets[element] = 0;
      this.bytes[element] = 0;
    }
    if (this.features.comment) this.comments[element] = null;
    if (this.features.skbinfo) {
      this.skbMark[element] = 0;
      this.skbMask[element] = 0;
      this.skbPriority[element] = 0;
      this.skbQueue[element] = 0;
    }
  }

  /** Seconds an element still has as ipset lists them: rounded down, but 1 at the least; 0 for one that stays. */
  remainingSec(element: number, nowUs: number): number {
    const at = this.expires[element]!;
    return at === 0 ? 0 : Math.max(1, Math.floor((at - nowUs) / US_PER_SEC));
  }
}

function widened<T extends Float64Array | Int32Array>(from: T, to: T): T {
  to.set(from);
  return to;
}
