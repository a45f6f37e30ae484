/**
 * icmp6: texts as iptables-legacy 1.8.9 answered them, answers by hand-made packets.
 */
import { describe } from 'vitest';
import { fragment6, icmp, ipv6, packetOf } from '../../../support/frames.ts';
import { checkAnswers, checkTexts } from '../../../support/match-lab.ts';

describe('text of icmp6', () => {
  // biome-ignore format: a table
  checkTexts([
  ['-p icmpv6 -m icmp6', 'FAIL', 'icmp6: option "--icmpv6-type" must be specified'],
  ['-p icmpv6 -m icmp6 --icmpv6-type 128', '-p ipv6-icmp -m icmp6 --icmpv6-type 128', 'ipv6-icmptype 128'],
  ['-p icmpv6 -m icmp6 ! --icmpv6-type 128/3', '-p ipv6-icmp -m icmp6 ! --icmpv6-type 128/3', 'ipv6-icmp !type 128 code 3'],
  ['-p icmpv6 -m icmp6 --icmpv6-type echo-request', '-p ipv6-icmp -m icmp6 --icmpv6-type 128', 'ipv6-icmptype 128'],
  ['-p icmpv6 -m icmp6 --icmpv6-type no-route', '-p ipv6-icmp -m icmp6 --icmpv6-type 1/0', 'ipv6-icmptype 1 code 0'],
  ['-p icmpv6 -m icmp6 --icmpv6-type bad-header', '-p ipv6-icmp -m icmp6 --icmpv6-type 4/0', 'ipv6-icmptype 4 code 0'],
  ['-p icmpv6 -m icmp6 --icmpv6-type any', 'FAIL', "Unknown ICMPv6 type `any'"],
  ['-p icmpv6 -m icmp6 --icmpv6-type 255', '-p ipv6-icmp -m icmp6 --icmpv6-type 255', 'ipv6-icmptype 255'],
  ['-p icmpv6 -m icmp6 --icmpv6-type 1/0:255', '-p ipv6-icmp -m icmp6 --icmpv6-type 1', 'ipv6-icmptype 1'],
  ['-p icmpv6 -m icmp6 --icmpv6-type router', 'FAIL', "Ambiguous ICMPv6 type `router': `router-solicitation' or `router-advertisement'?"],
  ['-p icmpv6 -m icmpv6 --icmpv6-type 128', '-p ipv6-icmp -m icmp6 --icmpv6-type 128', 'ipv6-icmptype 128'],
  ['-p icmpv6 -m icmp6 --icmpv6-type destination', '-p ipv6-icmp -m icmp6 --icmpv6-type 1', 'ipv6-icmptype 1'],
  ['-p icmpv6 -m icmp6 --icmpv6-type time-exceeded', '-p ipv6-icmp -m icmp6 --icmpv6-type 3', 'ipv6-icmptype 3'],
  ['-p icmpv6 -m icmp6 --icmpv6-type 300', 'FAIL', "Unknown ICMPv6 type `300'"],
  ['-m icmp6 --icmpv6-type 3', 'FAIL', 'icmp6 match: only valid for protocol ipv6-icmp'],
  ['-p icmp -m icmp6 --icmpv6-type 3', 'FAIL', 'icmp6 match: only valid for protocol ipv6-icmp'],
  ['-p icmpv6 -m icmp6 --icmpv6-type 3/4:5', '-p ipv6-icmp -m icmp6 --icmpv6-type 3/4', 'ipv6-icmptype 3 codes 4-5'],
  ['-p icmpv6 -m icmp6 --icmpv6-type 3/4:1', '-p ipv6-icmp -m icmp6 --icmpv6-type 3/4', 'ipv6-icmptype 3 codes 4-1'],
  ['-p icmpv6 -m icmp6 --icmpv6-type 3/', 'FAIL', "Unknown ICMPv6 code `3/'"],
  ['-p icmpv6 -m icmp6 --icmpv6-type neigh', 'FAIL', "Ambiguous ICMPv6 type `neigh': `neighbour-solicitation' or `neighbor-solicitation'?"],
  ['-p icmpv6 -m icmp6 --icmpv6-type neighbor-s', '-p ipv6-icmp -m icmp6 --icmpv6-type 135', 'ipv6-icmptype 135'],
  ['-p icmpv6 -m icmp6 --icmpv6-type destination-unreachable', '-p ipv6-icmp -m icmp6 --icmpv6-type 1', 'ipv6-icmptype 1'],
  ['-p icmpv6 -m icmp6 --icmpv6-type communication-prohibited', '-p ipv6-icmp -m icmp6 --icmpv6-type 1/1', 'ipv6-icmptype 1 code 1'],
  ['-p icmpv6 -m icmp6 --icmpv6-type beyond-scope', '-p ipv6-icmp -m icmp6 --icmpv6-type 1/2', 'ipv6-icmptype 1 code 2'],
  ['-p icmpv6 -m icmp6 --icmpv6-type address-unreachable', '-p ipv6-icmp -m icmp6 --icmpv6-type 1/3', 'ipv6-icmptype 1 code 3'],
  ['-p icmpv6 -m icmp6 --icmpv6-type port-unreachable', '-p ipv6-icmp -m icmp6 --icmpv6-type 1/4', 'ipv6-icmptype 1 code 4'],
  ['-p icmpv6 -m icmp6 --icmpv6-type failed-policy', '-p ipv6-icmp -m icmp6 --icmpv6-type 1/5', 'ipv6-icmptype 1 code 5'],
  ['-p icmpv6 -m icmp6 --icmpv6-type reject-route', '-p ipv6-icmp -m icmp6 --icmpv6-type 1/6', 'ipv6-icmptype 1 code 6'],
  ['-p icmpv6 -m icmp6 --icmpv6-type packet-too-big', '-p ipv6-icmp -m icmp6 --icmpv6-type 2', 'ipv6-icmptype 2'],
  ['-p icmpv6 -m icmp6 --icmpv6-type ttl-exceeded', '-p ipv6-icmp -m icmp6 --icmpv6-type 3', 'ipv6-icmptype 3'],
  ['-p icmpv6 -m icmp6 --icmpv6-type ttl-zero-during-transit', '-p ipv6-icmp -m icmp6 --icmpv6-type 3/0', 'ipv6-icmptype 3 code 0'],
  ['-p icmpv6 -m icmp6 --icmpv6-type ttl-zero-during-reassembly', '-p ipv6-icmp -m icmp6 --icmpv6-type 3/1', 'ipv6-icmptype 3 code 1'],
  ['-p icmpv6 -m icmp6 --icmpv6-type parameter-problem', '-p ipv6-icmp -m icmp6 --icmpv6-type 4', 'ipv6-icmptype 4'],
  ['-p icmpv6 -m icmp6 --icmpv6-type unknown-header-type', '-p ipv6-icmp -m icmp6 --icmpv6-type 4/1', 'ipv6-icmptype 4 code 1'],
  ['-p icmpv6 -m icmp6 --icmpv6-type unknown-option', '-p ipv6-icmp -m icmp6 --icmpv6-type 4/2', 'ipv6-icmptype 4 code 2'],
  ['-p icmpv6 -m icmp6 --icmpv6-type ping', '-p ipv6-icmp -m icmp6 --icmpv6-type 128', 'ipv6-icmptype 128'],
  ['-p icmpv6 -m icmp6 --icmpv6-type echo-reply', '-p ipv6-icmp -m icmp6 --icmpv6-type 129', 'ipv6-icmptype 129'],
  ['-p icmpv6 -m icmp6 --icmpv6-type pong', '-p ipv6-icmp -m icmp6 --icmpv6-type 129', 'ipv6-icmptype 129'],
  ['-p icmpv6 -m icmp6 --icmpv6-type router-solicitation', '-p ipv6-icmp -m icmp6 --icmpv6-type 133', 'ipv6-icmptype 133'],
  ['-p icmpv6 -m icmp6 --icmpv6-type router-advertisement', '-p ipv6-icmp -m icmp6 --icmpv6-type 134', 'ipv6-icmptype 134'],
  ['-p icmpv6 -m icmp6 --icmpv6-type neighbour-solicitation', '-p ipv6-icmp -m icmp6 --icmpv6-type 135', 'ipv6-icmptype 135'],
  ['-p icmpv6 -m icmp6 --icmpv6-type neighbor-solicitation', '-p ipv6-icmp -m icmp6 --icmpv6-type 135', 'ipv6-icmptype 135'],
  ['-p icmpv6 -m icmp6 --icmpv6-type neighbour-advertisement', '-p ipv6-icmp -m icmp6 --icmpv6-type 136', 'ipv6-icmptype 136'],
  ['-p icmpv6 -m icmp6 --icmpv6-type neighbor-advertisement', '-p ipv6-icmp -m icmp6 --icmpv6-type 136', 'ipv6-icmptype 136'],
  ['-p icmpv6 -m icmp6 --icmpv6-type redirect', '-p ipv6-icmp -m icmp6 --icmpv6-type 137', 'ipv6-icmptype 137'],
], { family: 6 });
});

describe('answers of icmp6', () => {
  const echo = packetOf(ipv6({ next: 58 }, icmp(128, 0)));
  const unreachable = packetOf(ipv6({ next: 58 }, icmp(1, 4)));
  checkAnswers(
    [
      ['-p icmpv6 -m icmp6 --icmpv6-type 128', echo, true, 'that type'],
      ['-p icmpv6 -m icmp6 ! --icmpv6-type 128', echo, false, 'that type'],
      ['-p icmpv6 -m icmp6 --icmpv6-type 1/4', unreachable, true, 'that code'],
      ['-p icmpv6 -m icmp6 --icmpv6-type 1/3', unreachable, false, 'another code'],
      ['-p icmpv6 -m icmp6 --icmpv6-type 1/3:5', unreachable, true, 'a range of codes'],
      ['-p icmpv6 -m icmp6 --icmpv6-type 255', echo, false, '255 is a type like others'],
      ['-p icmpv6 -m icmp6 --icmpv6-type 128', packetOf(ipv6({ next: 58 }, [128, 0, 0])), 'hotdrop', '3 octets'],
      [
        '-p icmpv6 -m icmp6 --icmpv6-type 128',
        packetOf(ipv6({ next: 44 }, fragment6(58, 8, false, icmp(128, 0)))),
        false,
        'a later fragment',
      ],
    ],
    {},
    { family: 6 },
  );
});
