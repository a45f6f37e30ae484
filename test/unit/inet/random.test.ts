import { describe, expect, it } from 'vitest';
import { Random } from '../../../src/inet/random.ts';

/** xoshiro128** 1.1 by its definition, in BigInt. */
function reference(state: bigint[]): number {
  const mask = 0xffffffffn;
  const rotl = (x: bigint, k: bigint): bigint => ((x << k) | (x >> (32n - k))) & mask;
  const result = (rotl((state[1]! * 5n) & mask, 7n) * 9n) & mask;
  const shifted = (state[1]! << 9n) & mask;
  state[2]! ^= state[0]!;
  state[3]! ^= state[1]!;
  state[1]! ^= state[2]!;
  state[0]! ^= state[3]!;
  state[2]! ^= shifted;
  state[3] = rotl(state[3]!, 11n);
  return Number(result);
}

/** SplitMix32 by its definition, in BigInt: the four words of a seed. */
function seeded(seed: number): bigint[] {
  const mask = 0xffffffffn;
  let state = BigInt(seed >>> 0);
  return Array.from({ length: 4 }, () => {
    state = (state + 0x9e3779b9n) & mask;
    let z = state;
    z = ((z ^ (z >> 16n)) * 0x85ebca6bn) & mask;
    z = ((z ^ (z >> 13n)) * 0xc2b2ae35n) & mask;
    return z ^ (z >> 16n);
  });
}

describe('Random', () => {
  it.each([0, 1, 42, -1, 0x80000000])('is xoshiro128** for seed %d', (seed) => {
    const random = new Random(seed);
    const state = seeded(seed);
    for (let i = 0; i < 1000; i++) expect(random.u32()).toBe(reference(state));
  });

  it('draws each number below n about as often', () => {
    const random = new Random(7);
    const counts = new Uint32Array(10);
    for (let i = 0; i < 100_000; i++) counts[random.below(10)]!++;
    for (const count of counts) expect(Math.abs(count - 10_000)).toBeLessThan(500);
    expect(random.below(1)).toBe(0);
    expect(random.u16()).toBeLessThan(0x10000);
  });

  it('gives a turn the same numbers whatever was drawn before', () => {
    const one = new Random(7);
    const other = new Random(7);
    for (let i = 0; i < 5; i++) other.u32();
    other.turn(3);
    other.u32();
    one.turn(12);
    other.turn(12);
    expect([one.u32(), one.u32(), one.u16()]).toEqual([other.u32(), other.u32(), other.u16()]);
  });

  it('spreads the first numbers of successive turns evenly', () => {
    for (const seed of [0, 1, 3, 0x7fffffff]) {
      const random = new Random(seed);
      const buckets = new Float64Array(64);
      const turns = 64_000;
      for (let turn = 0; turn < turns; turn++) {
        random.turn(turn + (turn & 1) * 2 ** 33);
        buckets[random.below(64)]! += 1;
      }
      // chi-squared with 63 degrees of freedom: 120 is passed once in 50,000 times
      expect(buckets.reduce((sum, n) => sum + (n - 1000) ** 2 / 1000, 0)).toBeLessThan(120);
    }
  });
});
