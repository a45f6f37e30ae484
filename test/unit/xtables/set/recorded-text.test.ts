/**
 * Every row of recorded-text.json was given to `ipset restore` 7.17 in an empty namespace of a 6.18 kernel: the lines, and what
 * `ipset save -sorted` then printed without the initvals it picked (null when a line was refused).
 */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { RuleError } from '../../../../src/errors.ts';
import { parseSets, printSets } from '../../../../src/xtables/set/store.ts';

type Row = [text: string, saved: string | null];
const ROWS = JSON.parse(readFileSync(new URL('./recorded-text.json', import.meta.url), 'utf8')) as Row[];

/** What ipset prints but does not read: masked elements that a mask makes equal, a name with a blank. */
const NOT_READ_BACK = /netmask 24\nadd s 10\.[07]\.0\.|create a b /;

function saved(text: string): string | null {
  try {
    return printSets(parseSets(text));
  } catch (error) {
    if (error instanceof RuleError) return null;
    throw error;
  }
}

describe('ipset text', () => {
  it.each(ROWS)('%j', (text, expected) => {
    expect(saved(text)).toBe(expected);
  });

  it.each(ROWS.filter(([, expected]) => expected !== null && !NOT_READ_BACK.test(expected)))(
    'reads back what it prints: %j',
    (_, expected) => {
      expect(saved(expected!)).toBe(expected);
    },
  );
});
