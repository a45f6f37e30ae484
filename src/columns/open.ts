/**
 * A file of rows, in the format its name ends in: .parquet, .csv, .ndjson (or .jsonl).
 * @module
 */
import { HooklineError } from '../errors.ts';
import type { Column, RowWriter } from './column.ts';
import { csvWriter } from './csv.ts';
import { ndjsonWriter } from './ndjson.ts';
import { loadParquet, parquetWriter } from './parquet.ts';

/** @throws ERR_OUTPUT when the file cannot be made, ERR_INPUT when its name tells no format, ERR_UNSUPPORTED when parquet is not installed */
export async function openRows<Row>(path: string, columns: readonly Column<Row>[]): Promise<RowWriter<Row>> {
  const suffix = path.slice(path.lastIndexOf('.') + 1).toLowerCase();
  switch (suffix) {
    case 'parquet':
      return parquetWriter(await loadParquet(), path, columns);
    case 'csv':
      return csvWriter(path, columns);
    case 'ndjson':
    case 'jsonl':
      return ndjsonWriter(path, columns);
    default:
      throw new HooklineError('ERR_INPUT', `${path}: the name of a table ends in .parquet, .csv or .ndjson`);
  }
}
