/**
 * ah: texts as iptables-legacy 1.8.9 answered them; answers as a Linux 6.18 router gave them.
 */
import { describe } from 'vitest';
import type { Packet } from '../../../../src/packet/packet.ts';
import { type Ipv4Fields, ipv4, packetOf } from '../../../support/frames.ts';
import { checkAnswers, checkTexts } from '../../../support/match-lab.ts';

describe('text of ah', () => {
  // biome-ignore format: a table
  checkTexts([
  ['-p ah -m ah --ahspi 5', '=', 'ah spi:5'],
  ['-p ah -m ah ! --ahspi 5:10', '=', 'ah spis:!5:10'],
  ['-p ah -m ah', '=', 'ah '],
  ['-p ah -m ah --ahspi :', '-p ah -m ah', 'ah '],
  ['-p ah -m ah ! --ahspi :', '-p ah -m ah', 'ah spis:!0:4294967295'],
  ['-p ah -m ah --ahspi 5:4', 'FAIL', 'invalid range'],
  ['-p ah -m ah --ahspi x', 'FAIL', 'ah: bad value for option "--ahspi" near "x", or out of range (0-4294967295)'],
  ['-p ah -m ah --ahlen 4', 'FAIL', 'unknown option "--ahlen"'],
  ['-m ah --ahspi 4', 'FAIL', 'ah match: only valid for protocol ah'],
]);
});

describe('answers of ah', () => {
  const header = (spi: number): number[] => [59, 4, 0, 0, 0, 0, 0, spi, 0, 0, 0, 1, ...Array<number>(12).fill(0)];
  const packet = (octets: readonly number[], fields: Ipv4Fields = {}): Packet => packetOf(ipv4({ protocol: 51, ...fields }, octets));
  checkAnswers([
    ['-p ah -m ah --ahspi 0:4', packet(header(3)), true, 'in the range'],
    ['-p ah -m ah ! --ahspi 0:4', packet(header(3)), false, 'in the range'],
    ['-p ah -m ah --ahspi 3:5', packet(header(3)), true, 'first of the range'],
    ['-p ah -m ah --ahspi 3:5', packet(header(5)), true, 'last of the range'],
    ['-p ah -m ah --ahspi 0:4', packet(header(5)), false, 'outside'],
    ['-p ah -m ah', packet(header(3).slice(0, 11)), 'hotdrop', '11 octets'],
    ['-p ah -m ah', packet(header(3).slice(0, 12)), true, '12 octets, whatever the header claims'],
    ['-p ah -m ah', packet(header(3), { fragOffset: 16 }), false, 'a later fragment'],
  ]);
});
