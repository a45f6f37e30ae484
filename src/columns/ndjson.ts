/**
 * One JSON object a line. Times are texts, as JSON has none.
 * @module
 */
import { type Column, formatTime, type RowWriter } from './column.ts';
import { TextFile } from './text-file.ts';

export function ndjsonWriter<Row>(path: string, columns: readonly Column<Row>[]): RowWriter<Row> {
  const file = new TextFile(path);
  return {
    write(row) {
      const object: Record<string, unknown> = {};
      for (const { name, type, of } of columns) {
        const cell = of(row);
        object[name] = type === 'time' && cell !== null ? formatTime(cell as number) : cell;
      }
      file.line(JSON.stringify(object));
    },
    close: () => file.close(),
    abort: () => file.abort(),
  };
}
