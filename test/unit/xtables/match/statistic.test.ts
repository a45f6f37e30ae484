/**
 * statistic: texts as iptables-legacy 1.8.9 answered them, answers by hand-made packets.
 */
import { describe, expect, it } from 'vitest';
import { Random } from '../../../../src/inet/random.ts';
import { ipv4, packetOf } from '../../../support/frames.ts';
import { answers, checkTexts } from '../../../support/match-lab.ts';

describe('text of statistic', () => {
  // biome-ignore format: a table
  checkTexts([
  ['-m statistic', 'FAIL', 'statistic: option "--mode" must be specified'],
  ['-m statistic --mode random --probability 0.5', '-m statistic --mode random --probability 0.50000000000', 'statistic mode random probability 0.50000000000'],
  ['-m statistic --mode random ! --probability 0.5', '-m statistic --mode random ! --probability 0.50000000000', 'statistic mode random ! probability 0.50000000000'],
  ['-m statistic --mode random --probability 0.33333', '-m statistic --mode random --probability 0.33332999982', 'statistic mode random probability 0.33332999982'],
  ['-m statistic --mode random --probability 0.333333333349', '-m statistic --mode random --probability 0.33333333349', 'statistic mode random probability 0.33333333349'],
  ['-m statistic --mode random --probability 1', '-m statistic --mode random --probability 1.00000000000', 'statistic mode random probability 1.00000000000'],
  ['-m statistic --mode random --probability 0', '-m statistic --mode random --probability 0.00000000000', 'statistic mode random probability 0.00000000000'],
  ['-m statistic --mode random --probability 1.1', 'FAIL', 'statistic: bad value for option "--probability", or out of range (0-1)'],
  ['-m statistic --mode random --probability -0.1', 'FAIL', 'statistic: bad value for option "--probability", or out of range (0-1)'],
  ['-m statistic --mode random --probability x', 'FAIL', 'statistic: bad value for option "--probability", or out of range (0-1)'],
  ['-m statistic --mode random --probability 0.0000000001', '-m statistic --mode random --probability 0.00000000000', 'statistic mode random probability 0.00000000000'],
  ['-m statistic --mode random --probability 0.1', '-m statistic --mode random --probability 0.10000000009', 'statistic mode random probability 0.10000000009'],
  ['-m statistic --mode random --probability 0.999999999', '-m statistic --mode random --probability 0.99999999907', 'statistic mode random probability 0.99999999907'],
  ['-m statistic --mode random --probability 1e-2', '-m statistic --mode random --probability 0.00999999978', 'statistic mode random probability 0.00999999978'],
  ['-m statistic --mode random --probability 0.5x', 'FAIL', 'statistic: bad value for option "--probability", or out of range (0-1)'],
  ['-m statistic --mode random --probability .25', '-m statistic --mode random --probability 0.25000000000', 'statistic mode random probability 0.25000000000'],
  ['-m statistic --mode random', 'FAIL', '--probability must be specified when using random mode'],
  ['-m statistic --probability 0.5', 'FAIL', 'statistic: option "--mode" must be specified'],
  ['-m statistic --mode nth --every 5', 'FAIL', 'statistic: option "--every" also requires "--packet"'],
  ['-m statistic --mode nth --every 5 --packet 2', '=', 'statistic mode nth every 5 packet 2'],
  ['-m statistic --mode nth ! --every 5 --packet 4', '=', 'statistic mode nth ! every 5 packet 4'],
  ['-m statistic --mode nth --every 5 --packet 5', 'FAIL', 'the --packet p must be 0 <= p <= n-1'],
  ['-m statistic --mode nth --every 0', 'FAIL', 'statistic: option "--every" also requires "--packet"'],
  ['-m statistic --mode nth --every 1', 'FAIL', 'statistic: option "--every" also requires "--packet"'],
  ['-m statistic --mode nth --every 1 --packet 0', '=', 'statistic mode nth every 1'],
  ['-m statistic --mode nth --packet 1', 'FAIL', '--every and --packet must be specified when using nth mode'],
  ['-m statistic --mode nth --every x', 'FAIL', 'statistic: option "--every" also requires "--packet"'],
  ['-m statistic --mode nth --every 4294967295', 'FAIL', 'statistic: option "--every" also requires "--packet"'],
  ['-m statistic --mode nth --every 4294967296', 'FAIL', 'statistic: option "--every" also requires "--packet"'],
  ['-m statistic --mode nth --every 3 --packet x', 'FAIL', 'statistic: bad value for option "--packet", or out of range (0-4294967295)'],
  ['-m statistic --mode nth --every 3 --probability 0.5', 'FAIL', 'statistic: option "--probability" cannot be used together with "--every"'],
  ['-m statistic --mode random --every 3', 'FAIL', '--probability must be specified when using random mode'],
  ['-m statistic --mode foo', 'FAIL', 'Bad mode "foo"'],
  ['-m statistic --every 3 --mode nth', 'FAIL', 'statistic: option "--every" also requires "--packet"'],
  ['-m statistic --mode nth --every 3 ! --packet 1', 'FAIL', 'statistic: option "--packet" cannot be inverted'],
  ['-m statistic --mode ran --probability 0.5', 'FAIL', 'Bad mode "ran"'],
  ['-m statistic --mode RANDOM --probability 0.5', 'FAIL', 'Bad mode "RANDOM"'],
  ['-m statistic --mode random --probability " 0.5"', '-m statistic --mode random --probability 0.50000000000', 'statistic mode random probability 0.50000000000'],
  ['-m statistic --mode random --probability ""', 'FAIL', 'statistic: bad value for option "--probability", or out of range (0-1)'],
  ['-m statistic --mode nth --probability 0.5', 'FAIL', '--every and --packet must be specified when using nth mode'],
  ['-m statistic --mode nth --every 4294967295 --packet 4294967294', '=', 'statistic mode nth every 4294967295 packet 4294967294'],
  ['-m statistic --mode random --probability 0.1234567890123', '-m statistic --mode random --probability 0.12345678918', 'statistic mode random probability 0.12345678918'],
  ['-m statistic --mode random --probability 0.5e0', '-m statistic --mode random --probability 0.50000000000', 'statistic mode random probability 0.50000000000'],
  ['-m statistic --mode random --probability inf', 'FAIL', 'statistic: bad value for option "--probability", or out of range (0-1)'],
  ['-m statistic --mode random --probability 1.0000000001', 'FAIL', 'statistic: bad value for option "--probability", or out of range (0-1)'],
  ['-m statistic --mode random --probability 0.000244140625', '-m statistic --mode random --probability 0.00024414062', 'statistic mode random probability 0.00024414062'],
  ['-m statistic --mode random --probability 0.000732421875', '-m statistic --mode random --probability 0.00073242188', 'statistic mode random probability 0.00073242188'],
]);
});

const packets = (count: number) => Array.from({ length: count }, () => packetOf(ipv4({})));
const marks = (rule: string, count: number): string =>
  answers(rule, packets(count))
    .map((answer) => (answer === true ? 'y' : 'n'))
    .join('');

describe('answers of statistic --mode nth', () => {
  it.each([
    ['-m statistic --mode nth --every 3 --packet 0', 'ynnynnyn'],
    ['-m statistic --mode nth --every 3 --packet 1', 'nynnynny'],
    ['-m statistic --mode nth --every 3 --packet 2', 'nnynnynn'],
    ['-m statistic --mode nth ! --every 3 --packet 1', 'ynyynyyn'],
    ['-m statistic --mode nth --every 1 --packet 0', 'yyyyyyyy'],
  ])('%s: %s', (rule, expected) => {
    expect(marks(rule, 8)).toBe(expected);
  });
});

describe('answers of statistic --mode random', () => {
  const hits = (rule: string): number => answers(rule, packets(4000), { random: new Random(1) }).filter((answer) => answer === true).length;

  it('matches about as often as it says', () => {
    expect(hits('-m statistic --mode random --probability 0.25')).toBeGreaterThan(900);
    expect(hits('-m statistic --mode random --probability 0.25')).toBeLessThan(1100);
    expect(hits('-m statistic --mode random ! --probability 0.25')).toBe(4000 - hits('-m statistic --mode random --probability 0.25'));
  });

  it('never or always at the ends', () => {
    expect(hits('-m statistic --mode random --probability 0')).toBe(0);
    expect(hits('-m statistic --mode random --probability 1')).toBe(4000);
  });
});
