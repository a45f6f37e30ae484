/**
 * udp: texts as iptables-legacy 1.8.9 answered them, answers by hand-made packets.
 */
import { describe } from 'vitest';
import { fragment6, ipv4, ipv6, packetOf, udp } from '../../../support/frames.ts';
import { checkAnswers, checkTexts } from '../../../support/match-lab.ts';

describe('text of udp', () => {
  // biome-ignore format: a table
  checkTexts([
  ['-p udp -m udp', '=', 'udp'],
  ['-p udp -m udp --sport 1 ! --dport 3:4', '=', 'udp spt:1 dpts:!3:4'],
  ['-p udp -m udp --sport :', '-p udp -m udp', 'udp'],
  ['-p udp -m udp ! --sport :', '-p udp -m udp', 'udp spts:!0:65535'],
  ['-p udp -m udp --sport 4:3', 'FAIL', 'invalid range "4:3" (min > max)'],
  ['-p udp -m udp --sport domain', '-p udp -m udp --sport 53', 'udp spt:53'],
  ['-p udp -m udp --sport http', '-p udp -m udp --sport 80', 'udp spt:80'],
  ['-p udp -m udp --sport 1 --sport 2', 'FAIL', 'udp: option "--source-port" can only be used once'],
  ['-m udp --sport 1', 'FAIL', 'udp match: only valid for protocol udp'],
  ['-p udp -m udp --sport bootps', '-p udp -m udp --sport 67', 'udp spt:67'],
  ['-p udp -m udp --sport ssh', '-p udp -m udp --sport 22', 'udp spt:22'],
  ['-p udp -m udp --sport smtp:http', '-p udp -m udp --sport 25:80', 'udp spts:25:80'],
  ['-p udp -m udp --sport 65536', '-p udp -m udp --sport 0', 'udp spt:0'],
  ['-p udp -m udp --sport 0x10', 'FAIL', 'Port "0x10" does not resolve to anything'],
  ['-p udp -m udp --sport 010', '-p udp -m udp --sport 10', 'udp spt:10'],
  ['-p udp -m udp --sport ""', '-p udp -m udp --sport 0', 'udp spt:0'],
  ['-p udp -m udp --sport " 7"', '-p udp -m udp --sport 7', 'udp spt:7'],
  ['-p udp -m udp --sport +7', '-p udp -m udp --sport 7', 'udp spt:7'],
  ['-p udp -m udp --sport 7x', 'FAIL', 'Port "7x" does not resolve to anything'],
  ['-p udp -m udp --sport -7', 'FAIL', 'Port "-7" does not resolve to anything'],
  ['-p udp -m udp --sport 1:2:3', 'FAIL', 'udp: Too many components for option "--source-port" (max: 2)'],
  ['-p udp -m udp --sport 5:', '-p udp -m udp --sport 5:65535', 'udp spts:5:65535'],
  ['-p udp -m udp --sport :5', '-p udp -m udp --sport 0:5', 'udp spts:0:5'],
  ['-p udp -m udp --sport 70000', '-p udp -m udp --sport 4464', 'udp spt:4464'],
  ['-p udp -m udp --sport 4294967297', '-p udp -m udp --sport 1', 'udp spt:1'],
  ['-p udp -m udp --sport 99999999999', '-p udp -m udp --sport 59391', 'udp spt:59391'],
  ['-p udp -m udp --sport 99999999999999999999999', 'FAIL', 'Port "99999999999999999999999" does not resolve to anything'],
]);
});

describe('answers of udp', () => {
  const datagram = packetOf(ipv4({ protocol: 17 }, udp(1000, 53)));
  checkAnswers([
    ['-p udp -m udp --sport 1000', datagram, true, 'that port'],
    ['-p udp -m udp ! --sport 1000', datagram, false, 'that port'],
    ['-p udp -m udp --dport 50:60', datagram, true, 'in the range'],
    ['-p udp -m udp --sport 1000 ! --dport 50:60', datagram, false, 'one of two'],
    ['-p udp -m udp', packetOf(ipv4({ protocol: 17 }, udp(1, 2).slice(0, 7))), 'hotdrop', '7 octets'],
    ['-p udp -m udp', packetOf(ipv4({ protocol: 17 }, udp(1, 2).slice(0, 8))), true, '8 octets'],
    ['-p udp -m udp', packetOf(ipv4({ protocol: 17, fragOffset: 8 }, udp(1, 2))), false, 'a later fragment'],
    [
      '-p udp -m udp ! --sport 5 ! --dport 5',
      packetOf(ipv4({ protocol: 17, fragOffset: 8 }, udp(1, 2))),
      false,
      'a later fragment has no port, not even another',
    ],
    ['-p udp -m udp --dport 53', packetOf(ipv6({ next: 17 }, udp(1, 53))), true, 'IPv6'],
    ['-p udp -m udp', packetOf(ipv6({ next: 44 }, fragment6(17, 16, false, udp(1, 53)))), false, 'a later IPv6 fragment'],
  ]);
});
