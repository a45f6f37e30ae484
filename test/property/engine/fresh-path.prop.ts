import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatIpv4 } from '../../../src/inet/ipv4.ts';
import { Random } from '../../../src/inet/random.ts';
import { build } from '../../../src/packet/build.ts';
import { ethernet, ipv4, tcp, udp } from '../../../src/packet/build-layers.ts';
import type { Side } from '../../support/conversations.ts';
import { type Arrival, WordyRouter } from '../../support/wordy-router.ts';

const RUNS = Math.max(150, Number(process.env['FC_RUNS'] ?? 0));
const PACKETS = 300;
/** Packets that went the fresh way in all runs, and flows that were translated: a test without them would prove nothing. */
let begun = 0;
let translated = 0;

/** Routes that cut the destinations, by length, TOS and source; a neighbour without a gateway. */
const HOST = {
  interfaces: [
    { name: 'eth0', mac: '02:00:00:00:00:01', addresses: ['10.0.0.1/24'] },
    { name: 'eth1', mac: '02:00:00:00:00:02', addresses: ['203.0.113.1/24'] },
    { name: 'eth2', mac: '02:00:00:00:00:03', addresses: ['172.16.0.1/24'], mtu: 1000 },
  ],
  routes: [
    { dst: '0.0.0.0/0', via: '203.0.113.254', dev: 'eth1' },
    { dst: '198.51.100.0/25', dev: 'eth2' },
    { dst: '198.51.100.64/26', via: '172.16.0.9', dev: 'eth2' },
    { dst: '10.1.0.0/16', via: '10.0.0.9', dev: 'eth0' },
    { dst: '0.0.0.0/0', via: '172.16.0.9', dev: 'eth2', table: 100 },
    { type: 'blackhole', dst: '192.0.2.128/25' },
  ],
  ip_rules: ['from 10.1.2.0/23 lookup 100', 'fwmark 0x5 lookup 100', 'tos 0x10 lookup 100'],
  neighbours: [
    { dev: 'eth1', ip: '203.0.113.254', mac: '02:00:00:00:01:fe' },
    { dev: 'eth2', ip: '198.51.100.9', mac: '02:00:00:00:02:09' },
    { dev: 'eth2', ip: '172.16.0.9', mac: '02:00:00:00:02:99' },
  ],
};

const CLIENTS = ['10.0.0.0/28', '10.1.2.0/24', '10.1.3.248/29', '10.1.4.0/30', '10.1.0.0/16', '10.0.0.77/32', '10.255.255.255/32'];
const SERVERS = [
  '198.51.100.0/28',
  '198.51.100.64/29',
  '198.51.100.120/28',
  '192.0.2.124/29',
  '203.0.113.48/29',
  '8.0.0.0/8',
  '127.0.0.1/32',
];
const PORTS = [1, 22, 53, 79, 80, 81, 443, 1023, 1024, 8080, 65_535];

class Arrivals {
  readonly random: Random;

  constructor(seed: number) {
    this.random = new Random(seed);
  }

  pick<T>(from: readonly T[]): T {
    return from[this.random.below(from.length)]!;
  }

  chance(n: number): boolean {
    return this.random.below(n) === 0;
  }

  not(): string {
    return this.chance(4) ? '! ' : '';
  }

  address(prefixes: readonly string[]): number {
    const [text, length] = this.pick(prefixes).split('/');
    const word = text!.split('.').reduce((sum, octet) => (sum << 8) | Number(octet), 0);
    return (word + this.random.below(2 ** (32 - Number(length)))) | 0;
  }

  rules(): string {
    const table = (name: string, chains: readonly string[], targets: readonly string[], policy = 'ACCEPT'): string => {
      const lines = chains.flatMap((chain) =>
        Array.from({ length: this.random.below(5) }, () => `-A ${chain} ${this.asks(chain)} ${this.pick(targets)}`),
      );
      return `*${name}\n:${chains[0]} ${policy} [0:0]\n${lines.join('\n')}\nCOMMIT\n`;
    };
    const most = ['-j ACCEPT', '-j ACCEPT', '-j RETURN', ''];
    const marks = [
      '-j MARK --set-xmark 0x5/0xffffffff',
      '-j MARK --set-xmark 0x1/0x3',
      '-j TOS --set-tos 0x10/0x3f',
      '-j DSCP --set-dscp 0x08',
      '-j CONNMARK --set-xmark 0x1/0x1',
      '-j CONNMARK --restore-mark',
    ];
    const parts = [table('filter', ['FORWARD', 'INPUT'], [...most, '-j DROP'])];
    if (this.chance(2)) parts.push(table('raw', ['PREROUTING'], this.chance(6) ? ['-j CT --notrack', '-j CT --zone 3'] : most));
    if (this.chance(2)) parts.push(table('mangle', ['PREROUTING', 'FORWARD', 'POSTROUTING'], [...most, ...marks]));
    if (!this.chance(3)) parts.push(this.natTable());
    return parts.join('');
  }

  private asks(chain: string): string {
    const words: string[] = [];
    if (this.chance(60)) words.push('-s 10.0.0.1/255.0.0.255');
    else if (this.chance(2)) words.push(`${this.not()}-s ${this.prefix(CLIENTS)}`);
    if (this.chance(2)) words.push(`${this.not()}-d ${this.prefix(SERVERS)}`);
    if (this.chance(5) && chain !== 'POSTROUTING') words.push(`-i ${this.pick(['eth0', 'eth1'])}`);
    const protocol = this.pick(['', '', 'tcp', 'udp']);
    if (protocol !== '') {
      words.push(`-p ${protocol}`);
      const low = this.pick(PORTS);
      const range = this.chance(2) || low === 65_535 ? `${low}` : `${low}:${Math.min(low + 1 + this.random.below(900), 65_535)}`;
      if (this.chance(2)) words.push(`-m ${protocol} ${this.not()}${this.pick(['--dport', '--dport', '--sport'])} ${range}`);
      else if (this.chance(3)) words.push(`-m multiport ${this.not()}${this.pick(['--dports', '--sports', '--ports'])} ${range},443`);
    }
    if (this.chance(2)) words.push(this.match());
    return words.join(' ');
  }

  private match(): string {
    return this.pick([
      `-m conntrack ${this.not()}--ctstate ${this.pick(['NEW', 'ESTABLISHED', 'DNAT', 'SNAT', 'NEW,DNAT'])}`,
      '-m conntrack --ctdir REPLY',
      `-m iprange ${this.not()}--src-range 10.1.2.7-10.1.3.250`,
      `-m iprange --dst-range 198.51.100.3-198.51.100.121`,
      `-m addrtype ${this.not()}--dst-type ${this.pick(['LOCAL', 'UNICAST', 'BROADCAST', 'UNICAST,LOCAL'])}`,
      `-m connmark --mark ${this.pick(['0', '1'])}`,
      `-m mark --mark ${this.pick(['5', '0x1/0x3'])}`,
      '-m tos --tos 0x10/0x3f',
      `-m statistic --mode random ${this.not()}--probability ${this.pick(['0.33333', '0.5', '0.9'])}`,
      '-m comment --comment c',
      ...(this.chance(4) ? ['-m statistic --mode nth --every 2 --packet 0', '-m length --length 28:50', '-m ttl --ttl-gt 40'] : []),
      ...(this.chance(20) ? ['-m conntrack --ctorigsrc 10.1.2.0/24'] : []),
    ]);
  }

  private prefix(from: readonly string[]): string {
    const length = this.pick([8, 16, 24, 25, 28, 30, 31, 32]);
    return `${formatIpv4(this.address(from))}/${length}`;
  }

  /** Ports need a protocol. */
  private dnat(before: string, to: string): string {
    const draw = this.chance(3) ? '-m statistic --mode random --probability 0.5 ' : '';
    return `-A PREROUTING ${to.includes(':') && !before.includes('-p') ? '-p tcp ' : ''}${before} ${draw}-j DNAT --to-destination ${to}`;
  }

  private natTable(): string {
    const before = ['-p tcp -m tcp --dport 80', '-p udp', '-p tcp', `-d ${this.prefix(SERVERS)}`, `-s ${this.prefix(CLIENTS)}`];
    const to = ['198.51.100.3', '8.0.0.80:8080', '8.0.0.80-8.0.0.90', '192.0.2.7:80-90', '198.51.100.9', '203.0.113.50:443'];
    const lines = [
      ...Array.from({ length: this.random.below(4) }, () => this.dnat(this.pick(before), this.pick(to))),
      ...(this.chance(6) ? ['-A PREROUTING -p tcp -m tcp --dport 22 -j REDIRECT --to-ports 2222'] : []),
      ...(this.chance(6) ? [`-A PREROUTING -d 192.0.2.0/25 -j NETMAP --to 198.51.100.0/25`] : []),
      `-A POSTROUTING ${this.pick(['-o eth1', '-o eth2', `-s ${this.prefix(CLIENTS)}`])} ${this.pick([
        '-j MASQUERADE',
        '-p tcp -j MASQUERADE --to-ports 1024-1030',
        '-j SNAT --to-source 203.0.113.7-203.0.113.9',
        '-p udp -j SNAT --to-source 203.0.113.7:2000-2003',
        '-p tcp -j SNAT --to-source 203.0.113.7:2000',
        '-j SNAT --to-source 10.0.0.2-10.0.0.9',
        '-j SNAT --to-source 203.0.113.7 --random',
      ])}`,
    ];
    return `*nat\n${lines.join('\n')}\nCOMMIT\n`;
  }
}

interface Flow {
  readonly isTcp: boolean;
  readonly tos: number;
  readonly asked: Side;
  /** As it left. */
  left: Side | null;
  said: number;
}

const FLAGS = [2, 18, 16, 16, 17];

function arrival(flow: Flow, { src, dst, ports }: Side, dev: number, turn: number, pauseUs: number): Arrival {
  const from = ports >>> 16;
  const to = ports & 0xffff;
  const numbers = turn === 1 ? { seq: 5000, ack: 1001 } : { seq: turn === 0 ? 1000 : 1001, ack: turn === 0 ? 0 : 5001 };
  const upper = flow.isTcp ? tcp(from, to, { ...numbers, flags: FLAGS[turn]!, window: 500 }) : udp(from, to);
  const octets = build(
    ethernet(`02:00:00:00:00:0${dev}`, '02:00:00:00:00:99'),
    ipv4(formatIpv4(src), formatIpv4(dst), { ttl: 60, tos: flow.tos }),
    upper,
  );
  return { dev, octets, pauseUs };
}

function goesBothWays(seed: number): void {
  const talk = new Arrivals(seed);
  const text = talk.rules();
  const short = new WordyRouter(text, { host: HOST, short: true, logs: false });
  const long = new WordyRouter(text, { host: HOST, short: false, logs: false });
  const pairs = Array.from({ length: 8 }, () => [talk.address(CLIENTS), talk.address(SERVERS)] as const);
  const flows: Flow[] = [];
  for (let i = 0; i < PACKETS; i++) {
    if (flows.length === 0 || talk.chance(4)) {
      // often the same pair from another port, which a rule or a translation may take for another class
      const [src, dst] = talk.chance(2) ? talk.pick(pairs) : [talk.address(CLIENTS), talk.address(SERVERS)];
      const ports = (talk.pick([...PORTS, 2000, 1024 + talk.random.below(4)]) << 16) | talk.pick(PORTS);
      flows.push({ isTcp: !talk.chance(3), tos: talk.chance(6) ? 16 : 0, asked: { src, dst, ports }, left: null, said: 0 });
    }
    const at = talk.random.below(flows.length);
    const flow = flows[at]!;
    const { left, said } = flow;
    const isReply = left !== null && said % 2 === 1;
    const side = isReply ? { src: left.dst, dst: left.src, ports: (left.ports << 16) | (left.ports >>> 16) } : flow.asked;
    const frame = arrival(flow, side, isReply ? talk.pick([2, 2, 3]) : 1, said, talk.chance(40) ? 40e6 : 1000);
    short.take(frame);
    long.take(frame);
    expect(short.log, `seed ${seed}, packet ${i}\n${text}`).toEqual(long.log);
    if (!isReply && short.left !== null) {
      flow.left = short.left;
      if (short.left.src !== side.src || short.left.dst !== side.dst) translated++;
    }
    short.log = [];
    long.log = [];
    if (++flow.said === FLAGS.length || (said > 0 && flow.left === null)) flows.splice(at, 1);
  }
  expect(short.end, `seed ${seed}\n${text}`).toEqual(long.end);
  begun += short.engine.flows.fresh.taken;
}

describe('the fresh way of a packet', () => {
  it(`leads where the long one leads, whatever rules and routes compare with (${RUNS} rule sets)`, () => {
    fc.assert(fc.property(fc.integer(), goesBothWays), { numRuns: RUNS });
    expect(begun).toBeGreaterThan(RUNS * 10);
    expect(translated).toBeGreaterThan(RUNS * 10);
  });
});
