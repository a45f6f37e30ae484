/**
 * iprange: texts as iptables-legacy 1.8.9 answered them, answers by hand-made packets.
 */
import { describe } from 'vitest';
import type { Packet } from '../../../../src/packet/packet.ts';
import { ipv4, ipv6, packetOf } from '../../../support/frames.ts';
import { checkAnswers, checkTexts } from '../../../support/match-lab.ts';

describe('text of iprange', () => {
  // biome-ignore format: a table
  checkTexts([
  ['-m iprange', 'FAIL', "iprange match: You must specify `--src-range' or `--dst-range'"],
  ['-m iprange --src-range 1.1.1.1-1.1.1.10', '=', 'source IP range 1.1.1.1-1.1.1.10'],
  ['-m iprange ! --src-range 1.1.1.1-1.1.1.10 ! --dst-range 2.2.2.2-3.3.3.3', '=', 'source IP range ! 1.1.1.1-1.1.1.10 destination IP range ! 2.2.2.2-3.3.3.3'],
  ['-m iprange --src-range 1.1.1.1', '-m iprange --src-range 1.1.1.1-1.1.1.1', 'source IP range 1.1.1.1-1.1.1.1'],
  ['-m iprange --src-range 1.1.1.10-1.1.1.1', '=', 'source IP range 1.1.1.10-1.1.1.1'],
  ['-m iprange --src-range 1.1.1.1-', 'FAIL', 'iprange: Bad value for "--src-range" option: ""'],
  ['-m iprange --src-range -1.1.1.1', 'FAIL', 'iprange: Bad value for "--src-range" option: ""'],
  ['-m iprange --src-range 1.1.1.1-x', 'FAIL', 'iprange: Bad value for "--src-range" option: "x"'],
  ['-m iprange --src-range x', 'FAIL', 'iprange: Bad value for "--src-range" option: "x"'],
  ['-m iprange --src-range 1.1.1.1-1.1.1.10-1.1.1.20', 'FAIL', 'iprange: Bad value for "--src-range" option: "1.1.1.10-1.1.1.20"'],
  ['-m iprange --src-range 1.1.1.1/24', 'FAIL', 'iprange: Bad value for "--src-range" option: "1.1.1.1/24"'],
  ['-m iprange --src-range localhost', 'FAIL', 'iprange: Bad value for "--src-range" option: "localhost"'],
  ['-m iprange --src-range 1.1.1.1-1.1.1.10 --src-range 2.2.2.2-2.2.2.3', 'FAIL', 'iprange: option "--src-range" can only be used once'],
  ['-m iprange --src-range 1.2.3.4.5', 'FAIL', 'iprange: Bad value for "--src-range" option: "1.2.3.4.5"'],
  ['-m iprange --src-range 1.2.3.256', 'FAIL', 'iprange: Bad value for "--src-range" option: "1.2.3.256"'],
  ['-m iprange --src-range 1.2.3.', 'FAIL', 'iprange: Bad value for "--src-range" option: "1.2.3."'],
  ['-m iprange --src-range "1.2.3.4 "', 'FAIL', 'iprange: Bad value for "--src-range" option: "1.2.3.4 "'],
]);
  // biome-ignore format: a table
  checkTexts([
  ['-m iprange --src-range 2001:DB8::1-2001:db8::10', '-m iprange --src-range 2001:db8::1-2001:db8::10', 'source IP range 2001:db8::1-2001:db8::10'],
  ['-m iprange ! --dst-range ::1-::2 --src-range ::1', '-m iprange --src-range ::1-::1 ! --dst-range ::1-::2', 'source IP range ::1-::1 destination IP range ! ::1-::2'],
  ['-m iprange --src-range ::2-::1', '=', 'source IP range ::2-::1'],
  ['-m iprange --src-range ::2-1.1.1.1', 'FAIL', 'iprange: Bad value for "--src-range" option: "1.1.1.1"'],
  ['-m iprange --src-range x', 'FAIL', 'iprange: Bad value for "--src-range" option: "x"'],
], { family: 6 });
});

describe('answers of iprange', () => {
  const between = (src: string, dst: string): Packet => packetOf(ipv4({ src, dst }));
  checkAnswers([
    ['-m iprange --src-range 10.0.0.1-10.0.0.9', between('10.0.0.1', '1.1.1.1'), true, 'the first'],
    ['-m iprange --src-range 10.0.0.1-10.0.0.9', between('10.0.0.9', '1.1.1.1'), true, 'the last'],
    ['-m iprange --src-range 10.0.0.1-10.0.0.9', between('10.0.0.10', '1.1.1.1'), false, 'behind the last'],
    ['-m iprange ! --src-range 10.0.0.1-10.0.0.9', between('10.0.0.10', '1.1.1.1'), true, 'behind the last'],
    ['-m iprange --dst-range 1.0.0.0-200.0.0.0', between('10.0.0.1', '127.255.255.255'), true, 'a range across the sign bit'],
    ['-m iprange --dst-range 1.0.0.0-200.0.0.0', between('10.0.0.1', '128.0.0.0'), true, 'a range across the sign bit'],
    ['-m iprange --dst-range 1.0.0.0-200.0.0.0', between('10.0.0.1', '201.0.0.0'), false, 'behind it'],
    ['-m iprange --src-range 10.0.0.9-10.0.0.1', between('10.0.0.5', '1.1.1.1'), false, 'a range that runs backwards'],
    ['-m iprange ! --src-range 10.0.0.9-10.0.0.1', between('10.0.0.5', '1.1.1.1'), true, 'a range that runs backwards'],
    ['-m iprange --src-range 10.0.0.1 --dst-range 1.1.1.1-1.1.1.2', between('10.0.0.1', '1.1.1.3'), false, 'both must hold'],
    ['-m iprange --src-range 10.0.0.1 ! --dst-range 1.1.1.1-1.1.1.2', between('10.0.0.1', '1.1.1.3'), true, 'both hold'],
  ]);
});

describe('answers of iprange over IPv6', () => {
  const from = (src: string): Packet => packetOf(ipv6({ src, dst: src }));
  checkAnswers(
    [
      ['-m iprange --src-range fd00::1-fd00::9', from('fd00::5'), true, 'inside'],
      ['-m iprange --src-range fd00::1-fd00::9', from('fd00::a'), false, 'behind by the last word'],
      ['-m iprange --src-range fd00::1-fd00::9', from('fd00:0:0:1::5'), false, 'behind by the second word'],
      ['-m iprange --dst-range 1::-fe00::', from('7fff:ffff::'), true, 'across the sign bit'],
      ['-m iprange --dst-range 1::-fe00::', from('8000::'), true, 'across the sign bit'],
      ['-m iprange --dst-range ::8000:0-::8000:5', from('::7fff:ffff'), false, 'before by the last word'],
      ['-m iprange ! --dst-range ::8000:0-::8000:5', from('::8000:5'), false, 'the last'],
    ],
    {},
    { family: 6 },
  );
});
