/**
 * cluster: whether this node of a cluster is the one for a connection, by a hash of its original source.
 *
 *   -m cluster --cluster-total-nodes 2 [!] --cluster-local-node 1 --cluster-hash-seed 0xdeadbeef
 *
 * All nodes of such a cluster get every frame, by a multicast link address. So the match, first of all, makes a packet for one
 * IP address that came in a multicast frame one for this host: without it the packet would never be delivered or forwarded.
 * The hash runs over the address as it lies in memory of a little-endian machine; of an IPv6 address over its first 32 bits
 * alone, so that all hosts of a /32 go to one node. Connections that another one announced (FTP data) follow it. A packet without connection does not match, inverted or not.
 * Reference: iptables-extensions(8), "cluster". Kernel counterpart: net/netfilter/xt_cluster.c (behaviour only).
 * @module
 */
import type { Conntrack } from '../../conntrack/conntrack.ts';
import { Direction } from '../../conntrack/ctinfo.ts';
import { Tuple } from '../../conntrack/tuple.ts';
import { jhash1word, reciprocalScale } from '../../inet/hash.ts';
import { PacketType, type ReadonlyPacket } from '../../packet/packet.ts';
import type { MatchModule } from '../match.ts';
import type { Options } from '../options.ts';
import { forbidTogether, mandatory, unsigned } from './option-value.ts';

const NAME = 'cluster';
const MAX_NODES = 32;

export interface ClusterInfo {
  readonly nodes: number;
  /** Bit n - 1 for node n, int32. */
  readonly mask: number;
  readonly invert: boolean;
  readonly seed: number;
}

export const cluster: MatchModule<ClusterInfo> = {
  name: NAME,
  scope: 'flow',
  conntrack: true,
  options: [
    { name: 'cluster-total-nodes' },
    { name: 'cluster-local-node', invert: true },
    { name: 'cluster-local-nodemask', invert: true },
    { name: 'cluster-hash-seed' },
  ],

  parse(options) {
    forbidTogether(options, NAME, 'cluster-local-node', 'cluster-local-nodemask');
    const nodes = unsigned(mandatory(options, NAME, 'cluster-total-nodes'), NAME, 1, MAX_NODES);
    const seed = unsigned(mandatory(options, NAME, 'cluster-hash-seed'), NAME) | 0;
    return { nodes, ...readMask(options, nodes), seed };
  },

  print({ nodes, mask, invert, seed }) {
    return `${invert ? '! ' : ''}--cluster-local-nodemask ${hex(mask)} --cluster-total-nodes ${nodes} --cluster-hash-seed ${hex(seed)}`;
  },

  list({ nodes, mask, invert, seed }) {
    return `cluster ${invert ? '!' : ''}node_mask=${hex(mask)} total_nodes=${nodes} hash_seed=${hex(seed)}`;
  },

  compile({ nodes, mask, invert, seed }, services) {
    const { conntrack } = services;
    const tuple = new Tuple();
    return (packet) => {
      takeIn(packet);
      if (packet.ct < 0) return false;
      sourceOf(conntrack, packet.ct, tuple);
      const node = reciprocalScale(jhash1word(swap(tuple.src0), seed), nodes);
      return ((mask & (1 << node)) !== 0) !== invert;
    };
  },
};

function readMask(options: Options, nodes: number): Pick<ClusterInfo, 'mask' | 'invert'> {
  const node = options.get('cluster-local-node');
  if (node !== undefined) {
    const number = unsigned(node, NAME, 1, MAX_NODES);
    if (number > nodes) node.fail("cluster match: `--cluster-local-node' must be <= `--cluster-total-nodes'");
    return { mask: 1 << (number - 1), invert: node.invert };
  }
  const given = options.get('cluster-local-nodemask');
  if (given === undefined) return options.fail("cluster match: `--cluster-local-node' or`--cluster-local-nodemask' is missing");
  const mask = unsigned(given, NAME);
  if (mask >= 2 ** nodes) given.fail("cluster match: `--cluster-local-nodemask' too big for `--cluster-total-nodes'");
  return { mask: mask | 0, invert: given.invert };
}

/** The one thing a match may change: the kind of link address a packet came with. */
function takeIn(packet: ReadonlyPacket): void {
  if (packet.pktType === PacketType.Multicast && !isMulticast(packet)) (packet as { pktType: PacketType }).pktType = PacketType.Host;
}

function isMulticast(packet: ReadonlyPacket): boolean {
  return packet.family === 4 ? packet.dst0 >>> 28 === 0xe : packet.dst0 >>> 24 === 0xff;
}

/** The original tuple of a connection, or of the one that announced it. */
function sourceOf(conntrack: Conntrack, entry: number, tuple: Tuple): void {
  const master = conntrack.master(entry);
  conntrack.readTuple(master >= 0 ? master : entry, Direction.Original, tuple);
}

/** The word with its octets in the other order. */
function swap(word: number): number {
  return (word << 24) | ((word & 0xff00) << 8) | ((word >>> 8) & 0xff00) | (word >>> 24);
}

function hex(word: number): string {
  return `0x${(word >>> 0).toString(16).padStart(8, '0')}`;
}
