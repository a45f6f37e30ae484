/**
 * Values under a mask, as `--mark 0x10/0xff` gives them: 32 bits, held as int32. Nothing is cleared: a value with bits outside
 * its mask stays as given and never matches.
 * @module
 */
import type { GivenOption } from '../options.ts';
import { MAX_U32, scanNumber } from './option-value.ts';

export interface MaskedValue {
  readonly value: number;
  /** -1: all bits. */
  readonly mask: number;
  readonly invert: boolean;
}

/** `value[/mask]`, numbers in C notation. */
export function readMaskedValue(option: GivenOption, module: string): MaskedValue {
  const bad = (): never => option.fail(`${module}: bad integer value for option "--${option.name}", or out of range`);
  const text = option.value;
  const value = scanNumber(text) ?? bad();
  const hasMask = text[value.end] === '/';
  const mask = hasMask ? (scanNumber(text, value.end + 1) ?? bad()) : null;
  if (value.value > MAX_U32 || (mask !== null && mask.value > MAX_U32)) bad();
  if ((mask ?? value).end !== text.length) option.fail(`${module}: trailing garbage after value for option "--${option.name}"`);
  return { value: Number(value.value) | 0, mask: mask === null ? -1 : Number(mask.value) | 0, invert: option.invert };
}

/** `0x10/0xff`, or `0x10` when the mask is all ones. */
export function formatMaskedValue({ value, mask }: MaskedValue): string {
  return mask === -1 ? hex(value) : `${hex(value)}/${hex(mask)}`;
}

/** An int32 as unsigned hexadecimal, at least `width` digits. */
export function hex(word: number, width = 1): string {
  return `0x${(word >>> 0).toString(16).padStart(width, '0')}`;
}
