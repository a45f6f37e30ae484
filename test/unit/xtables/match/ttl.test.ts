/**
 * ttl: texts as iptables-legacy 1.8.9 answered them, answers by hand-made packets.
 */
import { describe } from 'vitest';
import { ipv4, packetOf } from '../../../support/frames.ts';
import { checkAnswers, checkTexts } from '../../../support/match-lab.ts';

describe('text of ttl', () => {
  // biome-ignore format: a table
  checkTexts([
  ['-m ttl --ttl-eq 5', '=', 'TTL match TTL == 5'],
  ['-m ttl ! --ttl-eq 5', '=', 'TTL match TTL != 5'],
  ['-m ttl --ttl 5', '-m ttl --ttl-eq 5', 'TTL match TTL == 5'],
  ['-m ttl --ttl-lt 5', '=', 'TTL match TTL < 5'],
  ['-m ttl --ttl-gt 5', '=', 'TTL match TTL > 5'],
  ['-m ttl ! --ttl-gt 5', 'FAIL', 'ttl: option "--ttl-gt" cannot be inverted'],
  ['-m ttl --ttl-gt 5 --ttl-lt 10', 'FAIL', 'ttl: option "--ttl-lt" cannot be used together with "--ttl-gt"'],
  ['-m ttl --ttl-eq 256', 'FAIL', 'ttl: bad value for option "--ttl-eq", or out of range (0-255)'],
  ['-m ttl --ttl-eq -1', 'FAIL', 'ttl: bad value for option "--ttl-eq", or out of range (0-255)'],
  ['-m ttl --ttl-eq x', 'FAIL', 'ttl: bad value for option "--ttl-eq", or out of range (0-255)'],
  ['-m ttl --ttl-lt 0', '=', 'TTL match TTL < 0'],
  ['-m ttl', 'FAIL', "TTL match: You must specify one of `--ttl-eq', `--ttl-lt', `--ttl-gt'"],
  ['-m ttl --ttl-eq 0x10', '-m ttl --ttl-eq 16', 'TTL match TTL == 16'],
  ['-m ttl --ttl-eq "5 "', 'FAIL', 'ttl: bad value for option "--ttl-eq", or out of range (0-255)'],
]);
  // biome-ignore format: a table
  checkTexts([
  ['-m ttl --ttl-eq 5', 'FAIL', "match 'ttl' is not evaluated for IPv6"],
], { family: 6 });
});

describe('answers of ttl', () => {
  const packet = packetOf(ipv4({ ttl: 200 }));
  checkAnswers([
    ['-m ttl --ttl-eq 200', packet, true, 'equal'],
    ['-m ttl ! --ttl-eq 200', packet, false, 'equal'],
    ['-m ttl ! --ttl-eq 199', packet, true, 'different'],
    ['-m ttl --ttl-lt 200', packet, false, 'equal is not less'],
    ['-m ttl --ttl-lt 201', packet, true, 'less'],
    ['-m ttl --ttl-gt 200', packet, false, 'equal is not greater'],
    ['-m ttl --ttl-gt 199', packet, true, 'greater'],
    ['-m ttl --ttl-lt 0', packet, false, 'nothing is less than 0'],
  ]);
});
