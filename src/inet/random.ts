/**
 * Seeded random numbers: xoshiro128** 1.1 (Blackman and Vigna, public domain), its state filled by SplitMix32.
 * One object per use, so that the draws of one never move those of another; with turn(), not those of another packet either.
 * Not for secrets.
 * @module
 */
import { reciprocalScale } from './hash.ts';

/** SplitMix32's step, 2^32 divided by the golden ratio. */
const STEP = 0x9e3779b9;
const TWO_32 = 0x1_0000_0000;
/** Odd multipliers that spread the two halves of a turn's number. */
const TURN_LOW = 0x2c1b3c6d;
const TURN_HIGH = 0x297a2d39;

export class Random {
  private s0 = 0;
  private s1 = 0;
  private s2 = 0;
  private s3 = 0;
  private readonly seed: number;
  /** The turn whose numbers have not begun yet; -1: they have. */
  private waiting = -1;

  /** Seeds are taken modulo 2^32; every one gives a sequence of its own. */
  constructor(seed: number) {
    this.seed = seed | 0;
    this.fill(this.seed);
  }

  /**
   * Draw from now on what belongs to turn `number` (0 to 2^53): it hangs on seed and number alone, not on what was drawn before.
   * Costs a store; the numbers begin with the first draw.
   */
  turn(number: number): void {
    this.waiting = number;
  }

  /** A number from 0 to 2^32 - 1 that hangs on the seed alone: the same whenever it is asked for. */
  get constant(): number {
    return new Random(this.seed).u32();
  }

  private begin(): void {
    const low = Math.imul((this.waiting % TWO_32) | 0, TURN_LOW);
    const high = Math.imul(Math.floor(this.waiting / TWO_32) | 0, TURN_HIGH);
    this.waiting = -1;
    this.fill(this.seed ^ low ^ (low >>> 16) ^ high);
  }

  private fill(seed: number): void {
    let state = seed;
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
    if (this.waiting >= 0) this.begin();
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
