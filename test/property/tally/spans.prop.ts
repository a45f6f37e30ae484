import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NO_GROUP, Spans } from '../../../src/tally/spans.ts';

interface Life {
  readonly from: number;
  readonly length: number;
  readonly group: number;
}

const life: fc.Arbitrary<Life> = fc.record({ from: fc.nat(200), length: fc.integer({ min: 1, max: 60 }), group: fc.nat(2) });
const AT = 425_000_000_000;

/** Most alive at once and when first, by looking at every instant. */
function counted(lives: readonly Life[]): readonly [most: number, at: number] {
  let most = 0;
  let at = -1;
  for (let now = 0; now <= 260; now++) {
    const alive = lives.filter(({ from, length }) => from <= now && now < from + length).length;
    if (alive > most) [most, at] = [alive, AT + now];
  }
  return [most, at];
}

describe('Spans', () => {
  it('counts what is alive at once as a count of every instant does, however often it folds', () => {
    fc.assert(
      fc.property(fc.array(life, { maxLength: 60 }), fc.array(fc.nat(260), { maxLength: 4 }), (lives, folds) => {
        const levels: number[] = [];
        const spans = new Spans((_at, alive) => levels.push(alive));
        for (let now = 0; now <= 260; now++) {
          for (const { from, length, group } of lives) {
            if (from === now) spans.begin(AT + from, group, NO_GROUP);
            if (from + length === now) spans.end(AT + now, group, NO_GROUP);
          }
          if (folds.includes(now)) spans.fold();
        }
        spans.fold();
        const [most, at] = counted(lives);
        expect(spans.peak).toEqual({ most, at });
        for (const group of [0, 1, 2]) expect(spans.mostOf(group)).toBe(counted(lives.filter((one) => one.group === group))[0]);
        expect(spans.alive).toBe(0);
        expect(levels.length).toBe(2 * lives.length);
      }),
    );
  });
});
