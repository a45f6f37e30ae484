/** Host files: a host, or a HooklineError. */
import { readFileSync } from 'node:fs';
import { HooklineError } from '../../../dist/errors.js';
import { parseHost } from '../../../dist/host/host-json.js';
import { filesBelow, FIXTURES } from '../corpus.mjs';
import { textTarget } from '../text-target.mjs';

const MAX_SEEDS = 60;

const target = textTarget(
  () => {
    const files = filesBelow(FIXTURES, (name) => name.endsWith('host.json'));
    const every = Math.ceil(files.length / MAX_SEEDS);
    // one value a line, so that lines are what is lost and doubled
    return files.filter((_, i) => i % every === 0).map((path) => JSON.stringify(JSON.parse(readFileSync(path, 'utf8')), null, 1));
  },
  (text) => {
    try {
      const host = parseHost(text, 'f');
      return `ok ${host.interfaces.length}`;
    } catch (error) {
      if (error instanceof HooklineError) return error.message.replaceAll(/[0-9]+/g, '0').slice(0, 80);
      throw error;
    }
  },
);
export { target };
