/** SECURITY.md names a test for every promise; here it is seen that there is one. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOT } from '../support/cli.ts';

const text = readFileSync(join(ROOT, 'SECURITY.md'), 'utf8');
const table = text.slice(text.indexOf('<!-- promises'), text.indexOf('<!-- end of promises'));
const rows = [...table.matchAll(/^\| (.+?) \| `(.+?)`: (.+?) \|$/gm)].map(([, promise, file, title]) => [promise!, file!, title!] as const);

describe('SECURITY.md', () => {
  it('has a test for every line of its table', () => {
    expect(rows.length).toBe(table.split('\n').filter((line) => line.startsWith('| ')).length - 1);
    expect(rows.length).toBeGreaterThan(20);
  });

  it.each(rows)('%s', (_promise, file, title) => {
    expect(existsSync(join(ROOT, file))).toBe(true);
    expect(readFileSync(join(ROOT, file), 'utf8')).toContain(title);
  });
});
