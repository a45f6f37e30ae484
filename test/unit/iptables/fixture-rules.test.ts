import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { guessFamily } from '../../../src/iptables/guess-family.ts';
import { printRules } from '../../../src/iptables/print.ts';
import { parseRules } from '../../../src/iptables/save.ts';

const FOLDER = fileURLToPath(new URL('../../../fixtures/rules/', import.meta.url));
const names = readdirSync(FOLDER).filter((name) => /\.v[46]$/.test(name));
const read = (name: string): string => readFileSync(FOLDER + name, 'utf8');

// Rule sets people use, each beside what iptables-legacy-save 1.8.9 prints after loading it (without counters).
describe.each(names)('%s', (name) => {
  const family = name.endsWith('6') ? 6 : 4;
  const set = parseRules(read(name), { file: name, family, counters: false });

  it('prints as the kernel gives it back', () => {
    expect(printRules(set)).toBe(read(`${name}.saved`));
  });

  it('reads and prints its own text unchanged', () => {
    const once = printRules(set, { order: 'given' });
    expect(printRules(parseRules(once, { family }), { order: 'given' })).toBe(once);
  });

  it('is known for its family by what it says', () => {
    expect(guessFamily(read(name))).toBe(family);
  });
});

it('there are fixtures', () => {
  expect(names.length).toBeGreaterThanOrEqual(14);
});
