/**
 * Ranges of security parameter indexes, for esp and ah: `--espspi 256:511`.
 *
 * Cold path: run while a rule is read.
 * @module
 */
import type { GivenOption } from '../options.ts';
import { MAX_U32, range32 } from './option-value.ts';
import { formatRange } from './port-option.ts';

export interface SpiRange {
  readonly lo: number;
  readonly hi: number;
  readonly invert: boolean;
}

const ANY: SpiRange = { lo: 0, hi: MAX_U32, invert: false };

export function readSpiRange(option: GivenOption | undefined, module: string): SpiRange {
  if (option === undefined) return ANY;
  const [lo, hi] = range32(option, module);
  return { lo, hi, invert: option.invert };
}

/** `--espspi 5`; '' for a full range, even an inverted one (so iptables 1.8.9). */
export function printSpiRange(name: string, { lo, hi, invert }: SpiRange): string {
  return lo === 0 && hi === MAX_U32 ? '' : `${invert ? '! ' : ''}--${name} ${formatRange(lo, hi)}`;
}

/** `spis:!5:10`; '' for any. */
export function listSpiRange({ lo, hi, invert }: SpiRange): string {
  if (lo === 0 && hi === MAX_U32 && !invert) return '';
  return `spi${lo === hi ? '' : 's'}:${invert ? '!' : ''}${formatRange(lo, hi)}`;
}
