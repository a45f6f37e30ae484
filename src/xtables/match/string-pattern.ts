/**
 * Patterns of the string match as text: `--string "GET /"` and `--hex-string "|0d 0a|"`, where hex stands between bars.
 *
 * Words of a rule are text, packets are octets: a character beyond ASCII counts as its UTF-8 octets, as on a UTF-8 terminal.
 * @module
 */
import type { GivenOption } from '../options.ts';

/** Octets a pattern may have. */
export const MAX_PATTERN = 128;

const SPACE = 0x20;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const TILDE = 0x7e;
const HEX_PAIR = /^[0-9a-fA-F]{2}$/;

/** The octets of --string. */
export function parseString(option: GivenOption): Uint8Array {
  return limited(new TextEncoder().encode(option.value), option);
}

/** The octets of --hex-string. Outside of bars a backslash takes the next character as it is. */
export function parseHexString(option: GivenOption): Uint8Array {
  if (option.value === '') option.fail('STRING must contain at least one char');
  const text = new TextEncoder().encode(option.value);
  const octets: number[] = [];
  let inHex = false;
  let at = 0;
  while (at < text.length) {
    if (text[at] === BACKSLASH && !inHex && at + 1 < text.length) {
      octets.push(text[at + 1]!);
      at += 2;
    } else if (text[at] === 0x7c) {
      inHex = !inHex;
      at++;
    } else if (!inHex) {
      octets.push(text[at++]!);
    } else if (text[at] === SPACE) {
      at++;
    } else {
      octets.push(hexPair(text, at, option));
      at += 2;
    }
  }
  if (inHex) option.fail('Invalid hex block');
  return limited(Uint8Array.from(octets), option);
}

/** `--string "..."`, or `--hex-string "|...|"` when an octet is no printable ASCII character. */
export function formatPattern(pattern: Uint8Array): { readonly hex: boolean; readonly text: string } {
  const hex = pattern.some((octet) => octet < SPACE || octet > TILDE);
  return { hex, text: hex ? formatHex(pattern) : formatQuoted(pattern) };
}

function hexPair(text: Uint8Array, at: number, option: GivenOption): number {
  if (at + 1 >= text.length) return option.fail('Odd number of hex digits');
  if (text[at + 1] === 0x7c) return option.fail('Invalid hex block');
  const pair = String.fromCharCode(text[at]!, text[at + 1]!);
  if (HEX_PAIR.test(pair)) return Number.parseInt(pair, 16);
  const wrong = /[0-9a-fA-F]/.test(pair[0]!) ? pair[1] : pair[0];
  return option.fail(`Invalid hex char '${wrong}'`);
}

function limited(octets: Uint8Array, option: GivenOption): Uint8Array {
  if (octets.length > MAX_PATTERN) option.fail(`STRING too long "${option.value}"`);
  if (octets.length === 0) option.fail('STRING must contain at least one char');
  return octets;
}

function formatHex(pattern: Uint8Array): string {
  return `"|${Array.from(pattern, (octet) => octet.toString(16).padStart(2, '0')).join('')}|"`;
}

function formatQuoted(pattern: Uint8Array): string {
  const escaped = Array.from(pattern, (octet) => (octet === QUOTE || octet === BACKSLASH ? '\\' : '') + String.fromCharCode(octet));
  return `"${escaped.join('')}"`;
}
