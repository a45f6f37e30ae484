/** The order of a dump hangs on what lines say, never on where they came from. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareLines, type ConntrackLine, type ConntrackSide } from '../../../src/conntrack/dump.ts';

/** What lines are sorted by, the first before the second. */
type Key = readonly [
  family: 4 | 6,
  protocol: number,
  source: string,
  destination: string,
  sourceL4: number,
  destinationL4: number,
  zone: number,
  replyZone: number,
];

function lineOf([family, protocol, source, destination, sourceL4, destinationL4, zone, replyZone]: Key, noise: number): ConntrackLine {
  const side: ConntrackSide = { source, destination, sourceL4, destinationL4, zone, packets: noise, octets: -noise };
  // the reply says nothing about the order, but for its zone
  const reply = { ...side, source: `${noise}`, sourceL4: noise, zone: replyZone };
  const rest = { entry: noise, timeoutSec: -noise, state: null, status: noise, counted: true, mark: noise, helper: null, use: 1 };
  return { family, protocol, original: side, reply, ...rest };
}

const few = fc.constantFrom(0, 1, 10, 9, 65_535);
const address = fc.constantFrom('10.0.0.10', '10.0.0.9', '10.0.0.1', '9.0.0.1', 'fd00::a');
const keys: fc.Arbitrary<Key> = fc.tuple(
  fc.constantFrom(4 as const, 6 as const),
  fc.constantFrom(1, 6, 17),
  address,
  address,
  few,
  few,
  few,
  few,
);

describe('compareLines', () => {
  it('asks one key after the other: numbers as numbers, addresses as texts', () => {
    fc.assert(
      fc.property(keys, keys, fc.nat(8), (a, b, same) => {
        const other = b.map((value, i) => (i < same ? a[i] : value)) as unknown as Key;
        const at = a.findIndex((value, i) => value !== other[i]);
        const due = at < 0 ? 0 : a[at]! < other[at]! ? -1 : 1;
        expect(Math.sign(compareLines(lineOf(a, 1), lineOf(other, 2)))).toBe(due);
        expect(Math.sign(compareLines(lineOf(other, 2), lineOf(a, 1)))).toBe(due === 0 ? 0 : -due);
      }),
      { numRuns: 1000 },
    );
  });
});
