import fc from 'fast-check';
import { describe, it } from 'vitest';
import { Timescale } from '../../../src/capture/timescale.ts';
import { Packet } from '../../../src/packet/packet.ts';

const word = (): fc.Arbitrary<number> => fc.oneof(fc.nat(0xffffffff), fc.constantFrom(0, 1, 0x7fffffff, 0x80000000, 0xffffffff));
const MAX = BigInt(Number.MAX_SAFE_INTEGER);

/** Nanoseconds as big integers say. */
function expected(resolution: number, high: number, low: number): { us: number; ns: number } {
  const count = (BigInt(high) << 32n) + BigInt(low);
  const unit = (resolution & 0x80) === 0 ? 10n ** BigInt(resolution) : 1n << BigInt(resolution & 0x7f);
  const ns = (count * 1_000_000_000n) / unit;
  const us = ns / 1000n;
  return { us: Number(us > MAX ? MAX : us), ns: Number(ns % 1000n) };
}

function read(resolution: number, high: number, low: number): { us: number; ns: number } {
  const packet = new Packet();
  new Timescale(resolution, 0).apply(packet, high, low);
  return { us: packet.nowUs, ns: packet.remainderNs };
}

const units = [...Array.from({ length: 13 }, (_, i) => i), ...Array.from({ length: 33 }, (_, i) => 0x80 | i)];

describe('Timescale', () => {
  it('is exact for every unit down to a picosecond and 2^-32 s, wherever a double can hold the microsecond', () => {
    fc.assert(
      fc.property(fc.constantFrom(...units), word(), word(), (resolution, high, low) => {
        const [is, shall] = [read(resolution, high, low), expected(resolution, high, low)];
        return is.us === shall.us && is.ns === shall.ns;
      }),
      { numRuns: 3000 },
    );
  });

  it('is right to a nanosecond and its rounding for every finer unit', () => {
    fc.assert(
      fc.property(fc.constantFrom(13, 14, 15, 16, 17, 18, 19, 0xa1, 0xa8, 0xb5, 0xbf), word(), word(), (resolution, high, low) => {
        const [is, shall] = [read(resolution, high, low), expected(resolution, high, low)];
        return Math.abs((is.us - shall.us) * 1000 + is.ns - shall.ns) <= 1;
      }),
    );
  });
});
