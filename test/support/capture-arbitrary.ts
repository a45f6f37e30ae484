/** Captures as fast-check makes them: whole ones of every shape, to be cut, mixed and damaged by the tests. */
import fc from 'fast-check';
import { blocks, join, option, pcapFile, text } from './capture-octets.ts';

const frame = (): fc.Arbitrary<Uint8Array> => fc.uint8Array({ maxLength: 90 });
const word = (): fc.Arbitrary<number> => fc.nat(0xffffffff);
const byteOrder = (): fc.Arbitrary<boolean> => fc.boolean();

export function pcapOctets(): fc.Arbitrary<Uint8Array> {
  const shape = fc.record({
    littleEndian: byteOrder(),
    magic: fc.constantFrom(0xa1b2c3d4, 0xa1b23c4d, 0xa1b2cd34),
    minor: fc.constant(4),
    snapLength: fc.constantFrom(0, 40, 65535, 262144),
    linkType: fc.constantFrom(1, 101, 113, 276),
  });
  const record = fc.record({ seconds: word(), fraction: fc.nat(1_999_999_999), wire: fc.nat(200), data: frame() });
  return fc.tuple(shape, fc.array(record, { maxLength: 12 })).map(([of, records]) => pcapFile(of, records));
}

/** Sections of any byte order, each with at least one interface, and packets and unknown blocks among them. */
export function pcapngOctets(): fc.Arbitrary<Uint8Array> {
  return fc.array(section(), { minLength: 1, maxLength: 3 }).map(join);
}

export function captureOctets(): fc.Arbitrary<Uint8Array> {
  return fc.oneof(pcapOctets(), pcapngOctets());
}

function section(): fc.Arbitrary<Uint8Array> {
  return fc
    .record({
      littleEndian: byteOrder(),
      devices: fc.array(device(), { minLength: 1, maxLength: 3 }),
      packets: fc.array(packetBlock(), { maxLength: 6 }),
    })
    .map(({ littleEndian, devices, packets }) => {
      const made = blocks(littleEndian);
      const described = devices.map(({ linkType, name, resolution }) =>
        made.device(linkType, 0, join([option(littleEndian, 2, text(name)), option(littleEndian, 9, Uint8Array.of(resolution))])),
      );
      const bodies = packets.map(({ kind, data, high, low, on, comment }) => {
        if (kind === 'simple') return made.simple(data);
        if (kind === 'old') return made.old(data, on % devices.length);
        if (kind === 'unknown') return made.simple(data).fill(0x99, 0, 4);
        const options = comment === null ? new Uint8Array(0) : option(littleEndian, 1, text(comment));
        return made.enhanced({ data, high, low, device: on % devices.length, options });
      });
      return join([made.section(), ...described, ...bodies]);
    });
}

function device(): fc.Arbitrary<{ linkType: number; name: string; resolution: number }> {
  return fc.record({
    linkType: fc.constantFrom(1, 101, 0),
    name: fc.constantFrom('eth0', 'wg-länge', ''),
    resolution: fc.constantFrom(3, 6, 9, 0x80 | 20),
  });
}

interface PacketBlock {
  kind: 'enhanced' | 'simple' | 'old' | 'unknown';
  data: Uint8Array;
  high: number;
  low: number;
  on: number;
  comment: string | null;
}

function packetBlock(): fc.Arbitrary<PacketBlock> {
  return fc.record({
    kind: fc.constantFrom('enhanced', 'enhanced', 'simple', 'old', 'unknown'),
    data: frame(),
    high: fc.nat(400_000),
    low: word(),
    on: fc.nat(2),
    comment: fc.option(fc.string({ minLength: 1, maxLength: 20 }), { nil: null }),
  });
}
