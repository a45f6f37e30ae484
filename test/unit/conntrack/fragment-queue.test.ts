/** One datagram's pieces, against a plain list of octets; and the store of many, whose keys may fall into one bucket. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FragmentQueue, Insert } from '../../../src/conntrack/fragment-queue.ts';
import { FragmentStore, KEY_WORDS, trueSize } from '../../../src/conntrack/fragment-store.ts';

const TIMEOUT = 100;

function octets(queue: FragmentQueue): number[] {
  const all: number[] = [];
  queue.forEach((piece) => all.push(...piece));
  return all;
}

function blank(queue: FragmentQueue): object {
  const { length, meat, firstIn, lastIn, ecn, maxSize, maxDfSize, head, leastHead, memory, isEmpty, isComplete, pieceCount } = queue;
  return { length, meat, firstIn, lastIn, ecn, maxSize, maxDfSize, head, leastHead, memory, isEmpty, isComplete, pieceCount };
}
const BLANK = {
  length: 0,
  meat: 0,
  firstIn: false,
  lastIn: false,
  ecn: 0,
  maxSize: 0,
  maxDfSize: 0,
  head: null,
  leastHead: 0x10000,
  memory: 0,
  isEmpty: true,
  isComplete: false,
  pieceCount: 0,
};

describe('the memory of a packet', () => {
  // what the kernel's allocator gives: data, headroom and shared info rounded up to a power of two, and the struct
  it.each([
    [1, 768],
    [128, 768],
    [129, 1280],
    [640, 1280],
    [641, 2304],
    [1500, 2304],
    [1665, 4352],
    [65_535, 131_328],
  ])('of %i octets is %i', (length, size) => {
    expect(trueSize(length)).toBe(size);
  });
});

describe('FragmentQueue', () => {
  it('begins with nothing, and again when it is restarted', () => {
    const key = Int32Array.of(1, 2);
    const queue = new FragmentQueue(key, 77);
    expect(blank(queue)).toEqual(BLANK);
    expect(queue).toMatchObject({ key, hash: 77, deadline: 0, linkLength: 0, sourceCount: 0, sibling: null, older: null, younger: null });
    queue.insert(0, Uint8Array.of(1, 2));
    const filled = { length: 9, firstIn: true, lastIn: true, ecn: 3, maxSize: 5, maxDfSize: 5, head: key, leastHead: 4, memory: 8 };
    Object.assign(queue, filled, { sourceCount: 5, deadline: 6 });
    queue.restart();
    expect(blank(queue)).toEqual(BLANK);
    // whose it is, and how far its source has come, stays
    expect(queue).toMatchObject({ key, hash: 77, sourceCount: 5, deadline: 6 });
    expect(octets(queue)).toEqual([]);
  });

  /**
   * The same with a list of runs and no cleverness: a piece that continues the last run joins it; one that lies in a run is a duplicate; one that
   * touches octets that are there otherwise, or begins within the last run and goes beyond, an overlap.
   */
  class Plain {
    runs: [start: number, end: number][] = [];

    insert(start: number, end: number): Insert {
      const last = this.runs.at(-1);
      if (last !== undefined && start === last[1] && end > last[1]) {
        last[1] = end;
        return Insert.Placed;
      }
      const touched = this.runs.filter(([from, till]) => from < end && start < till);
      if (touched.length > 0) {
        const [from, till] = touched[0]!;
        return start >= from && end <= till ? Insert.Duplicate : Insert.Overlap;
      }
      this.runs.push([start, end]);
      this.runs.sort((a, b) => a[0] - b[0]);
      return Insert.Placed;
    }
  }

  it('does what a list of runs does', () => {
    const piece = fc.tuple(fc.nat(12), fc.integer({ min: 1, max: 4 }));
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 14 }), (pieces) => {
        const queue = new FragmentQueue(new Int32Array(1), 0);
        const plain = new Plain();
        let placed = 0;
        for (const [start, length] of pieces) {
          const answer = plain.insert(start, start + length);
          const data = Uint8Array.from({ length }, (_, i) => start + i);
          expect(queue.insert(start, data)).toBe(answer);
          if (answer === Insert.Placed) placed++;
          const held = plain.runs.flatMap(([from, till]) => Array.from({ length: till - from }, (_, i) => from + i));
          expect(octets(queue)).toEqual(held);
          expect([queue.meat, queue.pieceCount, queue.isEmpty]).toEqual([held.length, placed, false]);
        }
      }),
      { numRuns: 1000 },
    );
  });

  it('is complete with both ends and every octet', () => {
    for (const [firstIn, lastIn, length, isComplete] of [
      [true, true, 3, true],
      [false, true, 3, false],
      [true, false, 3, false],
      [true, true, 4, false],
    ] as const) {
      const queue = new FragmentQueue(new Int32Array(1), 0);
      queue.insert(0, new Uint8Array(3));
      Object.assign(queue, { firstIn, lastIn, length });
      expect(queue.isComplete).toBe(isComplete);
    }
  });
});

describe('FragmentStore', () => {
  const store = (limit = 1e6): { store: FragmentStore; ended: FragmentQueue[] } => {
    const ended: FragmentQueue[] = [];
    return { store: new FragmentStore(TIMEOUT, limit, (queue) => ended.push(queue)), ended };
  };
  const find = (from: FragmentStore, key: readonly number[], now = 0): FragmentQueue => {
    from.key.fill(0);
    from.key.set(key);
    return from.find(now);
  };

  it('makes a queue for each key, and finds it again', () => {
    const { store: one } = store();
    const queues = Array.from({ length: KEY_WORDS }, (_, word) => {
      const key = Array.from({ length: KEY_WORDS }, () => 5);
      key[word] = 6;
      return [key, find(one, key)] as const;
    });
    expect(one.size).toBe(KEY_WORDS);
    for (const [key, queue] of queues) {
      expect(find(one, key)).toBe(queue);
      expect([...queue.key]).toEqual(key);
    }
    expect(one.size).toBe(KEY_WORDS);
  });

  /** Two keys that fall into one bucket, found by trying. */
  function colliding(): [number[], number[]] {
    const byHash = new Map<number, number[]>();
    const { store: probe } = store();
    for (let i = 1; ; i++) {
      const key = [...Array.from({ length: KEY_WORDS - 2 }, () => 0), i, Math.imul(i, 0x2c1b3c6d)];
      const queue = find(probe, key);
      probe.end(queue);
      const other = byHash.get(queue.hash);
      if (other !== undefined) return [other, key];
      byHash.set(queue.hash, key);
    }
  }

  it('keeps apart what falls into one bucket, in whatever order it ends', () => {
    const keys = colliding();
    const [a, b] = keys;
    for (const order of [
      [0, 1],
      [1, 0],
    ] as const) {
      const { store: one, ended } = store();
      const queues = [find(one, a), find(one, b)];
      expect(queues[0]!.hash).toBe(queues[1]!.hash);
      expect(queues[0]).not.toBe(queues[1]);
      expect([find(one, a), find(one, b)]).toEqual(queues);
      expect(one.size).toBe(2);
      one.end(queues[order[0]]!);
      expect(one.size).toBe(1);
      expect(find(one, keys[order[1]])).toBe(queues[order[1]]);
      expect(find(one, keys[order[0]])).not.toBe(queues[order[0]]);
      expect(ended).toEqual([queues[order[0]]]);
    }
  });

  it('ends queues when their time is over, the oldest first, and gives postponed ones more', () => {
    const { store: one, ended } = store();
    const [a, b, c, d] = [10, 20, 30, 40].map((now) => find(one, [now], now)) as [
      FragmentQueue,
      FragmentQueue,
      FragmentQueue,
      FragmentQueue,
    ];
    one.postpone(b, 50);
    one.expire(109);
    expect(ended).toEqual([]);
    one.expire(110);
    expect(ended).toEqual([a]);
    one.expire(140);
    expect(ended).toEqual([a, c, d]);
    one.expire(149);
    expect(one.size).toBe(1);
    one.expire(150);
    expect(ended).toEqual([a, c, d, b]);
    expect(one.size).toBe(0);
    // the oldest and the youngest, postponed
    const [e, f] = [find(one, [1], 200), find(one, [2], 210)];
    one.postpone(e, 220);
    one.postpone(e, 230);
    expect(find(one, [3], 240)).not.toBe(f);
    one.expire(310);
    expect(ended.slice(4)).toEqual([f]);
    one.expire(330);
    expect(ended.slice(4)).toEqual([f, e]);
    expect(one.size).toBe(1);
  });

  it('is full beyond its limit, and is not once queues end or let go', () => {
    const { store: one } = store(2 * trueSize(100));
    const [a, b] = [find(one, [1]), find(one, [2])];
    one.charge(a, 100);
    one.charge(b, 100);
    expect([one.isFull, a.memory, b.memory]).toEqual([false, trueSize(100), trueSize(100)]);
    one.charge(b, 1);
    expect(one.isFull).toBe(true);
    one.discharge(b);
    expect([one.isFull, b.memory]).toEqual([false, 0]);
    one.charge(b, 100);
    one.charge(b, 100);
    expect(one.isFull).toBe(true);
    one.end(a);
    expect(one.isFull).toBe(false);
  });

  it('ends the one it is told to, wherever it stands', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(7), { maxLength: 30 }), (picks) => {
        const { store: one, ended } = store();
        const alive = new Map<number, FragmentQueue>();
        picks.forEach((pick, now) => {
          const known = alive.get(pick);
          if (known === undefined) alive.set(pick, find(one, [pick], now));
          else if (now % 2 === 0) {
            one.end(known);
            alive.delete(pick);
          } else {
            expect(find(one, [pick], now)).toBe(known);
            one.postpone(known, now);
            alive.delete(pick);
            alive.set(pick, known);
          }
          expect(one.size).toBe(alive.size);
        });
        ended.length = 0;
        one.expire(1e6);
        expect(ended).toEqual([...alive.values()]);
        expect(one.size).toBe(0);
      }),
    );
  });
});
