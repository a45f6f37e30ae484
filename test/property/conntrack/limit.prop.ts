/**
 * Promises of a full table, whatever floods it: it never holds more than it may, it takes no more room, and what is ASSURED stays
 * unless it is about to end anyway. SYNs, datagrams and pings from everywhere are the flood.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Verdict } from '../../../src/hook/verdict.ts';
import { build } from '../../../src/packet/build.ts';
import { icmp, ipv4, payload, tcp, udp } from '../../../src/packet/build-layers.ts';
import { ConntrackMachine, START_SEC } from '../../support/conntrack-machine.ts';

const SERVER = '10.1.0.2';
const CLIENT = '10.0.0.2';

/** A UDP flow that answered for longer than two seconds: ASSURED. */
function assureUdp(machine: ConntrackMachine, port: number, at: number): void {
  const [ask, answer] = [
    build(ipv4(CLIENT, SERVER), udp(port, 53), payload('ask')),
    build(ipv4(SERVER, CLIENT), udp(53, port), payload('answer')),
  ];
  machine.pass(ask, { at });
  machine.pass(answer, { at });
  machine.pass(ask, { at: at + 3 });
}

/** A TCP connection with its handshake done; `ends`: with the client's FIN and the server's. */
function assureTcp(machine: ConntrackMachine, port: number, at: number, ends: boolean): void {
  const near = (flags: number, seq: number, ack: number): Uint8Array => build(ipv4(CLIENT, SERVER), tcp(port, 80, { flags, seq, ack }));
  const far = (flags: number, seq: number, ack: number): Uint8Array => build(ipv4(SERVER, CLIENT), tcp(80, port, { flags, seq, ack }));
  const handshake = [near(0x02, 99, 0), far(0x12, 499, 100), near(0x10, 100, 500)];
  const end = ends ? [near(0x11, 100, 500), far(0x11, 500, 101)] : [];
  for (const octets of [...handshake, ...end]) machine.pass(octets, { at });
}

interface Wave {
  readonly kind: 'tcp' | 'udp' | 'ping';
  readonly source: number;
  readonly port: number;
  readonly pause: number;
}

const wave: fc.Arbitrary<Wave> = fc.record({
  kind: fc.constantFrom('tcp' as const, 'udp' as const, 'ping' as const),
  source: fc.nat(0xffff),
  port: fc.integer({ min: 1, max: 0xffff }),
  pause: fc.constantFrom(0, 0, 0, 0.004, 0.5, 2),
});

function octetsOf({ kind, source, port }: Wave): Uint8Array {
  const ip = ipv4(`172.16.${source >> 8}.${source & 0xff}`, SERVER);
  if (kind === 'tcp') return build(ip, tcp(port, 80, { flags: 2, seq: port }));
  return kind === 'udp' ? build(ip, udp(port, 53)) : build(ip, icmp(8, 0, { identifier: port }));
}

describe('a full table', () => {
  it('holds what it may and no more, and keeps what is ASSURED and not about to end', () => {
    let kept = 0;
    let droppedEarly = 0;
    let refused = 0;
    const flood = fc.array(wave, { minLength: 50, maxLength: 250, size: 'max' });
    const counts = fc.record({ max: fc.integer({ min: 2, max: 60 }), udp: fc.nat(9), tcp: fc.nat(9), ended: fc.nat(4) });
    fc.assert(
      fc.property(counts, flood, ({ max, ...many }, waves) => {
        const machine = new ConntrackMachine({ max });
        const { conntrack } = machine;
        for (let i = 0; i < many.udp; i++) assureUdp(machine, 2000 + i, 0);
        for (let i = 0; i < many.tcp; i++) assureTcp(machine, 3000 + i, 3, false);
        for (let i = 0; i < many.ended; i++) assureTcp(machine, 4000 + i, 3, true);
        const names = (at: number): string[] =>
          conntrack
            .dump((START_SEC + at) * 1e6)
            .filter(({ status, state }) => (status & 4) !== 0 && (state === null || state === 'ESTABLISHED'))
            .map(({ protocol, original }) => `${protocol} ${original.sourceL4}`);
        const assured = names(3);
        let at = 3;
        for (const one of waves) {
          at = Math.min(at + one.pause, 100);
          const before = conntrack.stats.tableFull;
          const { verdict, state } = machine.pass(octetsOf(one), { at });
          expect(conntrack.count).toBeLessThanOrEqual(max);
          const isRefused = conntrack.stats.tableFull > before;
          expect(verdict).toBe(isRefused ? Verdict.Drop : Verdict.Accept);
          if (isRefused) refused++;
          else expect(['NEW', 'ESTABLISHED']).toContain(state);
        }
        expect(names(at)).toEqual(assured);
        expect(conntrack.rows).toBeLessThanOrEqual(max + 1);
        kept += assured.length;
        droppedEarly += conntrack.stats.earlyDrop;
      }),
    );
    // the floods were floods
    expect([kept > 100, droppedEarly > 100, refused > 10]).toEqual([true, true, true]);
  });

  it('of nothing but ASSURED connections takes no other, until one of them is about to end', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 40 }), fc.nat(), wave, (max, pick, one) => {
        const machine = new ConntrackMachine({ max });
        for (let i = 0; i < max; i++) assureTcp(machine, 3000 + i, 0, false);
        const pass = (at: number): Verdict => machine.pass(octetsOf(one), { at }).verdict;
        expect([pass(1), pass(3), machine.conntrack.count]).toEqual([Verdict.Drop, Verdict.Drop, max]);
        const port = 3000 + (pick % max);
        machine.pass(build(ipv4(CLIENT, SERVER), tcp(port, 80, { flags: 0x11, seq: 100, ack: 500 })), { at: 5 });
        expect([pass(7), machine.conntrack.count]).toEqual([Verdict.Accept, max]);
        const ports = machine.conntrack
          .dump((START_SEC + 7) * 1e6)
          .flatMap(({ original }) => (original.source === CLIENT ? [original.sourceL4] : []));
        expect(ports).toEqual(Array.from({ length: max }, (_, i) => 3000 + i).filter((other) => other !== port));
      }),
      { numRuns: 40 },
    );
  });
});
