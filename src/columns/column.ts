/**
 * Columns: what a table written to a file consists of, whatever the format. A row is read once for each column and never kept.
 * @module
 */

/** whole: up to 2^53; time: microseconds since the epoch. */
export type ColumnType = 'text' | 'whole' | 'time' | 'flag';

export type Cell = string | number | boolean | null;

export interface Column<Row> {
  readonly name: string;
  readonly type: ColumnType;
  /** null: there is none. */
  readonly of: (row: Row) => Cell;
}

/** Takes rows in order. */
export interface RowWriter<Row> {
  write(row: Row): void;
  /** All is written. */
  close(): void;
  /** Give up; what is there of the file stays. */
  abort(): void;
}

/** ISO 8601 with microseconds, UTC; what is no date (a capture may say anything) as seconds. */
export function formatTime(us: number): string {
  const seconds = Math.floor(us / 1e6);
  const micros = String(Math.floor(us - seconds * 1e6)).padStart(6, '0');
  const date = new Date(seconds * 1000);
  return Number.isNaN(date.getTime()) ? `${seconds}.${micros}` : `${date.toISOString().slice(0, 19)}.${micros}Z`;
}
