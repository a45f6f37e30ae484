/** Tuples read from octets, of packets and of what errors quote, and the tuple of an answer. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readQuotedTuple } from '../../../src/conntrack/quoted.ts';
import { Tuple } from '../../../src/conntrack/tuple.ts';
import { hasPorts, invertTuple, readPacketTuple, readTransport } from '../../../src/conntrack/tuple-of.ts';
import { build } from '../../../src/packet/build.ts';
import {
  ah,
  destinationOptions,
  fragment,
  hopByHop,
  ipv4,
  ipv6,
  type LayerSpec,
  payload,
  routing,
} from '../../../src/packet/build-layers.ts';
import { packetFrom } from '../../support/nat-frames.ts';

const PORTED = [6, 17, 132, 136];
const ICMPS = [1, 58];
const GRE = 47;
const OTHERS = [0, 33, 50, 51, 89, 255];

function fieldsOf(tuple: Tuple): number[] {
  return [tuple.srcL4, tuple.dstL4];
}

/** The fields of a transport header of `length` octets, null for none. Octets 1, 2, 3 ... unless given. */
function read(protocol: number, length: number, octets: readonly number[] = [1, 2, 3, 4, 5, 6, 7, 8]): number[] | null {
  const bytes = new Uint8Array(5 + 8 + 5).fill(0xa5);
  bytes.set(octets, 5);
  const tuple = Object.assign(new Tuple(), { protocol, srcL4: 99, dstL4: 99 });
  return readTransport(new DataView(bytes.buffer), 5, length, tuple) ? fieldsOf(tuple) : null;
}

describe('readTransport', () => {
  it('finds ports in four octets', () => {
    for (const protocol of PORTED) {
      expect(hasPorts(protocol)).toBe(true);
      expect([0, 3, 4, 8].map((length) => read(protocol, length))).toEqual([null, null, [0x0102, 0x0304], [0x0102, 0x0304]]);
      expect(read(protocol, 4, [0xff, 0xfe, 0xff, 0xfd])).toEqual([0xfffe, 0xfffd]);
    }
  });

  it('finds id, type and code of ICMP in eight', () => {
    for (const protocol of ICMPS) {
      expect(hasPorts(protocol)).toBe(false);
      expect([0, 7, 8, 20].map((length) => read(protocol, length))).toEqual([null, null, [0x0506, 0x0102], [0x0506, 0x0102]]);
    }
  });

  it('finds the call id of GRE version 1 that carries PPP; other GRE has none', () => {
    const ppp = [0x30, 1, 0x88, 0x0b, 0, 9, 0x12, 0x34];
    expect([8, 7, 4, 0].map((length) => read(GRE, length, ppp))).toEqual([
      [0, 0x1234],
      [0, 0],
      [0, 0],
      [0, 0],
    ]);
    expect(read(GRE, 8, [0x30, 0x81, ...ppp.slice(2)])).toEqual([0, 0x1234]);
    expect(read(GRE, 8, [0x30, 0, ...ppp.slice(2)])).toEqual([0, 0]);
    expect(read(GRE, 8, [0x30, 2, ...ppp.slice(2)])).toEqual([0, 0]);
    expect(read(GRE, 8, [0x30, 1, 0x88, 0x0c, 0, 9, 0x12, 0x34])).toBe(null);
    expect(hasPorts(GRE)).toBe(false);
  });

  it('finds nothing in others, of whatever length', () => {
    for (const protocol of OTHERS)
      expect([0, 8].map((length) => read(protocol, length))).toEqual([
        [0, 0],
        [0, 0],
      ]);
  });
});

describe('the tuple of an answer', () => {
  const inverse = (protocol: number, srcL4: number, dstL4: number): number[] | null => {
    const tuple = Object.assign(new Tuple(), { protocol, srcL4, dstL4 });
    const out = new Tuple();
    return invertTuple(tuple, out) ? fieldsOf(out) : null;
  };

  it('has the sides swapped, word for word', () => {
    const tuple = Object.assign(new Tuple(), {
      family: 6,
      protocol: 17,
      srcL4: 9,
      dstL4: 10,
      src0: 1,
      src1: 2,
      src2: 3,
      src3: 4,
      dst0: 5,
      dst1: 6,
      dst2: 7,
      dst3: 8,
    });
    const out = new Tuple();
    expect(invertTuple(tuple, out)).toBe(true);
    expect(out).toEqual(
      Object.assign(new Tuple(), {
        family: 6,
        protocol: 17,
        srcL4: 10,
        dstL4: 9,
        src0: 5,
        src1: 6,
        src2: 7,
        src3: 8,
        dst0: 1,
        dst1: 2,
        dst2: 3,
        dst3: 4,
      }),
    );
    for (const protocol of [...PORTED, GRE, ...OTHERS]) expect(inverse(protocol, 3, 4)).toEqual([4, 3]);
  });

  it('has the type that answers, of ICMP: requests and answers of RFC 792, 950, 4443 and 4620', () => {
    const pairs: Readonly<Record<number, readonly (readonly [number, number])[]>> = {
      1: [
        [8, 0],
        [13, 14],
        [15, 16],
        [17, 18],
      ],
      58: [
        [128, 129],
        [139, 140],
      ],
    };
    for (const protocol of ICMPS) {
      const due = new Map(pairs[protocol]!.flatMap(([a, b]) => [[a, b] as const, [b, a] as const]));
      for (let type = 0; type < 256; type++) {
        const answer = due.get(type);
        expect(inverse(protocol, 77, (type << 8) | 5), `type ${type}`).toEqual(answer === undefined ? null : [77, (answer << 8) | 5]);
      }
    }
  });
});

describe('the tuple of a quoted packet', () => {
  const protocols = fc.constantFrom(...PORTED, ...ICMPS, 50, 99);
  const extensions: fc.Arbitrary<LayerSpec[]> = fc.array(
    fc.oneof(
      fc.constantFrom(0, 8, 16).map((size) => hopByHop(new Uint8Array(6 + size))),
      fc.constantFrom(0, 8).map((size) => destinationOptions(new Uint8Array(6 + size))),
      fc.constant(routing()),
      fc.constant(fragment({ fragmentOffset: 0 })),
      fc.constantFrom(12, 20).map((size) => ah({}, new Uint8Array(size))),
    ),
    { maxLength: 3 },
  );
  const data = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8);

  it('is that of the packet, if as much of it is there as it needs', () => {
    fc.assert(
      fc.property(fc.constantFrom(4 as const, 6 as const), protocols, extensions, fc.nat(2), fc.nat(), (v, protocol, list, words, cut) => {
        const bytes =
          v === 4
            ? build(ipv4('10.0.0.2', '10.1.0.2', { protocol }, new Uint8Array(words * 4)), payload(data))
            : named(build(ipv6('fd00::2', 'fd01::2', { nextHeader: protocol }), ...list, payload(data)), list.length, protocol);
        const packet = packetFrom(bytes);
        const due = new Tuple();
        expect(readPacketTuple(packet, due)).toBe(true);
        const quote = new Uint8Array(bytes.length + 9).fill(0xa5);
        quote.set(bytes, 3);
        const size = cut % (bytes.length + 1);
        const needs = packet.transport + (PORTED.includes(protocol) ? 4 : ICMPS.includes(protocol) ? 8 : 0);
        const tuple = new Tuple();
        expect(readQuotedTuple(new DataView(quote.buffer), 3, 3 + size, v, tuple)).toBe(size >= needs);
        if (size >= needs) expect(tuple).toEqual(due);
      }),
      { numRuns: 600 },
    );
  });

  /** With the last extension header naming the protocol. */
  function named(bytes: Uint8Array, count: number, protocol: number): Uint8Array {
    let [at, next] = [6, 40];
    for (let i = 0; i < count; i++) {
      const kind = bytes[at]!;
      at = next;
      next += kind === 44 ? 8 : kind === 51 ? (bytes[next + 1]! + 2) * 4 : (bytes[next + 1]! + 1) * 8;
    }
    bytes[at] = protocol;
    return bytes;
  }

  it('is none of a later fragment, nor where no header follows', () => {
    const asked = (v: 4 | 6, bytes: Uint8Array): boolean => readQuotedTuple(new DataView(bytes.buffer), 0, bytes.length, v, new Tuple());
    expect(asked(4, build(ipv4('10.0.0.2', '10.1.0.2', { protocol: 17, fragmentOffset: 1 }), payload(data)))).toBe(false);
    expect(asked(4, build(ipv4('10.0.0.2', '10.1.0.2', { protocol: 17, moreFragments: 1 }), payload(data)))).toBe(true);
    const six = (offset: number, more: number): Uint8Array =>
      build(ipv6('fd00::2', 'fd01::2'), fragment({ nextHeader: 17, fragmentOffset: offset, moreFragments: more }), payload(data));
    expect([asked(6, six(0, 1)), asked(6, six(1, 0)), asked(6, six(0, 0))]).toEqual([true, false, true]);
    expect(asked(6, build(ipv6('fd00::2', 'fd01::2', { nextHeader: 59 }), payload(data)))).toBe(false);
    // a header that says it is shorter than any can be still has to be there
    const short = build(ipv4('10.0.0.2', '10.1.0.2', { protocol: 17 }), payload(data)).fill(0x40, 0, 1);
    expect([19, 20].map((size) => asked(4, short.slice(0, size)))).toEqual([false, true]);
  });
});
