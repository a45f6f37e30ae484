/** Behind every test file: what it met of the mutated modules, into the JSON file that TESTS_MEET names. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { afterAll, expect } from 'vitest';
import { Cover } from './cover.mjs';

const { TESTS_MEET } = process.env;
if (TESTS_MEET !== undefined) {
  globalThis.cover ??= new Cover();
  globalThis.cover.take();
  afterAll(() => {
    const met = existsSync(TESTS_MEET) ? JSON.parse(readFileSync(TESTS_MEET, 'utf8')) : {};
    met[expect.getState().testPath] = globalThis.cover.take();
    writeFileSync(TESTS_MEET, JSON.stringify(met));
  });
}
