/**
 * An address of either family as an Int32Array: one word for IPv4, four for IPv6. For rules, hosts and reports; packets carry
 * their words in fields.
 * @module
 */
import { formatIpv4, parseIpv4 } from './ipv4.ts';
import { formatIpv6, parseIpv6 } from './ipv6.ts';

/** IP version. */
export type Family = 4 | 6;

/** The address a text names in a family, or null. */
export function parseAddress(text: string, family: Family): Int32Array | null {
  if (family === 6) return parseIpv6(text);
  const word = parseIpv4(text);
  return word === null ? null : Int32Array.of(word);
}

/** One or four words as text. */
export function formatAddress(words: Int32Array): string {
  return words.length === 1 ? formatIpv4(words[0]!) : formatIpv6(words[0]!, words[1]!, words[2]!, words[3]!);
}
