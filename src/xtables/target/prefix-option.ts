/**
 * Prefix lengths of options as iptables reads them: a number, or a mask as an address. A mask that is not contiguous counts as
 * the whole address, and so does an IPv4 length beyond 32, which is taken for a mask.
 * @module
 */
import { parseAddress } from '../../inet/address.ts';
import { maskOf } from '../../inet/prefix.ts';
import type { GivenOption } from '../options.ts';
import { parseUint, U32 } from './number.ts';

/** Bits of an address. */
export function bitsOf(family: 4 | 6): number {
  return family === 4 ? 32 : 128;
}

/** The length a text names; refuses what is neither a length nor a mask. */
export function readLength(option: GivenOption, text: string, family: 4 | 6): number {
  const bits = bitsOf(family);
  const value = parseUint(text);
  if (value !== null && value <= bits) return value;
  const mask = family === 4 && value !== null && value <= U32 ? Int32Array.of(value) : parseAddress(text, family);
  if (mask === null) {
    return option.fail(`bad value for option "--${option.name}", neither a valid network mask nor valid CIDR (0-${bits})`);
  }
  for (let length = 0; length <= bits; length++) {
    if (maskOf(length, family).every((word, i) => word === mask[i])) return length;
  }
  return bits;
}

/** `address[/length]`: the address as written, host bits and all, and the length, `bits` without one. */
export function readNetwork(option: GivenOption, family: 4 | 6): { readonly address: Int32Array; readonly length: number } {
  const slash = option.value.indexOf('/');
  const address = parseAddress(slash < 0 ? option.value : option.value.slice(0, slash), family);
  if (address === null) return option.fail(`bad address "${option.value}"`);
  return { address, length: slash < 0 ? bitsOf(family) : readLength(option, option.value.slice(slash + 1), family) };
}
