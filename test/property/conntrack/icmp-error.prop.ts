/** Promises about ICMP errors: related to what they quote, and to nothing else. */
import fc from 'fast-check';
import { describe, it } from 'vitest';
import { build } from '../../../src/packet/build.ts';
import { icmp, icmpv6, ipv4, ipv6, payload, tcp, udp } from '../../../src/packet/build-layers.ts';
import type { LayerSpec } from '../../../src/packet/build-layers.ts';
import { ConntrackMachine } from '../../support/conntrack-machine.ts';

const transport: fc.Arbitrary<LayerSpec> = fc.oneof(
  fc.tuple(fc.nat(65_535), fc.nat(65_535)).map(([a, b]) => tcp(a, b, { flags: 2, seq: 7 })),
  fc.tuple(fc.nat(65_535), fc.nat(65_535)).map(([a, b]) => udp(a, b)),
);
const family = fc.constantFrom(4 as const, 6 as const);

function original(v: 4 | 6, layer: LayerSpec): Uint8Array {
  return v === 4 ? build(ipv4('10.0.0.2', '10.1.0.2'), layer, payload('data')) : build(ipv6('fd00::2', 'fd01::2'), layer, payload('data'));
}

/** An error from a router on the way. */
function error(v: 4 | 6, quote: Uint8Array, to = v === 4 ? '10.0.0.2' : 'fd00::2'): Uint8Array {
  if (v === 4) return build(ipv4('192.0.2.9', to), icmp(11, 0), payload(quote));
  return build(ipv6('fd77::9', to), icmpv6(3, 0), payload(quote));
}

describe('an ICMP error', () => {
  it('is RELATED when it quotes the header and four octets of ports, or more', () => {
    fc.assert(
      fc.property(family, transport, fc.nat(30), (v, layer, more) => {
        const machine = new ConntrackMachine();
        const packet = original(v, layer);
        machine.pass(packet);
        const quote = packet.slice(0, (v === 4 ? 24 : 44) + more);
        const fate = machine.pass(error(v, quote));
        return fate.state === 'RELATED' && fate.direction === 'reply' && machine.conntrack.count === 1;
      }),
    );
  });

  it('is INVALID when it quotes less', () => {
    fc.assert(
      fc.property(family, transport, fc.nat(), (v, layer, draw) => {
        const machine = new ConntrackMachine();
        const packet = original(v, layer);
        machine.pass(packet);
        return machine.pass(error(v, packet.slice(0, draw % (v === 4 ? 24 : 44)))).state === 'INVALID';
      }),
    );
  });

  it('is INVALID when one bit of the quoted tuple differs, or it is sent to somebody else', () => {
    fc.assert(
      fc.property(family, transport, fc.nat(), (v, layer, draw) => {
        const machine = new ConntrackMachine();
        const packet = original(v, layer);
        machine.pass(packet);
        const quote = packet.slice(0, v === 4 ? 24 : 44);
        const tupleAt = v === 4 ? 12 : 8;
        const bit = draw % ((quote.length - tupleAt) * 8);
        quote[tupleAt + (bit >> 3)]! ^= 1 << (bit & 7);
        const elsewhere = error(v, packet, v === 4 ? '10.0.0.3' : 'fd00::3');
        return machine.pass(error(v, quote)).state === 'INVALID' && machine.pass(elsewhere).state === 'INVALID';
      }),
    );
  });

  it('changes nothing of the connection it is about', () => {
    fc.assert(
      fc.property(family, transport, (v, layer) => {
        const machine = new ConntrackMachine();
        const packet = original(v, layer);
        machine.pass(packet, { at: 0 });
        const before = JSON.stringify(machine.conntrack.dump(0));
        machine.pass(error(v, packet), { at: 0 });
        return JSON.stringify(machine.conntrack.dump(0)) === before;
      }),
    );
  });
});
