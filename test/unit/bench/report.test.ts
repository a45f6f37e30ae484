import { describe, expect, it } from 'vitest';
import type { Row } from '../../../bench/rows.ts';
import type { Measurement } from '../../../bench/support/measure.ts';
import { machineOf, measuredOf, ratios, ratiosOf, resultsFile, rowsTable, unequalWork, worse } from '../../../bench/support/report.ts';

const ROW: Row = {
  work: 'count packets',
  unit: 'ns',
  by: 'cpu',
  ours: 'decode all',
  goals: [{ atMost: 20 }, { of: 'peer', atMost: 0.4 }],
  beside: ['peer', 'other'],
  same: 'check',
};

function measured(name: string, cpu: number, check = 7): Measurement {
  return { name, items: 100, check, wall: cpu * 2, cpu, memory: 0, runs: 5 };
}

const RESULTS = new Map<string, Measurement>([
  ['decode all', measured('hookline', 15)],
  ['peer', measured('C', 30)],
  ['other', 'skipped: no gcc'],
]);
const ABOUT = { machine: 'a machine', rounds: 5 };

describe('the table of the bench', () => {
  it('tells what was reached and what was missed, and who was skipped', () => {
    expect(rowsTable([ROW], RESULTS).split('\n')[2]).toBe(
      '| count packets | 15.0 ns | ✓ 20.0 ns; ✗ 0.40 × C (0.50) | C 30.0 ns; other: skipped: no gcc |',
    );
  });

  it('shows what could not be measured in its place', () => {
    const results = new Map(RESULTS).set('decode all', 'failed: no memory');
    expect(rowsTable([ROW], results)).toContain('| count packets | failed: no memory |');
  });

  it('takes a difference where a row is one', () => {
    const results = new Map(RESULTS).set('less', measured('hookline', 9));
    expect(rowsTable([{ ...ROW, minus: 'less' }], results)).toContain('| 6.0 ns | ✓ 20.0 ns; ✓ 0.40 × C (0.20)');
  });
});

describe('the check of the bench', () => {
  it('finds who did other work', () => {
    expect(unequalWork([ROW], RESULTS)).toEqual([]);
    const results = new Map(RESULTS).set('peer', measured('C', 30, 8));
    expect(unequalWork([ROW], results)).toEqual(['peer: 100 items, check 8; decode all: 100, 7']);
  });

  it('reads the ratios of a results file as they were written', () => {
    const file = resultsFile([ROW], RESULTS, ABOUT);
    expect(ratiosOf(file)).toEqual(ratios([ROW], RESULTS));
  });

  it('tells ratios that grew, not those that fell', () => {
    const before = new Map([
      ['a : b', 0.5],
      ['a : c', 0.5],
    ]);
    const after = new Map([
      ['a : b', 0.7],
      ['a : c', 0.2],
      ['a : d', 9],
    ]);
    expect(worse(before, after, 1.35)).toEqual(['a : b: 0.700, was 0.500']);
  });

  it('is read back, for a run of some rows alone', () => {
    const file = resultsFile([ROW], RESULTS, ABOUT);
    expect(machineOf(file)).toBe('a machine');
    expect(measuredOf(file)).toEqual(
      new Map<string, Measurement>([
        ['decode all', { name: 'hookline', items: 100, check: 0, wall: 30, cpu: 15, memory: 0, runs: 5 }],
        ['peer', { name: 'C', items: 100, check: 0, wall: 60, cpu: 30, memory: 0, runs: 5 }],
        ['other', 'skipped: no gcc'],
      ]),
    );
  });
});
