/**
 * Prefix lengths where iptables takes a mask as well (`24`, `255.255.255.0`), for options that print the length.
 * @module
 */
import { parseAddress } from '../../inet/address.ts';
import type { GivenOption } from '../options.ts';
import { wholeNumber } from './option-value.ts';

/** A mask with ones behind a zero; iptables stores it as a length no prefix has. */
export const RAGGED = -1;

/**
 * The length an option gives, 0..`bits`, or RAGGED. An IPv4 mask may be written as a number: to iptables `33` is 0.0.0.33.
 * Refuses anything else.
 */
export function parseMaskLength(option: GivenOption, module: string, bits: number): number {
  const length = wholeNumber(option.value, 0n, BigInt(bits));
  if (length !== null) return Number(length);
  const mask = parseMask(option.value, bits);
  if (mask !== null) return lengthOf(mask);
  return option.fail(`${module}: bad value for option "--${option.name}", neither a valid network mask nor valid CIDR (0-${bits})`);
}

function parseMask(text: string, bits: number): Int32Array | null {
  const word = bits === 32 ? wholeNumber(text, 0n, 0xffffffffn) : null;
  return word === null ? parseAddress(text, bits === 32 ? 4 : 6) : Int32Array.of(Number(word) | 0);
}

function lengthOf(mask: Int32Array): number {
  const bits = 32 * mask.length;
  let length = 0;
  while (length < bits && mask[length >> 5]! << (length & 31) < 0) length++;
  for (let bit = length; bit < bits; bit++) {
    if (mask[bit >> 5]! << (bit & 31) < 0) return RAGGED;
  }
  return length;
}
