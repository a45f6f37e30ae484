import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkProgram } from '../../../src/bpf/code.ts';
import { compileFilter, FilterError } from '../../../src/filter/index.ts';
import { LinkType } from '../../../src/packet/link-type.ts';
import { expressions } from '../../support/filter-frames.ts';

const FILTERS = expressions();
const WORDS = [...new Set(FILTERS.flatMap((filter) => filter.split(/\s+/)))];

describe('compileFilter', () => {
  it('compiles or refuses any row of words, and what it compiles passes the check of programs', () => {
    let compiled = 0;
    const filters = fc.oneof(
      fc.array(fc.constantFrom(...WORDS), { maxLength: 12 }).map((words) => words.join(' ')),
      fc.array(fc.constantFrom(...FILTERS), { maxLength: 4 }).map((parts) => parts.join(' or ')),
      fc.string({ maxLength: 60 }),
    );
    fc.assert(
      fc.property(filters, fc.constantFrom(...Object.values(LinkType)), (filter, linkType) => {
        try {
          expect(checkProgram(compileFilter(filter, linkType))).toBeNull();
          compiled++;
        } catch (error) {
          expect(error).toBeInstanceOf(FilterError);
          expect((error as FilterError).column).toBeLessThanOrEqual(filter.length + 1);
        }
      }),
      { numRuns: 3000 },
    );
    expect(compiled).toBeGreaterThan(200);
  });
});
