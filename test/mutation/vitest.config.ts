/** The tests of the mutated modules, with a mutant in the place of its source: MUTANT_FILE and MUTANT_TEXT say which and what. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const file = process.env['MUTANT_FILE'] ?? '';
const text = process.env['MUTANT_TEXT'] ?? '';

export default defineConfig({
  root: fileURLToPath(new URL('../..', import.meta.url)),
  plugins: [
    {
      name: 'mutant',
      enforce: 'pre',
      load: (id) => (id.endsWith(file) && file !== '' ? readFileSync(text, 'utf8') : null),
    },
  ],
  test: {
    include: ['test/**/*.test.ts', 'test/**/*.prop.ts'],
    setupFiles: ['test/support/setup.ts', 'test/mutation/cover-setup.mjs'],
    testTimeout: 30_000,
    isolate: false,
    bail: 1,
    maxWorkers: 1,
  },
});
