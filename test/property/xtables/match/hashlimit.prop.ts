import fc from 'fast-check';
import { describe, it } from 'vitest';
import { Packet } from '../../../../src/packet/packet.ts';
import { Answer, creditOf, HashlimitTable } from '../../../../src/xtables/match/hashlimit-table.ts';

const HZ = 250n;
const TICK = 1n << 39n;
const MASK = new Int32Array(4);
/** One entry for all packets, kept for ever. */
const SETTINGS = {
  srcip: false,
  srcport: false,
  dstip: false,
  dstport: false,
  bytes: false,
  rateMatch: false,
  size: 0,
  max: 0,
  gcMs: 2 ** 31,
  expireMs: 2 ** 31,
  intervalSec: 0,
  srcMask: MASK,
  dstMask: MASK,
};

/** The kernel's arithmetic in 64 bits, as one reads it: credit grows by 2^39 a tick and wraps, and is capped. */
class Reference {
  private credit: bigint;
  private prev: bigint;
  private readonly cap: bigint;
  private readonly cost: bigint;

  constructor(average: bigint, burst: bigint, now: bigint) {
    const micro = (HZ * TICK) / 1_000_000n;
    this.cap = BigInt.asUintN(64, average * burst * micro);
    this.cost = BigInt.asUintN(64, average * micro);
    this.credit = this.cap;
    this.prev = now;
  }

  pass(now: bigint): boolean {
    this.credit = BigInt.asUintN(64, this.credit + (now - this.prev) * TICK);
    if (this.credit > this.cap) this.credit = this.cap;
    this.prev = now;
    if (this.credit < this.cost) return false;
    this.credit -= this.cost;
    return true;
  }
}

describe('HashlimitTable', () => {
  it('counts packet credit to the last of 64 bits', () => {
    const rate = fc
      .tuple(fc.constantFrom(1n, 60n, 3600n, 86400n), fc.bigInt(1n, 10_000n))
      .map(([unit, count]) => (unit * 1_000_000n) / count);
    const gap = fc.oneof({ weight: 20, arbitrary: fc.constant(0) }, fc.nat(3), fc.nat(1000), fc.nat(2 ** 26));
    const gaps = fc.array(gap, { maxLength: 200, size: 'max' });
    fc.assert(
      fc.property(rate, fc.oneof(fc.bigInt(1n, 60n), fc.bigInt(1n, 1_000_000n)), gaps, (average, burst, waits) => {
        fc.pre(average > 0n && creditOf(average * burst) >= creditOf(average));
        const table = new HashlimitTable({ ...SETTINGS, average, burst });
        const packet = new Packet();
        let now = 1_000_000;
        const reference = new Reference(average, burst, BigInt(now));
        return [0, ...waits].every((wait) => {
          now += wait;
          packet.nowUs = now * 4000;
          return (table.count(packet) === Answer.Below) === reference.pass(BigInt(now));
        });
      }),
      { numRuns: 500 },
    );
  });
});
