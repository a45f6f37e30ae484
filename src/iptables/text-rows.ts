/**
 * TextRows: rules by the lines they stand in. A row is a place in the text, the template its line is like, the values it has for
 * itself and the chain it leads to; the rule is read from the line, word by word, when somebody asks for it.
 * @module
 */
import type { Chain } from '../xtables/chain.ts';
import type { Rule } from '../xtables/rule.ts';
import type { RowValues, RuleRows } from '../xtables/rule-rows.ts';
import type { Table } from '../xtables/table.ts';
import { LineScanner } from './line-scanner.ts';
import type { Template } from './templates.ts';
import { ValueColumns } from './value-columns.ts';

/** Reads the rule of the line that begins at an offset. */
export type RuleReader = (table: Table, line: number, start: number, end: number) => Rule;

/** Room is made for lines of so many octets, as in large sets: what is not used is never touched. More is made where they are shorter. */
const OCTETS_PER_LINE = 128;
const SMALLEST = 16;

export class TextRows implements RuleRows {
  private readonly templates: readonly Template[];
  private readonly read: RuleReader;
  private readonly scanner: LineScanner;
  private count = 0;
  private template: Uint16Array;
  private start: Int32Array;
  private end: Int32Array;
  private line: Int32Array;
  private readonly target: (Chain | null)[] = [];
  private readonly columns: ValueColumns;

  constructor(bytes: Uint8Array, templates: readonly Template[], read: RuleReader) {
    this.templates = templates;
    this.read = read;
    this.scanner = new LineScanner(bytes);
    const room = Math.max(SMALLEST, Math.ceil(bytes.length / OCTETS_PER_LINE));
    this.template = new Uint16Array(room);
    this.start = new Int32Array(room);
    this.end = new Int32Array(room);
    this.line = new Int32Array(room);
    this.columns = new ValueColumns(room);
  }

  /** A row for the line bytes[start..), as it was just read; its number. */
  add(template: Template, line: number, start: number, read: LineScanner): number {
    const row = this.count++;
    if (row === this.start.length) this.enlarge();
    this.template[row] = template.number;
    this.start[row] = start;
    this.end[row] = read.lineEnd;
    this.line[row] = line;
    this.target.push(read.target);
    this.columns.add(read);
    return row;
  }

  make(row: number): Rule {
    const { table } = this.templates[this.template[row]!]!;
    return this.read(table, this.line[row]!, this.start[row]!, this.end[row]!);
  }

  like(row: number): Rule {
    return this.templates[this.template[row]!]!.rule;
  }

  leadsTo(row: number): Chain | null {
    return this.target[row]!;
  }

  values(row: number): RowValues {
    return this.columns.of(row);
  }

  packets(row: number): number {
    this.scanner.begin(this.start[row]!, this.end[row]!, null);
    return this.scanner.packets;
  }

  octets(row: number): number {
    this.scanner.begin(this.start[row]!, this.end[row]!, null);
    return this.scanner.bytesCounted;
  }

  private enlarge(): void {
    const room = 2 * this.start.length;
    this.template = copied(this.template, new Uint16Array(room));
    this.start = copied(this.start, new Int32Array(room));
    this.end = copied(this.end, new Int32Array(room));
    this.line = copied(this.line, new Int32Array(room));
  }
}

function copied<T extends Uint16Array | Int32Array>(from: T, to: T): T {
  to.set(from);
  return to;
}
