/** What targets that read texts have in common: a corpus of texts, damaged by its own words and lines. */
import { damageText, ODDITIES } from './mutate.mjs';

/** `read(text)` reads it and answers a signature of what it came to; it throws what must not be thrown. */
export function textTarget(seeds, read) {
  let input = '';
  let words = [];
  let lines = [];
  return {
    isText: true,
    seeds() {
      const texts = seeds();
      lines = [...new Set(texts.flatMap((text) => text.split('\n')))];
      words = [...new Set(lines.flatMap((line) => line.split(' ')))].concat(ODDITIES);
      return texts;
    },
    lastInput: () => input,
    replay: (text) => {
      input = text;
      read(text);
    },
    draw(random, corpus) {
      input = damageText(random, random.pick(corpus.inputs), words, lines);
    },
    attempt(corpus) {
      corpus.note(read(input), input);
      return 1;
    },
  };
}

/** A text with blocks of at most `count` lines: small inputs are tried fast. */
export function inPieces(text, count) {
  const lines = text.split('\n');
  const pieces = [];
  for (let i = 0; i < lines.length; i += count) pieces.push(lines.slice(i, i + count).join('\n'));
  return pieces;
}
