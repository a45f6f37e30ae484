import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DropReason } from '../../../src/engine/drop-reason.ts';
import { NOT_KEPT, RouteCache4, RouteCache6 } from '../../../src/engine/route-cache.ts';
import { type Destination, DestinationKind, RouteType } from '../../../src/packet/destination.ts';
import { Packet } from '../../../src/packet/packet.ts';

const word = (): fc.Arbitrary<number> => fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
/** Few values, so that keys differ in one field only. */
const few = (): fc.Arbitrary<number> => fc.constantFrom(0, 1, -1, 0x0a000001);

const key = (): fc.Arbitrary<Partial<Packet>> =>
  fc.record({
    src0: fc.oneof(word(), few()),
    src1: few(),
    src2: few(),
    src3: few(),
    dst0: fc.oneof(word(), few()),
    dst1: few(),
    dst2: few(),
    dst3: few(),
    mark: few(),
    indev: fc.integer({ min: 1, max: 3 }),
  });

const decision = (): fc.Arbitrary<Partial<Destination>> =>
  fc.record({
    kind: fc.constantFrom(...Object.values(DestinationKind)),
    type: fc.constantFrom(...Object.values(RouteType)),
    error: fc.constantFrom(...Object.values(RouteType)),
    dev: fc.nat(1000),
    local: fc.nat(1),
    hasGateway: fc.nat(1),
    redirect: fc.nat(1),
    gw0: word(),
    mtu: fc.nat(0xffff + 1),
  });

function aimed(fields: Partial<Packet>): Packet {
  return Object.assign(new Packet(), fields);
}

function nameOf(packet: Packet, tos: number): string {
  const { src0, src1, src2, src3, dst0, dst1, dst2, dst3, mark, indev } = packet;
  return [src0, src1, src2, src3, dst0, dst1, dst2, dst3, mark, indev, tos].join(' ');
}

describe('a kept route', () => {
  it('is given back as it was decided, and to no other IPv4 packet', () => {
    const step = fc.tuple(key(), fc.constantFrom(0, 4, 0x1c), decision(), fc.constantFrom(...Object.values(DropReason)));
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const cache = new RouteCache4();
        const kept = new Map<string, readonly [Destination, number]>();
        for (const [fields, tos, route, reason] of steps) {
          const words = { src1: 0, src2: 0, src3: 0, dst1: 0, dst2: 0, dst3: 0 };
          const packet = aimed({ ...fields, ...words });
          const name = nameOf(packet, tos);
          const found = cache.take(packet, tos);
          if (found !== NOT_KEPT) expect([packet.dst, found]).toEqual(kept.get(name));
          Object.assign(packet.dst, route);
          cache.keep(packet, tos, reason);
          kept.set(name, [packet.dst, reason]);
          const again = aimed({ ...fields, ...words });
          expect(cache.take(again, tos)).toBe(reason);
          expect(again.dst).toEqual(packet.dst);
        }
      }),
    );
  });

  it('is given back as it was decided, and to no other IPv6 packet', () => {
    const step = fc.tuple(key(), decision(), word(), word(), word());
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const cache = new RouteCache6();
        const kept = new Map<string, Destination>();
        for (const [fields, route, gw1, gw2, gw3] of steps) {
          const packet = aimed(fields);
          const name = nameOf(packet, 0);
          if (cache.take(packet)) expect(packet.dst).toEqual(kept.get(name));
          Object.assign(packet.dst, route, { gw1, gw2, gw3 });
          cache.keep(packet);
          kept.set(name, packet.dst);
          const again = aimed(fields);
          expect(cache.take(again)).toBe(true);
          expect(again.dst).toEqual(packet.dst);
        }
      }),
    );
  });

  it.each(['src0', 'dst0', 'mark', 'indev'] as const)('is not given to a packet of another %s, whatever slot it falls in', (field) => {
    const cache4 = new RouteCache4();
    const cache6 = new RouteCache6();
    const packet = aimed({ src0: 1, dst0: 2, mark: 3, indev: 4 });
    // twice: in both places of its slot
    cache4.keep(packet, 0, DropReason.None);
    cache4.keep(packet, 0, DropReason.None);
    cache6.keep(packet);
    for (let value = 5; value < 100_000; value++) {
      packet[field] = value;
      if (cache4.take(packet, 0) !== NOT_KEPT || cache6.take(packet)) expect.fail(`${field} ${value}`);
    }
  });
});
