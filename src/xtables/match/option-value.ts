/**
 * Numbers as iptables reads them behind an option: C notation (`10`, `0x0a`, `012`), a range in which they must lie, and the
 * sentences iptables says when they do not. Cold path: run while a rule is read.
 * @module
 */
import type { GivenOption, Options } from '../options.ts';

export const MAX_U32 = 0xffffffff;
export const MAX_U64 = 0xffffffffffffffffn;

/** Where reading stops to count: the value is out of every range by then. */
const OVERFLOW = 1n << 64n;

/** A number at the start of a text, and the index behind it. */
export interface Scanned {
  readonly value: bigint;
  readonly end: number;
}

/** strtoumax with base 0, without the sign: blanks, then `0x` hex, `0` octal or decimal digits. Null when there are none. */
export function scanNumber(text: string, from = 0): Scanned | null {
  let at = from;
  while (at < text.length && isBlank(text.charCodeAt(at))) at++;
  if (text[at] === '+') at++;
  let base = 10;
  if (text[at] === '0') {
    const hex = (text[at + 1] === 'x' || text[at + 1] === 'X') && digitOf(text.charCodeAt(at + 2)) < 16;
    base = hex ? 16 : 8;
    if (hex) at += 2;
  }
  const first = at;
  let value = 0n;
  for (; at < text.length; at++) {
    const digit = digitOf(text.charCodeAt(at));
    if (digit >= base) break;
    if (value < OVERFLOW) value = value * BigInt(base) + BigInt(digit);
  }
  return at === first ? null : { value, end: at };
}

/** A decimal number at the start of a text, as scanf reads it (`%u`), modulo 2^64. */
export function scanDecimal(text: string, from: number): Scanned | null {
  let at = from;
  while (at < text.length && isBlank(text.charCodeAt(at))) at++;
  const negative = text[at] === '-';
  if (negative || text[at] === '+') at++;
  const first = at;
  let value = 0n;
  for (; at < text.length; at++) {
    const digit = digitOf(text.charCodeAt(at));
    if (digit >= 10) break;
    if (value < OVERFLOW) value = value * 10n + BigInt(digit);
  }
  if (at === first) return null;
  return { value: negative ? BigInt.asUintN(64, -value) : value, end: at };
}

/** The whole of a text as a number in min..max, or null. */
export function wholeNumber(text: string, min: bigint, max: bigint): bigint | null {
  const scanned = scanNumber(text);
  if (scanned === null || scanned.end !== text.length || scanned.value < min || scanned.value > max) return null;
  return scanned.value;
}

/** An option's number, min..max. */
export function unsigned(option: GivenOption, module: string, min = 0, max: number = MAX_U32): number {
  return Number(unsigned64(option, module, BigInt(min), BigInt(max)));
}

/** An option's 64-bit number, min..max. */
export function unsigned64(option: GivenOption, module: string, min = 0n, max: bigint = MAX_U64): bigint {
  const value = wholeNumber(option.value, min, max);
  return value ?? option.fail(`${module}: bad value for option "--${option.name}", or out of range (${min}-${max})`);
}

/** `a`, `a:b`, `:b`, `a:`; a missing end is 0 or max. One number stands for both ends unless `single` says otherwise. */
export function unsignedRange(option: GivenOption, module: string, max: bigint, single?: bigint): readonly [bigint, bigint] {
  const parts = option.value.split(':');
  if (parts.length > 2) option.fail(`${module}: Too many components for option "--${option.name}" (max: 2)`);
  const lo = rangeEnd(option, module, { text: parts[0]!, missing: 0n, max });
  if (parts.length === 1) return [lo, single ?? lo];
  return [lo, rangeEnd(option, module, { text: parts[1]!, missing: max, max })];
}

function rangeEnd(option: GivenOption, module: string, part: { text: string; missing: bigint; max: bigint }): bigint {
  const { text, missing, max } = part;
  if (text === '') return missing;
  const scanned = scanNumber(text);
  if (scanned === null || scanned.value > max) {
    return option.fail(`${module}: bad value for option "--${option.name}" near "${text}", or out of range (0-${max})`);
  }
  if (scanned.end !== text.length) {
    option.fail(`${module}: Argument to "--${option.name}" has unexpected characters near "${text.slice(scanned.end)}"`);
  }
  return scanned.value;
}

/** The same for numbers of 32 bits, which may not run backwards. */
export function range32(option: GivenOption, module: string): readonly [number, number] {
  const [lo, hi] = unsignedRange(option, module, BigInt(MAX_U32));
  refuseBackwards(option, module, lo, hi);
  return [Number(lo), Number(hi)];
}

/**
 * Refuse a range that runs backwards: no packet lies in it, and its author meant another. iptables 1.8.9 lets some options pass
 * with one, later releases refuse it everywhere.
 */
export function refuseBackwards(option: GivenOption, module: string, lo: number | bigint, hi: number | bigint): void {
  if (lo > hi) option.fail(`${module}: invalid range "${option.value}" (min > max)`);
}

/** Refuse two options that exclude each other, in iptables' words. */
export function forbidTogether(options: Options, module: string, ...names: readonly string[]): void {
  const given = names.filter((name) => options.has(name));
  if (given.length < 2) return;
  options.get(given[1]!)!.fail(`${module}: option "--${given[0]}" cannot be used together with "--${given[1]}"`);
}

/** An option that must be there. */
export function mandatory(options: Options, module: string, name: string): GivenOption {
  return options.get(name) ?? options.fail(`${module}: option "--${name}" must be specified`);
}

function isBlank(code: number): boolean {
  return code === 32 || (code >= 9 && code <= 13);
}

/** Value of a digit in any base up to 16, or 99. */
function digitOf(code: number): number {
  if (code >= 48 && code <= 57) return code - 48;
  const letter = code | 32;
  return letter >= 97 && letter <= 102 ? letter - 87 : 99;
}
