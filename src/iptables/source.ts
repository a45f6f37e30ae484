/**
 * The line being read: of which file and which, so that every complaint can say where.
 * @module
 */
import { type ErrorCode, type Location, RuleError } from '../errors.ts';
import type { RuleSource } from '../xtables/rule.ts';

export class Source {
  readonly file: string;
  /** The file alone: what may be kept when the text is done with. */
  readonly origin: RuleSource;
  /** The line, its end not included. Offsets count its characters. */
  text = '';
  /** From 1. */
  line = 1;

  constructor(file: string) {
    this.file = file;
    this.origin = { file };
  }

  /** Turn to a line. */
  aim(line: number, text: string): void {
    this.line = line;
    this.text = text;
  }

  /** The place of an offset. */
  at(offset: number): Location {
    return { file: this.file, line: this.line, column: offset + 1 };
  }

  /** An error about a word that stands at an offset. */
  error(offset: number, token: string, reason: string, code: ErrorCode = 'ERR_RULE_SYNTAX'): RuleError {
    return new RuleError(code, this.at(offset), token, reason);
  }
}
