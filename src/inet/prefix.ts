/**
 * Prefixes as rules and routes write them: `10.0.0.0/8`, `10.0.0.0/255.0.0.0`, `fe80::/10`, a lone address. Host bits are
 * cleared on reading, as iptables does. A mask need not be contiguous; its length is -1 then.
 * @module
 */
import { type Family, formatAddress, parseAddress } from './address.ts';

export interface Prefix {
  readonly family: Family;
  /** 1 or 4 words, host bits clear. */
  readonly address: Int32Array;
  /** As many words as `address`. */
  readonly mask: Int32Array;
  /** Leading ones of the mask, or -1 when it has ones behind a zero. */
  readonly length: number;
}

/** The prefix a text names, or null. */
export function parsePrefix(text: string, family: Family): Prefix | null {
  const slash = text.indexOf('/');
  const address = parseAddress(slash < 0 ? text : text.slice(0, slash), family);
  if (address === null) return null;
  const mask = slash < 0 ? maskOf(bitsOf(family), family) : parseMask(text.slice(slash + 1), family);
  if (mask === null) return null;
  for (let i = 0; i < address.length; i++) address[i]! &= mask[i]!;
  return { family, address, mask, length: lengthOf(mask) };
}

/** The prefix of an address with the first `length` bits given. */
export function makePrefix(address: Int32Array, length: number): Prefix {
  const family: Family = address.length === 1 ? 4 : 6;
  const mask = maskOf(length, family);
  return { family, address: address.map((word, i) => word & mask[i]!), mask, length };
}

/** Always with `/length`, or `/mask` when that says more. */
export function formatPrefix(prefix: Prefix): string {
  return `${formatAddress(prefix.address)}/${prefix.length < 0 ? formatAddress(prefix.mask) : prefix.length}`;
}

/** Whether an address lies inside. For IPv4 only the first word counts. */
export function prefixContains(prefix: Prefix, w0: number, w1: number, w2: number, w3: number): boolean {
  const { address, mask } = prefix;
  if ((w0 & mask[0]!) !== address[0]!) return false;
  if (prefix.family === 4) return true;
  return (w1 & mask[1]!) === address[1]! && (w2 & mask[2]!) === address[2]! && (w3 & mask[3]!) === address[3]!;
}

/** A mask of `length` leading ones. */
export function maskOf(length: number, family: Family): Int32Array {
  const mask = new Int32Array(family === 4 ? 1 : 4);
  for (let i = 0; i < mask.length; i++) {
    const ones = Math.min(Math.max(length - 32 * i, 0), 32);
    mask[i] = ones === 0 ? 0 : -1 << (32 - ones);
  }
  return mask;
}

function bitsOf(family: Family): number {
  return family === 4 ? 32 : 128;
}

function parseMask(text: string, family: Family): Int32Array | null {
  if (!/^[0-9]{1,3}$/.test(text)) return parseAddress(text, family);
  const length = Number(text);
  return length <= bitsOf(family) ? maskOf(length, family) : null;
}

function lengthOf(mask: Int32Array): number {
  let length = 0;
  while (length < 32 * mask.length && mask[length >> 5]! << (length & 31) < 0) length++;
  const exact = maskOf(length, mask.length === 1 ? 4 : 6);
  return mask.every((word, i) => word === exact[i]) ? length : -1;
}
