/** What a range offers: which addresses and ports lie in it, and how the scratch one is filled. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Tuple } from '../../../src/conntrack/tuple.ts';
import {
  EMPTY_RANGE,
  hasAddress,
  hasOneAddress,
  isInRange,
  isPortInRange,
  Manip,
  type NatRange,
  RangeFlag,
  RangeScratch,
} from '../../../src/nat/range.ts';

const FIELDS = Object.keys(EMPTY_RANGE) as (keyof NatRange)[];
const PORTED = [47, 6, 17, 136, 132];

/** The fields alone. */
const plain = (range: NatRange): NatRange => Object.fromEntries(Object.entries(range)) as unknown as NatRange;
/** A range of which every field says something else. */
const full: NatRange = Object.fromEntries(FIELDS.map((name, i) => [name, 100 + i])) as unknown as NatRange;

function tupleOf(fields: Partial<Tuple>): Tuple {
  return Object.assign(new Tuple(), { family: 4, protocol: 6, ...fields });
}

describe('RangeScratch', () => {
  it('offers nothing before it is filled', () => {
    expect(plain(new RangeScratch())).toEqual(EMPTY_RANGE);
    expect(new Set(Object.values(EMPTY_RANGE))).toEqual(new Set([0]));
  });

  it('takes over every field of another', () => {
    expect(plain(new RangeScratch().copyFrom(full))).toEqual(full);
  });

  it('aims at one address, and forgets what it was', () => {
    const scratch = new RangeScratch().copyFrom(full);
    expect(plain(scratch.aim(1, 2, 3, 4, null))).toEqual({
      ...EMPTY_RANGE,
      flags: RangeFlag.MapIps,
      min0: 1,
      min1: 2,
      min2: 3,
      min3: 4,
      max0: 1,
      max1: 2,
      max2: 3,
      max3: 4,
    });
  });

  it('keeps flags and ports of the range it is given', () => {
    const ports = { ...full, flags: RangeFlag.ProtoSpecified | RangeFlag.ProtoRandom };
    const { flags, minProto, maxProto, baseProto } = new RangeScratch().copyFrom(full).aim(1, 2, 3, 4, ports);
    expect(flags).toBe(RangeFlag.MapIps | RangeFlag.ProtoSpecified | RangeFlag.ProtoRandom);
    expect([minProto, maxProto, baseProto]).toEqual([full.minProto, full.maxProto, 0]);
  });
});

describe('an address in a range', () => {
  const word = fc.oneof(fc.constantFrom(0, 1, -1, 0x7fffffff, -0x80000000), fc.integer());
  const words = fc.tuple(word, word, word, word);
  const numberOf = (list: readonly number[]): bigint => list.reduce((sum, one) => (sum << 32n) | BigInt(one >>> 0), 0n);
  const between = (min: readonly number[], max: readonly number[]): NatRange => {
    const [min0, min1, min2, min3] = min as [number, number, number, number];
    const [max0, max1, max2, max3] = max as [number, number, number, number];
    return { ...EMPTY_RANGE, min0, min1, min2, min3, max0, max1, max2, max3 };
  };

  it('is one between the ends, of IPv6 as 128 bits', () => {
    // ends that agree with the address in the words before one, so that each word comes to decide
    const near = fc.tuple(words, words, fc.nat(4), words, fc.nat(4)).map(([address, low, i, high, j]) => {
      const min = address.map((one, at) => (at < i ? one : low[at]!));
      const max = address.map((one, at) => (at < j ? one : high[at]!));
      return { address, min, max };
    });
    fc.assert(
      fc.property(near, ({ address, min, max }) => {
        const [src0, src1, src2, src3] = address;
        const value = numberOf(address);
        const isIn = value >= numberOf(min) && value <= numberOf(max);
        expect(hasAddress(between(min, max), tupleOf({ family: 6, src0, src1, src2, src3 }))).toBe(isIn);
      }),
      { numRuns: 2000 },
    );
  });

  it('is told by the first word in IPv4', () => {
    fc.assert(
      fc.property(word, word, word, fc.boolean(), (address, low, high, atEnd) => {
        const [min, max] = atEnd ? [address, high] : [low, address];
        const range = between([min, 9, 9, 9], [max, 0, 0, 0]);
        expect(hasAddress(range, tupleOf({ src0: address }))).toBe(address >>> 0 >= min >>> 0 && address >>> 0 <= max >>> 0);
      }),
    );
  });

  it('is the only one where both ends are the same in every word', () => {
    expect(hasOneAddress(between([1, 2, 3, 4], [1, 2, 3, 4]))).toBe(true);
    for (let i = 0; i < 4; i++)
      expect(
        hasOneAddress(
          between(
            [1, 2, 3, 4],
            [1, 2, 3, 4].map((one, at) => one + (at === i ? 1 : 0)),
          ),
        ),
        `word ${i}`,
      ).toBe(false);
  });
});

describe('a port in a range', () => {
  const range = { ...EMPTY_RANGE, flags: RangeFlag.ProtoSpecified, minProto: 100, maxProto: 200 };

  it.each([
    [99, false],
    [100, true],
    [150, true],
    [200, true],
    [201, false],
  ])('%i: %s, on the side that is asked about', (port, isIn) => {
    for (const protocol of PORTED) {
      const [source, destination] = [tupleOf({ protocol, srcL4: port, dstL4: 1 }), tupleOf({ protocol, srcL4: 1, dstL4: port })];
      expect(isPortInRange(source, range, Manip.Source), `source of ${protocol}`).toBe(isIn);
      expect(isPortInRange(destination, range, Manip.Destination), `destination of ${protocol}`).toBe(isIn);
      expect(isPortInRange(source, range, Manip.Destination)).toBe(false);
      expect(isPortInRange(destination, range, Manip.Source)).toBe(false);
      expect(isInRange(source, range)).toBe(isIn);
      expect(isInRange(source, { ...range, flags: 0 })).toBe(true);
    }
  });

  it('is an id on either side for ICMP, and anything for what has none', () => {
    for (const manip of [Manip.Source, Manip.Destination]) {
      for (const protocol of [1, 58]) {
        expect(isPortInRange(tupleOf({ protocol, srcL4: 100, dstL4: 0 }), range, manip)).toBe(true);
        expect(isPortInRange(tupleOf({ protocol, srcL4: 201, dstL4: 150 }), range, manip)).toBe(false);
      }
      for (const protocol of [0, 33, 50, 51, 89]) expect(isPortInRange(tupleOf({ protocol, srcL4: 1, dstL4: 1 }), range, manip)).toBe(true);
    }
  });

  it('counts beside the address, each where its flag is set', () => {
    const one = { ...range, min0: 5, max0: 5 };
    const mapped = { ...one, flags: RangeFlag.MapIps };
    const both = { ...one, flags: RangeFlag.MapIps | RangeFlag.ProtoSpecified };
    const told = (offer: NatRange): boolean[] =>
      [
        [5, 100],
        [6, 100],
        [5, 99],
      ].map(([src0, srcL4]) => isInRange(tupleOf({ src0: src0!, srcL4: srcL4! }), offer));
    expect(told(one)).toEqual([true, true, false]);
    expect(told(mapped)).toEqual([true, false, true]);
    expect(told(both)).toEqual([true, false, false]);
    expect(told({ ...one, flags: 0 })).toEqual([true, true, true]);
  });
});
