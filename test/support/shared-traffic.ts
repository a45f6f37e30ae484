/**
 * Random captures and rule sets, from a number, made of what packets of different flows could share: ports that translation gives
 * out, mappings of one source, fragments, ICMP errors about somebody else's packet, helpers' connections, addresses that rules
 * remember, budgets, sets. For holding many workers against one.
 */
import { Random } from '../../src/inet/random.ts';
import { build } from '../../src/packet/build.ts';
import { ethernet, fragment, icmp, icmpv6, ipv4, ipv6, type LayerSpec, payload, tcp, udp } from '../../src/packet/build-layers.ts';
import { octets as pcapOctets, type PcapRecord } from './pcap-octets.ts';

export const SHARED_HOST = {
  listeners: [],
  interfaces: [
    { name: 'eth0', mac: '02:00:00:00:00:01', addresses: ['10.0.0.1/24', 'fd00::1/64'] },
    { name: 'eth1', mac: '02:00:00:00:00:02', addresses: ['203.0.113.1/24', '2001:db8:1::1/64'], mtu: 1400 },
  ],
  routes: [
    { dst: '0.0.0.0/0', via: '203.0.113.254', dev: 'eth1' },
    { dst: '::/0', via: '2001:db8:1::fe', dev: 'eth1' },
    { type: 'unreachable', dst: '192.0.2.128/25' },
  ],
};

const CLIENTS = { 4: ['10.0.0.2', '10.0.0.3', '10.0.0.77'], 6: ['fd00::2', 'fd00::77'] } as const;
const SERVERS = {
  4: ['198.51.100.1', '198.51.100.9', '203.0.113.50', '192.0.2.7', '192.0.2.200', '10.0.0.1'],
  6: ['2001:db8::1', '2001:db8::9', '2001:db8:1::50', 'fd00::1'],
} as const;
const OUTSIDE = { 4: ['203.0.113.1', '203.0.113.5', '203.0.113.6'], 6: ['2001:db8:1::1'] } as const;
const ROUTERS = { 4: ['198.51.100.254', '203.0.113.254'], 6: ['2001:db8::fe'] } as const;
const [SYN, ACK, PSH, FIN, RST] = [2, 16, 8, 1, 4];
const PORTS = [21, 22, 53, 80, 443, 5000];
const BEGIN_US = 1_700_000_000_000_000;

interface Event {
  readonly dev: 0 | 1;
  readonly layers: readonly LayerSpec[];
}

export class SharedTraffic {
  readonly family: 4 | 6;
  private readonly random: Random;

  constructor(seed: number) {
    this.random = new Random(seed);
    this.family = this.chance(4) ? 6 : 4;
  }

  /** What comes in by eth0 and by eth1, as captures. */
  captures(): readonly [Uint8Array, Uint8Array] {
    const all = this.records();
    const of = (dev: 0 | 1): Uint8Array => pcapOctets(all.filter((record) => record.dev === dev));
    return [of(0), of(1)];
  }

  /** Both in one capture. */
  capture(): Uint8Array {
    return pcapOctets(this.records(), true);
  }

  private records(): readonly (PcapRecord & { readonly dev: 0 | 1 })[] {
    const talks = Array.from({ length: 3 + this.random.below(14) }, () => this.talk());
    const records: (PcapRecord & { readonly dev: 0 | 1 })[] = [];
    let nowUs = BEGIN_US;
    const backwards = this.chance(25);
    while (talks.some((talk) => talk.length > 0)) {
      const talk = this.pick(talks.filter((each) => each.length > 0));
      const { dev, layers } = talk.shift()!;
      nowUs += this.chance(30) ? 40_000_000 : this.random.below(200_000) + 1;
      if (backwards && this.chance(20)) nowUs -= 5_000_000;
      const link = ethernet(`02:00:00:00:00:0${dev + 1}`, '02:00:00:00:00:99');
      const frame = this.chance(60) ? new Uint8Array(20 + this.random.below(30)).fill(9) : build(link, ...layers);
      records.push({ nowUs, frame, dev });
    }
    return records;
  }

  /** iptables-save text of the family. */
  rules(): string {
    const lines: string[] = [];
    if (this.chance(3)) lines.push('*raw', ...this.some(2, () => this.rawRule()), 'COMMIT');
    if (this.chance(2)) lines.push('*nat', ...this.some(3, () => this.natRule()), 'COMMIT');
    if (this.chance(3)) lines.push('*mangle', ...this.some(3, () => this.mangleRule()), 'COMMIT');
    if (this.chance(4)) return [...lines, ...this.theme(), ''].join('\n');
    lines.push('*filter', `:FORWARD ${this.chance(3) ? 'DROP' : 'ACCEPT'} [0:0]`);
    lines.push(...this.some(6, () => this.filterLine()), 'COMMIT', '');
    return lines.join('\n');
  }

  /** Rules that make one kind of shared state matter to most packets. */
  private theme(): string[] {
    const drop = (match: string): string[] => ['*filter', `-A FORWARD ${match} -j DROP`];
    return this.pick([
      [
        ...drop('-m recent --name seen --update --seconds 60 --hitcount 3 --rsource'),
        '-A FORWARD -m recent --name seen --set --rsource',
        'COMMIT',
      ],
      [...drop('-m hashlimit --hashlimit-name h --hashlimit-above 1/min --hashlimit-burst 3 --hashlimit-mode srcip'), 'COMMIT'],
      [...drop('-m connlimit --connlimit-above 1'), 'COMMIT'],
      ['*raw', '-A PREROUTING -p tcp --dport 21 -j CT --helper ftp', 'COMMIT', ...drop('-m conntrack --ctstate RELATED'), 'COMMIT'],
      ['*mangle', '-A FORWARD -m conntrack --ctstate RELATED -j MARK --set-mark 3', 'COMMIT', ...drop('-m mark --mark 3 -p tcp'), 'COMMIT'],
    ]);
  }

  private some(most: number, make: () => string): string[] {
    return Array.from({ length: this.random.below(most + 1) }, make);
  }

  // -- packets

  private talk(): Event[] {
    const client = this.chance(9) ? this.pick(SERVERS[this.family]) : this.pick(CLIENTS[this.family]);
    const server = this.chance(9) ? this.pick(CLIENTS[this.family]) : this.pick(SERVERS[this.family]);
    // answers come to the client as it is, or to what translation made of it
    const back = this.chance(2) ? this.pick(OUTSIDE[this.family]) : client;
    const sport = this.pick([1000, 1001, 5000, 40_000]);
    const dport = this.pick(PORTS);
    const events = this.conversation([client, sport], [server, dport], back);
    return events.slice(0, 1 + this.random.below(events.length)).flatMap((event) => (this.chance(20) ? [event, event] : [event]));
  }

  private conversation(client: readonly [string, number], server: readonly [string, number], back: string): Event[] {
    const out = (...layers: LayerSpec[]): Event => ({ dev: 0, layers: [this.ip(client[0], server[0]), ...layers] });
    const home = (...layers: LayerSpec[]): Event => ({ dev: 1, layers: [this.ip(server[0], back), ...layers] });
    const [sport, dport] = [client[1], server[1]];
    switch (this.random.below(8)) {
      case 0:
        return this.ftp(out, home, client[0]);
      case 1:
      case 2: {
        const data = payload(new Uint8Array(this.random.below(40)).fill(0x62));
        return [out(udp(sport, dport), data), home(udp(dport, sport), data), out(udp(sport, dport), data), home(udp(dport, sport), data)];
      }
      case 3:
        return [1, 2, 3].flatMap((sequence) => [out(...this.ping(true, sport, sequence)), home(...this.ping(false, sport, sequence))]);
      case 4:
        return this.pieces(client, server, back);
      case 5:
        return this.errors(client, server, back);
      default:
        return [
          out(tcp(sport, dport, { flags: SYN, seq: 100 })),
          home(tcp(dport, sport, { flags: SYN | ACK, seq: 500, ack: 101 })),
          out(tcp(sport, dport, { flags: ACK, seq: 101, ack: 501 })),
          out(tcp(sport, dport, { flags: ACK | PSH, seq: 101, ack: 501 }), payload('GET /')),
          home(tcp(dport, sport, { flags: ACK, seq: 501, ack: 106 })),
          home(tcp(dport, sport, { flags: this.pick([FIN | ACK, RST]), seq: 501, ack: 106 })),
          out(tcp(sport, dport, { flags: FIN | ACK, seq: 106, ack: 502 })),
          home(tcp(dport, sport, { flags: ACK, seq: 502, ack: 107 })),
        ];
    }
  }

  /** A control connection that announces another: by PORT or by the answer to PASV. */
  private ftp(out: (...layers: LayerSpec[]) => Event, home: (...layers: LayerSpec[]) => Event, client: string): Event[] {
    const sport = this.pick([1000, 1001]);
    const [from, to] = [7000 + this.random.below(3), 8000 + this.random.below(3)];
    const dotted = (address: string, port: number): string => `${address.replaceAll('.', ',')},${port >> 8},${port & 255}`;
    const said = `227 Entering Passive Mode (${dotted('198.51.100.1', to)})\r\n`;
    const asked = `PORT ${dotted(client, from)}\r\n`;
    const opening = [
      out(tcp(sport, 21, { flags: SYN, seq: 100 })),
      home(tcp(21, sport, { flags: SYN | ACK, seq: 500, ack: 101 })),
      out(tcp(sport, 21, { flags: ACK, seq: 101, ack: 501 })),
    ];
    if (this.chance(2)) {
      return [
        ...opening,
        home(tcp(21, sport, { flags: ACK | PSH, seq: 501, ack: 101 }), payload(said)),
        out(tcp(from, to, { flags: SYN, seq: 9 })),
        home(tcp(to, from, { flags: SYN | ACK, seq: 19, ack: 10 })),
      ];
    }
    return [
      ...opening,
      out(tcp(sport, 21, { flags: ACK | PSH, seq: 101, ack: 501 }), payload(asked)),
      home(tcp(20, from, { flags: SYN, seq: 9 })),
      out(tcp(from, 20, { flags: SYN | ACK, seq: 19, ack: 10 })),
    ];
  }

  private ping(isAsked: boolean, id: number, sequence: number): LayerSpec[] {
    const type = this.family === 4 ? (isAsked ? 8 : 0) : isAsked ? 128 : 129;
    const fields = { identifier: id, sequence };
    return [this.family === 4 ? icmp(type, 0, fields) : icmpv6(type, 0, fields), payload('abc')];
  }

  /** A datagram in pieces, each way; the last may come first, or be lost. */
  private pieces([client, sport]: readonly [string, number], [server, dport]: readonly [string, number], back: string): Event[] {
    const identification = this.random.below(3);
    const way = (dev: 0 | 1, src: string, dst: string, ports: readonly [number, number]): Event[] => {
      const isPing = this.chance(3);
      const whole = build(
        this.ip(src, dst),
        ...(isPing ? [this.family === 4 ? icmp(8) : icmpv6(128)] : [udp(...ports)]),
        payload(new Uint8Array(60).fill(3)),
      );
      const body = whole.subarray(this.family === 4 ? 20 : 40);
      const protocol = isPing ? (this.family === 4 ? 1 : 58) : 17;
      const cut = (from: number, to: number): Event => {
        const data = payload(body.slice(from, to));
        const moreFragments = to < body.length ? 1 : 0;
        if (this.family === 4)
          return { dev, layers: [ipv4(src, dst, { protocol, identification, fragmentOffset: from / 8, moreFragments }), data] };
        return {
          dev,
          layers: [ipv6(src, dst), fragment({ nextHeader: protocol, fragmentOffset: from / 8, moreFragments, identification }), data],
        };
      };
      const list = [cut(0, 24), cut(24, 48), cut(48, body.length)];
      return this.chance(3) ? list.reverse() : this.chance(4) ? list.slice(1) : list;
    };
    return [...way(0, client, server, [sport, dport]), ...way(1, server, back, [dport, sport])];
  }

  /** A flow, and errors about its packets from routers on the way; about packets that would live too short a time, too. */
  private errors([client, sport]: readonly [string, number], [server, dport]: readonly [string, number], back: string): Event[] {
    const first = [this.ip(client, server), udp(sport, dport), payload('x')];
    const quoted = build(this.ip(back, server), udp(sport, dport), payload('x'));
    const isTcp = this.chance(3);
    const cause = isTcp ? build(this.ip(back, server), tcp(sport, dport, { flags: SYN, seq: 100 })) : quoted;
    const error = this.family === 4 ? icmp(this.pick([3, 11, 12]), this.pick([0, 1, 3])) : icmpv6(this.pick([1, 3]), 0);
    const from = this.chance(4) ? server : this.pick(ROUTERS[this.family]);
    const told: Event = { dev: 1, layers: [this.ip(from, back), error, payload(cause)] };
    const inside: Event = {
      dev: 0,
      layers: [this.ip(client, server), error, payload(build(this.ip(server, client), udp(dport, sport), payload('x')))],
    };
    const short = this.family === 4 ? ipv4(client, server, { ttl: 1 }) : ipv6(client, server, { hopLimit: 1 });
    const start: Event = isTcp
      ? { dev: 0, layers: [this.ip(client, server), tcp(sport, dport, { flags: SYN, seq: 100 })] }
      : { dev: 0, layers: first };
    const events = [start, ...(this.chance(3) ? this.cut(told.layers) : [told]), told, inside];
    return this.chance(2) ? [...events, { dev: 0, layers: [short, udp(sport, dport), payload('x')] }] : events;
  }

  /** A packet that came from outside, in two pieces. */
  private cut([, ...rest]: readonly LayerSpec[]): Event[] {
    const from = this.pick(ROUTERS[this.family]);
    const to = this.pick([...CLIENTS[this.family], ...OUTSIDE[this.family]]);
    const whole = build(this.ip(from, to), ...rest);
    const body = whole.subarray(this.family === 4 ? 20 : 40);
    const protocol = this.family === 4 ? 1 : 58;
    return [body.slice(0, 16), body.slice(16)].map((data, i) => {
      const where = { fragmentOffset: i * 2, moreFragments: 1 - i, identification: 77 };
      const ip =
        this.family === 4 ? [ipv4(from, to, { protocol, ...where })] : [ipv6(from, to), fragment({ nextHeader: protocol, ...where })];
      return { dev: 1, layers: [...ip, payload(data)] };
    });
  }

  private ip(src: string, dst: string): LayerSpec {
    return this.family === 4 ? ipv4(src, dst, { identification: this.random.u16() }) : ipv6(src, dst);
  }

  // -- rules

  private rawRule(): string {
    const port = this.pick(PORTS);
    const rules = [
      `-A PREROUTING -p udp --dport ${port} -j NOTRACK`,
      '-A PREROUTING -i eth0 -j CT --zone 3',
      '-A PREROUTING -j CT --zone-orig 2',
      '-A PREROUTING -p tcp --dport 21 -j CT --helper ftp',
      '-A PREROUTING -p tcp --dport 21 -j CT --helper ftp',
    ];
    return this.pick(rules);
  }

  private natRule(): string {
    if (this.family === 6) {
      return this.pick([
        '-A POSTROUTING -o eth1 -j MASQUERADE',
        '-A POSTROUTING -s fd00::/64 -o eth1 -j SNAT --to-source 2001:db8:1::1',
        '-A PREROUTING -i eth1 -p tcp -m tcp --dport 80 -j DNAT --to-destination fd00::2',
      ]);
    }
    return this.pick([
      '-A POSTROUTING -o eth1 -j MASQUERADE',
      '-A POSTROUTING -o eth1 -j MASQUERADE',
      '-A POSTROUTING -s 10.0.0.0/24 -o eth1 -j SNAT --to-source 203.0.113.5',
      '-A POSTROUTING -o eth1 -p udp -j SNAT --to-source 203.0.113.5-203.0.113.6',
      '-A POSTROUTING -o eth1 -p tcp -j SNAT --to-source 203.0.113.5:40000-40001',
      '-A POSTROUTING -o eth1 -p udp -j MASQUERADE --random',
      '-A POSTROUTING -s 10.0.0.0/24 -o eth1 -j SNAT --to-source 203.0.113.5-203.0.113.6 --persistent',
      '-A PREROUTING -i eth1 -p tcp -m tcp --dport 80 -j DNAT --to-destination 10.0.0.2:8080',
      '-A PREROUTING -i eth1 -d 203.0.113.5 -j DNAT --to-destination 10.0.0.77',
      '-A PREROUTING -d 198.51.100.9 -j DNAT --to-destination 198.51.100.1',
      '-A PREROUTING -p udp -m udp --dport 53 -j REDIRECT --to-ports 5353',
      '-A PREROUTING -d 198.51.100.0/24 -j NETMAP --to 192.0.2.0/24',
      '-A PREROUTING -p tcp -m statistic --mode random --probability 0.5 -j DNAT --to-destination 198.51.100.1',
      '-A OUTPUT -p icmp -j DNAT --to-destination 10.0.0.3',
    ]);
  }

  private mangleRule(): string {
    return this.pick([
      '-A PREROUTING -j CONNMARK --restore-mark',
      '-A PREROUTING -p udp -j MARK --set-mark 1',
      '-A FORWARD -m connmark --mark 0 -j CONNMARK --set-mark 7',
      '-A POSTROUTING -m statistic --mode random --probability 0.5 -j MARK --set-mark 2',
      '-A FORWARD -m connbytes --connbytes 3: --connbytes-mode packets --connbytes-dir both -j MARK --set-mark 3',
    ]);
  }

  private filterLine(): string {
    const chain = this.pick(['FORWARD', 'FORWARD', 'INPUT', 'OUTPUT']);
    const rule = this.filterRule();
    return `-A ${chain} ${chain === 'OUTPUT' ? rule.replace('-i eth1', '-o eth1') : rule}`;
  }

  private filterRule(): string {
    const match = this.chance(9) ? this.pick(this.sharedMatches()) : this.pick(this.ownMatches());
    return `${match} ${this.pick(['-j ACCEPT', '-j DROP', '-j REJECT', '-j LOG', ''])}`.trim();
  }

  private ownMatches(): string[] {
    return [
      '-m conntrack --ctstate ESTABLISHED,RELATED',
      '-m conntrack --ctstate INVALID',
      '-m conntrack --ctstate NEW -p tcp',
      '-m state --state NEW -p udp',
      '-p tcp -m tcp --dport 80',
      '-p udp',
      this.family === 4 ? '-p icmp' : '-p ipv6-icmp',
      '-m mark --mark 1',
      '-m connmark --mark 7',
      '-m statistic --mode random --probability 0.3',
      '-i eth1',
      '-m helper --helper ftp',
      '-m length --length 0:60',
    ];
  }

  private sharedMatches(): string[] {
    return [
      '-m limit --limit 5/sec --limit-burst 3',
      '-m recent --name seen --update --seconds 5 --hitcount 2 --rsource',
      '-m recent --name seen --set --rsource',
      '-m connlimit --connlimit-above 2 --connlimit-mask 24',
      '-m hashlimit --hashlimit-name h --hashlimit-upto 4/sec --hashlimit-burst 2 --hashlimit-mode srcip',
      '-m quota --quota 300',
      '-m statistic --mode nth --every 3 --packet 0',
    ];
  }

  private chance(oneIn: number): boolean {
    return this.random.below(oneIn) === 0;
  }

  private pick<T>(from: readonly T[]): T {
    return from[this.random.below(from.length)]!;
  }
}
