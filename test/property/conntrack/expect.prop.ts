/** The list of expectations does what a plain array does: the newest first, each fitting what its mask lets count. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Expectation, Expected, ExpectFlag, ExpectationList } from '../../../src/conntrack/expect.ts';
import { Tuple } from '../../../src/conntrack/tuple.ts';

const SOURCES = ['src0', 'src1', 'src2', 'src3', 'srcL4'] as const;
const DESTINATIONS = ['family', 'protocol', 'dst0', 'dst1', 'dst2', 'dst3', 'dstL4'] as const;
const MAX = 6;

const bit = fc.constantFrom(0, 0, 0, 1);
/** Tuples of which most are alike, but may differ in any field. */
const tuples: fc.Arbitrary<Tuple> = fc
  .tuple(fc.constantFrom(4, 6), fc.constantFrom(6, 17), ...Array.from({ length: 10 }, () => bit))
  .map(([family, protocol, src0, src1, src2, src3, dst0, dst1, dst2, dst3, srcL4, dstL4]) =>
    Object.assign(new Tuple(), {
      family: family === 4 || src0 === 0 ? 4 : 6,
      protocol: protocol === 6 || dst0 === 0 ? 6 : 17,
      src0,
      src1,
      src2,
      src3,
      dst0,
      dst1,
      dst2,
      dst3,
      srcL4,
      dstL4,
    }),
  );
const masks = fc.constantFrom(
  [-1, -1, -1, -1, 0xffff],
  [0, 0, 0, 0, 0],
  [-1, -1, -1, -1, 0],
  [0, 0, 0, 0, 0xffff],
  [-1, 0, 0, 0, 0],
  [0, -1, -1, -1, 0],
);
const times = fc.integer({ min: 1, max: 40 });

const expectations = fc
  .record({
    tuple: tuples,
    mask: masks,
    master: fc.nat(3),
    kind: fc.nat(1),
    flags: fc.constantFrom(0, 0, ExpectFlag.Permanent, ExpectFlag.Inactive),
    deadline: times,
  })
  .map(({ tuple, mask, ...rest }) => {
    const made = Object.assign(new Expectation(), rest);
    made.tuple.copyFrom(tuple);
    SOURCES.forEach((name, i) => {
      made.mask[name] = mask[i]!;
    });
    return made;
  });

type Step =
  | { readonly what: 'add'; readonly expectation: Expectation; readonly limit: number; readonly any: boolean; readonly like: number }
  | { readonly what: 'take' | 'find'; readonly tuple: Tuple; readonly zone: number; readonly like: number }
  | { readonly what: 'remove'; readonly pick: number }
  | { readonly what: 'removeOf'; readonly pick: number }
  | { readonly what: 'wait'; readonly jiffies: number };
const steps: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      what: fc.constant('add' as const),
      expectation: expectations,
      limit: fc.constantFrom(0, 1, 2, 3),
      any: fc.boolean(),
      // one of those that wait already, in every other case
      like: fc.integer({ min: -8, max: 7 }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      what: fc.constantFrom('take' as const, 'find' as const),
      tuple: tuples,
      zone: fc.nat(1),
      like: fc.integer({ min: -4, max: 5 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ what: fc.constant('remove' as const), pick: fc.nat(7) }) },
  { weight: 1, arbitrary: fc.record({ what: fc.constant('removeOf' as const), pick: fc.nat(7) }) },
  { weight: 1, arbitrary: fc.record({ what: fc.constant('wait' as const), jiffies: fc.nat(9) }) },
);

/** Masters 0 and 2 are of zone 0, 1 and 3 of zone 1; of the last nothing may come. */
const masters = { zone: (master: number): number => master & 1, canExpect: (master: number): boolean => master !== 3 };

const sameDestination = (a: Tuple, b: Tuple): boolean => DESTINATIONS.every((name) => a[name] === b[name]);
const fits = (tuple: Tuple, expected: Tuple, ...by: readonly Tuple[]): boolean =>
  sameDestination(tuple, expected) &&
  SOURCES.every((name) => ((tuple[name] ^ expected[name]) & by.reduce((mask, one) => mask & one[name], -1)) === 0);
const isSame = (a: Expectation, b: Expectation): boolean =>
  a.tuple.equals(b.tuple) && SOURCES.every((name) => a.mask[name] === b.mask[name]) && masters.zone(a.master) === masters.zone(b.master);

/** The newest first. */
class Plain {
  list: Expectation[] = [];

  remove(one: Expectation): void {
    this.list = this.list.filter((other) => other !== one);
  }

  add(one: Expectation, limit: number, now: number, any: boolean): Expected {
    this.list = this.list.filter((other) => other.deadline > now);
    for (const other of this.list.filter(({ tuple }) => sameDestination(tuple, one.tuple))) {
      if ((any || other.master === one.master) && isSame(other, one)) {
        if (other.kind !== one.kind || other.master !== one.master) return Expected.Already;
        this.remove(other);
        break;
      }
      if (fits(other.tuple, one.tuple, other.mask, one.mask) && masters.zone(other.master) === masters.zone(one.master))
        return Expected.Busy;
    }
    const alike = this.list.filter(({ master, kind }) => master === one.master && kind === one.kind);
    if (limit > 0 && alike.length >= limit) this.remove(alike.at(-1)!);
    if (this.list.length >= MAX) return Expected.Full;
    this.list.unshift(one);
    return Expected.Accepted;
  }

  find(tuple: Tuple, zone: number, now: number): Expectation | null {
    return this.list.find((one) => one.deadline > now && fits(tuple, one.tuple, one.mask) && masters.zone(one.master) === zone) ?? null;
  }

  take(tuple: Tuple, zone: number, now: number): Expectation | null {
    // what is over is dropped on the way to the one that fits
    const there = this.list.filter((one) => sameDestination(one.tuple, tuple));
    for (const one of there) {
      if (one.deadline <= now) {
        this.remove(one);
        continue;
      }
      if (one.flags === ExpectFlag.Inactive || !fits(tuple, one.tuple, one.mask) || masters.zone(one.master) !== zone) continue;
      if (!masters.canExpect(one.master)) return null;
      if (one.flags !== ExpectFlag.Permanent) this.remove(one);
      return one;
    }
    return null;
  }
}

describe('the list of expectations', () => {
  it('does what an array does', () => {
    const told = new Map<string, number>();
    fc.assert(
      fc.property(fc.array(steps, { size: 'max', maxLength: 60 }), (list) => {
        const real = new ExpectationList(MAX, masters);
        const plain = new Plain();
        let now = 0;
        for (const step of list) {
          if (step.what === 'wait') now += step.jiffies;
          else if (step.what === 'add') {
            const known = step.like < 0 ? undefined : plain.list[step.like];
            if (known !== undefined) {
              step.expectation.tuple.copyFrom(known.tuple);
              step.expectation.mask.copyFrom(known.mask);
            }
            step.expectation.deadline += now;
            const answer = plain.add(step.expectation, step.limit, now, step.any);
            told.set(`add ${answer}`, (told.get(`add ${answer}`) ?? 0) + 1);
            expect(real.add(step.expectation, step.limit, now, step.any)).toBe(answer);
          } else if (step.what === 'find' || step.what === 'take') {
            const known = step.like < 0 ? undefined : plain.list[step.like];
            if (known !== undefined) step.tuple.copyFrom(known.tuple);
            if (step.what === 'find') expect(real.find(step.tuple, step.zone, now)).toBe(plain.find(step.tuple, step.zone, now));
            else {
              const due = plain.take(step.tuple, step.zone, now);
              if (due !== null) told.set('taken', (told.get('taken') ?? 0) + 1);
              expect(real.take(step.tuple, step.zone, now)).toBe(due);
            }
          } else if (step.what === 'removeOf') {
            plain.list = plain.list.filter(({ master }) => master !== step.pick % 4);
            real.removeOf(step.pick % 4);
          } else if (step.what === 'remove' && plain.list.length > 0) {
            const one = plain.list[step.pick % plain.list.length]!;
            plain.remove(one);
            real.remove(one);
            real.remove(one);
          }
          expect(real.count).toBe(plain.list.length);
          const alive = plain.list.filter(({ deadline }) => deadline > now);
          const all = new Set(real.all(now));
          expect(all.size === alive.length && alive.every((one) => all.has(one))).toBe(true);
          for (let master = 0; master < 4; master++) {
            const due = alive.filter((one) => one.master === master);
            const mine = real.ofMaster(master, now);
            expect(mine.length === due.length && mine.every((one, at) => one === due[at])).toBe(true);
          }
        }
      }),
      { numRuns: 200 },
    );
    for (const what of ['add 0', 'add 1', 'add 2', 'add 3', 'taken']) expect(told.get(what) ?? 0, what).toBeGreaterThan(5);
  });
});
