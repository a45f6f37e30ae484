import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Tuple } from '../../../src/conntrack/tuple.ts';
import { formatIpv4 } from '../../../src/inet/ipv4.ts';
import { formatIpv6 } from '../../../src/inet/ipv6.ts';
import { ICMP, ICMPV6, SCTP, TCP, UDP, UDPLITE } from '../../../src/inet/protocol.ts';
import { Manip } from '../../../src/nat/range.ts';
import { Rewriter } from '../../../src/nat/rewrite.ts';
import { hopByHop, icmp, icmpv6, ipv4, ipv6, type LayerSpec, payload, sctp, tcp, udp, udplite } from '../../../src/packet/build-layers.ts';
import { decodeNetwork } from '../../../src/packet/decode.ts';
import type { Packet } from '../../../src/packet/packet.ts';
import { checksumError, isHeaderTrue, octets, packetOf } from '../../support/nat-frames.ts';

const word = fc.integer({ min: -0x80000000, max: 0x7fffffff });
const address = fc.tuple(word, word, word, word);
const port = fc.nat(0xffff);
const protocol = fc.constantFrom(TCP, UDP, UDPLITE, SCTP, ICMP, ICMPV6);

function transport(number: number, src: number, dst: number): LayerSpec {
  if (number === TCP) return tcp(src, dst);
  if (number === UDP) return udp(src, dst);
  if (number === UDPLITE) return udplite(src, dst);
  if (number === SCTP) return sctp(src, dst);
  return number === ICMP ? icmp(8, 0, { identifier: src }) : icmpv6(128, 0, { identifier: src });
}

/** A packet with a true checksum, of either family, with or without something between IP and transport. */
const spec = fc.record({
  isV6: fc.boolean(),
  number: protocol,
  src: address,
  dst: address,
  srcPort: port,
  dstPort: port,
  data: fc.uint8Array({ maxLength: 40 }),
  longer: fc.boolean(),
});

function make({ isV6, number, src, dst, srcPort, dstPort, data, longer }: Spec): Packet {
  const upper = transport(number, srcPort, dstPort);
  const tail = payload(data);
  if (isV6) {
    const ip = ipv6(formatIpv6(...src), formatIpv6(...dst));
    return longer ? packetOf(ip, hopByHop(), upper, tail) : packetOf(ip, upper, tail);
  }
  return packetOf(ipv4(formatIpv4(src[0]), formatIpv4(dst[0]), {}, new Uint8Array(longer ? 8 : 0).fill(1)), upper, tail);
}

/** Where a packet is to come from and go to. */
const aim = fc.record({ src: address, dst: address, srcPort: port, dstPort: port });
type Words = [number, number, number, number];
interface Aim {
  readonly src: Words;
  readonly dst: Words;
  readonly srcPort: number;
  readonly dstPort: number;
}
interface Spec extends Aim {
  readonly isV6: boolean;
  readonly number: number;
  readonly data: Uint8Array;
  readonly longer: boolean;
}
const manip = fc.constantFrom<Manip>(Manip.Source, Manip.Destination);

function tupleFor(of: Packet, { src, dst, srcPort, dstPort }: Aim): Tuple {
  const tuple = new Tuple();
  tuple.family = of.family;
  tuple.protocol = of.protocol;
  [tuple.src0, tuple.src1, tuple.src2, tuple.src3] = of.family === 6 ? src : [src[0], 0, 0, 0];
  [tuple.dst0, tuple.dst1, tuple.dst2, tuple.dst3] = of.family === 6 ? dst : [dst[0], 0, 0, 0];
  tuple.srcL4 = srcPort;
  tuple.dstL4 = dstPort;
  return tuple;
}

/** The tuple a packet has, with an ICMP id as source. */
function tupleOf(of: Packet): Tuple {
  const isIcmp = of.protocol === ICMP || of.protocol === ICMPV6;
  const tuple = tupleFor(of, {
    src: [of.src0, of.src1, of.src2, of.src3],
    dst: [of.dst0, of.dst1, of.dst2, of.dst3],
    srcPort: isIcmp ? of.view.getUint16(of.transport + 4) : of.srcPort,
    dstPort: isIcmp ? of.view.getUint16(of.transport) : of.dstPort,
  });
  return tuple;
}

describe('Rewriter', () => {
  const rewriter = new Rewriter();

  it('keeps every checksum true', () => {
    fc.assert(
      fc.property(spec, aim, manip, (given, to, side) => {
        const one = make(given);
        const done = rewriter.rewrite(one, tupleFor(one, to), side);
        return done && isHeaderTrue(one) && checksumError(one) === 0;
      }),
      { numRuns: 400 },
    );
  });

  it('leaves a wrong checksum wrong by the same amount', () => {
    fc.assert(
      fc.property(spec, aim, manip, fc.integer({ min: 1, max: 0xfffe }), (given, to, side, error) => {
        const one = make(given);
        if (one.protocol === SCTP) return true; // its CRC is made anew
        one.makeWritable();
        const at = one.transport + (one.protocol === TCP ? 16 : one.protocol === ICMP || one.protocol === ICMPV6 ? 2 : 6);
        one.view.setUint16(at, (one.view.getUint16(at) + error) % 0xffff || 0xffff);
        const before = checksumError(one);
        if (one.view.getUint16(at) === 0) return true;
        rewriter.rewrite(one, tupleFor(one, to), side);
        return before % 0xffff === checksumError(one) % 0xffff;
      }),
      { numRuns: 400 },
    );
  });

  it('is undone by the opposite rewriting, octet for octet', () => {
    fc.assert(
      fc.property(spec, aim, manip, (given, to, side) => {
        const one = make(given);
        const before = octets(one);
        const own = tupleOf(one);
        rewriter.rewrite(one, tupleFor(one, to), side);
        rewriter.rewrite(one, own, side);
        return Buffer.from(before).equals(Buffer.from(octets(one)));
      }),
      { numRuns: 400 },
    );
  });

  it('keeps the fields of the packet what its octets say', () => {
    fc.assert(
      fc.property(spec, aim, manip, (given, to, side) => {
        const one = make(given);
        rewriter.rewrite(one, tupleFor(one, to), side);
        const { src0, src1, src2, src3, dst0, dst1, dst2, dst3, srcPort, dstPort } = one;
        decodeNetwork(one);
        expect({ src0, src1, src2, src3, dst0, dst1, dst2, dst3, srcPort, dstPort }).toEqual({
          src0: one.src0,
          src1: one.src1,
          src2: one.src2,
          src3: one.src3,
          dst0: one.dst0,
          dst1: one.dst1,
          dst2: one.dst2,
          dst3: one.dst3,
          srcPort: one.srcPort,
          dstPort: one.dstPort,
        });
      }),
      { numRuns: 200 },
    );
  });

  it.each([
    ['TCP', TCP],
    ['UDP', UDP],
    ['UDP-Lite', UDPLITE],
    ['ICMP', ICMP],
  ] as const)('keeps the checksum of %s true for every port there is', (_, number) => {
    const one = packetOf(ipv4('10.0.0.1', '10.0.0.2'), transport(number, 1, 2), payload('hook'));
    const tuple = Object.assign(tupleOf(one), { src0: 0x0a090909 });
    for (let value = 0; value <= 0xffff; value++) {
      // One address for all ports, so that a sum of exactly 0 is met, not hoped for.
      tuple.srcL4 = value;
      rewriter.rewrite(one, tuple, Manip.Source);
      if (checksumError(one) !== 0 || !isHeaderTrue(one)) throw new Error(`port ${value}`);
      if (number === UDP && one.view.getUint16(one.transport + 6) === 0) throw new Error(`absent at port ${value}`);
    }
  });

  it('leaves an absent UDP checksum absent, and not one of UDP-Lite', () => {
    const tuple = (one: Packet): Tuple => Object.assign(tupleOf(one), { src0: 7, srcL4: 9 });
    const plain = packetOf(ipv4('10.0.0.1', '10.0.0.2'), udp(1, 2, { checksum: 0 }), payload('x'));
    rewriter.rewrite(plain, tuple(plain), Manip.Source);
    expect([plain.view.getUint16(plain.transport + 6), plain.srcPort]).toEqual([0, 9]);
    const lite = packetOf(ipv4('10.0.0.1', '10.0.0.2'), udplite(1, 2, { checksum: 0 }), payload('x'));
    rewriter.rewrite(lite, tuple(lite), Manip.Source);
    expect(lite.view.getUint16(lite.transport + 6)).not.toBe(0);
  });
});
