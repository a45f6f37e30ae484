/**
 * Addresses of -s and -d: a list of `address[/mask]`. IPv4 also in the short and C-like forms iptables takes (`10/8`, `10.1`,
 * `0x7f000001`). Names are refused: a rule set must mean the same on every machine.
 * @module
 */
import { parseAddress } from '../inet/address.ts';
import { maskOf, type Prefix } from '../inet/prefix.ts';

/** Why an address was refused, in iptables' words. */
export class AddressError extends Error {}

/** The prefixes of a comma-separated list, in its order. Throws AddressError. */
export function parseAddressList(text: string, family: 4 | 6): Prefix[] {
  if (!text.includes(',')) return [parseHostMask(text, family)];
  return text.split(',').map((part) => parseHostMask(part.trimStart(), family));
}

/** Every contiguous mask, by length. */
const MASKS4: readonly Int32Array[] = Array.from({ length: 33 }, (_, length) => maskOf(length, 4));
const MASKS6: readonly Int32Array[] = Array.from({ length: 129 }, (_, length) => maskOf(length, 6));

function parseHostMask(text: string, family: 4 | 6): Prefix {
  const slash = text.lastIndexOf('/');
  const host = slash < 0 ? text : text.slice(0, slash);
  const address = parseAddress(host, family) ?? (family === 4 ? parseLooseIpv4(host) : null);
  if (address === null)
    throw new AddressError(`host/network \`${host}' not found${looksLikeName(host) ? ' (names are not looked up)' : ''}`);
  const masks = family === 4 ? MASKS4 : MASKS6;
  const length = slash < 0 ? masks.length - 1 : parseMaskLength(text.slice(slash + 1), masks.length - 1);
  const mask = length >= 0 ? masks[length]! : parseMask(text.slice(slash + 1), family);
  for (let i = 0; i < address.length; i++) address[i]! &= mask[i]!;
  return { family, address, mask, length: length >= 0 ? length : lengthOf(mask, masks) };
}

/** -1 for what is no length. */
function parseMaskLength(text: string, bits: number): number {
  if (text.length > 4 || text.includes('.') || text.includes('x')) return -1;
  const length = cNumber(text);
  return length !== null && length <= bits ? length : -1;
}

function parseMask(text: string, family: 4 | 6): Int32Array {
  const mask = parseAddress(text, family);
  if (mask === null) throw new AddressError(`invalid mask \`${text}' specified`);
  return mask;
}

/** Leading ones, or -1 when ones stand behind a zero. */
function lengthOf(mask: Int32Array, masks: readonly Int32Array[]): number {
  return masks.findIndex((candidate) => candidate.every((word, i) => word === mask[i]));
}

/** One to four numbers of up to 255, zeros added behind; or one number for all 32 bits. */
function parseLooseIpv4(text: string): Int32Array | null {
  const parts = text.split('.', 5).map(cNumber);
  if (parts.length > 4 || parts.includes(null)) return null;
  const numbers = parts as number[];
  if (numbers.length === 1 && numbers[0]! > 255) return Int32Array.of(numbers[0]! | 0);
  if (numbers.some((number) => number > 255)) return null;
  let word = 0;
  for (let i = 0; i < 4; i++) word = (word << 8) | (numbers[i] ?? 0);
  return Int32Array.of(word);
}

/** A number of up to 32 bits as C writes them: decimal, 0octal, 0xhex. */
function cNumber(text: string): number | null {
  if (text.length > 12 || !/^(?:0x[0-9a-f]+|0[0-7]*|[1-9][0-9]*)$/i.test(text)) return null;
  const value = /^0[0-7]/.test(text) ? Number.parseInt(text, 8) : Number(text);
  return value <= 0xffffffff ? value : null;
}

function looksLikeName(text: string): boolean {
  return /[a-z_-]/i.test(text) && !text.includes(':');
}
