/**
 * Comma separated values, RFC 4180, with a line of names. A text that a spreadsheet would take for a formula (it begins with
 * = + - @, a tab or a carriage return) gets an apostrophe in front, so that opening a capture's table runs nothing.
 * @module
 */
import { type Cell, type Column, type ColumnType, formatTime, type RowWriter } from './column.ts';
import { TextFile } from './text-file.ts';

export function csvWriter<Row>(path: string, columns: readonly Column<Row>[]): RowWriter<Row> {
  const file = new TextFile(path);
  file.line(columns.map(({ name }) => name).join(','));
  return {
    write: (row) => file.line(columns.map(({ type, of }) => csvCell(type, of(row))).join(',')),
    close: () => file.close(),
    abort: () => file.abort(),
  };
}

export function csvCell(type: ColumnType, cell: Cell): string {
  if (cell === null) return '';
  if (type === 'time') return formatTime(cell as number);
  if (typeof cell !== 'string') return String(cell);
  const safe = /^[=+\-@\t\r]/.test(cell) ? `'${cell}` : cell;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
