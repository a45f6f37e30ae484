/**
 * TextRows: rules by the lines they stand in. A row is a place in the text, the template its line is like and the chain it
 * leads to; the rule is read from the line, word by word, when somebody asks for it.
 * @module
 */
import type { Chain } from '../xtables/chain.ts';
import type { Rule } from '../xtables/rule.ts';
import type { RowValues, RuleRows } from '../xtables/rule-rows.ts';
import type { Table } from '../xtables/table.ts';
import { LineScanner } from './line-scanner.ts';
import type { Template } from './templates.ts';

/** Reads the rule of the line that begins at an offset. */
export type RuleReader = (table: Table, line: number, start: number, end: number) => Rule;

const FIRST_ROOM = 256;

/** Where a rule stands in the text, and the chain it leads to. */
export interface Span {
  readonly start: number;
  readonly end: number;
  readonly target: Chain | null;
}

export class TextRows implements RuleRows {
  private readonly templates: readonly Template[];
  private readonly read: RuleReader;
  private readonly scanner: LineScanner;
  private count = 0;
  private template: Uint16Array = new Uint16Array(FIRST_ROOM);
  private start: Int32Array = new Int32Array(FIRST_ROOM);
  private end: Int32Array = new Int32Array(FIRST_ROOM);
  private line: Int32Array = new Int32Array(FIRST_ROOM);
  private readonly target: (Chain | null)[] = [];
  private scanned = -1;

  constructor(bytes: Uint8Array, templates: readonly Template[], read: RuleReader) {
    this.templates = templates;
    this.read = read;
    this.scanner = new LineScanner(bytes);
  }

  /** A row for a line; its number. */
  add(template: Template, line: number, { start, end, target }: Span): number {
    const row = this.count++;
    if (row === this.start.length) this.enlarge();
    this.template[row] = template.number;
    this.start[row] = start;
    this.end[row] = end;
    this.line[row] = line;
    this.target.push(target);
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
    if (this.scanned !== row) {
      this.scanner.begin(this.start[row]!, this.end[row]!, null);
      this.scanner.follow(this.templates[this.template[row]!]!.steps);
      this.scanned = row;
    }
    return this.scanner;
  }

  packets(row: number): number {
    this.values(row);
    return this.scanner.packets;
  }

  octets(row: number): number {
    this.values(row);
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
