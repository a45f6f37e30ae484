/**
 * ecn: texts as iptables-legacy 1.8.9 answered them; answers as a Linux 6.18 router gave them.
 */
import { describe } from 'vitest';
import type { Packet } from '../../../../src/packet/packet.ts';
import { fragment6, ipv4, ipv6, packetOf, tcp } from '../../../support/frames.ts';
import { checkAnswers, checkTexts } from '../../../support/match-lab.ts';

describe('text of ecn', () => {
  // biome-ignore format: a table
  checkTexts([
  ['-m ecn --ecn-ip-ect 0', '=', 'ECN match ECT=0'],
  ['-m ecn --ecn-ip-ect 3', '=', 'ECN match ECT=3'],
  ['-m ecn ! --ecn-ip-ect 2', '=', 'ECN match !ECT=2'],
  ['-m ecn --ecn-ip-ect 4', 'FAIL', 'ecn: bad value for option "--ecn-ip-ect", or out of range (0-3)'],
  ['-m ecn --ecn-ip-ect x', 'FAIL', 'ecn: bad value for option "--ecn-ip-ect", or out of range (0-3)'],
  ['-m ecn --ecn-tcp-cwr', 'FAIL', "ecn: flags of TCP need `-p tcp'"],
  ['-p tcp -m ecn --ecn-tcp-cwr', '=', 'ECN match CWR'],
  ['-p tcp -m ecn ! --ecn-tcp-ece', '=', 'ECN match !ECE'],
  ['! -p tcp -m ecn ! --ecn-tcp-ece', 'FAIL', "ecn: flags of TCP need `-p tcp'"],
  ['-p udp -m ecn ! --ecn-tcp-ece', 'FAIL', "ecn: flags of TCP need `-p tcp'"],
  ['-p tcp -m ecn --ecn-tcp-ece --ecn-tcp-cwr --ecn-ip-ect 2', '=', 'ECN match ECE CWR ECT=2'],
  ['-p tcp -m ecn ! --ecn-tcp-ece ! --ecn-tcp-cwr ! --ecn-ip-ect 2', '=', 'ECN match !ECE !CWR !ECT=2'],
  ['-m ecn', 'FAIL', 'ECN match: some option required'],
  ['-m ecn --ecn-ip-ect 2 --ecn-ip-ect 3', 'FAIL', 'ecn: option "--ecn-ip-ect" can only be used once'],
]);
  // biome-ignore format: a table
  checkTexts([
  ['-p tcp -m ecn --ecn-tcp-ece --ecn-tcp-cwr --ecn-ip-ect 1', '=', 'ECN match ECE CWR ECT=1'],
  ['-m ecn --ecn-tcp-ece', 'FAIL', "ecn: flags of TCP need `-p tcp'"],
], { family: 6 });
});

const ECE = 64;
const CWR = 128;
const ACK = 16;

describe('answers of ecn', () => {
  const segment = (flags: number, tos = 0): Packet => packetOf(ipv4({ tos }, tcp({ flags })));
  checkAnswers([
    ['-m ecn --ecn-ip-ect 2', packetOf(ipv4({ tos: 0xb2 })), true, 'ECT(0)'],
    ['-m ecn --ecn-ip-ect 1', packetOf(ipv4({ tos: 0xb2 })), false, 'ECT(0)'],
    ['-m ecn ! --ecn-ip-ect 2', packetOf(ipv4({ tos: 0xb3 })), true, 'CE'],
    ['-m ecn --ecn-ip-ect 3', packetOf(ipv6({ trafficClass: 0xb3 })), true, 'CE over IPv6'],
    ['-p tcp -m ecn --ecn-tcp-ece', segment(ECE | ACK), true, 'ECE'],
    ['-p tcp -m ecn --ecn-tcp-ece', segment(ACK), false, 'ACK'],
    ['-p tcp -m ecn ! --ecn-tcp-ece', segment(CWR), true, 'CWR'],
    ['-p tcp -m ecn --ecn-tcp-ece ! --ecn-tcp-cwr', segment(ECE), true, 'ECE alone'],
    ['-p tcp -m ecn --ecn-tcp-ece ! --ecn-tcp-cwr', segment(ECE | CWR), false, 'both'],
    ['-p tcp -m ecn --ecn-tcp-ece --ecn-ip-ect 1', segment(ECE, 2), false, 'all must hold'],
    ['-p tcp -m ecn ! --ecn-tcp-ece', packetOf(ipv4({}, tcp().slice(0, 19))), false, 'a header cut off is no drop'],
  ]);
});

describe('ecn does not ask whether there is a TCP header', () => {
  const octets = [...Array<number>(12).fill(0), 0x60, ECE, 0, 0, 0, 0, 0, 0];
  checkAnswers([
    ['-p tcp -m ecn --ecn-tcp-ece', packetOf(ipv4({ fragOffset: 16 }, octets)), true, 'octets of a later fragment'],
    [
      '-p tcp -m ecn --ecn-tcp-ece',
      packetOf(ipv6({ next: 44, src: 'fd00::2' }, fragment6(6, 16, false, octets))),
      false,
      'the IPv6 header of a later fragment',
    ],
    [
      '-p tcp -m ecn --ecn-tcp-ece',
      packetOf(ipv6({ next: 44, src: 'fd00:0:5040::2' }, fragment6(6, 16, false))),
      true,
      'the IPv6 header of a later fragment',
    ],
  ]);
});
