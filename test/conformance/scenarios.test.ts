import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { compareTruths } from '../../src/scenario/compare.ts';
import { loadScenario } from '../../src/scenario/load.ts';
import { runScenario } from '../../src/scenario/run.ts';
import type { Truth } from '../../src/scenario/truth.ts';

const FOLDER = fileURLToPath(new URL('../../fixtures/scenarios', import.meta.url));

/** `scenario  field  reason`, one a line: what is known to differ. A listed one that agrees fails until it is struck. */
const KNOWN = new Map(
  readFileSync(new URL('./known-divergence.txt', import.meta.url), 'utf8')
    .split('\n')
    .filter((line) => line.trim() !== '' && !line.startsWith('#'))
    .map((line) => [line.split(/\s+/)[0] ?? '', line] as const),
);

function scenarios(folder: string): string[] {
  if (existsSync(join(folder, 'truth.json.gz'))) return [folder];
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .flatMap((entry) => scenarios(join(folder, entry.name)));
}

function truthOf(directory: string): Truth {
  return JSON.parse(gunzipSync(readFileSync(join(directory, 'truth.json.gz'))).toString()) as Truth;
}

const directories = scenarios(FOLDER).sort();

describe('recorded scenarios', () => {
  it('are there', () => {
    expect(directories.length).toBeGreaterThanOrEqual(70);
  });

  it.each(directories.map((directory) => [directory.slice(FOLDER.length + 1), directory]))('%s: as the kernel did', (name, directory) => {
    const truth = truthOf(directory);
    const ours = runScenario(loadScenario(directory), { against: truth });
    expect(runScenario(loadScenario(directory), { against: truth, longWay: true })).toEqual(ours);
    const found = compareTruths(truth, ours);
    const known = KNOWN.get(name);
    if (known === undefined) expect(found.slice(0, 3)).toEqual([]);
    else expect(found.length, `agrees now, strike it from known-divergence.txt: ${known}`).toBeGreaterThan(0);
  });
});
