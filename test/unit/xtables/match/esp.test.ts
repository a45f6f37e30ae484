/**
 * esp: texts as iptables-legacy 1.8.9 answered them; answers as a Linux 6.18 router gave them.
 */
import { describe } from 'vitest';
import type { Packet } from '../../../../src/packet/packet.ts';
import { type Ipv4Fields, ipv4, ipv6, packetOf } from '../../../support/frames.ts';
import { checkAnswers, checkTexts } from '../../../support/match-lab.ts';

describe('text of esp', () => {
  // biome-ignore format: a table
  checkTexts([
  ['-p esp -m esp --espspi 5', '=', 'esp spi:5'],
  ['-p esp -m esp ! --espspi 5:10', '=', 'esp spis:!5:10'],
  ['-p esp -m esp', '=', 'esp'],
  ['-p esp -m esp --espspi :', '-p esp -m esp', 'esp'],
  ['-p esp -m esp --espspi 0:4294967295', '-p esp -m esp', 'esp'],
  ['-p esp -m esp ! --espspi 0:4294967295', '-p esp -m esp', 'esp spis:!0:4294967295'],
  ['-p esp -m esp --espspi 5:', '-p esp -m esp --espspi 5:4294967295', 'esp spis:5:4294967295'],
  ['-p esp -m esp --espspi :5', '-p esp -m esp --espspi 0:5', 'esp spis:0:5'],
  ['-p esp -m esp --espspi 5:5', '-p esp -m esp --espspi 5', 'esp spi:5'],
  ['-p esp -m esp --espspi 5:4', 'FAIL', 'invalid range'],
  ['-p esp -m esp --espspi 0x10', '-p esp -m esp --espspi 16', 'esp spi:16'],
  ['-p esp -m esp --espspi x', 'FAIL', 'esp: bad value for option "--espspi" near "x", or out of range (0-4294967295)'],
  ['-p esp -m esp --espspi 4294967296', 'FAIL', 'esp: bad value for option "--espspi" near "4294967296", or out of range (0-4294967295)'],
  ['-m esp --espspi 4', 'FAIL', 'esp match: only valid for protocol esp'],
]);
  // biome-ignore format: a table
  checkTexts([
  ['-p esp -m esp --espspi 5', '=', 'esp spi:5'],
], { family: 6 });
});

describe('answers of esp', () => {
  const spi = (high: number, low: number): number[] => [high, 0, 0, low, 0, 0, 0, 1];
  const packet = (octets: readonly number[], fields: Ipv4Fields = {}): Packet => packetOf(ipv4({ protocol: 50, ...fields }, octets));
  checkAnswers([
    ['-p esp -m esp --espspi 5:9', packet(spi(0, 5)), true, 'first of the range'],
    ['-p esp -m esp --espspi 5:9', packet(spi(0, 10)), false, 'outside'],
    ['-p esp -m esp ! --espspi 5:9', packet(spi(0x80, 5)), true, 'the highest bit counts'],
    ['-p esp -m esp --espspi 2147483648:', packet(spi(0x80, 5)), true, 'above 2^31'],
    ['-p esp -m esp', packet(spi(0, 5).slice(0, 7)), 'hotdrop', '7 octets'],
    ['-p esp -m esp', packet(spi(0, 5), { fragOffset: 8 }), false, 'a later fragment'],
    ['-p esp -m esp --espspi 5', packetOf(ipv6({ next: 50 }, spi(0, 5))), true, 'IPv6'],
  ]);
});
