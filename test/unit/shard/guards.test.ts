/**
 * What reaches beyond the packets of one worker, one case each: it is noticed, by the guard that is there for it, and what is told is
 * what one worker tells. That the guard is needed is seen when nobody heeds it: then something else is told.
 */
import { describe, expect, it } from 'vitest';
import { ICMP, UDP } from '../../../src/inet/protocol.ts';
import { parseAddress } from '../../../src/inet/address.ts';
import { build } from '../../../src/packet/build.ts';
import { ethernet, icmp, ipv4, type LayerSpec, payload, tcp, udp } from '../../../src/packet/build-layers.ts';
import { ClosedLoop } from '../../../src/replay/closed-loop.ts';
import { decode } from '../../../src/packet/decode.ts';
import { LinkType } from '../../../src/packet/link-type.ts';
import { Packet } from '../../../src/packet/packet.ts';
import { Outcome } from '../../../src/engine/outcome.ts';
import { Home } from '../../../src/shard/home.ts';
import { capture } from '../../support/lines.ts';
import { byMany, byOne, jobOf, planOf } from '../../support/virtual-workers.ts';

const WORKERS = 16;
const LINK = ethernet('02:00:00:00:0f:01', '02:00:00:00:0f:02');
const [CLIENT, SERVER, OUTSIDE] = ['10.0.0.2', '198.51.100.1', '203.0.113.1'];
const [SYN, ACK, PSH] = [2, 16, 8];
const HOME = new Home(WORKERS, null);

type Frame = readonly [dev: 1 | 2, frame: Uint8Array];

interface Case {
  readonly name: string;
  readonly rules: string;
  readonly frames: readonly Frame[];
  readonly why: RegExp;
  readonly sysctls?: Readonly<Record<string, number>>;
  /** Times of the frames; default: 10 ms apart. */
  readonly seconds?: readonly number[];
  /** Whether answers to original addresses are counted: a search of its own. Default: they are. */
  readonly strays?: boolean;
}

function word(address: string): number {
  return parseAddress(address, 4)![0]!;
}

function homeOf(a: string, b: string): number {
  return HOME.of4(word(a), word(b));
}

/** An address outside whose packets to `peer` belong elsewhere than those of `from` to it. */
function apart(from: string, peer = CLIENT, to = peer): string {
  for (let i = 2; i < 250; i++) if (homeOf(`198.51.100.${i}`, to) !== homeOf(from, peer)) return `198.51.100.${i}`;
  throw new Error('none');
}

function out(dst: string, ...layers: readonly LayerSpec[]): Frame {
  return [1, build(LINK, ipv4(CLIENT, dst), ...layers)];
}

function back(src: string, ...layers: readonly LayerSpec[]): Frame {
  return [2, build(LINK, ipv4(src, CLIENT), ...layers)];
}

/** A piece of 16 octets from `at` on of a datagram of 32. */
function piece(dst: string, identification: number, at: 0 | 16): Frame {
  const body = build(udp(1000, 53), payload(new Uint8Array(24).fill(7)));
  const fields = { protocol: UDP, identification, fragmentOffset: at / 8, moreFragments: at === 0 ? 1 : 0 };
  return [1, build(LINK, ipv4(CLIENT, dst, fields), payload(body.subarray(at, at + 16)))];
}

const ELSEWHERE = apart(SERVER);
const UDP_FLOW = out(SERVER, udp(1000, 53), payload('x'));
const QUOTE = payload(UDP_FLOW[1].subarray(14, 14 + 28));
const DROP_RELATED = '*filter\n-A FORWARD -m conntrack --ctstate RELATED -j DROP\nCOMMIT\n';

function servers(count: number): string[] {
  return Array.from({ length: count }, (_, i) => `198.51.100.${i + 1}`);
}

function errorInPieces(): Frame[] {
  const body = build(icmp(3, 1), QUOTE);
  return [0, 16].map((at): Frame => {
    const fields = { protocol: ICMP, identification: 5, fragmentOffset: at / 8, moreFragments: at === 0 ? 1 : 0 };
    return [2, build(LINK, ipv4(ELSEWHERE, CLIENT, fields), payload(body.subarray(at, at === 0 ? 16 : body.length)))];
  });
}

function ircOffer(): Frame[] {
  const offer = `PRIVMSG a :\u0001DCC SEND f ${word(CLIENT) >>> 0} 5000\u0001\n`;
  return [
    out(SERVER, tcp(1000, 6667, { flags: SYN, seq: 100 })),
    back(SERVER, tcp(6667, 1000, { flags: SYN | ACK, seq: 500, ack: 101 })),
    out(SERVER, tcp(1000, 6667, { flags: ACK, seq: 101, ack: 501 })),
    out(SERVER, tcp(1000, 6667, { flags: ACK | PSH, seq: 101, ack: 501 }), payload(offer)),
    back(ELSEWHERE, tcp(2000, 5000, { flags: SYN, seq: 7 })),
  ];
}

/** From addresses outside to others, which answer to what the first are translated to. */
function farFlows(): Frame[] {
  return [7, 8, 9, 10, 11, 12].flatMap((i): Frame[] => [
    [2, build(LINK, ipv4(`198.51.100.${i}`, `192.0.2.${i}`), udp(1000, 53), payload('x'))],
    [2, build(LINK, ipv4(`192.0.2.${i}`, '203.0.113.5'), udp(53, 1000), payload('y'))],
  ]);
}

/** SYNs of more flows than a bucket of the closed loop holds, all in one, and their answers. */
function fullBucket(): Frame[] {
  const loop = new ClosedLoop();
  const packet = new Packet();
  const outcome = new Outcome();
  const flows = new Map<number, Frame[]>();
  let bucket = -1;
  loop.onWatch = (found) => {
    bucket = found;
  };
  for (let i = 0; ; i++) {
    const dst = `198.51.${100 + (i % 100)}.${1 + (Math.floor(i / 100) % 200)}`;
    const port = 1000 + Math.floor(i / 20_000);
    const syn = out(dst, tcp(port, 80, { flags: SYN, seq: 1 }));
    const bytes = syn[1];
    packet.reset();
    packet.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    packet.bytes = bytes;
    packet.start = 0;
    packet.end = bytes.length;
    decode(packet, LinkType.Ethernet);
    loop.look(packet);
    outcome.begin(i);
    outcome.dropStage = 1;
    outcome.dropReason = 1;
    loop.note(outcome);
    const list = flows.get(bucket) ?? [];
    flows.set(bucket, [...list, syn, back(dst, tcp(80, port, { flags: SYN | ACK, seq: 5, ack: 2 }))]);
    if (list.length >= 24) return [...list.filter(([dev]) => dev === 1), ...list.filter(([dev]) => dev === 2)];
  }
}

const CASES: readonly Case[] = [
  {
    name: 'a helper expects a connection from anybody',
    rules: `*raw\n-A PREROUTING -p tcp --dport 6667 -j CT --helper irc\nCOMMIT\n${DROP_RELATED}`,
    frames: ircOffer(),
    why: /^raw:PREROUTING:1 .* -j CT has a helper/,
  },
  {
    name: 'a flow is answered from an address that is as near as the one it was sent to',
    rules: `*nat\n-A PREROUTING -p udp -d ${SERVER} -j DNAT --to-destination ${ELSEWHERE}:53\nCOMMIT\n`,
    frames: [UDP_FLOW, back(ELSEWHERE, udp(53, 1000), payload('y'))],
    why: /^a translation between two near or two far addresses$/,
  },
  {
    name: 'a source becomes as far as its peer, by a port that is not looked for',
    rules: '*nat\n-A POSTROUTING -d 192.0.2.0/24 -o eth1 -p udp -j SNAT --to-source 203.0.113.5:1000\nCOMMIT\n',
    frames: farFlows(),
    why: /^a translation between two near or two far addresses$/,
    strays: false,
  },
  {
    name: 'a port is looked for among flows of others, and the packet dropped',
    rules: `*nat
-A PREROUTING -p tcp -d ${SERVER} -j DNAT --to-destination ${ELSEWHERE}:5000-5001
COMMIT
*filter
-A FORWARD -p tcp -m conntrack --ctstate DNAT -m tcp --dport 5000 -j DROP
-A FORWARD -p tcp -m conntrack --ctstate DNAT -m tcp --dport 5001 -j DROP
COMMIT
`,
    frames: [ELSEWHERE, SERVER].flatMap((server) =>
      [0, 1, 2, 3, 4, 5, 6, 7].map((i) => out(server, tcp(1000 + i, 5000, { flags: SYN, seq: 1 }))),
    ),
    why: /^a translation between two near or two far addresses$/,
  },
  {
    name: 'the host answers from another address',
    rules: DROP_RELATED,
    frames: ['10.0.0.1', '10.0.0.255'].map((dst) => out(dst, icmp(8, 0, { identifier: 9 }), payload('ping'))),
    why: /^an answer of the host from another address$/,
    sysctls: { 'net.ipv4.icmp_echo_ignore_broadcasts': 0 },
  },
  {
    name: 'errors to one host have one budget',
    rules: DROP_RELATED,
    frames: servers(40).map((server) => [1, build(LINK, ipv4(CLIENT, server, { ttl: 1 }), udp(1000, 53), payload('x'))]),
    why: /^a host got ICMP errors about several destinations$/,
    sysctls: { 'net.ipv4.icmp_ratelimit': 1000 },
  },
  {
    name: 'the clock is that of the latest packet of all',
    rules: '*filter\n-A FORWARD -m conntrack --ctstate ESTABLISHED -j DROP\nCOMMIT\n',
    frames: [UDP_FLOW, back(SERVER, udp(53, 1000), payload('y')), out(ELSEWHERE, udp(1000, 53), payload('x')), UDP_FLOW],
    why: /^packet times run backwards$/,
    seconds: [0, 1, 1000, 2],
  },
  {
    name: 'an error in pieces is about a flow of somebody else',
    rules: DROP_RELATED,
    frames: [UDP_FLOW, ...errorInPieces()],
    why: /^an ICMP error in fragments$/,
  },
  {
    name: 'one source is translated to one of several addresses for all its flows',
    rules: '*nat\n-A POSTROUTING -o eth1 -p udp -j SNAT --to-source 203.0.113.5-203.0.113.8\nCOMMIT\n',
    frames: servers(8).map((server) => out(server, udp(1000, 53), payload('x'))),
    why: /^several flows of one source, translated/,
  },
  {
    name: 'an error comes from a host whose ping was dropped',
    rules: '*filter\n-A FORWARD -p icmp -m icmp --icmp-type 8 -j DROP\n-A FORWARD -m conntrack --ctstate NEW -j ACCEPT\nCOMMIT\n',
    frames: [UDP_FLOW, out(ELSEWHERE, icmp(8), payload('ping')), back(ELSEWHERE, icmp(3, 1), QUOTE)],
    why: /^an ICMP error from a host whose ping was dropped$/,
  },
  {
    name: 'the memory for pieces is full',
    rules: DROP_RELATED,
    frames: ([0, 16] as const).flatMap((at) => servers(20).map((server, i) => piece(server, i, at))),
    why: /^the memory for fragments may have been full$/,
    sysctls: { 'net.ipv4.ipfrag_high_thresh': 8000 },
  },
  {
    name: 'many pieces of one source pass between two of a datagram',
    rules: DROP_RELATED,
    frames: [piece(SERVER, 1, 0), ...servers(80).map((server, i) => piece(server, 2 + i, 0)), piece(SERVER, 1, 16)],
    why: /^fragments of one source in great number, to several destinations$/,
  },
  {
    name: 'the table is full',
    rules: DROP_RELATED,
    frames: servers(20).map((server) => out(server, udp(1000, 53), payload('x'))),
    why: /^the connection table comes near its limit \(nf_conntrack_max 10\)$/,
    sysctls: { 'net.netfilter.nf_conntrack_max': 10 },
  },
  {
    name: 'the host learns the MTU of a path',
    rules: DROP_RELATED,
    frames: [
      [
        2,
        build(
          LINK,
          ipv4('203.0.113.254', OUTSIDE),
          icmp(3, 4, { sequence: 400 }),
          payload(build(ipv4(OUTSIDE, apart(SERVER, OUTSIDE)), icmp(0), payload('pong'))),
        ),
      ],
      ...servers(30).map((server) => out(server, udp(1000, 53), payload(new Uint8Array(1000)))),
    ],
    why: /^the host was told of a path MTU$/,
  },
  {
    name: 'more flows whose first packet was dropped than one bucket holds',
    rules: '*filter\n-A FORWARD -p tcp -m tcp --dport 80 -j DROP\nCOMMIT\n',
    frames: fullBucket(),
    why: /^more flows whose first packet was dropped than are remembered$/,
  },
];

describe('what reaches beyond the packets of one worker', () => {
  it.each(CASES)('$name', ({ rules, frames, why, sysctls = {}, seconds, strays = true }) => {
    const host = {
      listeners: [],
      interfaces: [
        { name: 'eth0', addresses: ['10.0.0.1/24'] },
        { name: 'eth1', addresses: [`${OUTSIDE}/24`] },
      ],
      routes: [{ dst: '0.0.0.0/0', via: '203.0.113.254', dev: 'eth1' }],
      sysctls,
    };
    const timed = frames.map(([dev, frame], i) => ({ dev, record: [seconds?.[i] ?? i / 100, frame] as const }));
    const captures = ([1, 2] as const).map((indev) => ({
      source: capture(timed.filter(({ dev }) => dev === indev).map(({ record }) => record)),
      indev,
      local: false,
    }));
    const job = jobOf({
      captures,
      host: { text: JSON.stringify(host), file: 'host.json' },
      rules: [{ text: rules, file: 'rules', family: 4 }],
      sets: null,
      conntrack: true,
      strays,
    });
    const expected = byOne(job);
    const done = byMany(job, WORKERS, 1);
    expect(done.why).toMatch(why);
    expect(done.text).toBe(expected);
    const plan = planOf(job);
    const split = plan.split ? plan : ({ split: true, near: null } as const);
    expect(byMany(job, WORKERS, 1, { plan: split, deaf: true }).text).not.toBe(expected);
  });
});
