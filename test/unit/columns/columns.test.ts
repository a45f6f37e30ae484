import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects } from 'hyparquet';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import type { Column } from '../../../src/columns/column.ts';
import { csvCell } from '../../../src/columns/csv.ts';
import { openRows } from '../../../src/columns/open.ts';

interface Row {
  readonly name: string | null;
  readonly number: number | null;
  readonly at: number;
  readonly flag: boolean;
}

const COLUMNS: readonly Column<Row>[] = [
  { name: 'name', type: 'text', of: ({ name }) => name },
  { name: 'number', type: 'whole', of: ({ number }) => number },
  { name: 'at', type: 'time', of: ({ at }) => at },
  { name: 'flag', type: 'flag', of: ({ flag }) => flag },
];
const ROWS: readonly Row[] = [
  { name: 'plain', number: 7, at: 1_700_000_000_123_456, flag: true },
  { name: null, number: null, at: 0, flag: false },
  { name: '=cmd|\'/c calc\'!A1, "x"', number: 2 ** 40, at: 1e21, flag: false },
];

const folder = mkdtempSync(join(tmpdir(), 'hookline-columns-'));
afterAll(() => rmSync(folder, { recursive: true }));
afterEach(() => vi.doUnmock('hyparquet-writer'));

async function written(file: string, rows: Iterable<Row> = ROWS): Promise<string> {
  const path = join(folder, file);
  const writer = await openRows(path, COLUMNS);
  for (const row of rows) writer.write(row);
  writer.close();
  return path;
}

describe('tables', () => {
  it('are CSV that a spreadsheet opens and does not run', async () => {
    expect(readFileSync(await written('rows.csv'), 'utf8').split('\n')).toEqual([
      'name,number,at,flag',
      'plain,7,2023-11-14T22:13:20.123456Z,true',
      ',,1970-01-01T00:00:00.000000Z,false',
      `"'=cmd|'/c calc'!A1, ""x""",1099511627776,1000000000000000.000000,false`,
      '',
    ]);
  });

  it.each(['=1', '+1', '-1', '@x', '\tx', '\rx'])('neutralise %j', (text) => {
    expect(csvCell('text', text).replace(/^"/, '')[0]).toBe("'");
  });

  it.each(['a=1', 'x-1', '10.0.0.1'])('leave %j alone', (text) => {
    expect(csvCell('text', text)).toBe(text);
  });

  it('are NDJSON', async () => {
    const lines = readFileSync(await written('rows.ndjson'), 'utf8')
      .trimEnd()
      .split('\n');
    expect(lines.map((line) => JSON.parse(line) as unknown)).toMatchObject([
      { name: 'plain', number: 7, at: '2023-11-14T22:13:20.123456Z', flag: true },
      { name: null, number: null },
      { number: 2 ** 40 },
    ]);
  });

  it('are Parquet in row groups, read back as they were', async () => {
    const many = Array.from({ length: 70_000 }, (_, i) => ({ name: `n${i % 9}`, number: i, at: i * 1e6, flag: i % 2 === 0 }));
    const file = await asyncBufferFromFile(await written('rows.parquet', many));
    const metadata = await parquetMetadataAsync(file);
    expect(metadata.row_groups.map(({ num_rows }) => Number(num_rows))).toEqual([65_536, 4464]);
    const rows = await parquetReadObjects({ file, rowStart: 65_530, rowEnd: 65_540 });
    expect(rows[7]).toEqual({ name: `n${65_537 % 9}`, number: 65_537n, at: new Date(65_537_000), flag: false });
  });

  it('keep nulls and odd texts in Parquet', async () => {
    const file = await asyncBufferFromFile(await written('odd.parquet', ROWS.slice(0, 2).concat({ ...ROWS[2]!, at: 5 })));
    const rows = await parquetReadObjects({ file });
    expect(rows.map(({ name, number }) => [name, number])).toEqual([
      ['plain', 7n],
      [null, null],
      [ROWS[2]!.name, 2n ** 40n],
    ]);
  });

  it('say what is missing, and what a name must end in', async () => {
    vi.doMock('hyparquet-writer', () => {
      throw new Error('Cannot find package');
    });
    await expect(openRows(join(folder, 'x.parquet'), COLUMNS)).rejects.toThrow(/npm install hyparquet-writer/);
    await expect(openRows(join(folder, 'x.xls'), COLUMNS)).rejects.toThrow(/ends in \.parquet, \.csv or \.ndjson/);
    await expect(openRows(join(folder, 'none', 'x.csv'), COLUMNS)).rejects.toMatchObject({ code: 'ERR_OUTPUT' });
  });
});
