/** `npm run fuzz` works, finds what is planted, and what it once found stays fixed. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { ROOT } from '../support/cli.ts';

interface Target {
  readonly isText: boolean;
  replay(input: string | Uint8Array): void;
}

const TARGETS = readdirSync(join(ROOT, 'test/fuzz/targets')).map((name) => name.replace('.mjs', ''));
const FINDS = join(ROOT, 'fixtures/fuzz/finds');

function run(words: readonly string[]): { code: number | null; out: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(ROOT, 'test/fuzz/main.mjs'), ...words], { encoding: 'utf8' });
  return { code: status, out: stdout + stderr };
}

describe('npm run fuzz', () => {
  it('has the targets it says it has', () => {
    expect(TARGETS).toEqual(expect.arrayContaining(['capture', 'decode', 'host', 'path', 'rules', 'sets']));
  });

  it('runs every target for a while and finds nothing', () => {
    const { code, out } = run(['--time', '1s', '--seed', '7']);
    expect([code, out.includes('FIND')]).toEqual([0, false]);
    for (const name of TARGETS) expect(out).toMatch(new RegExp(`^${name} +[1-9][\\d,]* executions`, 'm'));
  }, 120_000);

  it.each([
    ['throws', 'Error: planted'],
    ['hangs', 'silent for 1 s: it hangs'],
    ['eats', 'memory'],
  ])(
    'finds what is planted and keeps the input: a target that %s',
    (name, fault) => {
      const finds = mkdtempSync(join(tmpdir(), 'hookline-finds-'));
      const path = join(ROOT, `test/support/fuzz-targets/${name}.mjs`);
      const { code, out } = run([path, '--time', '30s', '--seed', '7', '--silence', name === 'eats' ? '30s' : '1s', '--finds', finds]);
      const kept = readdirSync(join(finds, name)).map((file) => [...readFileSync(join(finds, name, file))]);
      rmSync(finds, { recursive: true });
      expect([code, kept]).toEqual([1, [[77]]]);
      expect(out).toContain(fault);
    },
    120_000,
  );

  it('names the targets there are when one is asked for that is not', () => {
    expect(run(['nothing']).code).toBe(2);
  });

  const finds = existsSync(FINDS)
    ? readdirSync(FINDS).flatMap((target) => readdirSync(join(FINDS, target)).map((name) => [target, name] as const))
    : [];
  it.skipIf(finds.length === 0).each(finds)('%s %s, found once, does no harm any more', async (name, file) => {
    const { target } = (await import(pathToFileURL(join(ROOT, `test/fuzz/targets/${name}.mjs`)).href)) as { target: Target };
    const octets = readFileSync(join(FINDS, name, file));
    expect(() => target.replay(target.isText ? octets.toString('utf8') : new Uint8Array(octets))).not.toThrow();
  });
});
