/**
 * Connection states as rules name them, for state and conntrack: `NEW,ESTABLISHED`. A word may be shortened and in any case of
 * letters: the first name that begins so is meant.
 * @module
 */
import { StateBit } from '../../conntrack/ctinfo.ts';
import type { GivenOption } from '../options.ts';

export interface BitSet {
  readonly bits: number;
  readonly invert: boolean;
}

/** Names in the order they print; `state` knows all but the last two. */
export const STATE_NAMES: readonly (readonly [string, number])[] = [
  ['INVALID', StateBit.Invalid],
  ['NEW', StateBit.New],
  ['RELATED', StateBit.Related],
  ['ESTABLISHED', StateBit.Established],
  ['UNTRACKED', StateBit.Untracked],
];
export const CTSTATE_NAMES: readonly (readonly [string, number])[] = [...STATE_NAMES, ['SNAT', StateBit.Snat], ['DNAT', StateBit.Dnat]];

/** A comma-separated list of names as bits. `what` is the option in iptables' complaint. */
export function readBitSet(option: GivenOption, names: readonly (readonly [string, number])[], what: string): BitSet {
  let bits = 0;
  for (const word of option.value.split(',')) {
    const found = word === '' ? undefined : names.find(([name]) => name.startsWith(word.toUpperCase()));
    bits |= found === undefined ? option.fail(`Bad ${what} "${word}"`) : found[1];
  }
  return { bits, invert: option.invert };
}

export function formatBitSet(bits: number, names: readonly (readonly [string, number])[]): string {
  return names
    .filter(([, bit]) => (bits & bit) !== 0)
    .map(([name]) => name)
    .join(',');
}
