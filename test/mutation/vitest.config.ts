/** The tests of the mutated modules, with other texts in the place of their sources: MUTANT_TEXTS is a folder with them, at their paths. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const root = fileURLToPath(new URL('../..', import.meta.url));
const texts = process.env['MUTANT_TEXTS'] ?? '';

export default defineConfig({
  root,
  plugins: [
    {
      name: 'mutant',
      enforce: 'pre',
      load: (id) => {
        const path = join(texts, id.startsWith(root) ? id.slice(root.length) : '');
        return path.endsWith('.ts') && existsSync(path) ? readFileSync(path, 'utf8') : null;
      },
    },
  ],
  test: {
    include: ['test/**/*.test.ts', 'test/**/*.prop.ts'],
    setupFiles: ['test/support/setup.ts', 'test/mutation/switch-setup.mjs'],
    testTimeout: 120_000,
    isolate: false,
    bail: 1,
    maxWorkers: 1,
  },
});
