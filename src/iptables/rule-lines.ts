/**
 * Rule lines: `[packets:octets] -A CHAIN ...`, the counters optional.
 * @module
 */
import type { Table } from '../xtables/table.ts';
import type { Draft } from './draft.ts';
import { isCounter, type NoteSink } from './header-reader.ts';
import { LineReader } from './line-reader.ts';
import type { ModuleBook } from './module-book.ts';
import type { Source } from './source.ts';

export interface RuleLinesOptions {
  readonly book: ModuleBook;
  readonly family: 4 | 6;
  /** Whether counters are taken over. */
  readonly withCounters: boolean;
  readonly note: NoteSink;
}

const OPEN = '[';

export class RuleLines {
  private readonly source: Source;
  private readonly lines: LineReader;
  private readonly withCounters: boolean;

  constructor(source: Source, { book, family, withCounters, note }: RuleLinesOptions) {
    this.source = source;
    this.lines = new LineReader(source, book, family, note);
    this.withCounters = withCounters;
  }

  /** Read the current line; the draft is valid until the next. Throws RuleError. */
  read(table: Table): Draft {
    const { source } = this;
    const { text } = source;
    if (!text.startsWith(OPEN)) return this.lines.read(0, table);
    const close = text.indexOf(']');
    if (close < 0) throw source.error(0, '[', 'need ] behind the counters');
    const [packets, bytes] = this.withCounters ? this.counters(text.slice(1, close)) : [0, 0];
    const draft = this.lines.read(close + 1, table);
    if (draft.skipped || !this.withCounters) return draft;
    if (draft.hasCounters) throw source.error(0, '-c', 'multiple -c flags not allowed');
    draft.packets = packets;
    draft.bytes = bytes;
    return draft;
  }

  private counters(text: string): [number, number] {
    const colon = text.indexOf(':');
    const packets = text.slice(0, Math.max(colon, 0));
    const bytes = text.slice(colon + 1);
    if (!isCounter(packets) || !isCounter(bytes)) {
      throw this.source.error(0, `[${text}]`, `counters [${text}] are not [packets:octets]`);
    }
    return [Number(packets), Number(bytes)];
  }
}
