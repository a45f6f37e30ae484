/**
 * Apache Parquet, by hyparquet-writer, which is not installed with hookline: `npm install hyparquet-writer`. Rows are held back until
 * a row group is full, so that memory does not grow with their number.
 * @module
 */
import type * as HyparquetWriter from 'hyparquet-writer';
import { OutputFile } from '../capture/output-file.ts';
import { HooklineError } from '../errors.ts';
import type { Column, ColumnType, RowWriter } from './column.ts';

type Library = typeof HyparquetWriter;

const ROW_GROUP = 1 << 16;
/** Octets kept back before they are written. */
const PIECE = 1 << 20;

/** The library, or an error that says how to get it. @throws ERR_UNSUPPORTED */
export async function loadParquet(): Promise<Library> {
  try {
    return await import('hyparquet-writer');
  } catch (error) {
    throw new HooklineError(
      'ERR_UNSUPPORTED',
      'parquet needs the package hyparquet-writer: npm install hyparquet-writer (or name a .csv or .ndjson file)',
      {
        cause: error,
      },
    );
  }
}

const TYPES = {
  text: { type: 'BYTE_ARRAY', converted_type: 'UTF8' },
  whole: { type: 'INT64' },
  time: { type: 'INT64', converted_type: 'TIMESTAMP_MICROS' },
  flag: { type: 'BOOLEAN' },
} as const;

/** @throws ERR_OUTPUT when the file cannot be made */
export function parquetWriter<Row>(library: Library, path: string, columns: readonly Column<Row>[]): RowWriter<Row> {
  const file = new OutputFile(path);
  const root = { name: 'root', num_children: columns.length };
  const schema = [root, ...columns.map(({ name, type }) => ({ name, repetition_type: 'OPTIONAL' as const, ...TYPES[type] }))];
  const writer = writerInto(library, file);
  const parquet = new library.ParquetWriter({ writer, schema, createdBy: 'hookline' });
  let data: (string | bigint | boolean | null)[][] = columns.map(() => []);
  const flush = (): void => {
    if (data[0]!.length === 0) return;
    void parquet.write({ columnData: columns.map(({ name }, i) => ({ name, data: data[i]! })), rowGroupSize: ROW_GROUP });
    data = columns.map(() => []);
  };
  return {
    write(row) {
      columns.forEach(({ type, of }, i) => data[i]!.push(valueOf(type, of(row))));
      if (data[0]!.length >= ROW_GROUP) flush();
    },
    close() {
      flush();
      // a file is written within the call
      void parquet.finish();
      file.close();
    },
    abort: () => file.abort(),
  };
}

/** The library's writer into memory, emptied into a file whenever it holds enough. */
function writerInto(library: Library, file: OutputFile): HyparquetWriter.ByteWriter {
  const writer = new library.ByteWriter();
  const grow = writer.ensure.bind(writer);
  const flush = (): void => {
    file.write(writer.getBytes(), writer.index);
    writer.index = 0;
  };
  writer.ensure = (size) => {
    if (writer.index > PIECE) flush();
    grow(size);
  };
  writer.finish = flush;
  return writer;
}

function valueOf(type: ColumnType, cell: string | number | boolean | null): string | bigint | boolean | null {
  if (cell === null || type === 'text') return cell as string | null;
  return type === 'flag' ? (cell as boolean) : BigInt(Math.trunc(cell as number));
}
