import fc from 'fast-check';
import { describe, it } from 'vitest';
import { finish, replaceU16, replaceU32, sum16 } from '../../../src/inet/checksum.ts';

/** The one's complement sum as RFC 1071 §1 words it: one 16-bit word after the other, end-around carry at each. */
function naiveSum(bytes: Uint8Array): number {
  let sum = 0;
  for (let i = 0; i < bytes.length; i += 2) {
    sum += (bytes[i]! << 8) | (bytes[i + 1] ?? 0);
    if (sum > 0xffff) sum -= 0xffff;
  }
  return sum;
}

/** Octets anywhere in a dirty buffer. */
const data = (): fc.Arbitrary<{ view: DataView; offset: number; bytes: Uint8Array }> =>
  fc.tuple(fc.nat(9), fc.oneof(fc.uint8Array({ maxLength: 200 }), fc.uint8Array({ min: 0xf0, maxLength: 200 }))).map(([offset, bytes]) => {
    const buffer = new Uint8Array(offset + bytes.length + 5).fill(0xa5);
    buffer.set(bytes, offset);
    return { view: new DataView(buffer.buffer), offset, bytes };
  });

describe('sum16', () => {
  it('is the sum word by word, wherever the data lies', () => {
    fc.assert(fc.property(data(), ({ view, offset, bytes }) => sum16(view, offset, bytes.length) === naiveSum(bytes)));
  });

  it('may be taken in two parts split at an even octet', () => {
    fc.assert(
      fc.property(data(), fc.nat(100), ({ view, offset, bytes }, half) => {
        const split = Math.min(2 * half, bytes.length & ~1);
        const first = sum16(view, offset, split);
        return sum16(view, offset + split, bytes.length - split, first) === sum16(view, offset, bytes.length);
      }),
    );
  });

  it('of data with its checksum is 0xffff', () => {
    fc.assert(
      fc.property(data(), ({ view, offset, bytes }) => {
        if (bytes.length < 2) return true;
        view.setUint16(offset, 0);
        view.setUint16(offset, finish(sum16(view, offset, bytes.length)));
        return sum16(view, offset, bytes.length) === 0xffff;
      }),
    );
  });
});

describe('replaceU16 and replaceU32', () => {
  /** Data whose first word is not all there is, as in every header: at least one other bit is set, so a sum of 0 cannot be. */
  const header = (): fc.Arbitrary<Uint8Array> => fc.uint8Array({ minLength: 8, maxLength: 40 }).map((bytes) => bytes.fill(0x45, 4, 5));

  it('follow a recount for every 16-bit value there is', () => {
    fc.assert(
      fc.property(header(), fc.nat(0xffff), (bytes, before) => {
        const view = new DataView(bytes.buffer);
        view.setUint16(0, before);
        const checksum = finish(sum16(view, 0, bytes.length));
        for (let after = 0; after <= 0xffff; after++) {
          view.setUint16(0, after);
          if (replaceU16(checksum, before, after) !== finish(sum16(view, 0, bytes.length))) return false;
        }
        return true;
      }),
      { numRuns: 10 },
    );
  });

  it('follow a recount for 32-bit words, the awkward ones above all', () => {
    const word = fc.oneof(fc.integer(), fc.constantFrom(0, -1, 0xffff, -0x10000, 1, -2, 0x7fffffff, -0x80000000));
    fc.assert(
      fc.property(header(), word, word, (bytes, before, after) => {
        const view = new DataView(bytes.buffer);
        view.setInt32(0, before);
        const checksum = finish(sum16(view, 0, bytes.length));
        view.setInt32(0, after);
        return replaceU32(checksum, before, after) === finish(sum16(view, 0, bytes.length));
      }),
      { numRuns: 2000 },
    );
  });
});
