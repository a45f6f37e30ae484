import fc from 'fast-check';
import { describe, it } from 'vitest';
import { bmSearch, kmpSearch, upper } from '../../../../src/xtables/match/string-search.ts';

/** Few letters, so that partial matches abound. */
const octets = (minLength: number, maxLength: number): fc.Arbitrary<Uint8Array> =>
  fc.array(fc.constantFrom(0x61, 0x61, 0x41, 0x62), { minLength, maxLength, size: 'max' }).map((list) => Uint8Array.from(list));

function naive(pattern: Uint8Array, bytes: Uint8Array, from: number, end: number): boolean {
  for (let at = from; at + pattern.length <= end; at++) {
    if (pattern.every((octet, i) => bytes[at + i] === octet)) return true;
  }
  return false;
}

describe('string searches', () => {
  it('find what a naive search finds, and nothing beyond the bounds', () => {
    fc.assert(
      fc.property(octets(1, 8), octets(0, 60), fc.nat(8), fc.nat(60), fc.boolean(), (pattern, bytes, from, length, icase) => {
        const end = Math.min(from + length, bytes.length);
        const fold = (list: Uint8Array): Uint8Array => (icase ? list.map(upper) : list);
        const expected = naive(fold(pattern), fold(bytes), from, end);
        return bmSearch(pattern, icase)(bytes, from, end) === expected && kmpSearch(pattern, icase)(bytes, from, end) === expected;
      }),
      { numRuns: 2000 },
    );
  });
});
