/**
 * The switch of the mutants that are in the code (mutants.mjs `switched`): MUTANT is the one that is on. Behind every test file it notes
 * which were come to, into the JSON file that TESTS_MEET names.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { afterAll, expect } from 'vitest';

const { MUTANT, TESTS_MEET } = process.env;
globalThis.mutantsMet ??= new Set();
globalThis.mutant = (id) => {
  if (TESTS_MEET !== undefined) globalThis.mutantsMet.add(id);
  return String(id) === MUTANT;
};
if (TESTS_MEET !== undefined) {
  afterAll(() => {
    const met = existsSync(TESTS_MEET) ? JSON.parse(readFileSync(TESTS_MEET, 'utf8')) : {};
    met[expect.getState().testPath] = [...globalThis.mutantsMet];
    globalThis.mutantsMet.clear();
    writeFileSync(TESTS_MEET, JSON.stringify(met));
  });
}
