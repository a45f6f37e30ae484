/**
 * hl: texts as iptables-legacy 1.8.9 answered them, answers by hand-made packets.
 */
import { describe } from 'vitest';
import { ipv6, packetOf } from '../../../support/frames.ts';
import { checkAnswers, checkTexts } from '../../../support/match-lab.ts';

describe('text of hl', () => {
  // biome-ignore format: a table
  checkTexts([
  ['-m hl --hl-eq 5', '=', 'HL match HL == 5'],
  ['-m hl ! --hl-eq 5', '=', 'HL match HL != 5'],
  ['-m hl --hl-lt 5', '=', 'HL match HL < 5'],
  ['-m hl --hl-gt 5', '=', 'HL match HL > 5'],
  ['-m hl ! --hl-gt 5', 'FAIL', 'hl: option "--hl-gt" cannot be inverted'],
  ['-m hl --hl-gt 5 --hl-eq 3', 'FAIL', 'hl: option "--hl-gt" cannot be used together with "--hl-eq"'],
  ['-m hl --hl-eq 256', 'FAIL', 'hl: bad value for option "--hl-eq", or out of range (0-255)'],
  ['-m hl', 'FAIL', "HL match: You must specify one of `--hl-eq', `--hl-lt', `--hl-gt'"],
], { family: 6 });
  // biome-ignore format: a table
  checkTexts([
  ['-m hl --hl-eq 5', 'FAIL', "match 'hl' is not evaluated for IPv4"],
]);
});

describe('answers of hl', () => {
  const packet = packetOf(ipv6({ hopLimit: 9 }));
  checkAnswers(
    [
      ['-m hl --hl-eq 9', packet, true, 'equal'],
      ['-m hl ! --hl-eq 9', packet, false, 'equal'],
      ['-m hl --hl-lt 9', packet, false, 'equal is not less'],
      ['-m hl --hl-gt 8', packet, true, 'greater'],
    ],
    {},
    { family: 6 },
  );
});
