/**
 * `replay --flows` and `--packets`, and the recipe of the README: its command is run, and DuckDB is asked its question.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type * as DuckDb from '@duckdb/node-api';
import { afterAll, describe, expect, it } from 'vitest';
import { hookline, ROOT } from '../support/cli.ts';

const folder = mkdtempSync(join(tmpdir(), 'hookline-tables-'));
afterAll(() => rmSync(folder, { recursive: true }));

const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');
const recipe = /^```sh\nnpx hookline (replay .* --flows flows\.parquet --packets packets\.parquet)\n```\n\n```sql\n([\s\S]*?)^```$/m.exec(
  readme,
);

function replay(words: string): void {
  const { code, err } = hookline(words.split(' ').map((word) => (/^(flows|packets)\./.test(word) ? join(folder, word) : word)));
  expect([code, err]).toEqual([0, '']);
}

async function duckdb(): Promise<typeof DuckDb | null> {
  try {
    return await import('@duckdb/node-api');
  } catch {
    process.stderr.write('skipped: DuckDB is not here, so the recipe of the README is not asked\n');
    return null;
  }
}

describe('tables of a replay', () => {
  it('tell in every format the same', async () => {
    const base = recipe![1]!.slice(0, recipe![1]!.indexOf(' --flows'));
    replay(`${base} --flows flows.csv --packets packets.csv`);
    replay(`${base} --flows flows.ndjson --packets packets.ndjson`);
    const lines = (name: string): string[] => readFileSync(join(folder, name), 'utf8').trimEnd().split('\n');
    expect([lines('flows.csv').length - 1, lines('packets.csv').length - 1]).toEqual([lines('flows.ndjson').length, 112]);
    const packets = lines('packets.ndjson').map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(packets.filter(({ verdict }) => verdict === 'dropped').length).toBe(25);
    // the address a packet came with, and the one it left with
    expect(packets[2]).toMatchObject({
      source: '192.168.122.4',
      nat_source: '192.168.133.102',
      nat_source_port: null,
      verdict: 'forwarded',
    });
    const flows = lines('flows.ndjson').map((line) => JSON.parse(line) as Record<string, number>);
    const sum = (name: string): number => flows.reduce((total, row) => total + row[name]!, 0);
    expect([sum('packets') + sum('reply_packets'), sum('dropped')]).toEqual([112, 25]);
  });

  it('answer the question of the README', async () => {
    replay(recipe![1]!);
    const api = await duckdb();
    if (api === null) return;
    const connection = await (await api.DuckDBInstance.create(':memory:')).connect();
    const sql = recipe![2]!.replace(/'(flows|packets)\.parquet'/g, (_, name: string) => `'${join(folder, `${name}.parquet`)}'`);
    const answer = await connection.runAndReadAll(sql);
    expect(answer.columnNames()).toEqual(['source', 'rule', 'packets', 'last']);
    expect(answer.getRowsJson()).toEqual([['192.168.133.100', 'filter:FORWARD:4', '15', '2009-10-05 06:06:32.217854']]);
    connection.closeSync();
  });

  it('refuse a name that tells no format before anything is read', () => {
    const { code, err } = hookline(['replay', 'fixtures/demo/lan.pcap', '--flows', join(folder, 'flows.xls')]);
    expect([code, err.includes('.parquet, .csv or .ndjson')]).toEqual([1, true]);
  });
});
