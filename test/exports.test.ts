/**
 * What an importer sees: every subpath of package.json is there after a build, has types, and exports just these names.
 * `npx vitest run --config test/vitest.config.ts test/exports.test.ts -u` writes a change that is meant into exports.txt.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOT } from './support/cli.ts';

const { exports: paths } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
  exports: Record<string, string | { readonly types: string; readonly default: string }>;
};
const modules = Object.entries(paths).flatMap(([path, target]) => (typeof target === 'string' ? [] : [[path, target] as const]));

describe('the package', () => {
  it.each(modules)('%s has code and types', (_, { types, default: code }) => {
    expect([existsSync(join(ROOT, types)), existsSync(join(ROOT, code))]).toEqual([true, true]);
  });

  it('exports exactly these names', async () => {
    const names = modules.map(([path]) => `hookline${path.slice(1)}`);
    const script = `for (const name of ${JSON.stringify(names)}) {
      const found = Object.keys(await import(name)).sort();
      console.log(name + '\\n' + found.map((word) => '  ' + word).join('\\n'));
    }`;
    const { status, stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script], { cwd: ROOT, encoding: 'utf8' });
    expect([status, stderr]).toEqual([0, '']);
    await expect(stdout).toMatchFileSnapshot('exports.txt');
  });

  it('keeps what is not exported out of reach', () => {
    const reach = (name: string): string => {
      const code = `import('${name}').then(() => console.log('reached'), (error) => console.log(error.code))`;
      return spawnSync(process.execPath, ['-e', code], { cwd: ROOT, encoding: 'utf8' }).stdout.trim();
    };
    expect(['hookline/engine', 'hookline/nat', 'hookline/dist/index.js'].map(reach)).toEqual(
      ['hookline/engine', 'hookline/nat', 'hookline/dist/index.js'].map(() => 'ERR_PACKAGE_PATH_NOT_EXPORTED'),
    );
  });
});
