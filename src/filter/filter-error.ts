/**
 * FilterError: a filter that cannot be compiled, with the place in it.
 *
 *   filter: no such port: htpp (did you mean "http"?)
 *     tcp port htpp
 *              ^
 * @module
 */
import { HooklineError } from '../errors.ts';

/** Most of a filter that a message shows, and what of it stands in front of the place. */
const WIDTH = 96;
const LEAD = 64;

export class FilterError extends HooklineError {
  /** Column in the filter, from 1. */
  readonly column: number;
  /** The message without its place. */
  readonly reason: string;

  constructor(filter: string, at: number, reason: string) {
    const from = Math.max(0, at - LEAD);
    const shown = filter.slice(from, from + WIDTH).replace(/\s/g, ' ');
    super('ERR_FILTER', `filter: ${reason}\n  ${shown}\n  ${' '.repeat(at - from)}^`);
    this.name = 'FilterError';
    this.column = at + 1;
    this.reason = reason;
  }
}
