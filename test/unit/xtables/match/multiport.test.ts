/**
 * multiport: texts as iptables-legacy 1.8.9 answered them, answers by hand-made packets.
 */
import { describe } from 'vitest';
import { ipv4, ipv6, packetOf, tcp, udp } from '../../../support/frames.ts';
import { checkAnswers, checkTexts } from '../../../support/match-lab.ts';

describe('text of multiport', () => {
  // biome-ignore format: a table
  checkTexts([
  ['-p tcp -m multiport --dports 22,80,8000:8080', '=', 'multiport dports 22,80,8000:8080'],
  ['-p tcp -m multiport ! --dports 22,80,8000:8080', '=', 'multiport dports  !22,80,8000:8080'],
  ['-p tcp -m multiport --sports 22', '=', 'multiport sports 22'],
  ['-p tcp -m multiport --ports 22,ssh,http', '-p tcp -m multiport --ports 22,22,80', 'multiport ports 22,22,80'],
  ['-p tcp -m multiport --source-ports 22', '-p tcp -m multiport --sports 22', 'multiport sports 22'],
  ['-p tcp -m multiport --destination-ports 22', '-p tcp -m multiport --dports 22', 'multiport dports 22'],
  ['-p tcp -m multiport --ports 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15', '=', 'multiport ports 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15'],
  ['-p tcp -m multiport --ports 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16', 'FAIL', 'too many ports specified'],
  ['-p tcp -m multiport --ports 1,2,3,4,5,6,7,8,9,10,11,12,13,14:15,16', 'FAIL', 'too many ports specified'],
  ['-p tcp -m multiport --ports 1,2,3,4,5,6,7,8,9,10,11,12,13,14:15', '=', 'multiport ports 1,2,3,4,5,6,7,8,9,10,11,12,13,14:15'],
  ['-p tcp -m multiport --ports 5:5', 'FAIL', 'invalid portrange specified'],
  ['-p tcp -m multiport --ports 5:', 'FAIL', "invalid port/service `' specified"],
  ['-p tcp -m multiport --ports :5', 'FAIL', "invalid port/service `' specified"],
  ['-p tcp -m multiport --ports 5:4', 'FAIL', 'invalid portrange specified'],
  ['-p tcp -m multiport --ports 1,,2', 'FAIL', "invalid port/service `' specified"],
  ['-p tcp -m multiport --ports ""', 'FAIL', "invalid port/service `' specified"],
  ['-p tcp -m multiport --ports 65536', 'FAIL', "invalid port/service `65536' specified"],
  ['-p tcp -m multiport --ports 1:65536', 'FAIL', "invalid port/service `65536' specified"],
  ['-p tcp -m multiport --ports x', 'FAIL', "invalid port/service `x' specified"],
  ['-p tcp -m multiport', 'FAIL', 'multiport expects an option'],
  ['-p tcp -m multiport --ports 1 --dports 2', 'FAIL', 'multiport: option "--destination-ports" cannot be used together with "--ports"'],
  ['-p tcp -m multiport --ports 1 --ports 2', 'FAIL', 'multiport: option "--ports" can only be used once'],
  ['-m multiport --ports 1', 'FAIL', "multiport needs `-p tcp', `-p udp', `-p udplite', `-p sctp' or `-p dccp'"],
  ['! -p tcp -m multiport --ports 1', 'FAIL', 'multiport only works with TCP, UDP, UDPLITE, SCTP and DCCP'],
  ['-p icmp -m multiport --ports 1', 'FAIL', 'multiport only works with TCP, UDP, UDPLITE, SCTP and DCCP'],
  ['-p sctp -m multiport --ports 1', '=', 'multiport ports 1'],
  ['-p dccp -m multiport --ports 1', '=', 'multiport ports 1'],
  ['-p udplite -m multiport --ports 1', '=', 'multiport ports 1'],
  ['-p 50 -m multiport --ports 1', 'FAIL', 'multiport only works with TCP, UDP, UDPLITE, SCTP and DCCP'],
  ['-p udp -m multiport --ports http', 'FAIL', "invalid port/service `http' specified"],
  ['-p udp -m multiport --ports bootps,domain', '-p udp -m multiport --ports 67,53', 'multiport ports 67,53'],
  ['-p tcp -m multiport --ports bootps', 'FAIL', "invalid port/service `bootps' specified"],
  ['-p sctp -m multiport --ports ssh', 'FAIL', "invalid port/service `ssh' specified"],
  ['-p sctp -m multiport --ports amqp', '-p sctp -m multiport --ports 5672', 'multiport ports 5672'],
  ['-p tcp -m multiport --ports gds-db:7000', '-p tcp -m multiport --ports 3050:7000', 'multiport ports 3050:7000'],
]);
});

describe('answers of multiport', () => {
  const segment = packetOf(ipv4({}, tcp({ sport: 22, dport: 8000 })));
  checkAnswers([
    ['-p tcp -m multiport --sports 21,22', segment, true, 'the source port is listed'],
    ['-p tcp -m multiport --dports 21,22', segment, false, 'the destination port is not'],
    ['-p tcp -m multiport --dports 21,7000:8000', segment, true, 'last of a range'],
    ['-p tcp -m multiport --dports 8001:9000', segment, false, 'outside the range'],
    ['-p tcp -m multiport --ports 8000', segment, true, 'either port'],
    ['-p tcp -m multiport --ports 22', segment, true, 'either port'],
    ['-p tcp -m multiport ! --ports 22', segment, false, 'neither port'],
    ['-p tcp -m multiport ! --ports 23', segment, true, 'neither port'],
    ['-p tcp -m multiport --ports 256', packetOf(ipv4({}, [1, 0, 0])), 'hotdrop', '3 octets'],
    ['-p tcp -m multiport --ports 256', packetOf(ipv4({}, [1, 0, 0, 1])), true, '4 octets are enough'],
    ['-p udp -m multiport ! --dports 5', packetOf(ipv4({ protocol: 17, fragOffset: 16 }, udp(1, 2))), false, 'a later fragment'],
    ['-p udp -m multiport --dports 53', packetOf(ipv6({ next: 17 }, udp(1, 53))), true, 'IPv6'],
  ]);
});
