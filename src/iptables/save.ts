/**
 * Rules from text: what iptables-save writes and what people write for iptables-restore.
 *
 *   # comment          *table          :CHAIN POLICY [packets:octets]          [packets:octets] -A CHAIN ...          COMMIT
 *
 * One pass, in time linear in the text. CR before LF and a missing last line end are let pass with a note, where iptables-restore
 * would refuse them; a quote that nothing closes is refused, where it would take the line end into the word.
 * @module
 */
import { RuleError } from '../errors.ts';
import { MATCHES } from '../xtables/match/index.ts';
import type { MatchModule } from '../xtables/match.ts';
import { RuleSet } from '../xtables/ruleset.ts';
import { Table, tableKind, TABLES } from '../xtables/table.ts';
import { TARGETS } from '../xtables/target/index.ts';
import type { TargetModule } from '../xtables/target.ts';
import { validate } from '../xtables/validate.ts';
import { ChainLines } from './chain-lines.ts';
import { Commands } from './commands.ts';
import { isCounter } from './header-reader.ts';
import { LineReader } from './line-reader.ts';
import { ModuleBook } from './module-book.ts';
import { Source } from './source.ts';
import { didYouMean } from './suggest.ts';

export interface ParseOptions {
  /** Named in messages. */
  readonly file?: string;
  /** Default 4. */
  readonly family?: 4 | 6;
  /** Whether `[packets:octets]` are taken over (iptables-restore -c). Default true. */
  readonly counters?: boolean;
  /** Modules rules may use; default all of hookline's. */
  readonly matches?: readonly MatchModule[];
  readonly targets?: readonly TargetModule[];
  /** Takes every error, and reading goes on behind it; absent: the first is thrown. */
  readonly errors?: RuleError[];
  /** Takes what was let pass. */
  readonly notes?: RuleNote[];
}

/** Something odd that does no harm. */
export interface RuleNote {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly text: string;
}

/** Errors after which reading on tells nothing more; as many notes are kept. */
const MAX_ERRORS = 1000;

const CR = 0x0d;
const HASH = 0x23;
const STAR = 0x2a;
const COLON = 0x3a;
const OPEN = 0x5b;

/** The rule set of a text. Throws RuleError, unless `options.errors` takes them: then what could be read comes back. */
export function parseRules(text: string, options: ParseOptions = {}): RuleSet {
  return new SaveReader(text, options).read();
}

class SaveReader {
  private readonly source: Source;
  private readonly options: ParseOptions;
  private readonly family: 4 | 6;
  private readonly tables: Table[] = [];
  private readonly commands: Commands;
  private readonly withCounters: boolean;
  private readonly chainLines: ChainLines;
  private readonly lines: LineReader;
  /** The table whose block is open. */
  private table: Table | null = null;
  private sawCr = false;

  constructor(text: string, options: ParseOptions) {
    this.options = options;
    this.family = options.family ?? 4;
    this.source = new Source(options.file ?? 'rules', text);
    this.commands = new Commands(this.source, this.family);
    this.withCounters = options.counters !== false;
    this.chainLines = new ChainLines(this.source, this.commands, this.withCounters);
    const book = new ModuleBook(this.family, options.matches ?? MATCHES, options.targets ?? TARGETS);
    this.lines = new LineReader(this.source, book, this.family, (offset, note) => this.note(offset, note));
  }

  read(): RuleSet {
    const { source } = this;
    const { text } = source;
    let start = text.startsWith('\ufeff') ? 1 : 0;
    for (; start < text.length && (this.options.errors?.length ?? 0) < MAX_ERRORS; source.line++) {
      const end = text.indexOf('\n', start);
      source.lineStart = start;
      source.lineEnd = end < 0 ? text.length : end;
      if (end < 0) this.note(source.lineEnd, 'the last line has no line end, which iptables-restore refuses');
      this.dropCr();
      this.guarded(() => this.line());
      start = end < 0 ? text.length : end + 1;
    }
    if (this.table !== null) this.report(this.missingCommit());
    if (!this.hasErrors) for (const error of validate(this.tables)) this.report(error);
    return new RuleSet(this.family, this.tables);
  }

  private missingCommit(): RuleError {
    const { source } = this;
    const reason = `COMMIT expected at line ${source.line}`;
    if (source.text.endsWith('\n')) source.lineStart = source.text.length;
    else source.line--;
    return source.error(Math.max(source.lineStart, source.lineEnd), '', reason);
  }

  private get hasErrors(): boolean {
    return this.options.errors !== undefined && this.options.errors.length > 0;
  }

  /** Do a line's work; an error goes where the caller wants it. */
  private guarded(work: () => void): void {
    try {
      work();
    } catch (error) {
      if (!(error instanceof RuleError)) throw error;
      this.report(error);
    }
  }

  private report(error: RuleError): void {
    if (this.options.errors === undefined) throw error;
    this.options.errors.push(error);
  }

  private note(offset: number, text: string): void {
    const { notes } = this.options;
    if (notes === undefined || notes.length >= MAX_ERRORS) return;
    const { file, line, column } = this.source.at(offset);
    notes.push({ file, line, column, text });
  }

  private dropCr(): void {
    const { source } = this;
    if (source.lineEnd === source.lineStart || source.text.charCodeAt(source.lineEnd - 1) !== CR) return;
    source.lineEnd--;
    if (!this.sawCr) this.note(source.lineEnd, 'lines end in CR LF, which iptables-restore refuses');
    this.sawCr = true;
  }

  private line(): void {
    const { source, table } = this;
    const { text, lineStart, lineEnd } = source;
    if (lineStart === lineEnd) return;
    const first = text.charCodeAt(lineStart);
    if (first === HASH) return;
    if (table === null) this.begin(first);
    else if (lineEnd - lineStart === 6 && text.startsWith('COMMIT', lineStart)) this.table = null;
    else if (first === COLON) this.chainLines.read(table);
    else this.rule(first === OPEN, table);
  }

  /** `*table`. A table whose block begins again is emptied, its policies kept. */
  private begin(first: number): void {
    const { source } = this;
    if (first !== STAR)
      throw source.error(source.lineStart, source.text.slice(source.lineStart, source.lineEnd), 'expected a table ("*filter")');
    const name = source.text
      .slice(source.lineStart + 1, source.lineEnd)
      .trim()
      .split(/[ \t]/, 1)[0]!;
    const kind = tableKind(name);
    if (kind === null) {
      const known = didYouMean(
        name,
        TABLES.map((table) => table.name),
      );
      throw source.error(source.lineStart + 1, name, `unable to initialize table '${name}': there is no such table${known}`);
    }
    const again = this.tables.find((table) => table.name === name);
    this.table = again ?? new Table(kind);
    if (again === undefined) this.tables.push(this.table);
    else this.commands.flushAll(again);
  }

  private rule(hasCounters: boolean, table: Table): void {
    const { source } = this;
    let from = source.lineStart;
    let packets = 0;
    let bytes = 0;
    if (hasCounters) {
      const close = source.text.indexOf(']', from);
      if (close < 0 || close >= source.lineEnd) throw source.error(from, '[', 'need ] behind the counters');
      if (this.withCounters) [packets, bytes] = this.counters(source.text.slice(from + 1, close));
      from = close + 1;
    }
    const draft = this.lines.read(from, table);
    if (draft.skipped) return;
    if (hasCounters && this.withCounters) {
      if (draft.hasCounters) throw source.error(source.lineStart, '-c', 'multiple -c flags not allowed');
      draft.packets = packets;
      draft.bytes = bytes;
    }
    this.commands.run(draft, table);
  }

  private counters(text: string): [number, number] {
    const colon = text.indexOf(':');
    const packets = text.slice(0, Math.max(colon, 0));
    const bytes = text.slice(colon + 1);
    if (!isCounter(packets) || !isCounter(bytes)) {
      throw this.source.error(this.source.lineStart, `[${text}]`, `counters [${text}] are not [packets:octets]`);
    }
    return [Number(packets), Number(bytes)];
  }
}
