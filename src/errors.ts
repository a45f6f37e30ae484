/**
 * The one error family of hookline. A bad packet is never an exception (see packet/fault.ts); these are for wrong input
 * files and wrong calls. `code` is stable, `message` says what was expected, what was found and where.
 * @module
 */

/** Stable codes; the command line maps each to an exit status. */
export type ErrorCode =
  | 'ERR_RULE_SYNTAX'
  | 'ERR_UNSUPPORTED'
  | 'ERR_CAPTURE_FORMAT'
  | 'ERR_CAPTURE_TRUNCATED'
  | 'ERR_LINK_TYPE'
  | 'ERR_COMPRESSION'
  | 'ERR_HOST'
  | 'ERR_SET'
  | 'ERR_FILTER'
  | 'ERR_SCENARIO'
  | 'ERR_INPUT'
  | 'ERR_OUTPUT'
  | 'ERR_LIMIT'
  | 'ERR_WORKER';

export class HooklineError extends Error {
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'HooklineError';
    this.code = code;
  }
}

/** Where in a text something stands. Lines and columns count from 1. */
export interface Location {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** `file:line:column`, the form every located message starts with. */
export function formatLocation(at: Location): string {
  return `${at.file}:${at.line}:${at.column}`;
}

/** A rule, set or other line-based text that cannot be loaded: a syntax error or something hookline does not evaluate. */
export class RuleError extends HooklineError {
  readonly at: Location;
  /** The words that were refused, as they stand in the text. */
  readonly token: string;
  /** The message without its place. */
  readonly reason: string;

  constructor(code: ErrorCode, at: Location, token: string, reason: string) {
    super(code, `${formatLocation(at)}: ${reason}`);
    this.name = 'RuleError';
    this.at = at;
    this.token = token;
    this.reason = reason;
  }
}

/** A capture that is damaged or of an unknown kind. `offset` is the octet of the (decompressed) stream where reading stopped. */
export class CaptureError extends HooklineError {
  readonly file: string;
  readonly offset: number;

  constructor(code: ErrorCode, file: string, offset: number, reason: string, options?: { cause?: unknown }) {
    super(code, `${file}: at octet ${offset}: ${reason}`, options);
    this.name = 'CaptureError';
    this.file = file;
    this.offset = offset;
  }
}
