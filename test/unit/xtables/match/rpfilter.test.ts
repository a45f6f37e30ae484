/**
 * rpfilter: texts as iptables-legacy 1.8.9 answered them; answers as a Linux 6.18 router gave them.
 */
import { describe, expect, it } from 'vitest';
import { parseHost } from '../../../../src/host/host-json.ts';
import type { Packet } from '../../../../src/packet/packet.ts';
import { ipv4, ipv6, packetOf } from '../../../support/frames.ts';
import { answerOf, answers, checkTexts, matchOf } from '../../../support/match-lab.ts';

describe('text of rpfilter', () => {
  // biome-ignore format: a table
  checkTexts([
  ['-m rpfilter', 'FAIL', 'rpfilter match: only valid in raw/mangle table, not filter'],
]);
  // biome-ignore format: a table
  checkTexts([
  ['-m rpfilter', '=', 'rpfilter'],
  ['-m rpfilter --loose --validmark --accept-local --invert', '=', 'rpfilter loose validmark accept-local invert'],
  ['-m rpfilter ! --loose', 'FAIL', 'rpfilter: option "--loose" cannot be inverted'],
], { table: 'mangle', chain: 'PREROUTING' });
  // biome-ignore format: a table
  checkTexts([
  ['-m rpfilter --loose', '=', 'rpfilter loose'],
], { table: 'raw', chain: 'PREROUTING' });
  // biome-ignore format: a table
  checkTexts([
  ['-m rpfilter --loose', 'FAIL', 'rpfilter match: only valid in raw/mangle table, not nat'],
], { table: 'nat', chain: 'PREROUTING' });
  // biome-ignore format: a table
  checkTexts([
  ['-m rpfilter --validmark', '=', 'rpfilter validmark'],
], { family: 6, table: 'raw', chain: 'PREROUTING' });
  // biome-ignore format: a table
  checkTexts([
  ['-m rpfilter', 'FAIL', 'rpfilter match: used from hooks FORWARD, but only usable from PREROUTING'],
], { table: 'mangle' });
});

const host = parseHost({
  interfaces: [
    { name: 'eth0', mac: '02:00:00:00:00:01', addresses: ['10.0.0.1/24', 'fd00::1/64'], mtu: 1500 },
    { name: 'eth1', mac: '02:00:00:00:00:02', addresses: ['10.1.0.1/24', 'fd01::1/64'], mtu: 1500 },
  ],
  forwarding: true,
  routes: [
    { dst: '55.0.0.0/8', type: 'unreachable' },
    { dst: '66.0.0.0/8', via: '10.1.0.254', dev: 'eth1' },
    { dst: 'fd55::/16', type: 'unreachable' },
    { dst: 'fd66::/16', via: 'fd01::fe', dev: 'eth1' },
    { dst: 'fd77::/16', via: 'fd00::fe', dev: 'eth0', metric: 100 },
    { dst: 'fd77::/16', via: 'fd01::fe', dev: 'eth1', metric: 50 },
  ],
});
const RULES = ['', ' --invert', ' --loose', ' --accept-local', ' --loose --accept-local', ' --loose --invert'];

/** Numbers, from 1, of the rules that match. */
function matching(packet: Packet, family: 4 | 6): number[] {
  return RULES.flatMap((options, i) => {
    const answer = answerOf(matchOf(`-m rpfilter${options}`, { host }, { family, table: 'raw', chain: 'PREROUTING' }), packet);
    return answer === true ? [i + 1] : [];
  });
}

describe('answers of rpfilter to what comes in by eth0', () => {
  it.each<[src: string, dst: string, expected: number[]]>([
    ['10.0.0.2', '10.1.0.2', [1, 3, 4, 5]],
    ['10.1.0.2', '10.0.0.2', [2, 3, 5]],
    ['9.9.9.9', '10.1.0.2', [2, 6]],
    ['55.1.1.1', '10.1.0.2', [2, 6]],
    ['66.1.1.1', '10.1.0.2', [2, 3, 5]],
    ['10.0.0.1', '10.1.0.2', [2, 4, 5, 6]],
    ['10.1.0.1', '10.1.0.2', [2, 5, 6]],
    ['0.0.0.0', '255.255.255.255', [1, 3, 4, 5]],
    ['0.0.0.0', '224.0.0.1', [1, 3, 4, 5]],
    ['0.0.0.0', '224.1.0.1', [2, 6]],
    ['0.0.0.0', '10.1.0.2', [2, 6]],
    ['10.0.0.2', '224.0.0.1', [1, 3, 4, 5]],
    ['10.0.0.255', '10.1.0.2', [2, 6]],
    ['127.0.0.1', '10.1.0.2', [2, 5, 6]],
    ['0.0.0.1', '255.255.255.255', [2, 6]],
  ])('%s -> %s: %j', (src, dst, expected) => {
    expect(matching(packetOf(ipv4({ src, dst }), { indev: 1 }), 4)).toEqual(expected);
  });

  it.each<[src: string, dst: string, expected: number[]]>([
    ['fd00::2', 'fd01::2', [1, 3, 4, 5]],
    ['fd01::2', 'fd00::2', [2, 3, 5]],
    ['fd99::1', 'fd01::2', [2, 6]],
    ['fd55::1', 'fd01::2', [2, 6]],
    ['fd66::1', 'fd01::2', [2, 3, 5]],
    ['fd77::1', 'fd01::2', [1, 3, 4, 5]],
    ['fd00::1', 'fd01::2', [2, 4, 5, 6]],
    ['fd01::1', 'fd01::2', [2, 4, 5, 6]],
    ['::', 'fd01::2', [1, 3, 4, 5]],
    ['fd00::2', 'ff02::1', [1, 3, 4, 5]],
    ['fd00::', 'fd01::2', [2, 6]],
    ['fd77::1', 'ff02::1', [1, 3, 4, 5]],
    ['fd00::1', 'ff02::1', [2, 4, 5, 6]],
  ])('%s -> %s: %j', (src, dst, expected) => {
    expect(matching(packetOf(ipv6({ src, dst }), { indev: 1 }), 6)).toEqual(expected);
  });

  it('lets pass what comes over lo', () => {
    expect(matching(packetOf(ipv4({ src: '10.0.0.1', dst: '10.1.0.1' }), { indev: host.loopback }), 4)).toEqual([1, 3, 4, 5]);
    expect(matching(packetOf(ipv6({ src: 'fd00::1', dst: 'fd01::1' }), { indev: host.loopback }), 6)).toEqual([1, 3, 4, 5]);
  });

  it('looks the mark up with --validmark only', () => {
    const marked = parseHost({
      interfaces: [
        { name: 'eth0', mac: '02:00:00:00:00:01', addresses: ['10.0.0.1/24'], mtu: 1500 },
        { name: 'eth1', mac: '02:00:00:00:00:02', addresses: ['10.1.0.1/24'], mtu: 1500 },
      ],
      routes: [{ dst: '10.0.0.0/24', via: '10.1.0.254', dev: 'eth1', table: 100 }],
      ip_rules: ['fwmark 1 lookup 100'],
    });
    const packet = packetOf(ipv4({ src: '10.0.0.2', dst: '10.1.0.2' }), { indev: 1, mark: 1 });
    const place = { table: 'raw', chain: 'PREROUTING' };
    expect(answers('-m rpfilter', [packet], { host: marked }, place)).toEqual([true]);
    expect(answers('-m rpfilter --validmark', [packet], { host: marked }, place)).toEqual([false]);
  });
});
