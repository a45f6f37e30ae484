/**
 * tos: texts as iptables-legacy 1.8.9 answered them, answers by hand-made packets.
 */
import { describe } from 'vitest';
import { ipv4, ipv6, packetOf } from '../../../support/frames.ts';
import { checkAnswers, checkTexts } from '../../../support/match-lab.ts';

describe('text of tos', () => {
  // biome-ignore format: a table
  checkTexts([
  ['-m tos --tos 0x10', '-m tos --tos 0x10/0xff', 'tos match0x10/0xff'],
  ['-m tos --tos 0x10/0x3f', '=', 'tos match0x10/0x3f'],
  ['-m tos ! --tos 0x10/0x3f', '=', 'tos match!0x10/0x3f'],
  ['-m tos --tos Minimize-Delay', '-m tos --tos 0x10/0x3f', 'tos match0x10/0x3f'],
  ['-m tos ! --tos minimize-delay', '-m tos ! --tos 0x10/0x3f', 'tos match!0x10/0x3f'],
  ['-m tos --tos Normal-Service', '-m tos --tos 0x00/0x3f', 'tos match0x00/0x3f'],
  ['-m tos --tos Maximize-Throughput', '-m tos --tos 0x08/0x3f', 'tos match0x08/0x3f'],
  ['-m tos --tos Maximize-Reliability', '-m tos --tos 0x04/0x3f', 'tos match0x04/0x3f'],
  ['-m tos --tos Minimize-Cost', '-m tos --tos 0x02/0x3f', 'tos match0x02/0x3f'],
  ['-m tos --tos Mini', 'FAIL', 'Symbolic name "Mini" is unknown'],
  ['-m tos --tos 16', '-m tos --tos 0x10/0xff', 'tos match0x10/0xff'],
  ['-m tos --tos 256', 'FAIL', 'Symbolic name "256" is unknown'],
  ['-m tos --tos 1/256', 'FAIL', 'Illegal value: "1/256"'],
  ['-m tos --tos 0x10/0xff', '=', 'tos match0x10/0xff'],
  ['-m tos --tos 0xf0/0x0f', '=', 'tos match0xf0/0x0f'],
  ['-m tos --tos wrong', 'FAIL', 'Symbolic name "wrong" is unknown'],
  ['-m tos --tos 1/x', 'FAIL', 'Illegal value: "1/x"'],
  ['-m tos --tos ""', 'FAIL', 'Symbolic name "" is unknown'],
  ['-m tos', 'FAIL', 'tos: option "--tos" must be specified'],
  ['-m tos --tos 0x04/0x3f', '=', 'tos match0x04/0x3f'],
  ['-m tos --tos 0x05/0x3f', '=', 'tos match0x05/0x3f'],
  ['-m tos --tos 0/0', '-m tos --tos 0x00/0x00', 'tos match0x00/0x00'],
  ['-m tos --tos 1/', 'FAIL', 'Illegal value: "1/"'],
  ['-m tos --tos 1/2/3', 'FAIL', 'Illegal value: "1/2/3"'],
  ['-m tos --tos 0', '-m tos --tos 0x00/0xff', 'tos match0x00/0xff'],
]);
  // biome-ignore format: a table
  checkTexts([
  ['-m tos --tos Minimize-Delay', '-m tos --tos 0x10/0x3f', 'tos match0x10/0x3f'],
], { family: 6 });
});

describe('answers of tos', () => {
  const packet = packetOf(ipv4({ tos: 0x12 }));
  checkAnswers([
    ['-m tos --tos 0x12', packet, true, 'equal'],
    ['-m tos --tos 0x10', packet, false, 'ECN counts without a mask'],
    ['-m tos --tos 0x10/0x1c', packet, true, 'equal under the mask'],
    ['-m tos ! --tos 0x10/0x1c', packet, false, 'equal under the mask'],
    ['-m tos --tos 0xf0/0x0f', packet, false, 'a value outside its mask'],
    ['-m tos --tos Minimize-Cost', packetOf(ipv4({ tos: 0xc2 })), true, 'a name leaves the precedence alone'],
    ['-m tos --tos 0xab', packetOf(ipv6({ trafficClass: 0xab })), true, 'the IPv6 traffic class'],
  ]);
});
