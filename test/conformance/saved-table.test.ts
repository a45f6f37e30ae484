/**
 * Tables that a kernel listed at the end of recorded scenarios, read, entered and listed again: the same lines.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { Conntrack } from '../../src/conntrack/conntrack.ts';
import { parseConntrackList } from '../../src/conntrack/saved-table.ts';
import { Random } from '../../src/inet/random.ts';
import { formatConntrackExtended } from '../../src/report/conntrack-list.ts';

const FOLDER = fileURLToPath(new URL('../../fixtures/scenarios', import.meta.url));

function scenarios(folder: string): string[] {
  if (existsSync(join(folder, 'truth.json.gz'))) return [folder];
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .flatMap((entry) => scenarios(join(folder, entry.name)));
}

function listingOf(directory: string): string[] {
  const truth = JSON.parse(gunzipSync(readFileSync(join(directory, 'truth.json.gz'))).toString()) as { conntrack?: string[] | string };
  const { conntrack = [] } = truth;
  const lines = typeof conntrack === 'string' ? conntrack.split('\n').filter((line) => line !== '') : conntrack;
  return [...new Map(lines.toReversed().map((line) => [/ id=(\d+)$/.exec(line)?.[1] ?? line, line])).values()]; // IPv6 is listed twice
}

/** Without what no listing can give back: ids, references, and the grain of the clock. */
function plain(lines: readonly string[]): string[] {
  return lines
    .map((line) =>
      line
        .replace(/ use=\d+.*$/, '')
        .replace(/\s+/g, ' ')
        .trim(),
    )
    .filter((line) => !line.includes('unknown'))
    .sort();
}

const NOW_US = 1_800_000_000e6;
let connections = 0;

describe('a saved table', () => {
  it('is entered as it was listed, for every recorded scenario', () => {
    const wrong: string[] = [];
    for (const directory of scenarios(FOLDER)) {
      const lines = listingOf(directory);
      const saved = parseConntrackList(lines.join('\n'), 'conntrack.txt');
      connections += saved.length;
      const conntrack = new Conntrack({
        random: new Random(1),
        acct: lines.some((line) => line.includes('packets=')) ? 1 : 0,
        connections: saved,
      });
      conntrack.enable(4);
      conntrack.expire(NOW_US);
      const shown = plain(formatConntrackExtended(conntrack, NOW_US));
      const expected = plain(lines).filter((line) => !/^ipv\d \d+ \S+ \d+ 0 /.test(line));
      if (shown.join('\n') !== expected.join('\n')) {
        wrong.push(`${directory}: ${shown.find((line) => !expected.includes(line))} / ${expected.find((line) => !shown.includes(line))}`);
      }
    }
    expect(wrong).toEqual([]);
    expect(connections).toBeGreaterThan(1000);
  });
});
