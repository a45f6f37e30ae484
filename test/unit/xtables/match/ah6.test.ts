/**
 * ah over IPv6: texts as iptables-legacy 1.8.9 answered them; answers as a Linux 6.18 router gave them.
 */
import { describe } from 'vitest';
import type { Packet } from '../../../../src/packet/packet.ts';
import { fragment6, ipv6, packetOf, udp } from '../../../support/frames.ts';
import { checkAnswers, checkTexts } from '../../../support/match-lab.ts';

describe('text of ah6', () => {
  // biome-ignore format: a table
  checkTexts([
  ['-m ah --ahspi 0', '=', 'ah spi:0'],
  ['-m ah', '=', 'ah '],
  ['-m ah --ahspi 0:4294967295', '-m ah', 'ah '],
  ['-m ah ! --ahspi 0', '=', 'ah spi:!0'],
  ['-m ah ! --ahspi :', '-m ah', 'ah spis:!0:4294967295'],
  ['-m ah --ahspi 5:4', 'FAIL', 'invalid range'],
  ['-m ah --ahspi x', 'FAIL', 'ah: bad value for option "--ahspi" near "x", or out of range (0-4294967295)'],
  ['-m ah --ahlen 32', '=', 'ah length:32'],
  ['-m ah ! --ahlen 32', '=', 'ah length:!32'],
  ['-m ah --ahlen 0', '-m ah', 'ah '],
  ['-m ah --ahlen 4294967296', 'FAIL', 'ah: bad value for option "--ahlen", or out of range (0-4294967295)'],
  ['-m ah --ahlen 4294967295', '=', 'ah length:4294967295'],
  ['-m ah --ahres', '=', 'ah  reserved'],
  ['-m ah ! --ahres', 'FAIL', 'ah: option "--ahres" cannot be inverted'],
  ['-m ah --ahspi 1:2 --ahlen 24 --ahres', '=', 'ah spis:1:2length:24 reserved'],
  ['-m ah --ahspi 3:3', '-m ah --ahspi 3', 'ah spi:3'],
  ['-m ah --ahspi 3:', '-m ah --ahspi 3:4294967295', 'ah spis:3:4294967295'],
], { family: 6 });
});

describe('answers of ah over IPv6', () => {
  const header = (spi: number, words = 4, reserved = 0): number[] => {
    const octets = [59, words, 0, reserved, 0, 0, 0, spi, 0, 0, 0, 1];
    return [...octets, ...Array<number>(Math.max(0, (words + 2) * 4 - 12)).fill(0)];
  };
  const packet = (octets: readonly number[], next = 51): Packet => packetOf(ipv6({ next }, octets));
  checkAnswers(
    [
      ['-m ah --ahspi 0:4', packet(header(3)), true, 'in the range'],
      ['-m ah ! --ahspi 0:4', packet(header(7)), true, 'outside'],
      ['-m ah --ahres', packet(header(7)), true, 'the reserved field is zero'],
      ['-m ah --ahres', packet(header(7, 4, 1)), false, 'the reserved field is not zero'],
      ['-m ah --ahlen 24', packet(header(7)), true, 'that length'],
      ['-m ah ! --ahlen 24', packet(header(7, 3)), true, 'another length'],
      ['-m ah', packet(udp(1, 2), 17), false, 'no AH header'],
      ['-m ah ! --ahspi 5', packet(udp(1, 2), 17), false, 'no AH header'],
      ['-m ah', packet(header(7, 3).slice(0, 8)), 'hotdrop', '8 octets'],
      ['-m ah', packet(header(7, 9).slice(0, 12)), 'hotdrop', '12 octets of a header that claims 44'],
      ['-m ah', packet(header(7, 9).slice(0, 43)), 'hotdrop', '43 octets of a header that claims 44'],
      ['-m ah', packet(header(7, 9)), true, 'all 44'],
      ['-m ah', packet(header(7, 0).slice(0, 12)), true, 'a header that claims 8 has 12'],
      ['-m ah', packet([6], 60), 'hotdrop', 'options cut off in front of it'],
      ['-m ah', packet([51, 0, 0, 0, 0, 0, 0, 0, ...header(3)], 60), true, 'behind destination options'],
      ['-m ah', packet(fragment6(51, 16, false, header(3)), 44), false, 'a later fragment'],
      ['-m ah --ahspi 3', packet(fragment6(51, 0, true, header(3)), 44), true, 'a first fragment'],
    ],
    {},
    { family: 6 },
  );
});
