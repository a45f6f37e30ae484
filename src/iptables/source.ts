/**
 * The text being read: which file and line, so that every complaint can say where.
 * @module
 */
import { type ErrorCode, type Location, RuleError } from '../errors.ts';
import type { RuleSource } from '../xtables/rule.ts';

export class Source {
  readonly file: string;
  /** The file alone: what may be kept when the text is done with. */
  readonly origin: RuleSource;
  readonly text: string;
  /** From 1. */
  line = 1;
  /** Offset of the current line. */
  lineStart = 0;
  /** Offset behind its last character, line end not counted. */
  lineEnd = 0;

  constructor(file: string, text: string) {
    this.file = file;
    this.origin = { file };
    this.text = text;
  }

  /** The place of an offset of the current line. */
  at(offset: number): Location {
    return { file: this.file, line: this.line, column: offset - this.lineStart + 1 };
  }

  /** An error about a word that stands at an offset of the current line. */
  error(offset: number, token: string, reason: string, code: ErrorCode = 'ERR_RULE_SYNTAX'): RuleError {
    return new RuleError(code, this.at(offset), token, reason);
  }
}
