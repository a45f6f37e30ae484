/** Choices that hang on other flows: whom a search may put out of the way, and what targets do beside a rule's own words. */
import { describe, expect, it } from 'vitest';
import { Hook } from '../../../src/hook/hook.ts';
import { Verdict } from '../../../src/hook/verdict.ts';
import type { Nat } from '../../../src/nat/nat.ts';
import { Bound } from '../../../src/nat/bindings.ts';
import { EMPTY_RANGE, type NatRange, RangeFlag } from '../../../src/nat/range.ts';
import { esp, ipv4, ipv6, payload, tcp, udp } from '../../../src/packet/build-layers.ts';
import type { Packet } from '../../../src/packet/packet.ts';
import { TcpFlag } from '../../../src/wire/tcp.ts';
import { octets, packetOf } from '../../support/nat-frames.ts';
import { line, NatRouter, range, type Rules } from '../../support/nat-router.ts';

const [client, other, server, outside] = ['10.0.0.2', '10.0.0.3', '10.1.0.2', '10.1.0.50'];
const { Syn, Ack, Fin } = TcpFlag;
const BACK = { indev: 2, outdev: 1 };

const segment = (src: string, dst: string, ports: readonly [number, number], flags: number, seq: number, ack = 0): Packet =>
  packetOf(ipv4(src, dst), tcp(...ports, { seq, ack, flags }));
const datagram = (src: string, dst: string, sport: number, dport: number): Packet =>
  packetOf(ipv4(src, dst), udp(sport, dport), payload('x'));
const snat = (ports: string, flags = 0): Rules => {
  const offer = range(outside, ports, flags);
  return (hook, packet, nat) => (hook === Hook.Postrouting ? nat.setup(packet, offer, 'src') : Verdict.Accept);
};

describe('a search among flows that are over', () => {
  /** Ports in the order in which they are tried: by their distance from the source port. */
  const COUNT = 40;
  const LAST_TRIES = 32;
  const [FIRST, BASE] = [7000, 5000];

  /** A router on which all ports are those of TCP flows in TIME_WAIT. */
  function full(): NatRouter {
    const router = new NatRouter(snat(`${FIRST}-${FIRST + COUNT - 1}/${BASE}`));
    for (let i = 0; i < COUNT; i++) {
      const [own, seen] = [BASE + i, FIRST + i];
      const out = (flags: number, seq: number, ack = 0): boolean => router.forward(segment(client, server, [own, 80], flags, seq, ack));
      const back = (flags: number, seq: number, ack: number): boolean =>
        router.forward(segment(server, outside, [80, seen], flags, seq, ack), BACK);
      const all = [
        out(Syn, 100),
        back(Syn | Ack, 500, 101),
        out(Ack, 101, 501),
        out(Fin | Ack, 101, 501),
        back(Fin | Ack, 501, 102),
        out(Ack, 102, 502),
      ];
      expect(all).not.toContain(false);
    }
    expect(router.conntrack.count).toBe(COUNT);
    return router;
  }

  it('spares them until it is nearly at its end', () => {
    const router = full();
    const packet = segment(other, server, [BASE, 80], Syn, 9000);
    expect(router.forward(packet)).toBe(true);
    expect(packet.srcPort).toBe(FIRST + COUNT - LAST_TRIES);
    expect(router.conntrack.count).toBe(COUNT);
    // the one that was killed is gone: its port is the other's, whose answers find it
    const answer = segment(server, outside, [80, packet.srcPort], Syn | Ack, 700, 9001);
    expect(router.forward(answer, BACK)).toBe(true);
    expect(line(answer)).toBe(`${server}:80 > ${other}:${BASE}`);
  });

  it('spares them from a flow that does not open, or does not go beyond them', () => {
    for (const packet of [segment(other, server, [BASE, 80], Ack, 9000, 1), segment(other, server, [BASE, 80], Syn, 101)]) {
      const router = full();
      expect(router.forward(packet)).toBe(false);
      expect(router.conntrack.count).toBe(COUNT);
    }
  });

  it('gives one to a flow that is one octet ahead', () => {
    expect(full().forward(segment(other, server, [BASE, 80], Syn, 102))).toBe(true);
  });

  it('spares one that is not translated', () => {
    const router = new NatRouter(snat('7000-7000', RangeFlag.ProtoRandom));
    const own: Packet[] = [
      segment(outside, server, [7000, 80], Syn, 100),
      segment(server, outside, [80, 7000], Syn | Ack, 500, 101),
      segment(outside, server, [7000, 80], Ack, 101, 501),
      segment(outside, server, [7000, 80], Fin | Ack, 101, 501),
      segment(server, outside, [80, 7000], Fin | Ack, 501, 102),
      segment(outside, server, [7000, 80], Ack, 102, 502),
    ];
    for (const packet of own) expect(router.forward(packet, packet.srcPort === 80 ? BACK : {})).toBe(true);
    expect(router.forward(segment(other, server, [5000, 80], Syn, 9000))).toBe(false);
    expect(router.conntrack.count).toBe(1);
  });

  it('takes the one tried first from there on that is over', () => {
    const router = full();
    // one of them goes on: a SYN of its own side opens it again
    const reopened = FIRST + COUNT - LAST_TRIES;
    expect(router.forward(segment(client, server, [BASE + COUNT - LAST_TRIES, 80], Syn, 9000))).toBe(true);
    const packet = segment(other, server, [BASE, 80], Syn, 90_000);
    expect(router.forward(packet)).toBe(true);
    expect(packet.srcPort).toBe(reopened + 1);
  });
});

describe('what a recorded kernel picked', () => {
  it('is no answer when it is taken: another is looked for', () => {
    const router = new NatRouter(snat(''));
    router.forward(datagram(client, server, 1500, 53));
    router.nat.prefer(1500);
    const packet = datagram(other, server, 1500, 53);
    expect(router.forward(packet)).toBe(true);
    expect(packet.srcPort).not.toBe(1500);
  });
});

describe('a protocol without ports', () => {
  it('gets none, whatever was searched for before', () => {
    const router = new NatRouter(snat(''));
    router.forward(segment(client, server, [1500, 80], Syn, 1));
    const clash = segment(other, server, [1500, 80], Syn, 1);
    expect(router.forward(clash)).toBe(true);
    expect(clash.srcPort).not.toBe(1500);
    const tunnel = (src: string): Packet => packetOf(ipv4(src, server), esp({ spi: 1 }), payload('0123456789'));
    expect([client, other].map((src) => router.forward(tunnel(src)))).toEqual([true, false]);
    expect(router.conntrack.stats.insertFailed).toBe(1);
  });
});

describe('two first datagrams that cross', () => {
  /** The one from the client is met at POSTROUTING after that from the server has passed; how it leaves. */
  function crossing(build: (src: string, dst: string, sport: number, dport: number) => Packet): string {
    const router = new NatRouter(() => Verdict.Accept);
    const [there, back] = [build(client, server, 1000, 2000), build(server, client, 2000, 1000)];
    there.indev = 1;
    expect(router.hooks.run(Hook.Prerouting, there)).toBe(Verdict.Accept);
    expect(router.forward(back, BACK)).toBe(true);
    there.outdev = 2;
    const verdict = router.hooks.run(Hook.Postrouting, there);
    expect(verdict).toBe(Verdict.Accept);
    expect(router.conntrack.count).toBe(1);
    return line(there);
  }

  it('are one flow', () => {
    expect(crossing(datagram)).toBe(`${client}:1000 > ${server}:2000`);
  });
});

describe('a target', () => {
  const RANGE = range(outside, '7000-7010');
  const TARGETS: readonly (readonly [name: string, run: (nat: Nat, packet: Packet) => Verdict])[] = [
    ['SNAT', (nat, packet) => nat.setup(packet, RANGE, 'src')],
    ['DNAT', (nat, packet) => nat.setup(packet, RANGE, 'dst')],
    ['MASQUERADE', (nat, packet) => nat.masquerade(packet, range(''))],
    ['REDIRECT', (nat, packet) => nat.redirect(packet, range(''))],
    ['NETMAP', (nat, packet) => nat.netmap(packet, range('10.1.0.0-10.1.0.255'))],
  ];

  it.each(TARGETS)('leaves a packet without a connection alone: %s', (_, run) => {
    const { nat } = new NatRouter(() => Verdict.Accept);
    for (const ct of [-1, -2]) {
      const packet = datagram(client, server, 1000, 53);
      Object.assign(packet, { ct, hook: Hook.Postrouting, indev: 1, outdev: 2 });
      const before = octets(packet);
      expect(run(nat, packet)).toBe(Verdict.Accept);
      expect(octets(packet)).toEqual(before);
      expect([nat.bound, nat.translates]).toEqual([0, false]);
    }
  });

  it.each(TARGETS)('binds the very first connection there is: %s', (name, run) => {
    const hook = name === 'DNAT' || name === 'REDIRECT' ? Hook.Prerouting : Hook.Postrouting;
    const router = new NatRouter((at, packet, nat) => (at === hook ? run(nat, packet) : Verdict.Accept));
    const packet = datagram(client, '10.9.9.9', 1000, 53);
    expect(router.forward(packet)).toBe(true);
    expect(line(packet)).not.toBe(line(datagram(client, '10.9.9.9', 1000, 53)));
    expect([router.nat.bound, router.nat.translates]).toEqual([1, true]);
  });

  it('is noted with what it offered while a walk is', () => {
    const plain = (offer: NatRange): NatRange => Object.fromEntries(Object.entries(offer)) as unknown as NatRange;
    const router = new NatRouter(snat('7000-7010'));
    const { bindings } = router.nat;
    router.forward(datagram(client, server, 1000, 53));
    expect(bindings.isNone).toBe(true);
    bindings.begin();
    router.forward(datagram(client, server, 1001, 53));
    bindings.end();
    expect(bindings).toMatchObject({ source: Bound.ByRule, destination: Bound.ByNone, masquerades: false });
    expect(plain(bindings.sourceRange)).toEqual(RANGE);
    // what the bindings did themselves, which is the same for each flow
    const { changes } = bindings;
    bindings.begin();
    router.forward(datagram(client, server, 1002, 53));
    expect(bindings.changes).toBe(changes);
    expect(changes).toBeGreaterThan(0);
  });
});

describe('REDIRECT in IPv6', () => {
  const [NODE, LINK, SITE, COMPATIBLE, GLOBAL] = ['::1', 'fe80::7', 'fec0::7', '::0.0.1.7', 'fd00::7'];
  const host = {
    interfaces: [{ name: 'eth0', mac: '02:00:00:00:00:01', addresses: [NODE, LINK, SITE, COMPATIBLE, GLOBAL].map((a) => `${a}/128`) }],
  };

  // biome-ignore format: a table
  it.each([
    ['fe80::99', LINK], ['febf:ffff::1', LINK], ['fec0::99', SITE], ['feff:ffff::1', SITE],
    ['ff01::1', NODE], ['ff02::1', LINK], ['ff05::1', SITE], ['ff15::1', SITE], ['::0.0.9.9', COMPATIBLE],
  ] as const)('to %s becomes %s, which reaches as far', (dst, due) => {
    const router = new NatRouter((hook, packet, nat) => (hook === Hook.Prerouting ? nat.redirect(packet, EMPTY_RANGE) : Verdict.Accept), { family: 6, host });
    const packet = packetOf(ipv6('fd00::9', dst), udp(5, 6), payload('x'));
    expect(router.deliver(packet)).toBe(true);
    expect(line(packet)).toBe(`fd00::9:5 > ${due === COMPATIBLE ? '::107' : due}:6`);
  });

  it('takes the first address there is for what reaches everywhere', () => {
    const first = new NatRouter(() => Verdict.Accept, { family: 6, host }).host.interfaces[1]!.addresses6[0]!;
    for (const dst of ['2600::1', 'fe7f::1', 'ff00::1', 'ff03::1', 'ff0e::1', '::1:0:0:0']) {
      const router = new NatRouter((hook, packet, nat) => (hook === Hook.Prerouting ? nat.redirect(packet, EMPTY_RANGE) : Verdict.Accept), {
        family: 6,
        host,
      });
      const packet = packetOf(ipv6('fd00::9', dst), udp(5, 6), payload('x'));
      expect(router.deliver(packet)).toBe(true);
      expect([packet.dst0, packet.dst1, packet.dst2, packet.dst3], dst).toEqual([first.w0, first.w1, first.w2, first.w3]);
    }
  });

  it('never is a mapped address, which is of IPv4', () => {
    const mapped = { interfaces: [{ name: 'eth0', addresses: ['::ffff:10.0.0.1/128'] }] };
    const router = new NatRouter((hook, packet, nat) => (hook === Hook.Prerouting ? nat.redirect(packet, EMPTY_RANGE) : Verdict.Accept), {
      family: 6,
      host: mapped,
    });
    expect(router.deliver(packetOf(ipv6('fd00::9', '2600::1'), udp(5, 6), payload('x')))).toBe(false);
  });
});

describe('a range of flags', () => {
  it('with an offset searches from there and never at random', () => {
    const router = new NatRouter(snat('7000-7003/5000', RangeFlag.ProtoRandom));
    const ports = [0, 1, 2, 3].map((i) => {
      const packet = datagram(`10.0.0.${10 + i}`, server, 5002, 53);
      router.forward(packet);
      return packet.srcPort;
    });
    expect(ports).toEqual([7002, 7003, 7000, 7001]);
  });
});
