/**
 * The built command line as a child process.
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export const ROOT: string = fileURLToPath(new URL('../..', import.meta.url));
/** What users run; for coverage its modules one by one, which lead back to their sources. */
const PROGRAM = process.env['HOOKLINE_UNBUNDLED'] === undefined ? 'bundle' : 'cli';
export const MAIN: string = fileURLToPath(new URL(`../../dist/${PROGRAM}/main.js`, import.meta.url));

export interface Ran {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Run `hookline` with these words, from the root of the project. */
export function hookline(words: readonly string[], input?: string | Uint8Array): Ran {
  const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, ...words], {
    cwd: ROOT,
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    ...(input === undefined ? {} : { input }),
  });
  return { code: status, out: stdout, err: stderr };
}
