import { describe, expect, it } from 'vitest';
import { openCapture } from '../../../src/capture/index.ts';
import { Engine } from '../../../src/engine/engine.ts';
import { parseHost } from '../../../src/host/host-json.ts';
import { parseRules } from '../../../src/iptables/save.ts';
import { AsPeer } from '../../../src/nat/as-peer.ts';
import { attachRules } from '../../../src/replay/attach.ts';
import { Replay } from '../../../src/replay/replay.ts';
import type { ReplayStats } from '../../../src/replay/stats.ts';
import { formatPacket } from '../../../src/report/tcpdump.ts';
import { SetStore } from '../../../src/xtables/set/store.ts';
import { capture, errorLine, pingLine, tcpLine, udpLine } from '../../support/lines.ts';

const HOST = {
  interfaces: [
    { name: 'eth0', mac: '02:00:00:00:00:01', addresses: ['10.0.0.1/24', 'fd00::1/64'] },
    { name: 'eth1', mac: '02:00:00:00:00:02', addresses: ['198.51.100.1/24', '2001:db8::1/64'] },
  ],
  routes: [
    { dst: '0.0.0.0/0', via: '198.51.100.2', dev: 'eth1' },
    { dst: '::/0', via: '2001:db8::2', dev: 'eth1' },
  ],
  neighbors: [
    { dev: 'eth1', ip: '198.51.100.2', mac: '02:00:00:00:00:09' },
    { dev: 'eth1', ip: '2001:db8::2', mac: '02:00:00:00:00:09' },
    { dev: 'eth0', ip: '10.0.0.2', mac: '02:00:00:00:00:0a' },
    { dev: 'eth0', ip: 'fd00::2', mac: '02:00:00:00:00:0a' },
  ],
};
const MASQUERADE = '*nat\n-A POSTROUTING -o eth1 -p tcp -j MASQUERADE --to-ports 7000-7000\n-A POSTROUTING -o eth1 -j MASQUERADE\nCOMMIT\n';
const STRICT = `${MASQUERADE}*filter\n:FORWARD DROP [0:0]\n-A FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT\n-A FORWARD -i eth0 -s 10.0.0.0/24 -j ACCEPT\nCOMMIT\n`;

/** A frame as eth0 has it: from the client to the host, or (as the host forwarded it) to the client. */
function onEth0(frame: Uint8Array, from: 'client' | 'host'): Uint8Array {
  const octets = frame.slice();
  const [host, client] = [2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 0x0a].reduce<[number[], number[]]>(
    ([a, b], octet, i) => (i < 6 ? [[...a, octet], b] : [a, [...b, octet]]),
    [[], []],
  );
  octets.set(from === 'client' ? [...host, ...client] : [...client, ...host]);
  return octets;
}

interface Ran {
  readonly stats: ReplayStats;
  /** Each packet as the machine took it: state, verdict and, of answers, where it came in. */
  readonly seen: readonly string[];
  /** What left by eth0. */
  readonly out: readonly string[];
}

function run(frames: readonly Uint8Array[], rules: string, translate: boolean, rules6?: string): Ran {
  const out: string[] = [];
  const host = parseHost(HOST);
  const engine = new Engine({
    host,
    sink: {
      transmit: (packet) => {
        if (packet.outdev === 1) out.push(formatPacket(packet));
      },
      deliver: () => undefined,
    },
  });
  attachRules(engine, parseRules(rules, { file: 'rules', family: 4 }), new SetStore());
  if (rules6 !== undefined) attachRules(engine, parseRules(rules6, { file: 'rules6', family: 6 }), new SetStore());
  const seen: string[] = [];
  const replay = new Replay(engine, {
    sources: [{ capture: openCapture(capture(frames)), indev: 1, local: false }],
    fallback: 0,
    replies: { asPeer: new AsPeer(engine), translate },
    onPacket: (_packet, outcome, from) => seen.push(`${outcome.verdict} ${outcome.ctState} ${from}`),
  });
  while (replay.step(100));
  return { stats: replay.stats, seen, out };
}

const CLIENT = '10.0.0.2:1000 > 203.0.113.9:80';
const SERVER = '203.0.113.9:80 > 10.0.0.2:1000';
const SYN = onEth0(tcpLine(CLIENT, 'S', 100), 'client');

describe('AsPeer', () => {
  it('leaves answers alone unless told, and counts those no router would receive so', () => {
    const { stats, seen } = run([SYN, onEth0(tcpLine(SERVER, 'SA', 500, 101), 'client')], STRICT, false);
    expect([stats.translated, stats.strays]).toEqual([0, 1]);
    expect(seen[1]).toMatch(/^dropped/);
  });

  it('sends a TCP answer to the translated tuple, in by the outer interface, so that it comes out as it was captured', () => {
    const answer = onEth0(tcpLine(SERVER, 'SA', 500, 101), 'host');
    const { stats, seen, out } = run([SYN, answer, onEth0(tcpLine(CLIENT, 'A', 101, 501), 'client')], STRICT, true);
    expect([stats.translated, stats.strays, stats.packets]).toEqual([1, 0, 3]);
    expect(seen.map((line) => line.split(' ')[0])).toEqual(['forwarded', 'forwarded', 'forwarded']);
    expect(seen[1]!.endsWith(' 2')).toBe(true);
    // out to the client exactly as the capture has it: addresses, ports, TTL and both checksums
    expect(out).toHaveLength(1);
    expect(out[0]).toContain('IP 203.0.113.9.80 > 10.0.0.2.1000: Flags [S.], seq 500, ack 101');
    expect(out[0]).not.toContain('incorrect');
  });

  it('gives pings their id and datagrams their port', () => {
    const ping = onEth0(pingLine('10.0.0.2 > 203.0.113.9', 8, 77), 'client');
    const pong = onEth0(pingLine('203.0.113.9 > 10.0.0.2', 0, 77), 'client');
    const asked = onEth0(udpLine('10.0.0.2:5000 > 203.0.113.9:53'), 'client');
    const told = onEth0(udpLine('203.0.113.9:53 > 10.0.0.2:5000'), 'client');
    const { stats, seen } = run([ping, pong, asked, told], STRICT, true);
    expect(stats.translated).toBe(2);
    expect(seen.every((line) => line.startsWith('forwarded'))).toBe(true);
  });

  it('takes no answer for an ICMP error, whatever its first octet', () => {
    for (const type of [0, 3, 4, 5, 8, 11, 12, 127, 128]) {
      const port = type * 256 + 7;
      const ask = (line: (text: string) => Uint8Array): [Uint8Array, Uint8Array] => [
        onEth0(line(`10.0.0.2:5000 > 203.0.113.9:${port}`), 'client'),
        onEth0(line(`203.0.113.9:${port} > 10.0.0.2:5000`), 'host'),
      ];
      const [asked, told] = ask(udpLine);
      const [syn] = ask((text) => tcpLine(text, 'S', 100));
      const [, answer] = ask((text) => tcpLine(text, 'SA', 500, 101));
      const { stats, out } = run([asked, told, syn, answer], STRICT, true);
      expect(stats.translated, `type ${type}`).toBe(2);
      expect(out.every((line) => line.includes(`203.0.113.9.${port} > 10.0.0.2.5000`))).toBe(true);
    }
  });

  it('has an answer come in a frame of a peer for the outer interface', () => {
    const drop = '-A FORWARD -i eth1 -m mac ! --mac-source 02:00:00:00:00:00 -j DROP\n';
    const rules = STRICT.replace(/^-A FORWARD/m, `${drop}-A FORWARD`);
    const answer = onEth0(tcpLine(SERVER, 'SA', 500, 101), 'host');
    expect(run([SYN, answer], rules, true).seen[1]).toMatch(/^forwarded/);
    const unicast = STRICT.replace(/^-A FORWARD/m, '-A FORWARD -i eth1 -m pkttype ! --pkt-type unicast -j DROP\n-A FORWARD');
    expect(run([SYN, answer], unicast, true).seen[1]).toMatch(/^forwarded/);
  });

  it('rewrites what ICMP errors quote', () => {
    const error = onEth0(errorLine('192.0.2.77 > 10.0.0.2', 3, 1, SYN), 'client');
    const { stats, seen, out } = run([SYN, error], STRICT, true);
    expect(stats.translated).toBe(1);
    expect(seen[1]).toMatch(/^forwarded/);
    expect(out[0]).toContain('192.0.2.77 > 10.0.0.2: ICMP host 203.0.113.9 unreachable');
    expect(run([SYN, error], STRICT, false).seen[1]).toMatch(/^dropped/);
  });

  it('answers from the translated destination', () => {
    const rules = STRICT.replace('*nat\n', '*nat\n-A PREROUTING -p tcp -d 203.0.113.9 -j DNAT --to-destination 203.0.113.50:8080\n');
    const { stats, seen } = run([SYN, onEth0(tcpLine(SERVER, 'SA', 500, 101), 'client')], rules, true);
    expect(stats.translated).toBe(1);
    expect(seen[1]).toMatch(/^forwarded/);
  });

  it('knows IPv6', () => {
    const rules6 = '*nat\n-A POSTROUTING -o eth1 -p tcp -j MASQUERADE --to-ports 7000\nCOMMIT\n';
    const syn = onEth0(tcpLine('[fd00::2]:1000 > [2001:db8:9::9]:80', 'S'), 'client');
    const answer = onEth0(tcpLine('[2001:db8:9::9]:80 > [fd00::2]:1000', 'SA', 500, 101), 'client');
    const { stats, seen } = run([syn, answer], MASQUERADE, true, rules6);
    expect(stats.translated).toBe(1);
    expect(seen[1]).toMatch(/^forwarded 2? ?.* 2$/);
  });

  it('does nothing to answers that fit, and to what answers nothing', () => {
    const fits = tcpLine('203.0.113.9:80 > 198.51.100.1:7000', 'SA', 500, 101);
    const other = onEth0(tcpLine('203.0.113.9:81 > 10.0.0.2:1000', 'SA', 500, 101), 'client');
    const { stats } = run([SYN, onEth0(fits, 'client'), other], MASQUERADE, true);
    expect([stats.translated, stats.strays]).toEqual([0, 0]);
  });
});
