/**
 * addrtype: texts as iptables-legacy 1.8.9 answered them; answers as a Linux 6.18 router gave them.
 */
import { describe, expect, it } from 'vitest';
import { parseHost } from '../../../../src/host/host-json.ts';
import type { Packet } from '../../../../src/packet/packet.ts';
import { ipv4, ipv6, packetOf } from '../../../support/frames.ts';
import { answerOf, checkTexts, matchOf } from '../../../support/match-lab.ts';

describe('text of addrtype', () => {
  // biome-ignore format: a table
  checkTexts([
  ['-m addrtype', 'FAIL', 'addrtype: you must specify --src-type or --dst-type'],
  ['-m addrtype --src-type LOCAL', '=', 'ADDRTYPE match src-type LOCAL'],
  ['-m addrtype ! --src-type LOCAL,UNICAST ! --dst-type BROADCAST', '-m addrtype ! --src-type UNICAST,LOCAL ! --dst-type BROADCAST', 'ADDRTYPE match src-type !UNICAST,LOCAL dst-type !BROADCAST'],
  ['-m addrtype --dst-type local,unicast,anycast,multicast,blackhole,unreachable,prohibit,throw,nat,xresolve,unspec', '-m addrtype --dst-type UNSPEC,UNICAST,LOCAL,ANYCAST,MULTICAST,BLACKHOLE,UNREACHABLE,PROHIBIT,THROW,NAT,XRESOLVE', 'ADDRTYPE match dst-type UNSPEC,UNICAST,LOCAL,ANYCAST,MULTICAST,BLACKHOLE,UNREACHABLE,PROHIBIT,THROW,NAT,XRESOLVE'],
  ['-m addrtype --dst-type loc', '-m addrtype --dst-type LOCAL', 'ADDRTYPE match dst-type LOCAL'],
  ['-m addrtype --dst-type LOCAL,', 'FAIL', 'addrtype: bad type ""'],
  ['-m addrtype --dst-type UN', '-m addrtype --dst-type UNSPEC', 'ADDRTYPE match dst-type UNSPEC'],
  ['-m addrtype --dst-type ""', 'FAIL', 'addrtype: bad type ""'],
  ['-m addrtype --dst-type UNSPEC', '=', 'ADDRTYPE match dst-type UNSPEC'],
  ['-m addrtype --src-type wrong', 'FAIL', 'addrtype: bad type "wrong"'],
  ['-m addrtype --limit-iface-in', 'FAIL', 'addrtype: you must specify --src-type or --dst-type'],
  ['-m addrtype --src-type LOCAL --limit-iface-in', '=', 'ADDRTYPE match src-type LOCAL limit-in'],
  ['-m addrtype --src-type LOCAL --limit-iface-in --limit-iface-out', 'FAIL', 'addrtype: option "--limit-iface-in" cannot be used together with "--limit-iface-out"'],
]);
  // biome-ignore format: a table
  checkTexts([
  ['-m addrtype --src-type LOCAL --limit-iface-in', '=', 'ADDRTYPE match src-type LOCAL limit-in'],
  ['-m addrtype --src-type LOCAL --limit-iface-out', 'FAIL', 'addrtype match: used from hooks INPUT, but only usable from FORWARD/OUTPUT/POSTROUTING'],
], { chain: 'INPUT' });
  // biome-ignore format: a table
  checkTexts([
  ['-m addrtype --src-type LOCAL --limit-iface-out', '=', 'ADDRTYPE match src-type LOCAL limit-out'],
  ['-m addrtype --src-type LOCAL --limit-iface-in', 'FAIL', 'addrtype match: used from hooks OUTPUT, but only usable from PREROUTING/INPUT/FORWARD'],
], { chain: 'OUTPUT' });
  // biome-ignore format: a table
  checkTexts([
  ['-m addrtype --dst-type LOCAL --limit-iface-out', 'FAIL', 'addrtype match: used from hooks PREROUTING, but only usable from FORWARD/OUTPUT/POSTROUTING'],
], { table: 'mangle', chain: 'PREROUTING' });
  // biome-ignore format: a table
  checkTexts([
  ['-m addrtype --dst-type LOCAL --limit-iface-in', 'FAIL', 'addrtype match: used from hooks POSTROUTING, but only usable from PREROUTING/INPUT/FORWARD'],
  ['-m addrtype ! --dst-type LOCAL ! --src-type UNICAST --limit-iface-out', '-m addrtype ! --src-type UNICAST ! --dst-type LOCAL --limit-iface-out', 'ADDRTYPE match src-type !UNICAST dst-type !LOCAL limit-out'],
], { table: 'mangle', chain: 'POSTROUTING' });
  // biome-ignore format: a table
  checkTexts([
  ['-m addrtype --src-type LOCAL', '=', 'ADDRTYPE match src-type LOCAL'],
  ['-m addrtype --src-type BROADCAST', 'FAIL', 'addrtype: BROADCAST not supported over IPv6'],
  ['-m addrtype --src-type BLACKHOLE', 'FAIL', 'addrtype: BLACKHOLE not supported over IPv6'],
  ['-m addrtype --src-type UNREACHABLE,ANYCAST,MULTICAST,UNSPEC,UNICAST', '-m addrtype --src-type UNSPEC,UNICAST,ANYCAST,MULTICAST,UNREACHABLE', 'ADDRTYPE match src-type UNSPEC,UNICAST,ANYCAST,MULTICAST,UNREACHABLE'],
  ['-m addrtype --src-type PROHIBIT', 'FAIL', 'addrtype: PROHIBIT not supported over IPv6'],
  ['-m addrtype --src-type THROW', 'FAIL', 'addrtype: THROW not supported over IPv6'],
  ['-m addrtype --src-type NAT', 'FAIL', 'addrtype: NAT not supported over IPv6'],
  ['-m addrtype --src-type XRESOLVE', 'FAIL', 'addrtype: XRESOLVE not supported over IPv6'],
], { family: 6 });
  // biome-ignore format: a table
  checkTexts([
  ['-m addrtype --src-type LOCAL --limit-iface-in', '=', 'ADDRTYPE match src-type LOCAL limit-in'],
], { family: 6, chain: 'INPUT' });
});

const INTERFACES = [
  { name: 'eth0', mac: '02:00:00:00:00:01', addresses: ['10.0.0.1/24', 'fd00::1/64'], mtu: 1500 },
  { name: 'eth1', mac: '02:00:00:00:00:02', addresses: ['10.1.0.1/24', 'fd01::1/64'], mtu: 1500 },
];
const SRC_AND_DST = ['UNSPEC', 'UNICAST', 'LOCAL', 'ANYCAST', 'MULTICAST', 'UNREACHABLE'];

/** Numbers, from 1, of the rules that match. */
function matching(rules: readonly string[], packet: Packet, services: object, family: 4 | 6): number[] {
  return rules.flatMap((rule, i) => {
    const answer = answerOf(matchOf(`-m addrtype ${rule}`, services, { family, table: 'raw', chain: 'PREROUTING' }), packet);
    return answer === true ? [i + 1] : [];
  });
}

describe('answers of addrtype', () => {
  const host = parseHost({
    interfaces: INTERFACES,
    forwarding: true,
    routes: [
      { dst: '55.0.0.0/8', type: 'unreachable' },
      { dst: '66.0.0.0/8', type: 'blackhole' },
    ],
  });
  const types = ['UNSPEC', 'UNICAST', 'LOCAL', 'BROADCAST', 'ANYCAST', 'MULTICAST', 'BLACKHOLE', 'UNREACHABLE', 'PROHIBIT'];
  const rules = [
    ...types.map((type) => `--dst-type ${type}`),
    ...['LOCAL', 'UNICAST', 'BROADCAST'].map((type) => `--dst-type ${type} --limit-iface-in`),
    ...['LOCAL', 'UNICAST', 'BROADCAST'].map((type) => `--src-type ${type}`),
    '! --src-type UNICAST --dst-type LOCAL',
  ];
  it.each<[src: string, dst: string, expected: number[]]>([
    ['10.0.0.2', '10.0.0.1', [3, 10, 14]],
    ['10.0.0.2', '10.1.0.1', [3, 11, 14]],
    ['10.0.0.2', '10.1.0.2', [2, 11, 14]],
    ['10.0.0.2', '10.0.0.255', [4, 12, 14]],
    ['10.0.0.2', '10.1.0.255', [4, 11, 14]],
    ['10.0.0.2', '10.0.0.0', [2, 11, 14]],
    ['10.0.0.2', '255.255.255.255', [4, 12, 14]],
    ['10.0.0.2', '0.0.0.0', [4, 12, 14]],
    ['10.0.0.2', '9.9.9.9', [2, 11, 14]],
    ['10.0.0.2', '55.1.1.1', [2, 11, 14]],
    ['10.0.0.2', '66.1.1.1', [2, 11, 14]],
    ['10.0.0.2', '127.0.0.5', [3, 11, 14]],
    ['10.0.0.2', '127.255.255.255', [4, 11, 14]],
    ['10.0.0.2', '240.0.0.1', [2, 11, 14]],
    ['10.0.0.1', '10.1.0.2', [2, 11, 13]],
    ['0.0.0.0', '10.1.0.2', [2, 11, 15]],
    ['10.0.0.255', '10.1.0.2', [2, 11, 15]],
    ['127.0.0.1', '10.1.0.2', [2, 11, 13]],
    ['255.255.255.255', '10.1.0.2', [2, 11, 15]],
    ['10.0.0.2', '224.0.0.1', [6, 14]],
  ])('%s -> %s: %j', (src, dst, expected) => {
    expect(matching(rules, packetOf(ipv4({ src, dst }), { indev: 1 }), { host }, 4)).toEqual(expected);
  });
});

describe('answers of addrtype over IPv6', () => {
  const host = parseHost({
    interfaces: INTERFACES,
    forwarding: true,
    routes: [
      { dst: 'fd55::/16', type: 'unreachable' },
      { dst: 'fd66::/16', type: 'prohibit' },
      { dst: 'fd77::/16', type: 'blackhole' },
      { dst: 'fd88::/16', via: 'fd01::fe', dev: 'eth1' },
    ],
  });
  const rules = [
    ...SRC_AND_DST.map((type) => `--src-type ${type}`),
    ...SRC_AND_DST.map((type) => `--dst-type ${type}`),
    '--dst-type UNICAST,LOCAL',
    '--dst-type LOCAL,UNREACHABLE',
    '! --dst-type LOCAL',
    '--dst-type MULTICAST,UNICAST',
    '--src-type LOCAL --limit-iface-in',
    '--dst-type LOCAL --limit-iface-in',
    '--dst-type UNREACHABLE --limit-iface-in',
    '--dst-type UNICAST --limit-iface-in',
  ];
  it.each<[src: string, dst: string, expected: number[]]>([
    ['fd00::2', 'fd00::1', [2, 8, 9, 13, 14, 18, 20]],
    ['fd00::2', 'fd01::1', [2, 8, 9, 13, 14, 19, 20]],
    ['fd00::2', 'fd01::2', [2, 8, 15, 19, 20]],
    ['fd00::2', 'fd00::', [2, 8, 10, 15, 20]],
    ['fd00::2', 'fd99::1', [2, 8, 12, 14, 15, 19, 20]],
    ['fd00::2', 'fd55::1', [2, 8, 12, 14, 15, 19, 20]],
    ['fd00::2', 'fd66::1', [2, 8, 12, 14, 15, 19, 20]],
    ['fd00::2', 'fd77::1', [2, 8, 12, 14, 15, 19, 20]],
    ['fd00::2', 'fd88::1', [2, 8, 15, 19, 20]],
    ['fd00::2', 'ff02::1', [2, 11, 15]],
    ['fd00::2', 'ff0e::1', [2, 11, 15]],
    ['fd00::2', '64:ff9b::1', [2, 8, 12, 14, 15, 19, 20]],
    ['fd00::2', '::', [2, 7, 12, 14, 15, 19]],
    ['fd00::2', '::ffff:1.2.3.4', [2, 12, 14, 15, 19]],
    ['fd00::2', '::1.2.3.4', [2, 8, 12, 14, 15, 19, 20]],
    ['fd00::1', 'fd01::2', [2, 3, 8, 15, 17, 19, 20]],
    ['fd01::1', 'fd01::2', [2, 3, 8, 15, 19, 20]],
    ['fd99::1', 'fd01::2', [2, 6, 8, 15, 19, 20]],
    ['::', 'fd01::2', [1, 6, 8, 15, 19, 20]],
  ])('%s -> %s: %j', (src, dst, expected) => {
    expect(matching(rules, packetOf(ipv6({ src, dst }), { indev: 1 }), { host }, 6)).toEqual(expected);
  });

  it('inverts each option by itself', () => {
    const packet = packetOf(ipv6({ src: 'fd00::1', dst: 'fd01::2' }), { indev: 1 });
    const asked = [
      '! --src-type LOCAL',
      '! --src-type ANYCAST',
      '! --src-type ANYCAST ! --dst-type UNICAST',
      '--src-type LOCAL ! --dst-type LOCAL',
    ];
    expect(matching(asked, packet, { host }, 6)).toEqual([2, 4]);
  });
});
