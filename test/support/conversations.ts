/**
 * Random conversations through a router and random rule sets of all five tables, from a number: flows of few hosts that open, talk,
 * repeat themselves, lie, break off and come back, so that most packets belong to connections known before and some do not.
 * For tests that hold two ways of a packet side by side.
 */
import { Random } from '../../src/inet/random.ts';
import { formatIpv4 } from '../../src/inet/ipv4.ts';
import { build } from '../../src/packet/build.ts';
import { ethernet, icmp, icmpv6, ipv4, ipv6, type LayerSpec, payload, tcp, udp, vlan } from '../../src/packet/build-layers.ts';

export const CONVERSATION_HOST = {
  interfaces: [
    { name: 'eth0', mac: '02:00:00:00:00:01', mtu: 1440, addresses: ['10.0.0.1/24', '2001:db8:a::1/64'] },
    { name: 'eth1', mac: '02:00:00:00:00:02', addresses: ['203.0.113.1/24', '2001:db8:b::1/64'] },
    { name: 'eth2', addresses: ['172.16.0.1/24'], mtu: 600 },
    { name: 'eth0.7', link: 'eth0', vlan: 7, mac: '02:00:00:00:00:01', addresses: ['10.0.7.1/24', '2001:db8:7::1/64'] },
  ],
  routes: [
    { dst: '0.0.0.0/0', via: '203.0.113.254', dev: 'eth1' },
    { dst: '198.51.100.9/32', dev: 'eth2' },
    { dst: '::/0', via: '2001:db8:b::fe', dev: 'eth1' },
    // two next hops of one MAC address
    { dst: '2001:db8:2::/48', via: '2001:db8:b::fd', dev: 'eth1' },
  ],
  neighbours: [
    { dev: 'eth1', ip: '203.0.113.254', mac: '02:00:00:00:01:fe' },
    { dev: 'eth1', ip: '2001:db8:b::fe', mac: '02:00:00:00:01:fd' },
    { dev: 'eth1', ip: '2001:db8:b::fd', mac: '02:00:00:00:01:fd' },
  ],
};

const CLIENTS = ['10.0.0.2', '10.0.0.3', '10.0.0.77'];
const SERVERS = ['198.51.100.1', '198.51.100.9', '203.0.113.50', '10.0.0.1', '192.0.2.7'];
/** The same hosts by their addresses of IPv6. */
const CLIENTS6 = ['2001:db8:a::2', '2001:db8:a::3', '2001:db8:a::77'];
const SERVERS6 = ['2001:db8:1::1', '2001:db8:1::9', '2001:db8:b::50', '2001:db8:a::1', '2001:db8:2::7'];
const VLAN = 7;
const PORTS = [22, 53, 80, 443, 8080];
const STATES = ['NEW', 'ESTABLISHED', 'RELATED,ESTABLISHED', 'INVALID', 'NEW,ESTABLISHED', 'DNAT', 'SNAT'];
const SYN = 2;
const ACK = 16;

const CALM_MATCHES = [
  '-m conntrack --ctstate RELATED,ESTABLISHED',
  '-m conntrack --ctstate NEW,ESTABLISHED',
  '-m conntrack ! --ctstate INVALID',
  '-m conntrack --ctstate DNAT',
  '-m conntrack --ctdir REPLY',
  '-m mark --mark 0x1/0x3',
  '-m mark ! --mark 5',
  '-m connmark --mark 1',
  '-m connmark --mark 0x5',
  '-m addrtype ! --dst-type LOCAL',
  '-m tos --tos 0x08/0x3f',
  '-m pkttype --pkt-type unicast',
];

/** One side of what is said: addresses and ports as the frame has them. */
export interface Side {
  readonly src: number;
  readonly dst: number;
  readonly ports: number;
}

export interface Frame {
  readonly dev: number;
  readonly octets: Uint8Array;
  /** Microseconds since the packet before. */
  readonly pauseUs: number;
  /** The flow it belongs to; its first frame that leaves is told to `left`. */
  readonly flow: Flow;
  readonly isReply: boolean;
}

class Flow {
  isTcp = true;
  isV6 = false;
  isEcho = false;
  isTagged = false;
  client = '';
  server = '';
  clientPort = 0;
  serverPort = 0;
  device = 1;
  tos = 0;
  /** What of it left the router last: replies answer that. */
  left: Side | null = null;
  opened = 0;
  seqs = [1000, 5000];
}

export class Conversations {
  private readonly random: Random;
  private readonly flows: Flow[];
  /** Little goes wrong, and rules ask little that differs from packet to packet. */
  private readonly isCalm: boolean;
  private last: Frame | null = null;
  /** How often the last packet comes again. */
  private stutters = 0;

  constructor(seed: number) {
    this.random = new Random(seed);
    this.isCalm = !this.chance(4);
    this.flows = Array.from({ length: 2 + this.random.below(5) }, () => this.newFlow());
  }

  /** The same of ip6tables. */
  rules6(): string {
    let text = this.rules(false);
    for (const [from, to] of [
      [CLIENTS, CLIENTS6],
      [SERVERS, SERVERS6],
    ] as const) {
      from.forEach((address, i) => {
        text = text.replaceAll(
          new RegExp(`${address.replaceAll('.', '[.]')}/(\\d+)`, 'g'),
          (_, length) => `${to[i]}/${Number(length) + 96}`,
        );
      });
    }
    return text
      .replaceAll('10.0.0.2-10.0.0.9', '2001:db8:a::2-2001:db8:a::9')
      .replaceAll('-p icmp -m icmp --icmp-type 8', '-p ipv6-icmp -m icmp6 --icmpv6-type 128')
      .replaceAll('-p icmp', '-p ipv6-icmp')
      .replaceAll('-m ttl --ttl', '-m hl --hl')
      .replaceAll('-j TTL --ttl-set', '-j HL --hl-set')
      .replaceAll(/-m set --match-set seen src|-m recent --name r .*--rsource/g, '')
      .replaceAll('-j SET --add-set seen src', '-j ACCEPT');
  }

  /** iptables-save text: all five tables, or fewer. */
  rules(hasNat = true): string {
    const table = (name: string, chains: readonly string[], most: number): string => {
      const lines = chains.flatMap((chain) =>
        Array.from({ length: this.random.below(most) }, () => `-A ${chain} ${this.rule(name, chain)}`),
      );
      const user = this.chance(3) ? [':user - [0:0]', `-A ${this.pick(chains)} -j user`, `-A user ${this.rule(name, 'user')}`] : [];
      return `*${name}\n${user.slice(0, 1).join('')}${user.length > 0 ? '\n' : ''}${[...user.slice(1), ...lines].join('\n')}\nCOMMIT\n`;
    };
    const parts = [table('filter', ['FORWARD', 'INPUT'], 6)];
    if (this.chance(2)) parts.push(table('raw', ['PREROUTING'], 3));
    if (this.chance(2)) parts.push(table('mangle', ['PREROUTING', 'FORWARD', 'POSTROUTING', 'INPUT'], 3));
    if (hasNat && this.chance(2)) parts.push(this.natTable());
    if (this.chance(4)) parts.push(table('security', ['FORWARD'], 3));
    return parts.join('');
  }

  private natTable(): string {
    const lines = [
      '-A POSTROUTING -o eth1 -j SNAT --to-source 203.0.113.1',
      '-A POSTROUTING -o eth1 -j MASQUERADE',
      '-A POSTROUTING -o eth1 -p udp -j SNAT --to-source 203.0.113.7-203.0.113.9:2000-2100',
      '-A PREROUTING -i eth0 -p tcp -m tcp --dport 80 -j DNAT --to-destination 198.51.100.1:8080',
      '-A PREROUTING -d 10.0.0.1/32 -p udp -j DNAT --to-destination 192.0.2.7',
      '-A PREROUTING -p tcp -m tcp --dport 22 -j REDIRECT --to-ports 2222',
    ].filter(() => this.chance(2));
    return `*nat\n${lines.join('\n')}\nCOMMIT\n`;
  }

  private rule(table: string, chain: string): string {
    const words: string[] = [];
    if (this.chance(3)) words.push(`${this.not()}-s ${this.pick(CLIENTS)}/${this.pick(['32', '24', '31'])}`);
    if (this.chance(4)) words.push(`${this.not()}-d ${this.pick(SERVERS)}/${this.pick(['32', '24'])}`);
    if (this.chance(5))
      words.push(`${this.not()}-i ${this.pick(['eth0', 'eth1', 'eth+'])}`.replace(/^.*$/, (w) => (chain === 'POSTROUTING' ? '' : w)));
    words.push(
      this.pick([
        '',
        '',
        '-p tcp',
        '-p udp',
        '-p tcp -m tcp --dport 80',
        '-p tcp -m tcp --tcp-flags SYN,RST SYN',
        '-p tcp -m tcp --tcp-flags FIN,PSH PSH',
        '-p tcp -m tcp --syn',
        '-p icmp',
        '-p icmp -m icmp --icmp-type 8',
      ]),
    );
    for (let i = this.random.below(3); i > 0; i--) words.push(this.match(table));
    words.push(this.target(table, chain));
    return words.filter((word) => word !== '').join(' ');
  }

  private match(table: string): string {
    const asked = [
      `-m conntrack ${this.not()}--ctstate ${this.pick(STATES)}`,
      `-m state --state ${this.pick(['NEW', 'ESTABLISHED', 'INVALID'])}`,
      `-m conntrack --ctdir ${this.pick(['ORIGINAL', 'REPLY'])}`,
      `-m conntrack --ctstatus ${this.pick(['ASSURED', 'SEEN_REPLY', 'CONFIRMED', 'EXPECTED'])}`,
      `-m conntrack --ctexpire ${this.pick(['0:100', '30:1000'])}`,
      `-m mark ${this.not()}--mark ${this.pick(['0', '1', '0x1/0x3', '5'])}`,
      `-m connmark --mark ${this.pick(['0', '1', '5'])}`,
      `-m length --length ${this.pick(['40', '41:60', '28:45'])}`,
      `-m ttl --ttl-gt ${this.pick(['1', '63'])}`,
      `-m tos --tos ${this.pick(['0x00', '0x08/0x3f'])}`,
      '-m limit --limit 3/sec --limit-burst 2',
      `-m statistic --mode nth --every ${this.pick(['2', '3'])} --packet 0`,
      `-m connbytes --connbytes ${this.pick(['3', '5:9'])} --connbytes-dir both --connbytes-mode packets`,
      '-m addrtype --dst-type LOCAL',
      '-m iprange --src-range 10.0.0.2-10.0.0.9',
      '-m set --match-set seen src',
      `-m quota --quota ${this.pick(['90', '400'])}`,
      '-m recent --name r --rcheck --hitcount 3 --rsource',
      '-m pkttype --pkt-type unicast',
      `-m comment --comment c`,
    ];
    const word = this.isCalm && !this.chance(12) ? this.pick(CALM_MATCHES) : this.pick(asked);
    return table === 'raw' && word.includes('connbytes') ? '' : word;
  }

  private target(table: string, chain: string): string {
    const isCalm = this.isCalm && !this.chance(10);
    const most = ['-j ACCEPT', '-j ACCEPT', '-j RETURN', '', ''];
    const few = ['-j DROP', '-j LOG --log-prefix x', '-j SET --add-set seen src', '-j NFLOG', '-m recent --name r --set --rsource'];
    if (table === 'mangle') {
      return this.pick([
        ...most,
        '-j MARK --set-xmark 0x1/0x3',
        '-j MARK --set-xmark 0x5/0xffffffff',
        '-j CONNMARK --save-mark',
        '-j CONNMARK --restore-mark',
        '-j CONNMARK --set-xmark 0x1/0x1',
        '-j CONNMARK --set-xmark 0x0/0x0',
        '-j CLASSIFY --set-class 1:2',
        '-j TOS --set-tos 0x08/0x3f',
        '-j DSCP --set-dscp 0x2e',
        ...(isCalm ? [] : ['-j TTL --ttl-set 9']),
      ]).replace(/^-j CLASSIFY.*$/, (word) => (chain === 'PREROUTING' || chain === 'user' || chain === 'INPUT' ? '' : word));
    }
    if (isCalm && table !== 'filter') return this.pick(most);
    if (table === 'raw') return this.pick([...most, '-j CT --notrack', '-j CT --zone 1', '-j TRACE', '-j NOTRACK', ...few]);
    if (table === 'filter' && this.chance(12)) return '-j REJECT';
    return this.pick(this.chance(isCalm ? 12 : 3) ? few : most);
  }

  /** The next packet: now and then the one before, several times (a sender that hears nothing). */
  next(): Frame {
    if (this.stutters > 0) {
      this.stutters--;
      return { ...this.last!, pauseUs: this.random.below(60_000) };
    }
    this.last = this.draw();
    if (this.chance(15)) this.stutters = 3 + this.random.below(4);
    return this.last;
  }

  private draw(): Frame {
    const at = this.random.below(this.flows.length);
    if (this.odd(40)) this.flows[at] = this.newFlow();
    const flow = this.flows[at]!;
    const isReply = flow.left !== null && this.chance(2);
    const pauseUs = this.odd(25) ? this.pick([3e6, 31e6, 130e6, 700e6, 500_000e6, -2e6]) : this.random.below(60_000);
    if (this.odd(14)) flow.tos = this.pick([0, 0, 8, 16]);
    return {
      dev: this.deviceOf(flow, isReply),
      octets: this.frame(flow, isReply),
      pauseUs,
      flow,
      isReply,
    };
  }

  private frame(flow: Flow, isReply: boolean): Uint8Array {
    const dev = this.deviceOf(flow, isReply);
    const mac = this.odd(60) ? this.pick(['ff:ff:ff:ff:ff:ff', '02:00:00:00:00:77']) : `02:00:00:00:00:0${dev}`;
    const tags = flow.isTagged && !isReply ? [vlan(VLAN)] : this.odd(50) ? [vlan(this.pick([0, 0, VLAN, 9]))] : [];
    const link = [ethernet(mac, '02:00:00:00:00:99'), ...tags];
    const octets = build(...link, ...this.layers(flow, isReply));
    if (this.odd(30)) octets[14 + this.random.below(octets.length - 14)]! ^= 1 << this.random.below(8);
    if (octets.length < 60 && this.chance(2)) return padded(octets);
    return octets;
  }

  /** The device below, of a tagged one. */
  private deviceOf(flow: Flow, isReply: boolean): number {
    if (!isReply) return flow.device;
    return !flow.isV6 && flow.server === '198.51.100.9' ? 3 : 2;
  }

  private layers6(flow: Flow, isReply: boolean): LayerSpec[] {
    const near = CLIENTS6[CLIENTS.indexOf(flow.client)]!;
    const far = SERVERS6[SERVERS.indexOf(flow.server)]!;
    const from = isReply ? flow.serverPort : flow.clientPort;
    const to = isReply ? flow.clientPort : flow.serverPort;
    const data = payload(new Uint8Array(this.odd(12) ? this.pick([580, 1400]) : this.random.below(30)).fill(this.random.below(256)));
    const upper = flow.isEcho
      ? [icmpv6(isReply ? 129 : 128, 0, { identifier: flow.clientPort, sequence: this.random.below(9) }), data]
      : flow.isTcp
        ? this.segment(flow, isReply, from, to, data)
        : [udp(from, to, this.chance(12) ? { checksum: 0 } : {}), data];
    const fields = { hopLimit: this.odd(25) ? this.pick([0, 1, 2]) : 64, trafficClass: flow.tos, flowLabel: this.random.below(3) };
    return [isReply ? ipv6(far, near, fields) : ipv6(near, far, fields), ...upper];
  }

  private layers(flow: Flow, isReply: boolean): LayerSpec[] {
    if (flow.isV6) return this.layers6(flow, isReply);
    const { left } = flow;
    const src = isReply ? formatIpv4(left!.dst) : flow.client;
    const dst = isReply ? formatIpv4(left!.src) : flow.server;
    const from = isReply ? left!.ports & 0xffff : flow.clientPort;
    const to = isReply ? left!.ports >>> 16 : flow.serverPort;
    const fields = { ttl: this.odd(25) ? this.pick([0, 1, 2]) : 64, tos: flow.tos, ...(this.chance(4) ? { dontFragment: 1 } : {}) };
    if (this.odd(40)) return this.error(flow, src, dst);
    if (this.odd(40))
      return [
        ipv4(src, dst, {
          ...fields,
          protocol: flow.isTcp ? 6 : 17,
          fragmentOffset: this.random.below(3),
          moreFragments: this.random.below(2),
        }),
        payload(new Uint8Array(24)),
      ];
    const options = this.odd(30) ? new Uint8Array([1, 1, 1, 1]) : new Uint8Array(0);
    const data = payload(new Uint8Array(this.odd(12) ? this.pick([580, 1400]) : this.random.below(30)).fill(this.random.below(256)));
    const upper = flow.isEcho
      ? [icmp(isReply ? 0 : 8, this.odd(30) ? 1 : 0, { identifier: flow.clientPort, sequence: this.random.below(9) }), data]
      : flow.isTcp
        ? this.segment(flow, isReply, from, to, data)
        : [udp(from, to, this.chance(6) ? { checksum: 0 } : {}), data];
    return [ipv4(src, dst, fields, options), ...upper];
  }

  private segment(flow: Flow, isReply: boolean, from: number, to: number, data: LayerSpec): LayerSpec[] {
    const side = isReply ? 1 : 0;
    const odd = this.odd(2) ? this.random.below(30) : 8 + this.random.below(22);
    const fields = { seq: flow.seqs[side]!, ack: flow.seqs[1 - side]!, flags: ACK, window: this.chance(16) ? 0 : 500 };
    if (flow.opened < 2 && odd > 3) {
      flow.opened += isReply === (flow.opened === 1) ? 1 : 0;
      flow.seqs[side]! += 1;
      const flags = isReply ? SYN | ACK : SYN;
      return [
        tcp(
          from,
          to,
          { ...fields, flags, ack: isReply ? fields.ack : 0 },
          this.chance(2) ? new Uint8Array([2, 4, 5, 0xb4, 1, 3, 3, 2]) : new Uint8Array(0),
        ),
      ];
    }
    if (odd === 0) return [tcp(from, to, { ...fields, flags: this.pick([4, 20, 2, 18, 0, 1, 17, 24, 63]) })];
    if (odd === 1) return [tcp(from, to, { ...fields, seq: fields.seq + this.pick([900_000, -900_000, 400]) }), data];
    if (odd === 2) return [tcp(from, to, { ...fields, ack: fields.ack + this.pick([900_000, -900_000]) }), data];
    if (odd === 3) flow.opened = 0;
    if (odd < 7) return [tcp(from, to, fields)];
    if (odd === 7) {
      flow.seqs[side]! += 1;
      return [tcp(from, to, { ...fields, flags: 17 })];
    }
    if (odd < 26) flow.seqs[side]! += 20;
    return [
      tcp(
        from,
        to,
        { ...fields, flags: this.chance(2) ? ACK : ACK | 8 },
        this.chance(6) ? new Uint8Array([1, 1, 5, 10, 0, 0, 3, 233, 0, 0, 4, 10]) : new Uint8Array(0),
      ),
      payload(new Uint8Array(20)),
    ];
  }

  /** An ICMP error about what left last, or an echo. */
  private error({ left, clientPort }: Flow, src: string, dst: string): LayerSpec[] {
    if (left === null) return [ipv4(src, dst), icmp(8, 0, { identifier: clientPort, sequence: 1 })];
    const quoted = build(ipv4(formatIpv4(left.src), formatIpv4(left.dst)), tcp(left.ports >>> 16, left.ports & 0xffff, { seq: 1000 }));
    return [ipv4('203.0.113.254', formatIpv4(left.src)), icmp(3, 1), payload(quoted.subarray(0, 28))];
  }

  private newFlow(): Flow {
    const flow = new Flow();
    flow.isTcp = !this.chance(3);
    flow.isV6 = this.chance(3);
    flow.isEcho = this.chance(6);
    flow.isTagged = this.chance(6);
    flow.client = this.pick(CLIENTS);
    flow.server = this.pick(SERVERS);
    flow.clientPort = 1024 + this.random.below(4);
    flow.serverPort = this.pick(PORTS);
    return flow;
  }

  pick<T>(from: readonly T[]): T {
    return from[this.random.below(from.length)]!;
  }

  /** One time in `n`. */
  chance(n: number): boolean {
    return this.random.below(n) === 0;
  }

  /** The same, four times as rare where it is calm. */
  private odd(n: number): boolean {
    return this.random.below(this.isCalm ? n * 4 : n) === 0;
  }

  private not(): string {
    return this.chance(4) ? '! ' : '';
  }
}

function padded(octets: Uint8Array): Uint8Array {
  const frame = new Uint8Array(60);
  frame.set(octets);
  return frame;
}
