/**
 * cluster: texts as iptables-legacy 1.8.9 answered them, answers by hand-made packets.
 */
import { describe, expect, it } from 'vitest';
import type { Conntrack } from '../../../../src/conntrack/conntrack.ts';
import type { Tuple } from '../../../../src/conntrack/tuple.ts';
import { type Packet, PacketType } from '../../../../src/packet/packet.ts';
import { ipv4, ipv6, packetOf } from '../../../support/frames.ts';
import { answerOf, checkTexts, matchOf } from '../../../support/match-lab.ts';

describe('text of cluster', () => {
  // biome-ignore format: a table
  checkTexts([
    ['-m cluster --cluster-total-nodes 3 --cluster-local-node 1 --cluster-hash-seed 0xdeadbeef', '-m cluster --cluster-local-nodemask 0x00000001 --cluster-total-nodes 3 --cluster-hash-seed 0xdeadbeef', 'cluster node_mask=0x00000001 total_nodes=3 hash_seed=0xdeadbeef'],
    ['-m cluster --cluster-total-nodes 3 --cluster-local-nodemask 5 --cluster-hash-seed 12', '-m cluster --cluster-local-nodemask 0x00000005 --cluster-total-nodes 3 --cluster-hash-seed 0x0000000c', 'cluster node_mask=0x00000005 total_nodes=3 hash_seed=0x0000000c'],
    ['-m cluster ! --cluster-local-nodemask 5 --cluster-total-nodes 3 --cluster-hash-seed 12', '-m cluster ! --cluster-local-nodemask 0x00000005 --cluster-total-nodes 3 --cluster-hash-seed 0x0000000c', 'cluster !node_mask=0x00000005 total_nodes=3 hash_seed=0x0000000c'],
    ['-m cluster --cluster-total-nodes 3 ! --cluster-local-node 2 --cluster-hash-seed 12', '-m cluster ! --cluster-local-nodemask 0x00000002 --cluster-total-nodes 3 --cluster-hash-seed 0x0000000c', 'cluster !node_mask=0x00000002 total_nodes=3 hash_seed=0x0000000c'],
    ['-m cluster --cluster-total-nodes 3 --cluster-local-nodemask 9 --cluster-hash-seed 12', 'FAIL', "cluster match: `--cluster-local-nodemask' too big for `--cluster-total-nodes'"],
    ['-m cluster --cluster-total-nodes 3 --cluster-local-node 4 --cluster-hash-seed 12', 'FAIL', "cluster match: `--cluster-local-node' must be <= `--cluster-total-nodes'"],
    ['-m cluster --cluster-total-nodes 33 --cluster-local-node 4 --cluster-hash-seed 12', 'FAIL', 'cluster: bad value for option "--cluster-total-nodes", or out of range (1-32)'],
    ['-m cluster --cluster-total-nodes 32 --cluster-local-node 32 --cluster-hash-seed 12', '-m cluster --cluster-local-nodemask 0x80000000 --cluster-total-nodes 32 --cluster-hash-seed 0x0000000c', 'cluster node_mask=0x80000000 total_nodes=32 hash_seed=0x0000000c'],
    ['-m cluster --cluster-total-nodes 0 --cluster-local-node 1 --cluster-hash-seed 12', 'FAIL', 'cluster: bad value for option "--cluster-total-nodes", or out of range (1-32)'],
    ['-m cluster --cluster-total-nodes 3 --cluster-local-node 0 --cluster-hash-seed 12', 'FAIL', 'cluster: bad value for option "--cluster-local-node", or out of range (1-32)'],
    ['-m cluster --cluster-total-nodes 3 --cluster-local-node 1', 'FAIL', 'cluster: option "--cluster-hash-seed" must be specified'],
    ['-m cluster --cluster-total-nodes 3 --cluster-hash-seed 1', 'FAIL', "cluster match: `--cluster-local-node' or`--cluster-local-nodemask' is missing"],
    ['-m cluster --cluster-local-node 1 --cluster-hash-seed 1', 'FAIL', 'cluster: option "--cluster-total-nodes" must be specified'],
    ['-m cluster --cluster-total-nodes 3 --cluster-local-node 1 --cluster-local-nodemask 2 --cluster-hash-seed 1', 'FAIL', 'cluster: option "--cluster-local-node" cannot be used together with "--cluster-local-nodemask"'],
    ['-m cluster --cluster-total-nodes 3 --cluster-local-nodemask 7 --cluster-hash-seed 12', '-m cluster --cluster-local-nodemask 0x00000007 --cluster-total-nodes 3 --cluster-hash-seed 0x0000000c', 'cluster node_mask=0x00000007 total_nodes=3 hash_seed=0x0000000c'],
  ]);
});

describe('text of cluster (IPv6)', () => {
  // biome-ignore format: a table
  checkTexts([
    ['-m cluster --cluster-total-nodes 3 --cluster-local-node 1 --cluster-hash-seed 0xdeadbeef', '-m cluster --cluster-local-nodemask 0x00000001 --cluster-total-nodes 3 --cluster-hash-seed 0xdeadbeef', 'cluster node_mask=0x00000001 total_nodes=3 hash_seed=0xdeadbeef'],
  ], { family: 6 });
});

/** Node of 16, seed 0xdeadbeef, as the live kernel (6.18.44) chose it. Of an IPv6 address it takes the first 32 bits. */
const NODES_V4: readonly (readonly [string, number])[] = [
  ['10.0.0.2', 3],
  ['10.0.0.3', 2],
  ['10.0.0.77', 5],
  ['192.168.5.9', 5],
  ['172.16.0.1', 4],
  ['8.8.8.8', 5],
];
const NODES_V6: readonly (readonly [string, number])[] = [
  ['fd00::2', 6],
  ['fd00::3', 6],
  ['2001:db8::1', 10],
  ['2001:db9::1', 12],
  ['fe00:1:2:3::4', 12],
];
/** A connection tracker that knows entry 1 (from the packet's source), 2 (announced by 1). */
const conntrackOf = (packet: Packet): Conntrack =>
  ({
    master: (entry: number) => (entry === 2 ? 1 : -1),
    readTuple: (entry: number, _way: number, tuple: Tuple) => {
      tuple.family = packet.family;
      tuple.src0 = entry === 1 ? packet.src0 : 0;
      tuple.src1 = packet.src1;
      return tuple;
    },
  }) as unknown as Conntrack;
const of = (src: string, set: Partial<Packet> = {}): Packet =>
  packetOf(src.includes(':') ? ipv6({ src }) : ipv4({ src }), { ct: 1, ...set });
const node = (packet: Packet, nodes: number): number[] =>
  Array.from({ length: nodes }, (_, i) => i + 1).filter((n) => {
    const rule = `-m cluster --cluster-total-nodes ${nodes} --cluster-local-node ${n} --cluster-hash-seed 0xdeadbeef`;
    return answerOf(matchOf(rule, { conntrack: conntrackOf(packet) }, { family: packet.family as 4 | 6 }), packet) === true;
  });

describe('answers of cluster', () => {
  it('gives every connection to one node', () => {
    for (let i = 0; i < 50; i++) expect(node(of(`10.0.0.${i}`), 5)).toHaveLength(1);
  });

  it('hashes as the kernel did', () => {
    expect(NODES_V4.map(([src]) => node(of(src), 16)[0])).toEqual(NODES_V4.map(([, expected]) => expected));
    expect(NODES_V6.map(([src]) => node(of(src), 16)[0])).toEqual(NODES_V6.map(([, expected]) => expected));
  });

  it('follows the connection that announced this one, and knows nothing without connection', () => {
    expect(node(of('10.0.0.2', { ct: 2 }), 16)).toEqual(node(of('10.0.0.2'), 16));
    const rule = '-m cluster --cluster-total-nodes 2 ! --cluster-local-nodemask 1 --cluster-hash-seed 1';
    expect(answerOf(matchOf(rule, { conntrack: conntrackOf(of('10.0.0.2')) }), of('10.0.0.2', { ct: -1 }))).toBe(false);
  });

  it('takes in what came by multicast for one address', () => {
    const rule = '-m cluster --cluster-total-nodes 2 --cluster-local-node 1 --cluster-hash-seed 1';
    const unicast = of('10.0.0.2', { ct: -1, pktType: PacketType.Multicast });
    const multicast = packetOf(ipv4({ dst: '224.0.0.5' }), { ct: -1, pktType: PacketType.Multicast });
    const match = matchOf(rule, { conntrack: conntrackOf(unicast) });
    match(unicast);
    match(multicast);
    expect([unicast.pktType, multicast.pktType]).toEqual([PacketType.Host, PacketType.Multicast]);
  });
});
