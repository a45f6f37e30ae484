/**
 * Numbers on the command line.
 * @module
 */
import { InvalidArgumentError } from 'commander';

/** A whole number of 0 or more. */
export function wholeNumber(text: string): number {
  const number = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(number)) throw new InvalidArgumentError('It must be a whole number.');
  return number;
}
