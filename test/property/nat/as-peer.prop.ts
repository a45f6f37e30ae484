/**
 * Promise of AsPeer: an answer as the inner side shows it becomes, octet by octet, what the peer would have sent to the translated
 * connection; so does an ICMP error with what it quotes. Nothing else is touched.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Hook } from '../../../src/hook/hook.ts';
import { Verdict } from '../../../src/hook/verdict.ts';
import { AsPeer } from '../../../src/nat/as-peer.ts';
import { build } from '../../../src/packet/build.ts';
import { ethernet, icmp, icmpv6, ipv4, ipv6, type LayerSpec, payload, sctp, tcp, udp } from '../../../src/packet/build-layers.ts';
import { decode } from '../../../src/packet/decode.ts';
import { LinkType } from '../../../src/packet/link-type.ts';
import type { Packet } from '../../../src/packet/packet.ts';
import { octets, packetFrom } from '../../support/nat-frames.ts';
import { NatRouter, range } from '../../support/nat-router.ts';

type Family = 4 | 6;
const OUTER = 2;
const CLIENT = { 4: '10.0.0.2', 6: 'fd00::2' };
const SERVER = { 4: '10.9.9.9', 6: 'fd09::9' };
/** What the client's address becomes, and the server's. */
const PUBLIC = { 4: '10.1.0.50', 6: 'fd01::50' };
const INNER = { 4: '10.1.0.2', 6: 'fd01::2' };
const ELSEWHERE = { 4: '192.0.2.77', 6: 'fd77::77' };
const [NEW_SOURCE, NEW_TARGET] = [7000, 8080];

interface Flow {
  readonly family: Family;
  readonly snat: boolean;
  readonly dnat: boolean;
  readonly protocol: 'tcp' | 'udp' | 'sctp' | 'ping';
  readonly sport: number;
  readonly dport: number;
  readonly data: Uint8Array;
}

const ports = fc.integer({ min: 1, max: 65_535 });
const flows: fc.Arbitrary<Flow> = fc
  .record({
    family: fc.constantFrom(4 as const, 6 as const),
    nat: fc.constantFrom([true, false], [false, true], [true, true]),
    protocol: fc.constantFrom('tcp' as const, 'udp' as const, 'sctp' as const, 'ping' as const),
    sport: ports,
    dport: ports,
    data: fc.uint8Array({ minLength: 16, maxLength: 60 }),
  })
  .filter(({ sport, dport }) => sport !== NEW_SOURCE && dport !== NEW_TARGET)
  .map(({ nat, ...rest }) => ({ ...rest, snat: nat[0]!, dnat: nat[1]! }));

const ip = (family: Family, src: string, dst: string, ttl = 64): LayerSpec =>
  family === 4 ? ipv4(src, dst, { ttl, identification: 77 }) : ipv6(src, dst, { hopLimit: ttl });

/** A datagram of the flow's protocol; `isAnswer`: the other way. */
function talk({ family, protocol, data }: Flow, sport: number, dport: number, isAnswer: boolean): LayerSpec[] {
  switch (protocol) {
    case 'tcp':
      return [tcp(sport, dport, isAnswer ? { flags: 0x12, seq: 9, ack: 8 } : { flags: 2, seq: 7 }), payload(data)];
    case 'udp':
      return [udp(sport, dport), payload(data)];
    case 'sctp':
      // an INIT and its acknowledgement
      return [
        sctp(sport, dport, { verificationTag: isAnswer ? 5 : 0 }),
        payload(Uint8Array.of(isAnswer ? 2 : 1, 0, 0, 20, 0, 0, 0, 5, 0, 0, 9, 9, 0, 1, 0, 1, 0, 0, 0, 1)),
      ];
    case 'ping':
      return [
        family === 4 ? icmp(isAnswer ? 0 : 8, 0, { identifier: sport }) : icmpv6(isAnswer ? 129 : 128, 0, { identifier: sport }),
        payload(data),
      ];
  }
}

interface Known {
  readonly router: NatRouter;
  readonly asPeer: AsPeer;
  /** The first packet as the client sent it, and as it left. */
  readonly sent: Uint8Array;
  readonly left: Uint8Array;
}

/** A router that has forwarded the flow's first packet, behind those of others. */
function begin(flow: Flow, others: readonly Flow[] = []): Known {
  const { family, snat, dnat } = flow;
  const router = new NatRouter(
    (hook, packet, nat) => {
      if (snat && hook === Hook.Postrouting) return nat.setup(packet, range(PUBLIC[family], `${NEW_SOURCE}`), 'src');
      if (dnat && hook === Hook.Prerouting) return nat.setup(packet, range(INNER[family], `${NEW_TARGET}`), 'dst');
      return Verdict.Accept;
    },
    { family },
  );
  const first = (one: Flow): Uint8Array => build(ip(family, CLIENT[family], SERVER[family]), ...talk(one, one.sport, one.dport, false));
  for (const other of others) router.forward(packetFrom(first(other)));
  const sent = first(flow);
  const packet = packetFrom(sent.slice());
  expect(router.forward(packet)).toBe(true);
  return { router, asPeer: new AsPeer(router), sent, left: octets(packet) };
}

/** What the flow's ports (or its id, of which there is one) become. */
function translated({ protocol, snat, dnat, sport, dport }: Flow): [sport: number, dport: number] {
  if (protocol === 'ping') return [dnat && !snat ? NEW_TARGET : snat ? NEW_SOURCE : sport, 0];
  return [snat ? NEW_SOURCE : sport, dnat ? NEW_TARGET : dport];
}

/** The answer as the inner side has it, and as the peer sends it. */
function answers(flow: Flow, ttl: number, due: number): [Uint8Array, Uint8Array] {
  const { family, snat, dnat, sport, dport, protocol } = flow;
  const [newSport, newDport] = translated(flow);
  const turned = (a: number, b: number): LayerSpec[] => (protocol === 'ping' ? talk(flow, a, 0, true) : talk(flow, b, a, true));
  return [
    build(ip(family, SERVER[family], CLIENT[family], ttl), ...turned(sport, dport)),
    build(ip(family, dnat ? INNER[family] : SERVER[family], snat ? PUBLIC[family] : CLIENT[family], due), ...turned(newSport, newDport)),
  ];
}

/** Whether it was rewritten, and the octets; isStray has to say the same before. */
function translate({ asPeer }: Known, packet: Packet, left = false): [boolean, Uint8Array] {
  const isStray = asPeer.isStray(packet);
  const done = asPeer.translate(packet, left);
  expect(isStray).toBe(done);
  expect(packet.indev).toBe(done ? OUTER : 0);
  return [done, octets(packet)];
}

const hop = fc.constantFrom([64, false], [64, true], [1, true], [254, true], [255, true], [255, false]) as fc.Arbitrary<[number, boolean]>;

describe('AsPeer', () => {
  it('makes an answer what the peer would have sent', () => {
    fc.assert(
      fc.property(flows, hop, (flow, [ttl, left]) => {
        // a ping has one id for both sides, which the rule for its target does not decide
        fc.pre(flow.protocol !== 'ping' || flow.snat);
        const [inside, outside] = answers(flow, ttl, left ? Math.min(ttl + 1, 255) : ttl);
        expect(translate(begin(flow), packetFrom(inside), left)).toEqual([true, outside]);
      }),
      { numRuns: 300 },
    );
  });

  it('gives a frame to the interface the flow goes out by, from a peer of its own', () => {
    fc.assert(
      fc.property(flows, (flow) => {
        fc.pre(flow.protocol !== 'ping' || flow.snat);
        const [inside, outside] = answers(flow, 64, 64);
        const known = begin(flow);
        const packet = packetFrom(inside);
        packet.bytes = Uint8Array.of(
          ...build(ethernet('02:00:00:00:00:0a', '02:00:00:00:00:01'), ip(flow.family, CLIENT[flow.family], SERVER[flow.family])).slice(
            0,
            14,
          ),
          ...inside,
        );
        packet.view = new DataView(packet.bytes.buffer);
        packet.end = packet.wireLength = packet.bytes.length;
        decode(packet, LinkType.Ethernet);
        expect(translate(known, packet)).toEqual([true, outside]);
        const frame = Array.from(packet.bytes.subarray(packet.link, packet.network));
        expect(frame.slice(0, 12)).toEqual([2, 0, 0, 0, 0, OUTER, 2, 0, 0, 0, 0, 0]);
        expect(frame.slice(12)).toEqual(flow.family === 4 ? [8, 0] : [0x86, 0xdd]);
      }),
      { numRuns: 50 },
    );
  });

  it('makes an error what the peer’s side would have sent, with the packet that left in it', () => {
    const from = fc.constantFrom('server', 'elsewhere');
    const to = fc.constantFrom('client', 'elsewhere');
    fc.assert(
      fc.property(flows, from, to, fc.nat(80), fc.constantFrom(0, 1, 2, 3, 4), (flow, source, target, cut, which) => {
        const { family, snat, dnat } = flow;
        fc.pre(flow.protocol !== 'ping' || snat);
        const known = begin(flow);
        const size = (family === 4 ? 28 : 48) + cut;
        const head = family === 4 ? icmp([3, 4, 5, 11, 12][which]!, 1) : icmpv6([1, 2, 3, 4, 127][which]!, 0);
        const src = source === 'server' ? SERVER[family] : ELSEWHERE[family];
        const dst = target === 'client' ? CLIENT[family] : ELSEWHERE[family];
        const due = [dnat && source === 'server' ? INNER[family] : src, snat && target === 'client' ? PUBLIC[family] : dst] as const;
        const inside = build(ip(family, src, dst), head, payload(known.sent.slice(0, size)));
        const outside = build(ip(family, ...due), head, payload(quoteOf(flow, known, size)));
        const [done, made] = translate(known, packetFrom(inside));
        expect(done).toBe(true);
        expect(withoutSums(made, flow)).toEqual(withoutSums(outside, flow));
        if (flow.protocol !== 'sctp') expect(made).toEqual(outside);
      }),
      { numRuns: 300 },
    );
  });

  /** The packet that left, cut: a TCP sum stays what it was unless the whole header is there. */
  function quoteOf({ family, protocol }: Flow, { sent, left }: Known, size: number): Uint8Array {
    const quote = left.slice(0, size);
    const tcpAt = family === 4 ? 20 : 40;
    if (protocol === 'tcp' && size < tcpAt + 20) quote.set(sent.slice(tcpAt + 16, Math.min(size, tcpAt + 18)), Math.min(size, tcpAt + 16));
    return quote;
  }

  /** Without the sum of the error and the CRC of a quoted SCTP header, which covers what is there alone. */
  function withoutSums(bytes: Uint8Array, { family, protocol }: Flow): Uint8Array {
    const copy = bytes.slice();
    const header = family === 4 ? 20 : 40;
    if (protocol !== 'sctp') return copy;
    copy.fill(0, header + 2, header + 4);
    copy.fill(0, header + 8 + header + 8, header + 8 + header + 12);
    return copy;
  }

  it('knows an error by its type', () => {
    for (const family of [4, 6] as const) {
      const flow: Flow = { family, snat: true, dnat: false, protocol: 'udp', sport: 1000, dport: 53, data: new Uint8Array(16) };
      const known = begin(flow);
      const done = Array.from({ length: 256 }, (_, type) => type).filter((type) => {
        const head = family === 4 ? icmp(type, 0) : icmpv6(type, 0);
        return translate(known, packetFrom(build(ip(family, ELSEWHERE[family], CLIENT[family]), head, payload(known.sent))))[0];
      });
      expect(done).toEqual(family === 4 ? [3, 4, 5, 11, 12] : Array.from({ length: 128 }, (_, type) => type));
    }
  });

  it('leaves alone what is no such answer', () => {
    fc.assert(
      fc.property(flows, fc.nat(), (flow, pick) => {
        const { family, sport, dport, snat } = flow;
        fc.pre(flow.protocol !== 'ping' || snat);
        const known = begin(flow);
        const [inside, outside] = answers(flow, 64, 64);
        const error = family === 4 ? icmp(3, 1) : icmpv6(1, 0);
        const other = { ...flow, sport: sport ^ 1, dport: dport ^ 1 };
        const quoting = (quote: Uint8Array): Uint8Array => build(ip(family, ELSEWHERE[family], CLIENT[family]), error, payload(quote));
        const cases: Uint8Array[] = [
          outside,
          known.sent,
          known.left,
          answers(other, 64, 64)[0],
          quoting(known.left),
          quoting(inside),
          quoting(build(ip(family, CLIENT[family], SERVER[family]), ...talk(other, other.sport, other.dport, false))),
          quoting(known.sent.slice(0, family === 4 ? 23 : 43)),
          inside.slice(0, (family === 4 ? 20 : 40) + 3),
          ...(family === 4 ? [fragment4(inside, 0x2000), fragment4(inside, 1)] : []),
        ];
        const bytes = cases[pick % cases.length]!;
        expect(translate(known, packetFrom(bytes.slice()), true)).toEqual([false, octets(packetFrom(bytes.slice()))]);
      }),
      { numRuns: 400 },
    );
  });

  function fragment4(bytes: Uint8Array, word: number): Uint8Array {
    const copy = bytes.slice();
    new DataView(copy.buffer).setUint16(6, word);
    return copy;
  }

  it('leaves alone what belongs to a connection of its own, and errors about it', () => {
    for (const family of [4, 6] as const) {
      const flow: Flow = { family, snat: true, dnat: false, protocol: 'udp', sport: 1000, dport: 53, data: new Uint8Array(16) };
      const known = begin(flow, [{ ...flow, protocol: 'tcp' }]);
      const [inside] = answers(flow, 64, 64);
      const about = (): Uint8Array =>
        build(ip(family, ELSEWHERE[family], CLIENT[family]), family === 4 ? icmp(3, 1) : icmpv6(1, 0), payload(known.sent));
      expect([inside, about()].map((bytes) => translate(known, packetFrom(bytes.slice()))[0])).toEqual([true, true]);
      // what was an answer opens a connection, which may be the very first entry
      known.router.conntrack.kill(0);
      expect(known.router.forward(packetFrom(inside.slice()), { indev: 2, outdev: 1 })).toBe(true);
      expect(known.router.conntrack.isConfirmed(0)).toBe(true);
      for (const bytes of [inside, about()]) expect(translate(known, packetFrom(bytes.slice()))).toEqual([false, bytes]);
    }
  });

  it('translates the addresses of protocols it knows nothing of, with and without payload', () => {
    for (const protocol of [0, 50, 253]) {
      for (const size of [0, 1, 20]) {
        const router = new NatRouter((hook, packet, nat) =>
          hook === Hook.Postrouting ? nat.setup(packet, range(PUBLIC[4]), 'src') : Verdict.Accept,
        );
        const bytes = (src: string, dst: string): Uint8Array => build(ipv4(src, dst, { protocol }), payload(new Uint8Array(size)));
        expect(router.forward(packetFrom(bytes(CLIENT[4], SERVER[4])))).toBe(true);
        const packet = packetFrom(bytes(SERVER[4], CLIENT[4]));
        expect([new AsPeer(router).translate(packet, false), octets(packet)]).toEqual([true, bytes(SERVER[4], PUBLIC[4])]);
      }
    }
  });

  it('leaves alone the answers of a flow that is not translated, and of a family that is not tracked', () => {
    for (const family of [4, 6] as const) {
      const flow: Flow = { family, snat: false, dnat: false, protocol: 'tcp', sport: 1000, dport: 80, data: new Uint8Array(16) };
      const [inside] = answers(flow, 64, 64);
      const known = begin(flow);
      expect(translate(known, packetFrom(inside.slice()))).toEqual([false, inside]);
      // beside one that is
      known.router.nat.translates = true;
      expect(translate(known, packetFrom(inside.slice()))).toEqual([false, inside]);
      const translating = begin({ ...flow, snat: true });
      expect(translate(translating, packetFrom(answers({ ...flow, family: family === 4 ? 6 : 4 }, 64, 64)[0]))[0]).toBe(false);
    }
  });
});
