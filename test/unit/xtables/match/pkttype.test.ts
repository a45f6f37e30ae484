/**
 * pkttype: texts as iptables-legacy 1.8.9 answered them, answers by hand-made packets.
 */
import { describe } from 'vitest';
import { PacketType } from '../../../../src/packet/packet.ts';
import { ipv4, ipv6, packetOf } from '../../../support/frames.ts';
import { checkAnswers, checkTexts } from '../../../support/match-lab.ts';

describe('text of pkttype', () => {
  // biome-ignore format: a table
  checkTexts([
  ['-m pkttype --pkt-type unicast', '=', 'PKTTYPE = unicast'],
  ['-m pkttype ! --pkt-type broadcast', '=', 'PKTTYPE != broadcast'],
  ['-m pkttype --pkt-type multicast', '=', 'PKTTYPE = multicast'],
  ['-m pkttype --pkt-type bcast', '-m pkttype --pkt-type broadcast', 'PKTTYPE = broadcast'],
  ['-m pkttype --pkt-type mcast', '-m pkttype --pkt-type multicast', 'PKTTYPE = multicast'],
  ['-m pkttype --pkt-type host', '-m pkttype --pkt-type unicast', 'PKTTYPE = unicast'],
  ['-m pkttype --pkt-type UNICAST', '-m pkttype --pkt-type unicast', 'PKTTYPE = unicast'],
  ['-m pkttype --pkt-type otherhost', '=', 'PKTTYPE = otherhost'],
  ['-m pkttype --pkt-type to-us', 'FAIL', "Bad packet type 'to-us'"],
  ['-m pkttype --pkt-type outgoing', 'FAIL', "Bad packet type 'outgoing'"],
  ['-m pkttype --pkt-type loopback', 'FAIL', "Bad packet type 'loopback'"],
  ['-m pkttype --pkt-type fastroute', 'FAIL', "Bad packet type 'fastroute'"],
  ['-m pkttype --pkt-type uni', 'FAIL', "Bad packet type 'uni'"],
  ['-m pkttype --pkt-type wrong', 'FAIL', "Bad packet type 'wrong'"],
  ['-m pkttype', 'FAIL', 'pkttype: option "--pkt-type" must be specified'],
]);
  // biome-ignore format: a table
  checkTexts([
  ['-m pkttype --pkt-type unicast', '=', 'PKTTYPE = unicast'],
], { chain: 'OUTPUT' });
});

describe('answers of pkttype', () => {
  checkAnswers([
    ['-m pkttype --pkt-type unicast', packetOf(ipv4({}), { pktType: PacketType.Host }), true, 'to this host'],
    ['-m pkttype --pkt-type broadcast', packetOf(ipv4({}), { pktType: PacketType.Broadcast }), true, 'broadcast'],
    ['-m pkttype --pkt-type multicast', packetOf(ipv4({}), { pktType: PacketType.Broadcast }), false, 'broadcast'],
    ['-m pkttype ! --pkt-type unicast', packetOf(ipv4({}), { pktType: PacketType.Multicast }), true, 'multicast'],
    ['-m pkttype --pkt-type otherhost', packetOf(ipv4({}), { pktType: PacketType.OtherHost }), true, 'to another'],
    ['-m pkttype --pkt-type multicast', packetOf(ipv4({ dst: '224.0.0.9' }), { pktType: PacketType.Loopback }), true, 'own multicast'],
    ['-m pkttype --pkt-type broadcast', packetOf(ipv4({ dst: '10.0.0.255' }), { pktType: PacketType.Loopback }), true, 'own broadcast'],
    ['-m pkttype --pkt-type multicast', packetOf(ipv6({}), { pktType: PacketType.Loopback }), true, 'own over IPv6'],
  ]);
});
