/**
 * tcpmss: texts as iptables-legacy 1.8.9 answered them; answers as a Linux 6.18 router gave them.
 */
import { describe } from 'vitest';
import type { Packet } from '../../../../src/packet/packet.ts';
import { fragment6, ipv4, ipv6, packetOf, tcp } from '../../../support/frames.ts';
import { checkAnswers, checkTexts } from '../../../support/match-lab.ts';

describe('text of tcpmss', () => {
  // biome-ignore format: a table
  checkTexts([
  ['-p tcp -m tcpmss --mss 42', '=', 'tcpmss match 42'],
  ['-p tcp -m tcpmss ! --mss 42:50', '=', 'tcpmss match !42:50'],
  ['-p tcp -m tcpmss --mss :', '-p tcp -m tcpmss --mss 0:65535', 'tcpmss match 0:65535'],
  ['-p tcp -m tcpmss --mss 42:', '-p tcp -m tcpmss --mss 42:65535', 'tcpmss match 42:65535'],
  ['-p tcp -m tcpmss --mss :42', '-p tcp -m tcpmss --mss 0:42', 'tcpmss match 0:42'],
  ['-p tcp -m tcpmss --mss 42:42', '-p tcp -m tcpmss --mss 42', 'tcpmss match 42'],
  ['-p tcp -m tcpmss --mss 42:41', 'FAIL', 'tcpmss: invalid range given'],
  ['-p tcp -m tcpmss --mss 42:65536', 'FAIL', 'tcpmss: bad value for option "--mss" near "65536", or out of range (0-65535)'],
  ['-p tcp -m tcpmss --mss x', 'FAIL', 'tcpmss: bad value for option "--mss" near "x", or out of range (0-65535)'],
  ['-p tcp -m tcpmss', 'FAIL', 'tcpmss: option "--mss" must be specified'],
  ['-m tcpmss --mss 42', 'FAIL', 'tcpmss match: only valid for protocol tcp'],
  ['-p tcp -m tcp --syn -m tcpmss --mss 1', '-p tcp -m tcp --tcp-flags FIN,SYN,RST,ACK SYN -m tcpmss --mss 1', 'tcp flags:0x17/0x02 tcpmss match 1'],
  ['-m tcpmss --mss 0', 'FAIL', 'tcpmss match: only valid for protocol tcp'],
  ['-p tcp -m tcpmss --mss 0x10:', '-p tcp -m tcpmss --mss 16:65535', 'tcpmss match 16:65535'],
]);
});

describe('answers of tcpmss', () => {
  const syn = (...options: readonly number[]): Packet => packetOf(ipv4({}, tcp({ options })));
  checkAnswers([
    ['-p tcp -m tcpmss --mss 1460', syn(2, 4, 5, 0xb4), true, 'that size'],
    ['-p tcp -m tcpmss --mss 1400:1460', syn(2, 4, 5, 0xb4), true, 'last of the range'],
    ['-p tcp -m tcpmss --mss 1461:', syn(2, 4, 5, 0xb4), false, 'outside the range'],
    ['-p tcp -m tcpmss ! --mss 1460', syn(2, 4, 5, 0xb4), false, 'that size'],
    ['-p tcp -m tcpmss --mss 1460', syn(1, 1, 1, 1, 2, 4, 5, 0xb4), true, 'behind padding'],
    ['-p tcp -m tcpmss --mss :', syn(), false, 'none announced'],
    ['-p tcp -m tcpmss ! --mss :', syn(), true, 'none announced'],
    ['-p tcp -m tcpmss --mss :', syn(3, 3, 7, 0), false, 'another option'],
    ['-p tcp -m tcpmss --mss 1460', syn(2, 3, 9, 2, 4, 5, 0xb4, 0), true, 'behind an option of that kind and another length'],
    ['-p tcp -m tcpmss --mss :', syn(3, 4, 2, 4), false, 'inside another option'],
    ['-p tcp -m tcpmss ! --mss :', syn(1, 1, 1, 2), true, 'a kind without room for its value'],
    ['-p tcp -m tcpmss --mss 1', packetOf(ipv4({}, tcp().slice(0, 19))), 'hotdrop', '19 octets'],
    ['-p tcp -m tcpmss --mss 1', packetOf(ipv4({}, tcp({ dataOffset: 4 }))), 'hotdrop', 'a header shorter than a header'],
    ['-p tcp -m tcpmss --mss 1', packetOf(ipv4({}, tcp({ dataOffset: 6 }))), 'hotdrop', 'options that are not there'],
  ]);
});

describe('tcpmss does not ask whether there is a TCP header', () => {
  const octets = [...Array<number>(12).fill(0), 0x60, 0, 0, 0, 0, 0, 0, 0, 2, 4, 5, 0xb4];
  checkAnswers([
    ['-p tcp -m tcpmss --mss 1460', packetOf(ipv4({ fragOffset: 16 }, octets)), true, 'octets of a later fragment'],
    [
      '-p tcp -m tcpmss --mss 1460',
      packetOf(ipv6({ next: 44, src: 'fd00::2' }, fragment6(6, 16, false, octets))),
      'hotdrop',
      'the IPv6 header of a later fragment',
    ],
  ]);
});
