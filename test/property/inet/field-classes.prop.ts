import fc from 'fast-check';
import { describe, it } from 'vitest';
import { FieldClasses } from '../../../src/inet/field-classes.ts';

type Range = readonly [first: number, last: number];

/** Numbers that lie close together often, at both ends and around the middle. */
const near = (top: number): fc.Arbitrary<number> =>
  fc.oneof(
    fc.integer({ min: 0, max: 5 }),
    fc.integer({ min: top - 5, max: top }),
    fc.integer({ min: Math.floor(top / 2) - 3, max: Math.floor(top / 2) + 3 }),
    fc.integer({ min: 0, max: top }),
  );

const ranges = (top: number): fc.Arbitrary<Range[]> =>
  fc.array(
    fc.tuple(near(top), near(top)).map(([a, b]) => [Math.min(a, b), Math.max(a, b)] as const),
    { maxLength: 8 },
  );

/** Which ranges hold a number. */
function answers(within: readonly Range[], number: number): string {
  return within.map(([first, last]) => (number >= first && number <= last ? 1 : 0)).join('');
}

describe('classes of fields', () => {
  it('are the same for two addresses only if no range tells them apart', () => {
    fc.assert(
      fc.property(ranges(0xffff_ffff), near(0xffff_ffff), near(0xffff_ffff), (cuts, a, b) => {
        const classes = new FieldClasses();
        for (const [first, last] of cuts) {
          classes.sources(first | 0, last | 0);
          classes.destinations(first | 0, last | 0);
        }
        classes.finish();
        const differ = answers(cuts, a) !== answers(cuts, b);
        const bySource = classes.sourceClass(a | 0) !== classes.sourceClass(b | 0);
        const byDestination = classes.destinationClass(a | 0) !== classes.destinationClass(b | 0);
        return (!differ || bySource) && bySource === byDestination && (cuts.length > 0 || !bySource);
      }),
      { numRuns: 300 },
    );
  });

  it('are the same for two ports only if no range tells them apart', () => {
    fc.assert(
      fc.property(ranges(0xffff), ranges(0xffff), near(0xffff), near(0xffff), near(0xffff), (sources, destinations, a, b, other) => {
        const classes = new FieldClasses();
        for (const [first, last] of sources) classes.sourcePorts(first, last);
        for (const [first, last] of destinations) classes.destinationPorts(first, last);
        classes.finish();
        const bySource = classes.portClasses((a << 16) | other) !== classes.portClasses((b << 16) | other);
        const byDestination = classes.portClasses((other << 16) | a) !== classes.portClasses((other << 16) | b);
        return (
          (answers(sources, a) === answers(sources, b) || bySource) &&
          (answers(destinations, a) === answers(destinations, b) || byDestination)
        );
      }),
      { numRuns: 300 },
    );
  });
});
