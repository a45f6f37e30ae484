/**
 * Expectations about traffic, in sentences, held against a replay.
 * @module
 */
export type { Count, Expectation, Outcome, Place, Quantifier, What } from './expectation.ts';
export { readExpectations } from './expectations-file.ts';
export { type Example, Judge, Tested } from './judge.ts';
export { assertJson, assertJunit, type AssertReport, assertSarif, assertText, isAsExpected } from './report.ts';
