/**
 * connlimit: texts as iptables-legacy 1.8.9 answered them, answers by hand-made packets.
 */
import { describe, expect, it } from 'vitest';
import { Tuple } from '../../../../src/conntrack/tuple.ts';
import type { MatchFunction } from '../../../../src/xtables/match.ts';
import { ConnectionCount, Standing } from '../../../../src/xtables/match/connection-count.ts';
import { ConntrackMachine } from '../../../support/conntrack-machine.ts';
import { ipv4, packetOf, tcp, udp } from '../../../support/frames.ts';
import { answerOf, checkTexts, matchOf } from '../../../support/match-lab.ts';

describe('text of connlimit', () => {
  // biome-ignore format: a table
  checkTexts([
    ['-m connlimit --connlimit-above 3 --connlimit-mask 24', '-m connlimit --connlimit-above 3 --connlimit-mask 24 --connlimit-saddr', '#conn src/24 > 3'],
    ['-m connlimit ! --connlimit-above 3 --connlimit-mask 24', '-m connlimit --connlimit-upto 3 --connlimit-mask 24 --connlimit-saddr', '#conn src/24 <= 3'],
    ['-m connlimit ! --connlimit-upto 3 --connlimit-daddr', '-m connlimit --connlimit-above 3 --connlimit-mask 32 --connlimit-daddr', '#conn dst/32 > 3'],
    ['-m connlimit --connlimit-upto 3 --connlimit-mask 0', '-m connlimit --connlimit-upto 3 --connlimit-mask 0 --connlimit-saddr', '#conn src/0 <= 3'],
    ['-m connlimit --connlimit-upto 3 --connlimit-mask 255.255.0.0', '-m connlimit --connlimit-upto 3 --connlimit-mask 16 --connlimit-saddr', '#conn src/16 <= 3'],
    ['-m connlimit --connlimit-upto 3 --connlimit-mask 255.0.255.0', '-m connlimit --connlimit-upto 3 --connlimit-mask 32 --connlimit-saddr', '#conn src/32 <= 3'],
    ['-m connlimit --connlimit-upto 3 --connlimit-mask 33', '-m connlimit --connlimit-upto 3 --connlimit-mask 32 --connlimit-saddr', '#conn src/32 <= 3'],
    ['-m connlimit --connlimit-upto 3 --connlimit-mask 128', '-m connlimit --connlimit-upto 3 --connlimit-mask 32 --connlimit-saddr', '#conn src/32 <= 3'],
    ['-m connlimit --connlimit-upto 3 --connlimit-mask abc', 'FAIL', 'connlimit: bad value for option "--connlimit-mask", neither a valid network mask nor valid CIDR (0-32)'],
    ['-m connlimit --connlimit-upto 0x10', '-m connlimit --connlimit-upto 16 --connlimit-mask 32 --connlimit-saddr', '#conn src/32 <= 16'],
    ['-m connlimit --connlimit-upto abc', 'FAIL', 'connlimit: bad value for option "--connlimit-upto", or out of range (0-4294967295)'],
    ['-m connlimit --connlimit-upto 3 --connlimit-above 3', 'FAIL', 'connlimit: option "--connlimit-upto" cannot be used together with "--connlimit-above"'],
    ['-m connlimit --connlimit-upto 3 --connlimit-saddr --connlimit-daddr', 'FAIL', 'connlimit: option "--connlimit-saddr" cannot be used together with "--connlimit-daddr"'],
    ['-m connlimit --connlimit-daddr', 'FAIL', 'You must specify "--connlimit-above" or "--connlimit-upto"'],
  ]);
});

describe('text of connlimit (IPv6)', () => {
  // biome-ignore format: a table
  checkTexts([
    ['-m connlimit --connlimit-above 3 --connlimit-mask 64', '-m connlimit --connlimit-above 3 --connlimit-mask 64 --connlimit-saddr', '#conn src/64 > 3'],
    ['-m connlimit --connlimit-above 3 --connlimit-mask ffff::', '-m connlimit --connlimit-above 3 --connlimit-mask 16 --connlimit-saddr', '#conn src/16 > 3'],
    ['-m connlimit --connlimit-above 3 --connlimit-mask 129', 'FAIL', 'connlimit: bad value for option "--connlimit-mask", neither a valid network mask nor valid CIDR (0-128)'],
    ['-m connlimit --connlimit-above 3 --connlimit-mask 0', '-m connlimit --connlimit-above 3 --connlimit-mask 0 --connlimit-saddr', '#conn src/0 > 3'],
  ], { family: 6 });
});

/** Connections through a tracker: what a rule says of each packet, between PREROUTING and POSTROUTING. */
class Line {
  readonly machine = new ConntrackMachine();
  private readonly matches: readonly MatchFunction[];
  private at = 0;

  /** Asks rules from `--connlimit-above 0` on, so that their answers tell the count, up to the number of rules. */
  constructor(options = '', rules = 8) {
    const { conntrack } = this.machine;
    this.matches = Array.from({ length: rules }, (_, i) => matchOf(`-m connlimit --connlimit-above ${i} ${options}`, { conntrack }));
  }

  /** The count, or -1 for a packet dropped at once. `wait` in seconds. */
  send(octets: readonly number[], dropped = false, wait = 1): number {
    this.at += wait;
    const packet = this.machine.enter(Uint8Array.from(octets), { at: this.at });
    const found = this.matches.map((match) => answerOf(match, packet));
    this.machine.leave(packet, { dropped: dropped || found.includes('hotdrop') });
    this.machine.conntrack.release(packet);
    return found.includes('hotdrop') ? -1 : found.filter((answer) => answer === true).length;
  }

  udp(port: number, dropped = false, wait = 1): number {
    return this.send(ipv4({ src: '10.0.0.2', dst: '10.1.0.2', protocol: 17 }, udp(port, 53, [1])), dropped, wait);
  }
}

/** One packet of a TCP connection of 10.0.0.2 with 10.1.0.2. */
const segment = (port: number, flags: number, reply = false): number[] => {
  const [client, server] = ['10.0.0.2', '10.1.0.2'];
  const ends = reply ? { src: server, dst: client } : { src: client, dst: server };
  const header = reply ? tcp({ sport: 80, dport: port, flags }) : tcp({ sport: port, dport: 80, flags });
  return withSum(ends, header);
};

const words = (octets: readonly number[]): number => octets.reduce((sum, octet, i) => sum + (i % 2 === 0 ? octet << 8 : octet), 0);

/** With sequence numbers of one octet after SYN on either side, and a checksum that holds. */
function withSum(ends: { src: string; dst: string }, header: number[]): number[] {
  const flags = header[13]!;
  const syn = (flags & 2) !== 0;
  header[7] = syn ? 1 : 2;
  header[11] = (flags & 16) !== 0 ? 2 : 0;
  const packet = ipv4({ ...ends, protocol: 6 }, header);
  let sum = words(packet.slice(12, 20)) + 6 + header.length + words(header);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  packet[36] = (~sum >>> 8) & 0xff;
  packet[37] = ~sum & 0xff;
  return packet;
}

const [SYN, RST, ACK] = [2, 4, 16];
const connect = (line: Line, port: number): number[] => [
  line.send(segment(port, SYN)),
  line.send(segment(port, SYN | ACK, true)),
  line.send(segment(port, ACK)),
];

describe('answers of connlimit', () => {
  it('counts connections, not packets', () => {
    const line = new Line();
    expect([line.udp(1), line.udp(2), line.udp(1), line.udp(3)]).toEqual([1, 2, 2, 3]);
  });

  it('goes on counting a refused connection while earlier ones send, until a newcomer cleans the list', () => {
    const line = new Line();
    expect([line.udp(1), line.udp(2), line.udp(3, true), line.udp(1), line.udp(2)]).toEqual([1, 2, 3, 3, 3]);
    expect([line.udp(4), line.udp(1)]).toEqual([3, 3]);
  });

  it('counts an unconfirmed connection twice within one tick', () => {
    const line = new Line();
    expect([line.udp(1, true), line.udp(1, true, 0), line.udp(1, true, 0), line.udp(1, true)]).toEqual([1, 2, 3, 1]);
    expect([line.udp(1), line.udp(1, false, 0), line.udp(1, false, 0)]).toEqual([1, 1, 1]);
  });

  it('cleans the whole list for an assured connection, and drops a packet that leaves none', () => {
    const line = new Line();
    expect([connect(line, 1), connect(line, 2)]).toEqual([
      [1, 1, 1],
      [2, 2, 2],
    ]);
    expect([line.send(segment(3, SYN), true), line.send(segment(1, ACK))]).toEqual([3, 2]);
    expect([line.send(segment(2, RST | ACK)), line.send(segment(1, RST | ACK))]).toEqual([1, -1]);
  });

  it('never puts an assured connection on a list that is there', () => {
    const line = new Line();
    const late = matchOf('-m connlimit --connlimit-above 1', { conntrack: line.machine.conntrack });
    connect(line, 1);
    connect(line, 2);
    const ask = (port: number): unknown => {
      const packet = line.machine.enter(Uint8Array.from(segment(port, ACK)), { at: 100 });
      return answerOf(late, packet);
    };
    expect([ask(1), ask(2), ask(1)]).toEqual([false, false, false]);
  });

  it('counts by network, and by destination', () => {
    const of = (src: string, dst: string): number[] => ipv4({ src, dst, protocol: 17 }, udp(1, 2, [1]));
    const net = new Line('--connlimit-mask 24');
    expect([net.send(of('10.0.0.2', '10.1.0.2')), net.send(of('10.0.0.3', '10.1.0.2')), net.send(of('10.0.1.3', '10.1.0.2'))]).toEqual([
      1, 2, 1,
    ]);
    const dst = new Line('--connlimit-daddr');
    expect([dst.send(of('10.0.0.2', '10.1.0.2')), dst.send(of('10.0.0.3', '10.1.0.2')), dst.send(of('10.0.0.2', '10.1.0.3'))]).toEqual([
      1, 2, 1,
    ]);
  });

  it('counts a reply under the address of its sender', () => {
    const line = new Line();
    line.udp(1);
    line.udp(2);
    const reply = (port: number): number => line.send(ipv4({ src: '10.1.0.2', dst: '10.0.0.2', protocol: 17 }, udp(53, port, [1])));
    expect([reply(1), reply(2), line.udp(1)]).toEqual([1, 2, 2]);
  });

  it('drops a packet whose connection cannot be told', () => {
    const { conntrack } = new ConntrackMachine();
    const fragment = packetOf(ipv4({ fragOffset: 8 }, [1, 2, 3, 4]), { ct: -1 });
    expect(answerOf(matchOf('-m connlimit --connlimit-upto 5', { conntrack }), fragment)).toBe('hotdrop');
  });

  it('cleans 65 connections at a time', () => {
    const line = new Line('', 120);
    for (let port = 1; port <= 100; port++) line.udp(port, false, 0);
    for (let entry = 0; entry < 100; entry++) line.machine.conntrack.kill(entry);
    expect([line.udp(1000), line.udp(1001), line.udp(1002)]).toEqual([36, 2, 3]);
  });

  it('cleans a list anew when 64 came within one tick', () => {
    const line = new Line('', 80);
    const counts = Array.from({ length: 66 }, (_, port) => line.udp(port, true, port === 0 ? 1 : 0));
    expect([counts[62], counts[63], counts[64], counts[65]]).toEqual([63, 64, 1, 2]);
  });

  it('forgets the lists of addresses nobody asks for', () => {
    const { conntrack } = new ConntrackMachine();
    const count = new ConnectionCount(conntrack);
    const tuple = new Tuple();
    for (let i = 0; i < 50_000; i++) {
      tuple.src0 = i;
      count.key[0] = i;
      count.at(1.7e15, tuple, 0);
      count.count(Standing.New);
    }
    expect(count.lists).toBeLessThan(5000);
  });
});
