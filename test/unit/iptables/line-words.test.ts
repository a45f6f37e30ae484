import { describe, expect, it } from 'vitest';
import { LineWords } from '../../../src/iptables/line-words.ts';

function split(text: string): string[] {
  const words = new LineWords();
  words.split(text, 0, text.length);
  return words.texts.slice(0, words.count);
}

describe('LineWords', () => {
  // What iptables-legacy-restore 1.8.9 made of each, seen through --comment.
  it.each([
    ['-A a  -j\tDROP ', ['-A', 'a', '-j', 'DROP']],
    ['"x y" z', ['x y', 'z']],
    ['"x"y', ['x', 'y']],
    ['x"y z"', ['xy z']],
    [String.raw`"x\"y"`, ['x"y']],
    [String.raw`"x\\y"`, [String.raw`x\y`]],
    [String.raw`"\a\b"`, ['ab']],
    ['""', ['']],
    [String.raw`x\ y`, ['x\\', 'y']],
    ["'x y'", ["'x", "y'"]],
    ['', []],
    [' \t ', []],
  ])('splits %j', (text, words) => {
    expect(split(text)).toEqual(words);
  });

  it('tells where every word starts', () => {
    const words = new LineWords();
    words.split('xx -A "b c"  d', 2, 14);
    expect(words.starts.slice(0, words.count)).toEqual([3, 6, 13]);
  });

  it('tells of a quote that nothing closes', () => {
    const words = new LineWords();
    words.split('a "b', 0, 4);
    expect(words.openQuote).toBe(2);
    words.split('a "b"', 0, 5);
    expect(words.openQuote).toBe(-1);
  });

  it('forgets the line before', () => {
    const words = new LineWords();
    words.split('a b c', 0, 5);
    words.split('d', 0, 1);
    expect(words.count).toBe(1);
  });
});
