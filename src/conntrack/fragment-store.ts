/**
 * FragmentStore: the queues of one IP version, found by their key, ended by their deadline, bounded by memory as the kernel
 * counts it (a packet of n octets takes a power of two and a head).
 * @module
 */
import { FragmentQueue } from './fragment-queue.ts';

/** Words of a key. */
export const KEY_WORDS = 13;
/** What an skb takes besides its data: the struct, and headroom with shared info. */
const SKB_HEAD = 256;
const SKB_ROOM = 384;
const SKB_MIN_DATA = 512;

/** Memory of a packet of `octets`, as the kernel's truesize. */
export function trueSize(octets: number): number {
  const data = octets + SKB_ROOM;
  return SKB_HEAD + Math.max(SKB_MIN_DATA, 2 ** (32 - Math.clz32(data - 1)));
}

export class FragmentStore {
  /** Filled by the caller before find(). */
  readonly key: Int32Array = new Int32Array(KEY_WORDS);
  private readonly buckets: Map<number, FragmentQueue> = new Map();
  private oldest: FragmentQueue | null = null;
  private youngest: FragmentQueue | null = null;
  private readonly timeout: number;
  private readonly limit: number;
  private readonly onEnd: (queue: FragmentQueue) => void;
  /** The pieces of the datagram asked about last were all there, and could not be put together. */
  isSpoilt = false;
  private memory = 0;
  private count = 0;

  constructor(timeoutJiffies: number, limit: number, onEnd: (queue: FragmentQueue) => void) {
    this.timeout = timeoutJiffies;
    this.limit = limit;
    this.onEnd = onEnd;
  }

  /** Queues there are. */
  get size(): number {
    return this.count;
  }

  get isFull(): boolean {
    return this.memory > this.limit;
  }

  /** End the queues whose time is over. */
  expire(now: number): void {
    while (this.oldest !== null && this.oldest.deadline <= now) this.end(this.oldest);
  }

  /** The queue of `key`, made if there is none. */
  find(now: number): FragmentQueue {
    const hash = this.hash();
    const first = this.buckets.get(hash) ?? null;
    for (let queue = first; queue !== null; queue = queue.sibling) if (this.isKeyOf(queue)) return queue;
    const queue = new FragmentQueue(this.key.slice(), hash);
    queue.sibling = first;
    this.buckets.set(hash, queue);
    this.count++;
    this.append(queue, now);
    return queue;
  }

  /** Start a queue's time again. */
  postpone(queue: FragmentQueue, now: number): void {
    this.unlink(queue);
    this.append(queue, now);
  }

  charge(queue: FragmentQueue, octets: number): void {
    const size = trueSize(octets);
    queue.memory += size;
    this.memory += size;
  }

  /** Give back the memory of a queue's pieces. */
  discharge(queue: FragmentQueue): void {
    this.memory -= queue.memory;
    queue.memory = 0;
  }

  /** Forget a queue. */
  end(queue: FragmentQueue): void {
    const first = this.buckets.get(queue.hash) ?? null;
    if (first === queue) {
      if (queue.sibling === null) this.buckets.delete(queue.hash);
      else this.buckets.set(queue.hash, queue.sibling);
    } else for (let other = first; other !== null; other = other.sibling) if (other.sibling === queue) other.sibling = queue.sibling;
    this.unlink(queue);
    this.discharge(queue);
    this.count--;
    this.onEnd(queue);
  }

  private append(queue: FragmentQueue, now: number): void {
    queue.deadline = now + this.timeout;
    queue.older = this.youngest;
    queue.younger = null;
    if (this.youngest === null) this.oldest = queue;
    else this.youngest.younger = queue;
    this.youngest = queue;
  }

  private unlink(queue: FragmentQueue): void {
    if (queue.older === null) this.oldest = queue.younger;
    else queue.older.younger = queue.younger;
    if (queue.younger === null) this.youngest = queue.older;
    else queue.younger.older = queue.older;
  }

  private hash(): number {
    let h = 0x2545f491;
    for (let i = 0; i < KEY_WORDS; i++) {
      h = Math.imul(h ^ this.key[i]!, 0x9e3779b1);
      h ^= h >>> 15;
    }
    return h;
  }

  private isKeyOf(queue: FragmentQueue): boolean {
    for (let i = 0; i < KEY_WORDS; i++) if (queue.key[i] !== this.key[i]) return false;
    return true;
  }
}
