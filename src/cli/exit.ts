/**
 * Exit codes and how an error becomes one: 0 done, 1 input damaged or unreadable (what was read is still told), 2 usage or a
 * rule file's error, 3 an expectation or comparison failed, 130 interrupted.
 * @module
 */
import { CommanderError } from 'commander';
import { HooklineError } from '../errors.ts';

export const Exit = { Ok: 0, Input: 1, Usage: 2, Difference: 3, Interrupted: 130 } as const;
export type Exit = (typeof Exit)[keyof typeof Exit];

/** The command line asks for what cannot be: a number that is none, an interface that the host does not have. */
export class UsageError extends Error {
  override readonly name: string = 'UsageError';
}

/** Errors of a rule file, each with its place. */
export class RulesRefused extends Error {
  override readonly name: string = 'RulesRefused';
  readonly errors: readonly Error[];

  constructor(errors: readonly Error[]) {
    super(`${errors.length} rules refused`);
    this.errors = errors;
  }
}

/** The exit code of an error. */
export function exitCodeOf(error: unknown): Exit {
  if (error instanceof UsageError || error instanceof RulesRefused) return Exit.Usage;
  if (error instanceof CommanderError) return error.exitCode === 0 ? Exit.Ok : Exit.Usage;
  if (!(error instanceof HooklineError)) return Exit.Input;
  switch (error.code) {
    case 'ERR_RULE_SYNTAX':
    case 'ERR_UNSUPPORTED':
    case 'ERR_SET':
    case 'ERR_FILTER':
      return Exit.Usage;
    default:
      return Exit.Input;
  }
}

const IN_WORDS: ReadonlyMap<string, string> = new Map([
  ['ENOENT', 'no such file or directory'],
  ['EISDIR', 'is a directory'],
  ['ENOTDIR', 'not a directory'],
  ['EACCES', 'permission denied'],
  ['EPERM', 'not permitted'],
  ['ENOSPC', 'no space left'],
  ['EROFS', 'read-only file system'],
  ['EMFILE', 'too many open files'],
]);

/** An error as text for standard error, one line each; control characters from files are made harmless. */
export function describeError(error: unknown): string {
  if (error instanceof RulesRefused) return error.errors.map(describeError).join('\nhookline: ');
  if (!(error instanceof Error)) return printable(String(error));
  const { code, path } = error as NodeJS.ErrnoException;
  const words = code === undefined ? undefined : IN_WORDS.get(code);
  if (words !== undefined) return printable(path === undefined ? words : `${path}: ${words}`);
  return printable(error.message.replace(/: (E[A-Z]{2,})$/, (all, name: string) => (IN_WORDS.has(name) ? `: ${IN_WORDS.get(name)}` : all)));
}

/** Text with C0 and C1 control characters, but for newline and tab, written as \xNN: no file may steer a terminal. */
export function printable(text: string): string {
  // eslint-disable-next-line no-control-regex -- control characters are what this is about
  return text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, (c) => `\\x${c.charCodeAt(0).toString(16).padStart(2, '0')}`);
}
