/**
 * Rules from text: what iptables-save writes and what people write for iptables-restore.
 *
 *   # comment          *table          :CHAIN POLICY [packets:octets]          [packets:octets] -A CHAIN ...          COMMIT
 *
 * One pass over the octets, in time linear in the text: a line is taken as a row where one of its form was read before
 * (row-reader.ts), and is read word by word otherwise. CR before LF and a missing last line end are let pass with a note, where iptables-restore
 * would refuse them; a quote that nothing closes is refused, where it would take the line end into the word.
 * @module
 */
import { RuleError } from '../errors.ts';
import type { MatchModule } from '../xtables/match.ts';
import { Journal } from '../xtables/journal.ts';
import type { Rule } from '../xtables/rule.ts';
import { RuleSet } from '../xtables/ruleset.ts';
import { Table, tableKind, TABLES } from '../xtables/table.ts';
import type { TargetModule } from '../xtables/target.ts';
import { validate } from '../xtables/validate.ts';
import { ChainLines } from './chain-lines.ts';
import { Commands } from './commands.ts';
import { MAX_NAME } from './line-reader.ts';
import { bookOf, type ModuleBook } from './module-book.ts';
import { buildRules } from './rule-builder.ts';
import { RowReader } from './row-reader.ts';
import { RuleLines } from './rule-lines.ts';
import { Source } from './source.ts';
import { didYouMean } from '../suggest.ts';

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
const LINE_END = 0x0a;

/**
 * Change a rule set by a text, as `iptables-restore --noflush` does: tables and chains stay as they are but for what the text says
 * (`:CHAIN - [0:0]` makes a chain, or empties it; -A -I -R -D -F -X -N -E -P -Z). Rules that stay keep their counters and what they
 * remember, connections are not touched, and what evaluates the rules where they are attached follows.
 *
 * All or nothing: throws RuleError for the first thing refused, with everything as it was. (The kernel's tool commits table by
 * table: of two tables in a text the first would stay.) `errors` of the options is not asked.
 */
export function updateRules(rules: RuleSet, text: string | Uint8Array, options: Omit<ParseOptions, 'family' | 'errors'> = {}): void {
  const journal = new Journal();
  try {
    new SaveReader(octetsOf(text), { ...options, family: rules.family }, { rules, journal }).readUpdate();
    rules.commit(journal);
  } catch (error) {
    journal.undo();
    throw error;
  }
}

function octetsOf(text: string | Uint8Array): Uint8Array {
  return typeof text === 'string' ? new TextEncoder().encode(text) : text;
}

/**
 * The rule set of a text, as a string or in UTF-8 (which must not change afterwards: rules stay in it until somebody asks for them).
 * Throws RuleError, unless `options.errors` takes them: then what could be read comes back.
 */
export function parseRules(text: string | Uint8Array, options: ParseOptions = {}): RuleSet {
  return new SaveReader(octetsOf(text), options).read();
}

class SaveReader {
  private readonly bytes: Uint8Array;
  private readonly utf8: InstanceType<typeof TextDecoder> = new TextDecoder('utf-8', { ignoreBOM: true });
  private readonly source: Source;
  private readonly options: ParseOptions;
  private readonly family: 4 | 6;
  private readonly tables: Table[];
  private readonly journal: Journal | null;
  private readonly commands: Commands;
  private readonly chainLines: ChainLines;
  private readonly ruleLines: RuleLines;
  private readonly quick: RowReader;
  /** The table whose block is open. */
  private table: Table | null = null;
  private sawCr = false;
  private odd = 0;

  /** `update`: the rule set that is to be changed. */
  constructor(bytes: Uint8Array, options: ParseOptions, update: { readonly rules: RuleSet; readonly journal: Journal } | null = null) {
    this.tables = update === null ? [] : [...update.rules.tables];
    this.journal = update?.journal ?? null;
    this.bytes = bytes;
    this.options = options;
    this.family = options.family ?? 4;
    this.source = new Source(options.file ?? 'rules');
    const book = bookOf(this.family, options.matches, options.targets);
    this.commands = new Commands(this.source, this.family, {
      chainMade: (table, chain) => this.quick.add(table, chain),
      isTarget: (name) => book.target(name) !== undefined,
      journal: this.journal,
    });
    if (update !== null) this.commands.beginWith(update.rules.ruleCount);
    const withCounters = options.counters !== false;
    this.chainLines = new ChainLines(this.source, this.commands, withCounters, update !== null);
    const { family } = this;
    this.ruleLines = new RuleLines(this.source, { book, family, withCounters, note: (offset, note) => this.note(offset, note) });
    this.quick = new RowReader(bytes, {
      commands: this.commands,
      source: this.source,
      withCounters,
      isUpdate: update !== null,
      maxName: MAX_NAME,
      read: this.rowReader(book, withCounters),
    });
  }

  read(): RuleSet {
    this.readLines();
    if (!this.hasErrors) for (const error of validate(this.tables)) this.report(error);
    return new RuleSet(this.family, this.tables);
  }

  /** Edit the tables; what they come to is checked by who commits them. */
  readUpdate(): void {
    this.readLines();
  }

  private readLines(): void {
    const { bytes, quick } = this;
    let line = 1;
    let start = hasBom(bytes) ? 3 : 0;
    for (; start < bytes.length && (this.options.errors?.length ?? 0) < MAX_ERRORS; line++) {
      const lineEnd = bytes.indexOf(LINE_END, start);
      const next = lineEnd < 0 ? bytes.length : lineEnd;
      const end = next > start && bytes[next - 1] === CR ? next - 1 : next;
      if (lineEnd < 0 || end !== next || this.table === null || !quick.take(this.table, line, start, end)) {
        this.readWords(line, start, end, next);
      }
      start = next + 1;
    }
    if (this.table !== null) this.report(this.missingCommit(line));
  }

  /** Read bytes[start..end) word by word. The line end stands at `next`, or the text ends there. */
  private readWords(line: number, start: number, end: number, next: number): void {
    const { bytes, source } = this;
    source.aim(line, this.decode(start, next));
    if (next === bytes.length) this.note(source.text.length, 'the last line has no line end, which iptables-restore refuses');
    if (end !== next) {
      source.aim(line, source.text.slice(0, -1));
      if (!this.sawCr) this.note(source.text.length, 'lines end in CR LF, which iptables-restore refuses');
      this.sawCr = true;
    }
    this.guarded(() => this.line());
  }

  private decode(start: number, end: number): string {
    return this.utf8.decode(this.bytes.subarray(start, end));
  }

  /** Reads the rule of a line once more, when nothing else is being read from it. */
  private rowReader(book: ModuleBook, withCounters: boolean): (table: Table, line: number, start: number, end: number) => Rule {
    const { family } = this;
    const source = new Source(this.source.file);
    const lines = new RuleLines(source, { book, family, withCounters, note: () => undefined });
    return (table, line, start, end) => {
      source.aim(line, this.decode(start, end));
      return buildRules(lines.read(table), table, family, source)[0]!;
    };
  }

  private missingCommit(linesBehind: number): RuleError {
    const { source, bytes } = this;
    const reason = `COMMIT expected at line ${linesBehind}`;
    if (bytes[bytes.length - 1] === LINE_END) source.aim(linesBehind, '');
    return source.error(source.text.length, '', reason);
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
    this.odd++;
    const { notes } = this.options;
    if (notes === undefined || notes.length >= MAX_ERRORS) return;
    const { file, line, column } = this.source.at(offset);
    notes.push({ file, line, column, text });
  }

  private line(): void {
    const { source, table } = this;
    const { text } = source;
    if (text === '') return;
    const first = text.charCodeAt(0);
    if (first === HASH) return;
    if (table === null) this.begin(first);
    else if (text === 'COMMIT') this.table = null;
    else if (first === COLON) this.chainLines.read(table);
    else this.rule(table);
  }

  /** `*table`. A table whose block begins again is emptied, its policies kept. */
  private begin(first: number): void {
    const { source } = this;
    if (first !== STAR) throw source.error(0, source.text, 'expected a table ("*filter")');
    const name = source.text.slice(1).trim().split(/[ \t]/, 1)[0]!;
    const kind = tableKind(name);
    if (kind === null) {
      const known = didYouMean(
        name,
        TABLES.map((table) => table.name),
      );
      throw source.error(1, name, `unable to initialize table '${name}': there is no such table${known}`);
    }
    const again = this.tables.find((table) => table.name === name);
    this.table = again ?? this.journal?.addTable(kind) ?? new Table(kind);
    if (again === undefined) this.tables.push(this.table);
    else if (this.journal === null) this.commands.flushAll(again);
  }

  private rule(table: Table): void {
    const { quick } = this;
    const oddBefore = this.odd;
    const draft = this.ruleLines.read(table);
    if (draft.skipped) return;
    const chain = quick.chainAsked;
    const before = chain?.length ?? 0;
    this.commands.run(draft, table);
    // a form is learnt of a line that was in no way odd and became one rule
    if (chain === null || draft.hasCounters || this.odd !== oddBefore || chain.length !== before + 1) return;
    quick.learn(table, chain.rule(before));
  }
}

function hasBom(bytes: Uint8Array): boolean {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
}
