/**
 * Cursor: the words of the current line, one after another, with their places for messages.
 * @module
 */
import type { ErrorCode, RuleError } from '../errors.ts';
import { LineWords } from './line-words.ts';
import type { Source } from './source.ts';

export class Cursor {
  /** Number of the next word. */
  next = 0;
  private readonly words: LineWords = new LineWords();
  private readonly source: Source;

  constructor(source: Source) {
    this.source = source;
  }

  /** Begin with the words of the current line from an offset on. Throws for a quote that nothing closes. */
  begin(from: number): void {
    this.next = 0;
    this.words.split(this.source.text, from, this.source.text.length);
    if (this.words.openQuote >= 0) throw this.source.error(this.words.openQuote, '"', 'this quote is not closed');
  }

  get done(): boolean {
    return this.next >= this.words.count;
  }

  word(i: number): string {
    return i < this.words.count ? this.words.texts[i]! : '';
  }

  /** Offset of a word in the line; behind it for one that is missing. */
  offset(i: number): number {
    return i < this.words.count ? this.words.starts[i]! : this.source.text.length;
  }

  /** The next word as the value of the option at `at`, whatever it looks like. */
  value(at: number): string {
    if (this.done) throw this.error(at, `option "${this.word(at)}" requires an argument`);
    return this.word(this.next++);
  }

  /** The next word unless it looks like an option; '' for none. */
  optionalValue(): string {
    const word = this.word(this.next);
    if (word === '' || word.startsWith('-') || word.startsWith('!')) return '';
    this.next++;
    return word;
  }

  error(at: number, reason: string, code?: ErrorCode): RuleError {
    return this.source.error(this.offset(at), this.word(at), reason, code);
  }
}

/** How many octets a word has in UTF-8: names are limited by them. */
export function octets(text: string): number {
  let count = text.length;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code >= 0x80) count += code >= 0x800 && (code < 0xd800 || code > 0xdfff) ? 2 : 1;
  }
  return count;
}
