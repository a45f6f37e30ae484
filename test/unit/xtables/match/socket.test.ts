/**
 * socket: texts as iptables-legacy 1.8.9 answered them, answers by hand-made packets.
 */
import { describe, expect, it } from 'vitest';
import type { Host } from '../../../../src/host/host.ts';
import type { Listener } from '../../../../src/host/plan.ts';
import type { Packet } from '../../../../src/packet/packet.ts';
import { DoubtLab } from '../../../support/doubt-lab.ts';
import { ipv4, ipv6, packetOf, tcp, udp } from '../../../support/frames.ts';
import { answerOf, checkAnswers, checkTexts, matchOf } from '../../../support/match-lab.ts';

describe('text of socket', () => {
  // biome-ignore format: a table
  checkTexts([
    ['-m socket --nowildcard', '=', 'socket --nowildcard'],
    ['-m socket --restore-skmark', '=', 'socket --restore-skmark'],
    ['-m socket --nowildcard --transparent --restore-skmark', '-m socket --transparent --nowildcard --restore-skmark', 'socket --transparent --nowildcard --restore-skmark'],
    ['-m socket --foo', 'FAIL', 'unknown option "--foo"'],
  ], { chain: 'INPUT' });
});

describe('text of socket (IPv6)', () => {
  // biome-ignore format: a table
  checkTexts([
    ['-m socket', '=', 'socket'],
  ], { family: 6, chain: 'INPUT' });
});

const listener = (protocol: number, address: number, port: number): Listener => ({
  protocol,
  family: 4,
  address: Int32Array.of(address),
  port,
  transparent: false,
});
const host = { settings: { listeners: [listener(6, 0, 80), listener(17, 0x0a000101, 53)] } } as unknown as Host;
const INPUT = { chain: 'INPUT' };

describe('answers of socket', () => {
  const web = packetOf(ipv4({ dst: '10.0.1.1' }, tcp({ dport: 80 })));
  const dns = packetOf(ipv4({ dst: '10.0.1.1', protocol: 17 }, udp(1, 53)));
  checkAnswers(
    [
      ['-m socket', dns, true, 'a listener on this address'],
      ['-m socket', packetOf(ipv4({ dst: '10.0.1.2', protocol: 17 }, udp(1, 53))), false, 'no listener on that address'],
      ['-m socket', packetOf(ipv4({ dst: '10.0.1.1' }, tcp({ dport: 53 }))), false, 'another protocol'],
      ['-m socket', web, false, 'a listener on any address does not count'],
      ['-m socket --nowildcard', web, true, 'but here'],
      ['-m socket --transparent', dns, false, 'none is transparent'],
      ['-m socket', packetOf(ipv4({ dst: '10.0.1.1', protocol: 17, fragOffset: 8 }, [1])), false, 'a later fragment'],
    ],
    { host },
    INPUT,
  );
});

describe('socket in doubt', () => {
  const segment = packetOf(ipv4({}, tcp({ dport: 80 })));
  const icmp = (type: number): Packet => packetOf(ipv4({ protocol: 1 }, [type, 0, 0, 0, 0, 0, 0, 0]));
  const icmp6 = (type: number): Packet => packetOf(ipv6({ next: 58 }, [type, 0, 0, 0, 0, 0, 0, 0]));
  it.each<[string, Packet, number]>([
    ['a TCP segment', segment, 1],
    ['a UDP datagram', packetOf(ipv4({ protocol: 17 }, udp(1, 53))), 1],
    ['an ICMP error', icmp(3), 1],
    ['an ICMPv6 error', icmp6(1), 1],
    ['an echo request', icmp(8), 0],
    ['an ICMPv6 echo request', icmp6(128), 0],
    ['another protocol', packetOf(ipv4({ protocol: 47 }, new Uint8Array(8))), 0],
    ['a later fragment', packetOf(ipv4({ protocol: 17, fragOffset: 8 }, new Uint8Array(8))), 0],
    ['a cut ICMP error', packetOf(ipv4({ protocol: 1 }, [3, 0])), 0],
  ])('%s', (_, packet, asked) => {
    for (const holds of [true, false]) {
      const lab = new DoubtLab();
      lab.begin(holds);
      expect([answerOf(matchOf('-m socket', { doubt: lab }, INPUT), packet), lab.asked]).toEqual([holds && asked === 1, asked]);
    }
  });
});
