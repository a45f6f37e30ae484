import fc from 'fast-check';
import { describe, it } from 'vitest';
import { mask4, mask6 } from '../../../src/host/interface.ts';
import { RouteTable } from '../../../src/host/route-table.ts';
import { BARE_ROUTE, type Route } from '../../../src/host/route.ts';
import { WordTable } from '../../../src/host/word-table.ts';

/** Few different bits, so that prefixes meet. */
const word = fc.constantFrom(0, 1, -1, 0x0a000000, 0x0a000100, 0x0a0001ff, 0x0aff0000, 0x80000000 | 0, 0xffffff00 | 0);
const route4 = fc
  .record({ dst: word, length: fc.nat(32), tos: fc.constantFrom(0, 0, 8, 16), metric: fc.nat(3), dev: fc.integer({ min: 1, max: 3 }) })
  .map(({ dst, length, ...rest }): Route => ({ ...BARE_ROUTE, ...rest, length, dst0: dst & mask4(length) }));
const route6 = fc
  .record({ words: fc.tuple(word, word, word, word), length: fc.nat(128), metric: fc.nat(2), dev: fc.integer({ min: 1, max: 3 }) })
  .map(
    ({ words, length, ...rest }): Route => ({
      ...BARE_ROUTE,
      ...rest,
      length,
      dst0: words[0] & mask6(length, 0),
      dst1: words[1] & mask6(length, 1),
      dst2: words[2] & mask6(length, 2),
      dst3: words[3] & mask6(length, 3),
    }),
  );

/** The best of what fits, by asking every route: longest prefix, then TOS, then metric, then age. */
function slow4(routes: readonly Route[], dst: number, tos: number, oif: number): Route | null {
  const fits = routes.filter((r) => (dst & mask4(r.length)) === r.dst0 && (r.tos === 0 || r.tos === tos) && (oif === 0 || r.dev === oif));
  return fits.sort((a, b) => b.length - a.length || b.tos - a.tos || a.metric - b.metric)[0] ?? null;
}

function slow6(routes: readonly Route[], dst: readonly number[], dev: number, strict: boolean): Route | null {
  const covers = (r: Route): boolean => [r.dst0, r.dst1, r.dst2, r.dst3].every((w, i) => (dst[i]! & mask6(r.length, i)) === w);
  const rank = (r: Route): number => (dev === 0 || r.dev === dev ? 0 : 1);
  const fits = routes.filter((r) => covers(r) && (!strict || rank(r) === 0));
  return fits.sort((a, b) => b.length - a.length || a.metric - b.metric || rank(a) - rank(b))[0] ?? null;
}

describe('RouteTable', () => {
  it('finds the IPv4 route that a search through all of them finds', () => {
    fc.assert(
      fc.property(fc.array(route4, { maxLength: 40 }), word, fc.constantFrom(0, 8, 16), fc.nat(3), (routes, dst, tos, oif) => {
        const table = new RouteTable(4);
        for (const route of routes) table.add(route);
        return table.find4(dst, tos, oif) === slow4(routes, dst, tos, oif);
      }),
      { numRuns: 500 },
    );
  });

  it('finds the IPv6 route that a search through all of them finds', () => {
    fc.assert(
      fc.property(
        fc.array(route6, { maxLength: 40 }),
        fc.tuple(word, word, word, word),
        fc.nat(3),
        fc.boolean(),
        (routes, dst, dev, strict) => {
          const table = new RouteTable(6);
          for (const route of routes) table.add(route);
          const [dst0, dst1, dst2, dst3] = dst;
          return table.find6({ dst0, dst1, dst2, dst3 }, dev, strict) === slow6(routes, dst, dev, strict);
        },
      ),
      { numRuns: 500 },
    );
  });

  it('holds a hundred thousand routes', () => {
    const table = new RouteTable(4);
    for (let i = 0; i < 100_000; i++) table.add({ ...BARE_ROUTE, dst0: i << 8, length: 24, dev: 1 + (i & 1) });
    let wrong = 0;
    for (let i = 0; i < 100_000; i++) if (table.find4((i << 8) | 7, 0, 0)!.dst0 !== i << 8) wrong++;
    if (wrong !== 0 || table.size !== 100_000) throw new Error(`${wrong} of ${table.size}`);
  });
});

describe('WordTable', () => {
  it('is a map', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(3), word, word, word, word)), (keys) => {
        const table = new WordTable();
        const model = new Map<string, number>();
        for (const [i, [tag, w0, w1, w2, w3]] of keys.entries()) {
          table.set(tag, { w0, w1, w2, w3 }, i);
          model.set(`${tag},${w0},${w1},${w2},${w3}`, i);
        }
        const absent = table.get(9, 1, 2, 3, 4) === -1;
        return (
          absent &&
          table.count === model.size &&
          keys.every(([t, a, b, c, d]) => table.get(t, a, b, c, d) === model.get(`${t},${a},${b},${c},${d}`))
        );
      }),
    );
  });
});
