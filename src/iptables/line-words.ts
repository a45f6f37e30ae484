/**
 * The words of one line, split as iptables-restore splits them: at blanks and tabs; double quotes keep blanks, and inside them
 * a backslash keeps the next character. A closing quote ends its word, so `"a"b` is two; apostrophes are plain characters.
 *
 * One object is filled again and again: valid until the next split().
 * @module
 */
const TAB = 0x09;
const BLANK = 0x20;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;

export class LineWords {
  readonly texts: string[] = [];
  /** Offset of each word's first character (of its opening quote) in the text that was split. */
  readonly starts: number[] = [];
  count = 0;
  /** Offset of a quote that nothing closes, or -1. */
  openQuote = -1;

  /** Split text[from..to). */
  split(text: string, from: number, to: number): void {
    this.count = 0;
    this.openQuote = -1;
    let i = from;
    while (i < to) {
      const code = text.charCodeAt(i);
      if (code === BLANK || code === TAB) i++;
      else i = this.word(text, i, to);
    }
  }

  /** Take the word that begins at `from`; answers the offset behind it. */
  private word(text: string, from: number, to: number): number {
    for (let i = from; i < to; i++) {
      const code = text.charCodeAt(i);
      if (code === QUOTE) return this.quoted(text, from, i, to);
      if (code === BLANK || code === TAB) return this.push(text.slice(from, i), from, i + 1);
    }
    return this.push(text.slice(from, to), from, to);
  }

  /** Take a word whose quote stands at `quote`. */
  private quoted(text: string, from: number, quote: number, to: number): number {
    let kept = text.slice(from, quote);
    let begin = quote + 1;
    for (let i = begin; i < to; i++) {
      const code = text.charCodeAt(i);
      if (code === QUOTE) return this.push(kept + text.slice(begin, i), from, i + 1);
      if (code === BACKSLASH) {
        kept += text.slice(begin, i);
        begin = i + 1;
        i++;
      }
    }
    this.openQuote = quote;
    return this.push(kept + text.slice(begin, to), from, to);
  }

  private push(word: string, start: number, next: number): number {
    this.texts[this.count] = word;
    this.starts[this.count++] = start;
    return next;
  }
}
