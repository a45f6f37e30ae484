/**
 * `address[/mask]` as conntrack and policy read it: host bits stay as written, and only the masked ones are compared. Names are
 * not looked up: a rule set must mean the same on every machine. Cold path: run while a rule is read.
 * @module
 */
import { formatAddress, parseAddress } from '../../inet/address.ts';
import { maskOf } from '../../inet/prefix.ts';
import type { GivenOption } from '../options.ts';
import { wholeNumber } from './option-value.ts';

export interface HostMask {
  /** 1 or 4 words. */
  readonly address: Int32Array;
  readonly mask: Int32Array;
}

/** The mask is a length or an address. */
export function readHostMask(option: GivenOption, module: string, family: 4 | 6): HostMask {
  const [text = '', maskText, ...rest] = option.value.split('/', 3);
  const address = parseAddress(text, family);
  if (address === null || rest.length > 0) return option.fail(`${module}: "${option.value}" is no address (names are not looked up)`);
  return { address, mask: readMask(option, module, maskText, family) };
}

function readMask(option: GivenOption, module: string, text: string | undefined, family: 4 | 6): Int32Array {
  const bits = family === 4 ? 32 : 128;
  if (text === undefined) return maskOf(bits, family);
  const length = wholeNumber(text, 0n, BigInt(bits));
  if (length !== null) return maskOf(Number(length), family);
  const complaint = `${module}: bad value for option "--${option.name}", neither a valid network mask nor valid CIDR (0-${bits})`;
  return parseAddress(text, family) ?? option.fail(complaint);
}

/** With `/length` if that says something; of a mask with holes iptables writes nothing at all. */
export function formatHostMask({ address, mask }: HostMask): string {
  const text = formatAddress(address);
  let length = 0;
  while (length < 32 * mask.length && mask[length >> 5]! << (length & 31) < 0) length++;
  const exact = maskOf(length, mask.length === 1 ? 4 : 6);
  return length === 32 * mask.length || mask.some((word, i) => word !== exact[i]) ? text : `${text}/${length}`;
}
