/**
 * comment: texts as iptables-legacy 1.8.9 answered them, answers by hand-made packets.
 */
import { describe, expect, it } from 'vitest';
import { ipv4, packetOf } from '../../../support/frames.ts';
import { answers, checkTexts, textOf } from '../../../support/match-lab.ts';

describe('text of comment', () => {
  // biome-ignore format: a table
  checkTexts([
  ['-p tcp -m tcp --dport 1 -m comment --comment foo', '=', 'tcp dpt:1 /* foo */'],
  ['-m comment', 'FAIL', 'comment: option "--comment" must be specified'],
  ['-m comment --comment foo', '=', '/* foo */'],
  ['-m comment --comment "foo bar"', '=', '/* foo bar */'],
  ['-m comment --comment ""', '=', '/*  */'],
  ['-m comment --comment "a\\"b"', '=', '/* a"b */'],
  [`-m comment --comment "a'b"`, `-m comment --comment "a\\'b"`, "/* a'b */"],
  ['-m comment --comment "a\\\\b"', '=', '/* a\\b */'],
  ['-m comment --comment "-a"', '-m comment --comment -a', '/* -a */'],
  ['-m comment --comment "a-b_c.d/e"', '=', '/* a-b_c.d/e */'],
  ['-m comment --comment "ü"', '=', '/* ü */'],
  ['-m comment --comment "a,b:c*d!"', '=', '/* a,b:c*d! */'],
  ['-m comment ! --comment "a"', 'FAIL', 'comment: option "--comment" cannot be inverted'],
  ['-m comment --comment "a" --comment b', 'FAIL', 'comment: option "--comment" can only be used once'],
  ['-m comment --comment "a	b"', '=', '/* a	b */'],
  ['-m comment --comment "a(b)"', '=', '/* a(b) */'],
  ['-m comment --comment "a@b+c=d%e"', '=', '/* a@b+c=d%e */'],
  ['-m comment --comment "a;b#c"', '=', '/* a;b#c */'],
  ['-m comment --comment yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy', '-m comment --comment yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy', '/* yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy */'],
]);
});

describe('comment', () => {
  it('keeps 255 octets, whole characters only', () => {
    const saved = (text: string): string => textOf(`-m comment --comment "${text}"`);
    expect(saved('x'.repeat(255))).toBe(`-m comment --comment ${'x'.repeat(255)}`);
    expect(saved('x'.repeat(300))).toBe(`-m comment --comment ${'x'.repeat(255)}`);
    expect(saved('ü'.repeat(300))).toBe(`-m comment --comment "${'ü'.repeat(127)}"`);
  });

  it('always matches', () => {
    expect(answers('-m comment --comment x', [packetOf(ipv4({}))])).toEqual([true]);
  });
});
