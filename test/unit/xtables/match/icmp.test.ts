/**
 * icmp: texts as iptables-legacy 1.8.9 answered them, answers by hand-made packets.
 */
import { describe } from 'vitest';
import { icmp, ipv4, packetOf } from '../../../support/frames.ts';
import { checkAnswers, checkTexts } from '../../../support/match-lab.ts';

describe('text of icmp', () => {
  // biome-ignore format: a table
  checkTexts([
  ['-p icmp -m icmp', 'FAIL', 'icmp: option "--icmp-type" must be specified'],
  ['-p icmp -m icmp --icmp-type any', '=', 'icmptype 255'],
  ['-p icmp -m icmp ! --icmp-type any', '=', 'icmp !type 255'],
  ['-p icmp -m icmp --icmp-type 8', '=', 'icmptype 8'],
  ['-p icmp -m icmp --icmp-type 3/1', '=', 'icmptype 3 code 1'],
  ['-p icmp -m icmp ! --icmp-type 3/1', '=', 'icmp !type 3 code 1'],
  ['-p icmp -m icmp --icmp-type 3/1:4', '-p icmp -m icmp --icmp-type 3/1', 'icmptype 3 codes 1-4'],
  ['-p icmp -m icmp --icmp-type 3/', 'FAIL', "Unknown ICMP code `3/'"],
  ['-p icmp -m icmp --icmp-type 255/255', '-p icmp -m icmp --icmp-type any', 'icmptype 255 code 255'],
  ['-p icmp -m icmp --icmp-type 255', '-p icmp -m icmp --icmp-type any', 'icmptype 255'],
  ['-p icmp -m icmp --icmp-type 255/0', '-p icmp -m icmp --icmp-type any', 'icmptype 255 code 0'],
  ['-p icmp -m icmp --icmp-type 255/0:255', '-p icmp -m icmp --icmp-type any', 'icmptype 255'],
  ['-p icmp -m icmp --icmp-type 3/0:255', '-p icmp -m icmp --icmp-type 3', 'icmptype 3'],
  ['-p icmp -m icmp --icmp-type 256', 'FAIL', "Unknown ICMP type `256'"],
  ['-p icmp -m icmp --icmp-type 3/256', 'FAIL', "Unknown ICMP code `3/256'"],
  ['-p icmp -m icmp --icmp-type echo', 'FAIL', "Ambiguous ICMP type `echo': `echo-reply' or `echo-request'?"],
  ['-p icmp -m icmp --icmp-type echo-re', 'FAIL', "Ambiguous ICMP type `echo-re': `echo-reply' or `echo-request'?"],
  ['-p icmp -m icmp --icmp-type ECHO-REQUEST', '-p icmp -m icmp --icmp-type 8', 'icmptype 8'],
  ['-p icmp -m icmp --icmp-type ping', '-p icmp -m icmp --icmp-type 8', 'icmptype 8'],
  ['-p icmp -m icmp --icmp-type nosuch', 'FAIL', "Unknown ICMP type `nosuch'"],
  ['-p icmp -m icmp --icmp-type network-unreachable', '-p icmp -m icmp --icmp-type 3/0', 'icmptype 3 code 0'],
  ['-p icmp -m icmp --icmp-type ttl-exceeded', '-p icmp -m icmp --icmp-type 11', 'icmptype 11'],
  ['-p icmp -m icmp --icmp-type redirect', '-p icmp -m icmp --icmp-type 5', 'icmptype 5'],
  ['-p icmp -m icmp --icmp-type t', 'FAIL', "Ambiguous ICMP type `t': `TOS-network-unreachable' or `TOS-host-unreachable'?"],
  ['-p icmp -m icmp --icmp-type 8 --icmp-type 9', 'FAIL', 'icmp: option "--icmp-type" can only be used once'],
  ['-m icmp --icmp-type 8', 'FAIL', 'icmp match: only valid for protocol icmp'],
  ['-p tcp -m icmp --icmp-type 8', 'FAIL', 'icmp match: only valid for protocol icmp'],
  ['-p icmp -m icmp --icmp-type 3/1:', 'FAIL', "Unknown ICMP code `3/1:'"],
  ['-p icmp -m icmp --icmp-type 3/:4', 'FAIL', "Unknown ICMP code `3/:4'"],
  ['-p icmp -m icmp --icmp-type 3/4:1', '-p icmp -m icmp --icmp-type 3/4', 'icmptype 3 codes 4-1'],
  ['-p icmp -m icmp --icmp-type 3/4:4', '-p icmp -m icmp --icmp-type 3/4', 'icmptype 3 code 4'],
  ['-p icmp -m icmp --icmp-type 3:4', 'FAIL', "Unknown ICMP type `3:4'"],
  ['-p icmp -m icmp --icmp-type 0x3', '-p icmp -m icmp --icmp-type 3', 'icmptype 3'],
  ['-p icmp -m icmp --icmp-type ""', 'FAIL', "Ambiguous ICMP type `': `any' or `echo-reply'?"],
  ['-p icmp -m icmp --icmp-type " 3"', '-p icmp -m icmp --icmp-type 3', 'icmptype 3'],
  ['-p icmp -m icmp --icmp-type 3/1/2', 'FAIL', "Unknown ICMP type `3/1/2'"],
  ['-p icmp -m icmp --icmp-type 3x', 'FAIL', "Unknown ICMP type `3x'"],
  ['-p icmp -m icmp --icmp-type /3', 'FAIL', "Unknown ICMP type `/3'"],
  ['-p icmp -m icmp --icmp-type -3', 'FAIL', "Unknown ICMP type `-3'"],
  ['-p icmp -m icmp --icmp-type 3/-1', 'FAIL', "Unknown ICMP code `3/-1'"],
  ['-p icmp -m icmp --icmp-type 3/1:300', 'FAIL', "Unknown ICMP code `3/1:300'"],
  ['-p icmp -m icmp --icmp-type ani', 'FAIL', "Unknown ICMP type `ani'"],
  ['-p icmp -m icmp --icmp-type an', '-p icmp -m icmp --icmp-type any', 'icmptype 255'],
  ['-p icmp -m icmp --icmp-type echo-reply', '-p icmp -m icmp --icmp-type 0', 'icmptype 0'],
  ['-p icmp -m icmp --icmp-type pong', '-p icmp -m icmp --icmp-type 0', 'icmptype 0'],
  ['-p icmp -m icmp --icmp-type destination-unreachable', '-p icmp -m icmp --icmp-type 3', 'icmptype 3'],
  ['-p icmp -m icmp --icmp-type host-unreachable', '-p icmp -m icmp --icmp-type 3/1', 'icmptype 3 code 1'],
  ['-p icmp -m icmp --icmp-type protocol-unreachable', '-p icmp -m icmp --icmp-type 3/2', 'icmptype 3 code 2'],
  ['-p icmp -m icmp --icmp-type port-unreachable', '-p icmp -m icmp --icmp-type 3/3', 'icmptype 3 code 3'],
  ['-p icmp -m icmp --icmp-type fragmentation-needed', '-p icmp -m icmp --icmp-type 3/4', 'icmptype 3 code 4'],
  ['-p icmp -m icmp --icmp-type source-route-failed', '-p icmp -m icmp --icmp-type 3/5', 'icmptype 3 code 5'],
  ['-p icmp -m icmp --icmp-type network-unknown', '-p icmp -m icmp --icmp-type 3/6', 'icmptype 3 code 6'],
  ['-p icmp -m icmp --icmp-type host-unknown', '-p icmp -m icmp --icmp-type 3/7', 'icmptype 3 code 7'],
  ['-p icmp -m icmp --icmp-type network-prohibited', '-p icmp -m icmp --icmp-type 3/9', 'icmptype 3 code 9'],
  ['-p icmp -m icmp --icmp-type host-prohibited', '-p icmp -m icmp --icmp-type 3/10', 'icmptype 3 code 10'],
  ['-p icmp -m icmp --icmp-type TOS-network-unreachable', '-p icmp -m icmp --icmp-type 3/11', 'icmptype 3 code 11'],
  ['-p icmp -m icmp --icmp-type TOS-host-unreachable', '-p icmp -m icmp --icmp-type 3/12', 'icmptype 3 code 12'],
  ['-p icmp -m icmp --icmp-type communication-prohibited', '-p icmp -m icmp --icmp-type 3/13', 'icmptype 3 code 13'],
  ['-p icmp -m icmp --icmp-type host-precedence-violation', '-p icmp -m icmp --icmp-type 3/14', 'icmptype 3 code 14'],
  ['-p icmp -m icmp --icmp-type precedence-cutoff', '-p icmp -m icmp --icmp-type 3/15', 'icmptype 3 code 15'],
  ['-p icmp -m icmp --icmp-type source-quench', '-p icmp -m icmp --icmp-type 4', 'icmptype 4'],
  ['-p icmp -m icmp --icmp-type network-redirect', '-p icmp -m icmp --icmp-type 5/0', 'icmptype 5 code 0'],
  ['-p icmp -m icmp --icmp-type host-redirect', '-p icmp -m icmp --icmp-type 5/1', 'icmptype 5 code 1'],
  ['-p icmp -m icmp --icmp-type TOS-network-redirect', '-p icmp -m icmp --icmp-type 5/2', 'icmptype 5 code 2'],
  ['-p icmp -m icmp --icmp-type TOS-host-redirect', '-p icmp -m icmp --icmp-type 5/3', 'icmptype 5 code 3'],
  ['-p icmp -m icmp --icmp-type echo-request', '-p icmp -m icmp --icmp-type 8', 'icmptype 8'],
  ['-p icmp -m icmp --icmp-type router-advertisement', '-p icmp -m icmp --icmp-type 9', 'icmptype 9'],
  ['-p icmp -m icmp --icmp-type router-solicitation', '-p icmp -m icmp --icmp-type 10', 'icmptype 10'],
  ['-p icmp -m icmp --icmp-type time-exceeded', '-p icmp -m icmp --icmp-type 11', 'icmptype 11'],
  ['-p icmp -m icmp --icmp-type ttl-zero-during-transit', '-p icmp -m icmp --icmp-type 11/0', 'icmptype 11 code 0'],
  ['-p icmp -m icmp --icmp-type ttl-zero-during-reassembly', '-p icmp -m icmp --icmp-type 11/1', 'icmptype 11 code 1'],
  ['-p icmp -m icmp --icmp-type parameter-problem', '-p icmp -m icmp --icmp-type 12', 'icmptype 12'],
  ['-p icmp -m icmp --icmp-type ip-header-bad', '-p icmp -m icmp --icmp-type 12/0', 'icmptype 12 code 0'],
  ['-p icmp -m icmp --icmp-type required-option-missing', '-p icmp -m icmp --icmp-type 12/1', 'icmptype 12 code 1'],
  ['-p icmp -m icmp --icmp-type timestamp-request', '-p icmp -m icmp --icmp-type 13', 'icmptype 13'],
  ['-p icmp -m icmp --icmp-type timestamp-reply', '-p icmp -m icmp --icmp-type 14', 'icmptype 14'],
  ['-p icmp -m icmp --icmp-type address-mask-request', '-p icmp -m icmp --icmp-type 17', 'icmptype 17'],
  ['-p icmp -m icmp --icmp-type address-mask-reply', '-p icmp -m icmp --icmp-type 18', 'icmptype 18'],
]);
  // biome-ignore format: a table
  checkTexts([
  ['-p icmpv6 -m icmp --icmp-type 3', 'FAIL', "match 'icmp' is not evaluated for IPv6"],
], { family: 6 });
});

describe('answers of icmp', () => {
  const echo = packetOf(ipv4({ protocol: 1 }, icmp(8, 0)));
  const unreachable = packetOf(ipv4({ protocol: 1 }, icmp(3, 4)));
  checkAnswers([
    ['-p icmp -m icmp --icmp-type 8', echo, true, 'that type'],
    ['-p icmp -m icmp ! --icmp-type 8', echo, false, 'that type'],
    ['-p icmp -m icmp --icmp-type 3', unreachable, true, 'any code'],
    ['-p icmp -m icmp --icmp-type 3/4', unreachable, true, 'that code'],
    ['-p icmp -m icmp --icmp-type 3/3', unreachable, false, 'another code'],
    ['-p icmp -m icmp ! --icmp-type 3/3', unreachable, true, 'another code'],
    ['-p icmp -m icmp --icmp-type 3/1:4', unreachable, true, 'last code of a range'],
    ['-p icmp -m icmp --icmp-type 3/4:1', unreachable, false, 'a range that runs backwards'],
    ['-p icmp -m icmp --icmp-type any', unreachable, true, 'any type'],
    ['-p icmp -m icmp --icmp-type 255/9', unreachable, true, 'any type whatever the code'],
    ['-p icmp -m icmp ! --icmp-type any', unreachable, false, 'no type is outside any'],
    ['-p icmp -m icmp --icmp-type any', packetOf(ipv4({ protocol: 1 }, [8, 0, 0, 0, 0, 0, 0])), 'hotdrop', '7 octets'],
    ['-p icmp -m icmp --icmp-type any', packetOf(ipv4({ protocol: 1, fragOffset: 8 }, icmp(8, 0))), false, 'a later fragment'],
  ]);
});
