/**
 * Seeded random numbers: xoshiro128** 1.1 (Blackman and Vigna, public domain), its state filled by SplitMix32.
 * One object per use, so that the draws of one never move those of another. Not for secrets.
 * @module
 */
import { reciprocalScale } from './hash.ts';

/** SplitMix32's step, 2^32 divided by the golden ratio. */
const STEP = 0x9e3779b9;

export class Random {
  private s0 = 0;
  private s1 = 0;
  private s2 = 0;
  private s3 = 0;

  /** Seeds are taken modulo 2^32; every one gives a sequence of its own. */
  constructor(seed: number) {
    let state = seed | 0;
    const next = (): number => {
      state = (state + STEP) | 0;
      let z = state;
      z = Math.imul(z ^ (z >>> 16), 0x85ebca6b);
      z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35);
      return z ^ (z >>> 16);
    };
    this.s0 = next();
    this.s1 = next();
    this.s2 = next();
    this.s3 = next();
  }

  /** 0 to 2^32 - 1. */
  u32(): number {
    const scrambled = Math.imul(this.s1, 5);
    const result = Math.imul((scrambled << 7) | (scrambled >>> 25), 9);
    const shifted = this.s1 << 9;
    this.s2 ^= this.s0;
    this.s3 ^= this.s1;
    this.s1 ^= this.s2;
    this.s0 ^= this.s3;
    this.s2 ^= shifted;
    this.s3 = (this.s3 << 11) | (this.s3 >>> 21);
    return result >>> 0;
  }

  /** 0 to 65535. */
  u16(): number {
    return this.u32() >>> 16;
  }

  /** 0 to n - 1, for n up to 2^32; 0 when n is 0 or 1. */
  below(n: number): number {
    return reciprocalScale(this.u32(), n);
  }
}
