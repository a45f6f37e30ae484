/**
 * RowReader: the quick way to read a line, for the two kinds that fill large rule sets: a chain of one's own, and a rule of a form
 * that was read before. Such a rule stays in the text as a row. Every other line, and every line with something wrong in it, is
 * left to the reader of words.
 * @module
 */
import type { Rule } from '../xtables/rule.ts';
import type { Table } from '../xtables/table.ts';
import { ChainNames } from './chain-names.ts';
import type { Chain } from '../xtables/chain.ts';
import type { Commands } from './commands.ts';
import { LineScanner } from './line-scanner.ts';
import type { Source } from './source.ts';
import { type Template, Templates } from './templates.ts';
import { TextBlock } from './text-block.ts';
import { type RuleReader, TextRows } from './text-rows.ts';

const BLANK = 0x20;
const DASH = 0x2d;
const COLON = 0x3a;
const OPEN = 0x5b;
const DEL = 0x7f;
/** What iptables-save writes behind the name of a chain of one's own. */
const EMPTY_CHAIN: readonly number[] = Array.from(' - [0:0]', (char) => char.charCodeAt(0));

export interface RowReaderParts {
  readonly commands: Commands;
  readonly source: Source;
  readonly read: RuleReader;
  readonly withCounters: boolean;
  /** The tables were there before this text. */
  readonly isUpdate: boolean;
  /** Octets of the longest name of a chain. */
  readonly maxName: number;
}

export class RowReader {
  private readonly bytes: Uint8Array;
  private readonly parts: RowReaderParts;
  private readonly text: TextBlock;
  private readonly scanner: LineScanner;
  private readonly templates: Templates = new Templates();
  private rows: TextRows | null = null;
  private readonly names: Map<Table, ChainNames> = new Map();
  private lastTable: Table | null = null;
  private lastNames: ChainNames | null = null;
  /** The line at hand was not taken, but has a form. */
  private scanned = false;
  /** Template of the rule before. */
  private before: Template | null = null;

  constructor(bytes: Uint8Array, parts: RowReaderParts) {
    this.bytes = bytes;
    this.parts = parts;
    this.text = new TextBlock(bytes);
    this.scanner = new LineScanner(bytes);
  }

  /** Take bytes[start..end), if that can be done. A line end must stand behind it. */
  take(table: Table, line: number, start: number, end: number): boolean {
    this.scanned = false;
    const first = this.bytes[start];
    if (first === COLON) return this.chainLine(table, line, start, end);
    return first === DASH || first === OPEN ? this.ruleLine(table, line, start, end) : false;
  }

  /** Where the line was not taken: what came of it. */
  learn(table: Table, rule: Rule): void {
    if (this.scanned) this.before = this.templates.learn(this.scanner, table, rule);
  }

  /** The chain of a line that was not taken, if it has the look of a rule to append. */
  get chainAsked(): Chain | null {
    return this.scanned ? this.scanner.chain : null;
  }

  /** Take note of a new chain. */
  add(table: Table, chain: Chain): void {
    this.namesOf(table).add(chain);
  }

  private ruleLine(table: Table, line: number, start: number, end: number): boolean {
    const { scanner, parts } = this;
    if (!scanner.begin(start, end, this.namesOf(table))) return false;
    const template = this.templates.read(scanner, table, this.before);
    this.before = template;
    this.scanned = template === null && scanner.hasForm;
    if (template === null || !parts.commands.countRow()) return false;
    const chain = scanner.chain!;
    parts.commands.touch(table, chain);
    if (parts.withCounters && (scanner.packets > 0 || scanner.bytesCounted > 0)) chain.counted = true;
    this.rows ??= new TextRows(this.bytes, this.templates.list, parts.read);
    chain.appendRow(this.rows, this.rows.add(template, line, start, scanner), scanner.target);
    return true;
  }

  /** `:NAME - [0:0]` */
  private chainLine(table: Table, line: number, start: number, end: number): boolean {
    const { bytes, parts } = this;
    const from = start + 1;
    const to = end - EMPTY_CHAIN.length;
    if (to <= from || to - from > parts.maxName) return false;
    for (let i = from; i < to; i++) if (bytes[i]! <= BLANK || bytes[i]! >= DEL) return false;
    for (let i = 0; i < EMPTY_CHAIN.length; i++) if (bytes[to + i] !== EMPTY_CHAIN[i]) return false;
    const name = this.text.slice(from, to);
    if (!parts.commands.isFree(table, name)) return false;
    parts.source.aim(line, '');
    parts.commands.addChain(table, name, 1);
    return true;
  }

  private namesOf(table: Table): ChainNames {
    if (table === this.lastTable) return this.lastNames!;
    let names = this.names.get(table);
    if (names === undefined) {
      names = new ChainNames(table, this.bytes, this.parts.isUpdate);
      this.names.set(table, names);
    }
    this.lastTable = table;
    this.lastNames = names;
    return names;
  }
}
