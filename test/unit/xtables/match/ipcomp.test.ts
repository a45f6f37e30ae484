/**
 * ipcomp: texts as iptables-legacy 1.8.9 answered them, answers by hand-made packets.
 */
import { describe } from 'vitest';
import type { Packet } from '../../../../src/packet/packet.ts';
import { ipv4, packetOf } from '../../../support/frames.ts';
import { checkAnswers, checkTexts } from '../../../support/match-lab.ts';

describe('text of ipcomp', () => {
  // biome-ignore format: a table
  checkTexts([
    ['-m ipcomp --ipcompspi 4', 'FAIL', 'ipcomp match: only valid for protocol ipcomp'],
    ['-p ipcomp -m ipcomp', '-p ipcomp -m ipcomp --ipcompspi 0', 'comp spi:0'],
    ['-p ipcomp -m ipcomp --ipcompspi 1:4 --compres', '=', 'comp spis:1:4 reserved'],
    ['-p ipcomp -m ipcomp ! --ipcompspi 1:4 --compres', '=', 'comp spis:!1:4 reserved'],
    ['-p ipcomp -m ipcomp ! --ipcompspi 5', '=', 'comp spi:!5'],
    ['-p ipcomp -m ipcomp --ipcompspi 4:3', 'FAIL', 'invalid range "4:3" (min > max)'],
    ['-p ipcomp -m ipcomp --ipcompspi 1:2:3', 'FAIL', 'ipcomp: Too many components for option "--ipcompspi" (max: 2)'],
    ['-p ipcomp -m ipcomp --compres', '-p ipcomp -m ipcomp --ipcompspi 0 --compres', 'comp spi:0 reserved'],
    ['-p ipcomp ! -p ipcomp -m ipcomp', 'FAIL', 'multiple -p flags not allowed'],
    ['-p ipcomp -m ipcomp --ipcompspi :', '-p ipcomp -m ipcomp', 'comp '],
    ['-p ipcomp -m ipcomp ! --ipcompspi :', '-p ipcomp -m ipcomp', 'comp spis:!0:4294967295'],
    ['-p ipcomp -m ipcomp --ipcompspi :4', '-p ipcomp -m ipcomp --ipcompspi 0:4', 'comp spis:0:4'],
    ['-p ipcomp -m ipcomp --ipcompspi 4:', '-p ipcomp -m ipcomp --ipcompspi 4:4294967295', 'comp spis:4:4294967295'],
    ['-p ipcomp -m ipcomp --ipcompspi 4:4', '-p ipcomp -m ipcomp --ipcompspi 4', 'comp spi:4'],
    ['-p ipcomp -m ipcomp ! --ipcompspi 0', '=', 'comp spi:!0'],
  ]);
});

describe('text of ipcomp (IPv6)', () => {
  // biome-ignore format: a table
  checkTexts([
    ['-p ipcomp -m ipcomp --ipcompspi 4', '=', 'comp spi:4'],
  ], { family: 6 });
});

const of = (octets: readonly number[], fragOffset = 0): Packet => packetOf(ipv4({ protocol: 108, fragOffset }, octets));

describe('answers of ipcomp', () => {
  checkAnswers([
    ['-p ipcomp -m ipcomp --ipcompspi 18', of([6, 0, 0, 18]), true, 'equal'],
    ['-p ipcomp -m ipcomp ! --ipcompspi 18', of([6, 0, 0, 18]), false, 'equal'],
    ['-p ipcomp -m ipcomp --ipcompspi 256:', of([6, 0, 1, 0]), true, 'the end of the range'],
    ['-p ipcomp -m ipcomp', of([6, 0, 0, 0]), true, 'index 0 is asked for when none is given'],
    ['-p ipcomp -m ipcomp', of([6, 0, 0, 1]), false, 'index 0 is asked for when none is given'],
    ['-p ipcomp -m ipcomp --ipcompspi :', of([6, 0, 0]), 'hotdrop', 'cut off'],
    ['-p ipcomp -m ipcomp ! --ipcompspi 5', of([6, 0, 0, 1], 8), false, 'a later fragment'],
  ]);
});
