/**
 * A filter's words. Where two readings fit, the longer one counts, so that `6000-6008`, `ftp-data` and `fe80::1` are one word
 * each; a word behind a backslash is a name even if it is a keyword.
 * @module
 */
import { FilterError } from './filter-error.ts';

export type TokenKind = 'number' | 'dotted' | 'ipv6' | 'mac' | 'word' | 'name' | 'sign' | 'end';

export interface Token {
  readonly kind: TokenKind;
  readonly text: string;
  /** Octet of the filter where it stands. */
  readonly at: number;
}

/** Longest filter, and most words in one. */
const MAX_LENGTH = 65_536;
const MAX_TOKENS = 8192;

const HEX = '[0-9a-fA-F]';
const DOTTED = '\\d{1,3}(?:\\.\\d{1,3}){3}';
/** Groups with colons, at least two of them; the last 32 bits may be dotted. Whether it is an address is found out later. */
const IPV6 = `(?=(?:${HEX}{0,4}:){2})(?:${HEX}{0,4}:){1,7}(?::${HEX}{1,4}|${DOTTED}|${HEX}{1,4})?(?::${HEX}{1,4})*`;

/** In order of precedence between readings of one length. */
const READINGS: readonly (readonly [TokenKind, RegExp])[] = [
  ['mac', new RegExp(`${HEX}{1,2}(?:[:.-]${HEX}{1,2}){5}|${HEX}{4}(?:\\.${HEX}{4}){2}|${HEX}{12}`, 'y')],
  ['number', /(?:0[xX][0-9a-fA-F]+|\d+)/y],
  ['dotted', /\d+(?:\.\d+){1,3}/y],
  ['ipv6', new RegExp(IPV6, 'y')],
  ['word', /[A-Za-z0-9](?:[-_.A-Za-z0-9]*[.A-Za-z0-9])?/y],
  ['name', /\\[^ !()\n\t]+/y],
  ['sign', /[<>=!]=|<<|>>|&&|\|\||[-+*/%&|^<>=!()[\]:]/y],
];
const SPACE = /\s*/y;

/** The words, with one of kind `end` behind the last. @throws FilterError */
export function tokensOf(filter: string): Token[] {
  if (filter.length > MAX_LENGTH) throw new FilterError(filter, MAX_LENGTH, `a filter has at most ${MAX_LENGTH} characters`);
  const tokens: Token[] = [];
  for (let at = skip(filter, 0); at < filter.length; ) {
    const token = longest(filter, at);
    if (tokens.length === MAX_TOKENS) throw new FilterError(filter, at, `a filter has at most ${MAX_TOKENS} words`);
    tokens.push(token);
    at = skip(filter, at + token.text.length);
  }
  return [...tokens, { kind: 'end', text: '', at: filter.length }];
}

function skip(filter: string, at: number): number {
  SPACE.lastIndex = at;
  SPACE.test(filter);
  return SPACE.lastIndex;
}

function longest(filter: string, at: number): Token {
  let best: Token | null = null;
  for (const [kind, reading] of READINGS) {
    reading.lastIndex = at;
    const text = reading.exec(filter)?.[0] ?? '';
    if (text.length > (best?.text.length ?? 0)) best = { kind, text, at };
  }
  if (best === null) throw new FilterError(filter, at, `no filter has ${JSON.stringify(filter[at])} in it`);
  return best;
}
