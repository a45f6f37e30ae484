/**
 * Numbers as iptables reads them in options: decimal, 0x hexadecimal, 0 octal.
 * @module
 */
import type { GivenOption } from '../options.ts';

export const U8 = 0xff;
export const U16 = 0xffff;
export const U32 = 0xffffffff;

/** The number a text spells in C's way, or null. Nothing may stand before or behind it. */
export function parseUint(text: string): number | null {
  if (/^0[xX][0-9a-fA-F]{1,13}$/.test(text)) return Number.parseInt(text.slice(2), 16);
  if (/^0[0-7]{0,17}$/.test(text)) return Number.parseInt(text, 8);
  return /^[1-9][0-9]{0,15}$/.test(text) ? Number(text) : null;
}

/** The option's number; refuses others than min..max. */
export function readUint(option: GivenOption, min: number, max: number): number {
  const value = parseUint(option.value);
  if (value === null || value < min || value > max) {
    return option.fail(`bad value for option "--${option.name}", or out of range (${min}-${max})`);
  }
  return value;
}

/** A value under a mask. */
export interface Masked {
  readonly value: number;
  readonly mask: number;
}

/** `value[/mask]`, 32 bits each, as int32; the mask is all ones when none is given. */
export function readMasked(option: GivenOption): Masked {
  const [value, mask, ...rest] = option.value.split('/').map(parseUint);
  const isGood = (number: number | null | undefined): boolean => number !== null && (number ?? 0) <= U32;
  if (value === undefined || !isGood(value) || !isGood(mask) || rest.length > 0) {
    return option.fail(`bad integer value for option "--${option.name}", or out of range`);
  }
  return { value: value! | 0, mask: mask === undefined ? -1 : mask! | 0 };
}

/** An int32 as `0x` and its unsigned hexadecimal digits, at least `width` of them. */
export function hex(word: number, width = 1): string {
  return `0x${(word >>> 0).toString(16).padStart(width, '0')}`;
}
