import fc from 'fast-check';
import { describe, it } from 'vitest';
import { ElementTable } from '../../../../src/xtables/set/element-table.ts';

type Step = readonly ['insert' | 'remove' | 'find', number];

/** Few keys, so that steps meet; the second word makes some differ late. */
const step = (): fc.Arbitrary<Step> => fc.tuple(fc.constantFrom('insert', 'remove', 'find'), fc.integer({ min: -40, max: 40 }));

const keyOf = (n: number): Int32Array => Int32Array.of(n >> 2, n & 3, 7);

describe('ElementTable', () => {
  it('holds what a Map holds, whatever is put in and taken out', () => {
    fc.assert(
      fc.property(fc.array(step(), { maxLength: 400 }), (steps) => {
        let reserved = 0;
        const table = new ElementTable(3, 2, (capacity) => {
          reserved = capacity;
        });
        const model = new Map<number, number>();
        return steps.every(([what, n]) => {
          const found = table.find(keyOf(n));
          if (found !== (model.get(n) ?? -1)) return false;
          if (what === 'insert' && found < 0) model.set(n, table.insert(keyOf(n)));
          if (what === 'remove' && found >= 0) {
            table.remove(found);
            model.delete(n);
          }
          return table.count === model.size && table.end <= reserved && new Set(model.values()).size === model.size;
        });
      }),
    );
  });

  it('finds the elements of one key one after the other, whichever are taken out between', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 60 }), fc.array(fc.nat()), (count, picks) => {
        const table = new ElementTable(2, 1, () => undefined);
        const left = new Set(Array.from({ length: count }, (_, i) => table.insert(Int32Array.of(5, i))));
        for (const pick of picks) {
          const gone = [...left][pick % left.size];
          if (gone === undefined) break;
          table.remove(gone);
          left.delete(gone);
        }
        const found: number[] = [];
        const key = Int32Array.of(5, 0);
        for (let at = table.find(key); at >= 0; at = table.find(key, at)) found.push(at);
        return found.sort((a, b) => a - b).join() === [...left].sort((a, b) => a - b).join();
      }),
    );
  });
});
