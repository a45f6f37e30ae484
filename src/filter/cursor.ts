/**
 * A place among the tokens of a filter, and how one complains about it.
 * @module
 */
import { FilterError } from './filter-error.ts';
import { type Token, tokensOf } from './tokens.ts';
import { CONSTANTS } from './words.ts';

export class Cursor {
  readonly filter: string;
  private readonly tokens: readonly Token[];
  /** Index of the parenthesis that closes the one at an index. */
  private readonly closing: Int32Array;
  private at = 0;

  /** @throws FilterError */
  constructor(filter: string) {
    this.filter = filter;
    this.tokens = tokensOf(filter);
    this.closing = closingOf(this.tokens);
  }

  get token(): Token {
    return this.tokens[this.at]!;
  }

  get atEnd(): boolean {
    return this.token.kind === 'end';
  }

  /** The one behind. */
  get next(): Token {
    return this.tokens[Math.min(this.at + 1, this.tokens.length - 1)]!;
  }

  /** What stands behind the parenthesis that closes the one here; null when there is none. */
  get behindParenthesis(): Token | null {
    const close = this.closing[this.at]!;
    return close < 0 ? null : this.tokens[close + 1]!;
  }

  take(): Token {
    const { token } = this;
    if (token.kind !== 'end') this.at++;
    return token;
  }

  /** Whether a sign or keyword is here. */
  is(...texts: readonly string[]): boolean {
    const { kind, text } = this.token;
    return (kind === 'sign' || kind === 'word') && texts.includes(text);
  }

  /** Take it if it is here. */
  takes(...texts: readonly string[]): boolean {
    const found = this.is(...texts);
    if (found) this.at++;
    return found;
  }

  /** @throws FilterError */
  expect(text: string, why: string): void {
    if (!this.takes(text)) this.fail(`${text} expected ${why}`);
  }

  /** Whether a number, or a name of one, is here. */
  isNumber(token: Token = this.token): boolean {
    return token.kind === 'number' || (token.kind === 'word' && CONSTANTS.has(token.text));
  }

  /** The number here, 32 bits without a sign. @throws FilterError */
  number(): number {
    const token = this.take();
    if (token.kind === 'word') return CONSTANTS.get(token.text)!;
    const { text } = token;
    const octal = /^0\d/.test(text);
    if (octal && /[89]/.test(text)) this.failAt(token, `${text} begins with 0, so it is octal, and has a digit that is not`);
    const value = octal ? Number.parseInt(text, 8) : Number(text);
    if (value > 0xffffffff) this.failAt(token, `${text} is more than 32 bits`);
    return value;
  }

  fail(reason: string): never {
    return this.failAt(this.token, reason);
  }

  failAt(token: Token, reason: string): never {
    throw new FilterError(this.filter, token.at, reason);
  }
}

function closingOf(tokens: readonly Token[]): Int32Array {
  const closing = new Int32Array(tokens.length).fill(-1);
  const open: number[] = [];
  tokens.forEach(({ kind, text }, i) => {
    if (kind !== 'sign') return;
    if (text === '(') open.push(i);
    else if (text === ')' && open.length > 0) closing[open.pop()!] = i;
  });
  return closing;
}
