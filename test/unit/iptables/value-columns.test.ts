import { describe, expect, it } from 'vitest';
import { Random } from '../../../src/inet/random.ts';
import { ValueColumns } from '../../../src/iptables/value-columns.ts';
import type { RowValues } from '../../../src/xtables/rule-rows.ts';

const random = new Random(4);
const ROWS = 100;

/** As a scanner has them: what is not there has no meaning, and is as the row before left it. */
function someValues(): RowValues {
  const port = (): number => [0, 1, 0xffff, random.below(0x10000)][random.below(4)]!;
  const [srcLo, dstLo] = [random.below(2) === 0 ? -1 : port(), random.below(2) === 0 ? -1 : port()];
  const hasNat = random.below(2) === 0;
  return {
    src: random.u32() | 0,
    srcLength: random.below(33),
    dst: random.u32() | 0,
    dstLength: random.below(33),
    srcPortLo: srcLo,
    srcPortHi: srcLo < 0 ? -1 : 0xffff,
    dstPortLo: dstLo,
    dstPortHi: dstLo < 0 ? -1 : Math.max(dstLo, 0x8000),
    hasNat,
    nat: hasNat ? random.u32() | 0 : 0,
    natPort: hasNat ? port() : 0,
  };
}

describe('ValueColumns', () => {
  it('gives back what was put in, whatever the order and however many', () => {
    const columns = new ValueColumns(1);
    const rows = Array.from({ length: ROWS }, someValues);
    for (const values of rows) columns.add(values);
    for (let i = 0; i < 4 * ROWS; i++) {
      const row = random.below(ROWS);
      expect(columns.of(row), `row ${row}`).toMatchObject(rows[row]!);
    }
  });
});
