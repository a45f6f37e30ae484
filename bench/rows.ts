/**
 * The table of the bench: for each kind of work what hookline needs, what it ought to need, and who stands beside it in the same
 * run. A contender is named by its words; rows refer to it by them.
 * @module
 */
import { type Contender, ours } from './support/contender.ts';
import { workers } from './support/workers.ts';
import {
  compiled,
  decompressor,
  gopacket,
  kernel,
  npmPackage,
  restore,
  restoreChange,
  tcpdumpFilter,
  tcpdumpWrite,
} from './support/peers.ts';

/** What a number should be: at most so much in the row's unit, or at most so many times another contender. */
export interface Goal {
  readonly atMost: number;
  /** The contender it is a multiple of; absent: `atMost` is in the unit of the row. */
  readonly of?: string;
}

export interface Row {
  readonly work: string;
  readonly unit: 'ns' | 'ms' | 'octets';
  /** Time of the processor, or by the clock where several threads or processes work. */
  readonly by: 'cpu' | 'wall';
  readonly ours: string;
  /** The number is what `ours` needs more than this. */
  readonly minus?: string;
  readonly goals: readonly Goal[];
  readonly beside: readonly string[];
  /** What those beside must have in common with ours to have done the same work. */
  readonly same: 'check' | 'items' | 'nothing';
  /** MiB the process may have at most. */
  readonly memory?: number;
}

const TMP = '/dev/shm/hookline-bench.out';

/** Every contender there is, by its words. */
export function contenders(quick: boolean): Map<string, Contender> {
  const all = new Map<string, Contender>();
  const add = (words: string, contender: Contender): void => void all.set(words, contender);
  for (const traffic of ['tcp64-100k-long', 'tcp64-1m-long', 'imix-100k-long']) {
    for (const count of [1, 2]) add(`workers ${traffic} ${count}`, workers(traffic, count, quick));
  }
  for (const words of OURS) add(words, ours(words, quick));
  for (const traffic of ['tcp64-100k', 'imix-100k']) {
    add(`libpcap-decode ${traffic}`, compiled('C libpcap, decoding', 'libpcap-decode', traffic, quick));
    add(`gopacket ${traffic}`, gopacket(traffic, quick));
    add(`tcpdump ${traffic}`, tcpdumpFilter(traffic, quick));
  }
  for (const name of ['pcap-parser', 'pcap-decoder', 'pcap-ng-parser']) add(`npm ${name}`, npmPackage(name, 'tcp64-100k', quick));
  for (const traffic of ['tcp64-1k', 'tcp64-100k', 'tcp64-1m', 'imix-100k']) {
    add(`libpcap-flows ${traffic}`, compiled('C libpcap, hash table of flows', 'libpcap-flows', traffic, quick));
  }
  add('kernel bare', kernel('kernel, forwarding without netfilter', null, 1000, quick));
  add('kernel ten', kernel('kernel, forwarding through the 10 rules', 'ten', 1000, quick));
  add('kernel new', kernel('kernel, every packet a new connection, SNAT', 'snat-pool', 0, quick));
  add('tcpdump-null', tcpdumpWrite('tcp64-100k', '/dev/null', quick));
  add('tcpdump-copy', tcpdumpWrite('tcp64-100k', TMP, quick));
  add('gzip', decompressor('gzip', 'tcp64-100k', quick));
  add('zstd', decompressor('zstd', 'tcp64-100k', quick));
  add('legacy-change', restoreChange('legacy', 'kube'));
  add('nft-change', restoreChange('nft', 'kube'));
  add('legacy-restore', restore('legacy', 'kube'));
  add('nft-restore', restore('nft', 'kube'));
  return all;
}

const TEN_100K = 'path tcp64-100k ten';
const TEN_1K = 'path tcp64-1k ten';

export const ROWS: readonly Row[] = [
  decoding('decode every packet, 64-octet TCP, page-cached file', 'tcp64-100k', 1000 / 55, [
    'npm pcap-parser',
    'npm pcap-decoder',
    'npm pcap-ng-parser',
  ]),
  decoding('decode every packet, IMIX', 'imix-100k', 1000 / 18, []),
  path('whole path, 10 rules, every table, 1,000 flows', 'tcp64-1k', 1000 / 20, 0),
  path('whole path, 10 rules, 100,000 flows', 'tcp64-100k', 1000 / 12, 0.6),
  path('whole path, 10 rules, 1,000,000 flows', 'tcp64-1m', 1000 / 8, 0),
  path('whole path, 10 rules, IMIX, 100,000 flows', 'imix-100k', 0, 0),
  many('the same with 160,000 kube-proxy rules, 100,000 flows', 'path kube-100k kube', 1.25),
  first('a connection’s first packet, 160,000 kube-proxy rules', 'first kube-syn kube', ['first kube-syn kube interpreter']),
  many('the same with 160,000 ACL rules, 100,000 flows', 'path tcp64-100k acl', 1.6),
  first('a connection’s first packet, 160,000 ACL rules', 'first syn acl', ['first syn acl interpreter']),
  more('SNAT every packet, 1,000 flows: on top of 10 rules', 'path snat-1k snat', TEN_1K, 15),
  more('SNAT every packet, 100,000 flows: on top', 'path snat-100k snat', TEN_100K, 15),
  more('DNAT every packet, 100,000 flows: on top', 'path dnat-100k dnat', TEN_100K, 15),
  {
    work: 'every packet a new connection, SNAT',
    unit: 'ns',
    by: 'cpu',
    ours: 'first syn snat-pool',
    goals: [{ atMost: 1000 / 3 }],
    beside: ['kernel new'],
    same: 'nothing',
  },
  {
    work: 'load 160,000 rules, cold process, to its first packet',
    unit: 'ms',
    by: 'wall',
    ours: 'load kube',
    goals: [{ atMost: 500 }],
    beside: ['legacy-restore', 'nft-restore'],
    same: 'check',
    memory: 250,
  },
  {
    work: 'change one service among 20,000, connections kept',
    unit: 'ms',
    by: 'wall',
    ours: 'change kube',
    goals: [{ atMost: 1 }],
    beside: ['legacy-change', 'nft-change'],
    same: 'nothing',
  },
  memory('memory a connection, IPv4, index included', 'memory tcp64-1m', 80),
  memory('memory a connection, IPv6', 'memory tcp64v6-500k', 128),
  sharded('hookline replay, 2 workers on 2 cores, 100,000 flows', 'tcp64-100k-long', 1.75),
  sharded('hookline replay, 2 workers, 1,000,000 flows', 'tcp64-1m-long', 1.6),
  sharded('hookline replay, 2 workers, IMIX', 'imix-100k-long', 1.6),
  inflating('gzip'),
  inflating('zstd'),
  writing('write every packet to pcapng, to /dev/null: on top of decoding', '/dev/null', 'tcpdump-null'),
  writing('write every packet to pcapng, a file in memory: on top', TMP, 'tcpdump-copy'),
];

/** What hookline does in these rows. */
const OURS: readonly string[] = [
  ...new Set(ROWS.flatMap(({ ours: words, minus, beside }) => [words, ...(minus === undefined ? [] : [minus]), ...beside])),
].filter((words) => /^(read|decode|aim|write|path|first|load|change|memory) /.test(words));

function decoding(work: string, traffic: string, ns: number, others: readonly string[]): Row {
  const libpcap = `libpcap-decode ${traffic}`;
  const go = `gopacket ${traffic}`;
  return {
    work,
    unit: 'ns',
    by: 'cpu',
    ours: `decode ${traffic}`,
    goals: [{ atMost: ns }, { of: libpcap, atMost: 0.4 }, { of: go, atMost: 1 / 7 }],
    beside: [`aim ${traffic}`, libpcap, go, `tcpdump ${traffic}`, ...others],
    same: 'items',
  };
}

function path(work: string, traffic: string, ns: number, ratio: number): Row {
  const flows = `libpcap-flows ${traffic}`;
  const goals = [...(ns === 0 ? [] : [{ atMost: ns }]), ...(ratio === 0 ? [] : [{ of: flows, atMost: ratio }])];
  const beside = traffic === 'tcp64-1k' ? [flows, 'kernel bare', 'kernel ten'] : [flows];
  return {
    work,
    unit: 'ns',
    by: 'cpu',
    ours: `path ${traffic} ten`,
    goals,
    beside,
    same: traffic.startsWith('imix') ? 'items' : 'check',
  };
}

function many(work: string, words: string, ratio: number): Row {
  return { work, unit: 'ns', by: 'cpu', ours: words, goals: [{ of: TEN_100K, atMost: ratio }], beside: [TEN_100K], same: 'items' };
}

function first(work: string, words: string, beside: readonly string[]): Row {
  return { work, unit: 'ns', by: 'cpu', ours: words, goals: [{ atMost: 300 }], beside, same: 'nothing' };
}

function more(work: string, words: string, than: string, ns: number): Row {
  return { work, unit: 'ns', by: 'cpu', ours: words, minus: than, goals: [{ atMost: ns }], beside: [than], same: 'items' };
}

/** By the clock: decompression has a thread of its own. */
function inflating(how: 'gzip' | 'zstd'): Row {
  return {
    work: `read ${how}, 64-octet TCP`,
    unit: 'ns',
    by: 'wall',
    ours: `read tcp64-100k ${how}`,
    goals: [{ of: how, atMost: 1 / 0.9 }],
    beside: [how],
    same: 'items',
  };
}

function writing(work: string, to: string, tcpdump: string): Row {
  return {
    work,
    unit: 'ns',
    by: 'cpu',
    ours: `write tcp64-100k ${to}`,
    minus: 'aim tcp64-100k',
    goals: [{ atMost: 60 }],
    beside: [tcpdump],
    same: 'items',
  };
}

function sharded(work: string, traffic: string, times: number): Row {
  const one = `workers ${traffic} 1`;
  return {
    work,
    unit: 'ns',
    by: 'wall',
    ours: `workers ${traffic} 2`,
    goals: [{ of: one, atMost: 1 / times }],
    beside: [one],
    same: 'check',
  };
}

function memory(work: string, words: string, octets: number): Row {
  return { work, unit: 'octets', by: 'cpu', ours: words, goals: [{ atMost: octets }], beside: [], same: 'nothing' };
}
