import fc from 'fast-check';
import { describe, it } from 'vitest';
import { KeyTable } from '../../../../src/xtables/match/key-table.ts';

type Step = readonly ['use' | 'remove' | 'expire', number];

const steps = (): fc.Arbitrary<Step[]> =>
  fc.array(fc.tuple(fc.constantFrom('use' as const, 'use' as const, 'use' as const, 'remove' as const, 'expire' as const), fc.nat(60)), {
    maxLength: 200,
  });

/** A list of keys in the order of their use, with a number each. */
class Model {
  entries: { key: number; uses: number }[] = [];

  use(key: number, limit: number): number {
    const at = this.entries.findIndex((entry) => entry.key === key);
    if (at < 0 && this.entries.length === limit) return -1;
    const entry = at < 0 ? { key, uses: 0 } : this.entries.splice(at, 1)[0]!;
    entry.uses++;
    this.entries.push(entry);
    return entry.uses;
  }
}

function use(table: KeyTable, key: number): number {
  table.key[0] = key % 7;
  table.key[1] = key;
  let slot = table.find();
  if (slot < 0) {
    if (table.full) return -1;
    slot = table.insert();
  } else {
    table.touch(slot);
  }
  table.values[slot * 2 + 1]! += 1;
  return table.values[slot * 2 + 1]!;
}

describe('KeyTable', () => {
  it('keeps entries, their numbers and their order as a list does', () => {
    fc.assert(
      fc.property(steps(), fc.integer({ min: 1, max: 50 }), (list, limit) => {
        const table = new KeyTable({ keyWords: 2, stride: 2, limit });
        const model = new Model();
        for (const [step, key] of list) {
          if (step === 'use') {
            if (use(table, key) !== model.use(key, limit)) return false;
          } else if (step === 'remove') {
            table.key[0] = key % 7;
            table.key[1] = key;
            const slot = table.find();
            const at = model.entries.findIndex((entry) => entry.key === key);
            if (slot >= 0 !== at >= 0) return false;
            if (slot >= 0) table.remove(slot);
            if (at >= 0) model.entries.splice(at, 1);
          } else if (table.oldest >= 0) {
            if (table.values[table.oldest * 2 + 1] !== model.entries[0]!.uses) return false;
            table.remove(table.oldest);
            model.entries.shift();
          }
          if (table.count !== model.entries.length || table.oldest >= 0 !== model.entries.length > 0) return false;
        }
        return true;
      }),
    );
  });
});
