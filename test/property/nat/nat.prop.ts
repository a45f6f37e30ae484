import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Hook } from '../../../src/hook/hook.ts';
import { Verdict } from '../../../src/hook/verdict.ts';
import { formatIpv4 } from '../../../src/inet/ipv4.ts';
import { RangeFlag } from '../../../src/nat/range.ts';
import { icmp, ipv4, payload, tcp, udp } from '../../../src/packet/build-layers.ts';
import type { Packet } from '../../../src/packet/packet.ts';
import { TcpFlag } from '../../../src/wire/tcp.ts';
import { checksumError, isHeaderTrue, octets, packetOf } from '../../support/nat-frames.ts';
import { NatRouter, range, type Rules } from '../../support/nat-router.ts';

interface Flow {
  readonly protocol: 'tcp' | 'udp' | 'icmp';
  readonly client: number;
  readonly server: number;
  readonly sport: number;
  readonly dport: number;
}

/** Few hosts and ports, so that flows get in each other's way. */
const flow: fc.Arbitrary<Flow> = fc.record({
  protocol: fc.constantFrom('tcp' as const, 'udp' as const, 'icmp' as const),
  client: fc.integer({ min: 2, max: 6 }),
  server: fc.integer({ min: 2, max: 3 }),
  sport: fc.constantFrom(1, 500, 511, 512, 700, 1023, 1024, 5000, 5001, 65_535),
  dport: fc.constantFrom(53, 80, 3000),
});

interface Policy {
  readonly source: readonly [addresses: string, ports: string] | null;
  readonly destination: readonly [addresses: string, ports: string] | null;
  readonly flags: number;
}

const policy: fc.Arbitrary<Policy> = fc.record({
  source: fc.constantFrom(null, ['10.1.0.50', ''] as const, ['10.1.0.50-10.1.0.51', ''] as const, ['10.1.0.50', '4000-4063'] as const),
  destination: fc.constantFrom(null, ['10.1.0.2', ''] as const, ['10.1.0.2-10.1.0.3', ''] as const, ['10.1.0.2', '3000-3005'] as const),
  flags: fc.constantFrom(0, RangeFlag.ProtoRandom, RangeFlag.ProtoRandomFully, RangeFlag.Persistent),
});

function rulesOf({ source, destination, flags }: Policy): Rules {
  return (hook, packet, nat) => {
    const ports = packet.protocol === 1 ? '' : undefined;
    if (hook === Hook.Postrouting && source !== null) return nat.setup(packet, range(source[0], ports ?? source[1], flags), 'src');
    if (hook === Hook.Prerouting && destination !== null)
      return nat.setup(packet, range(destination[0], ports ?? destination[1], flags), 'dst');
    return Verdict.Accept;
  };
}

function first({ protocol, client, server, sport, dport }: Flow): Packet {
  const ip = ipv4(`10.0.0.${client}`, `10.9.0.${server}`);
  if (protocol === 'tcp') return packetOf(ip, tcp(sport, dport, { seq: 7, flags: TcpFlag.Syn }), payload('x'));
  if (protocol === 'udp') return packetOf(ip, udp(sport, dport), payload('x'));
  return packetOf(ip, icmp(8, 0, { identifier: sport, sequence: 1 }), payload('x'));
}

/** What the receiver of `packet` answers. */
function answer(packet: Packet): Packet {
  const ip = ipv4(formatIpv4(packet.dst0), formatIpv4(packet.src0));
  if (packet.protocol === 6)
    return packetOf(ip, tcp(packet.dstPort, packet.srcPort, { seq: 9, ack: 9, flags: TcpFlag.Syn | TcpFlag.Ack }), payload('y'));
  if (packet.protocol === 17) return packetOf(ip, udp(packet.dstPort, packet.srcPort), payload('y'));
  return packetOf(ip, icmp(0, 0, { identifier: packet.view.getUint16(packet.transport + 4), sequence: 1 }), payload('y'));
}

/** Endpoints as one text; an ICMP id counts as source port of a request, as destination port of an answer. */
function ends(packet: Packet): string {
  const id = packet.protocol === 1 ? packet.view.getUint16(packet.transport + 4) : -1;
  return [packet.protocol, packet.src0, packet.srcPort, packet.dst0, packet.dstPort, id].join(' ');
}

function reversed(flow: Flow): string {
  const one = answer(first(flow));
  return ends(one);
}

describe('Nat', () => {
  it('translates the answer to any translated packet back to the ends the client spoke to', () => {
    fc.assert(
      fc.property(fc.array(flow, { minLength: 1, maxLength: 25 }), policy, fc.integer(), (flows, chosen, seed) => {
        const router = new NatRouter(rulesOf(chosen), { seed });
        for (const one of flows) {
          const packet = first(one);
          if (!router.forward(packet)) continue; // nothing was free
          const reply = answer(packet);
          const text = Buffer.from(octets(reply)).subarray(-1);
          expect(router.forward(reply, { indev: 2, outdev: 1 })).toBe(true);
          expect(ends(reply)).toBe(reversed(one));
          expect([checksumError(packet), isHeaderTrue(packet), checksumError(reply), isHeaderTrue(reply)]).toEqual([0, true, 0, true]);
          expect(Buffer.from(octets(reply)).subarray(-1)).toEqual(text);
        }
      }),
      { numRuns: 150 },
    );
  });

  it('gives no two flows the same reply tuple, and ports of their class', () => {
    fc.assert(
      fc.property(fc.array(flow, { minLength: 1, maxLength: 40 }), policy, fc.integer(), (flows, chosen, seed) => {
        const router = new NatRouter(rulesOf(chosen), { seed });
        for (const one of flows) {
          const packet = first(one);
          const passed = router.forward(packet);
          if (!passed || packet.protocol === 1) continue;
          const [, ports = ''] = chosen.source ?? [];
          if (ports === '') expect(classOf(packet.srcPort) === classOf(one.sport) || packet.srcPort === one.sport).toBe(true);
          else expect(packet.srcPort >= 4000 && packet.srcPort <= 4063).toBe(true);
        }
        const replies = router.conntrack.dump(2e9).map(({ protocol, reply }) => JSON.stringify([protocol, reply]));
        expect(new Set(replies).size).toBe(replies.length);
      }),
      { numRuns: 150 },
    );
  });

  it('leaves flows alone that no rule is about', () => {
    fc.assert(
      fc.property(fc.uniqueArray(flow, { minLength: 1, maxLength: 20, selector: (one) => JSON.stringify(one) }), (flows) => {
        const about: Rules = (hook, packet, nat) =>
          hook === Hook.Postrouting && packet.dstPort === 4444 ? nat.setup(packet, range('10.1.0.99'), 'src') : Verdict.Accept;
        const router = new NatRouter(about);
        for (const one of flows) {
          const packet = first(one);
          const before = Buffer.from(octets(packet));
          expect(router.forward(packet)).toBe(true);
          expect(Buffer.from(octets(packet)).equals(before)).toBe(true);
        }
      }),
      { numRuns: 100 },
    );
  });

  it('forgets every flow that is gone', () => {
    const router = new NatRouter(() => Verdict.Accept);
    for (let port = 1; port <= 3000; port++) router.forward(first({ protocol: 'udp', client: 2, server: 2, sport: port, dport: 53 }));
    expect(router.nat.bound).toBe(router.conntrack.count);
    router.wait(1000);
    for (let port = 1; port <= 3000; port++) router.forward(first({ protocol: 'udp', client: 3, server: 2, sport: port, dport: 53 }));
    expect(router.nat.bound).toBe(router.conntrack.count);
    expect(router.nat.bound).toBeLessThan(6000);
  });
});

/** The three kinds of port a remapped source stays within. */
function classOf(port: number): number {
  return port < 512 ? 0 : port < 1024 ? 1 : 2;
}
