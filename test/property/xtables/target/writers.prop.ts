import fc from 'fast-check';
import { describe, it } from 'vitest';
import { HooklineError } from '../../../../src/errors.ts';
import { pseudoHeaderSum, sum16 } from '../../../../src/inet/checksum.ts';
import * as ipproto from '../../../../src/inet/protocol.ts';
import { DestinationKind } from '../../../../src/packet/destination.ts';
import type { Packet } from '../../../../src/packet/packet.ts';
import type { TargetFunction } from '../../../../src/xtables/target.ts';
import { hexOf, ipPacket, TargetMachine } from '../../../support/target-machine.ts';

const ALL_ONES = 0xffff;
const SYN = '-p tcp -m tcp --syn';
const RULES4 = [
  '-j TTL --ttl-set 9',
  '-j TTL --ttl-dec 3',
  '-j TTL --ttl-inc 200',
  '-j TOS --set-tos 0x1f/0x3c',
  '-j DSCP --set-dscp 0x2e',
  '-p tcp -j ECN --ecn-tcp-remove',
  '-p tcp -j ECN --ecn-tcp-cwr 1 --ecn-ip-ect 3',
  `${SYN} -j TCPMSS --set-mss 700`,
  `${SYN} -j TCPMSS --clamp-mss-to-pmtu`,
  '-p tcp -j TCPOPTSTRIP --strip-options 2,8',
];
const OTHERS4 = [
  '-j HMARK --hmark-tuple src,dst,sport,dport,proto --hmark-mod 9 --hmark-rnd 1',
  '-j LOG --log-ip-options --log-tcp-options',
  '-j NFQUEUE --queue-balance 0:5',
];
const RULES6 = [
  '-j HL --hl-dec 9',
  '-j TOS --set-tos 0xff',
  '-j DSCP --set-dscp 1',
  `${SYN} -j TCPMSS --set-mss 700`,
  '-p tcp -j TCPOPTSTRIP --strip-options 3',
];
const OTHERS6 = [
  '-j HMARK --hmark-tuple src,dst,sport,dport,proto --hmark-mod 9 --hmark-rnd 1',
  '-j LOG --log-ip-options --log-tcp-options',
  '-j SNPT --src-pfx fd00::/48 --dst-pfx 2001:db8:1::/48',
];

function targets(family: 4 | 6, rules: readonly string[]): TargetFunction[] {
  const machine = new TargetMachine(family, { logs: true });
  return rules.map((rule) => machine.target(rule, 'mangle', rule.includes('SNPT') ? 'POSTROUTING' : 'FORWARD'));
}

/** Options of two and four octets, so that values stand on even offsets, padded to words. */
const options = (): fc.Arbitrary<string> =>
  fc
    .array(fc.constantFrom('020405b4', '0101', '0402', '01030307', '080a0000000100000002', '0101080affffffff00000000'), { maxLength: 3 })
    .map((list) => {
      const hex = list.join('').slice(0, 80);
      return hex + '01'.repeat(((8 - (hex.length % 8)) / 2) % 4);
    });

interface Segment {
  readonly options: string;
  readonly payload: Uint8Array;
  readonly flags: number;
  readonly seq: number;
  readonly tos: number;
  readonly ttl: number;
}
const segment = (): fc.Arbitrary<Segment> =>
  fc.record({
    options: options(),
    payload: fc.oneof(fc.constant(new Uint8Array(0)), fc.uint8Array({ maxLength: 9 })),
    flags: fc.nat(255),
    seq: fc.nat(0xffffffff),
    tos: fc.nat(255),
    ttl: fc.nat(255),
  });

/** A TCP segment over IPv4 with true checksums. */
function packetOf(given: Segment): Packet {
  const header = 20 + given.options.length / 2;
  const total = 20 + header + given.payload.length;
  const octets = Buffer.alloc(total);
  octets[0] = 0x45;
  octets[1] = given.tos;
  octets.writeUInt16BE(total, 2);
  octets[8] = given.ttl;
  octets[9] = ipproto.TCP;
  octets.set([10, 0, 0, 2, 10, 1, 0, 2], 12);
  octets.writeUInt32BE(given.seq, 24);
  octets[32] = (header / 4) << 4;
  octets[33] = given.flags;
  octets.write(given.options, 40, 'hex');
  octets.set(given.payload, 20 + header);
  const view = new DataView(octets.buffer, octets.byteOffset, total);
  octets.writeUInt16BE(~sum16(view, 0, 20) & ALL_ONES, 10);
  const pseudo = pseudoHeaderSum(ipPacket(octets.toString('hex')), ipproto.TCP, total - 20);
  octets.writeUInt16BE(~sum16(view, 20, total - 20, pseudo) & ALL_ONES, 36);
  return ipPacket(octets.toString('hex'));
}

function isTrue(packet: Packet): boolean {
  const { view, network, transport, transportLength } = packet;
  const pseudo = pseudoHeaderSum(packet, ipproto.TCP, transportLength);
  return sum16(view, network, 20) === ALL_ONES && sum16(view, transport, transportLength, pseudo) === ALL_ONES;
}

describe('targets that write', () => {
  const run = targets(4, RULES4);

  it('keep every checksum true, and the layers where they are', () => {
    fc.assert(
      fc.property(segment(), fc.array(fc.nat(RULES4.length - 1), { minLength: 1, maxLength: 4 }), (given, order) => {
        const packet = packetOf(given);
        packet.dst.mtu = 600;
        packet.dst.kind = DestinationKind.Forward;
        for (const n of order) run[n]!(packet);
        const fresh = ipPacket(hexOf(packet));
        return (
          isTrue(packet) &&
          fresh.networkLength === packet.networkLength &&
          fresh.transportLength === packet.transportLength &&
          fresh.fault === 0
        );
      }),
    );
  });

  it('leave the capture alone', () => {
    fc.assert(
      fc.property(segment(), fc.nat(RULES4.length - 1), (given, n) => {
        const packet = packetOf(given);
        const { bytes } = packet;
        const before = Buffer.from(bytes).toString('hex');
        packet.dst.mtu = 600;
        run[n]!(packet);
        return Buffer.from(bytes).toString('hex') === before;
      }),
    );
  });
});

describe.each([
  [4, 0x45, [...RULES4, ...OTHERS4]],
  [6, 0x60, [...RULES6, ...OTHERS6]],
] as const)('targets of IPv%i on any octets', (family, first, rules) => {
  const run = targets(family, rules);

  it('throw nothing and read nothing beyond the packet', () => {
    const protocol = fc.constantFrom(ipproto.TCP, ipproto.UDP, ipproto.ICMP, ipproto.ICMPV6, ipproto.AH, ipproto.ESP, 0, 43, 44, 60, 255);
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: family === 4 ? 20 : 40, maxLength: 120 }),
        protocol,
        fc.nat(rules.length - 1),
        (octets, number, n) => {
          octets[0] = first;
          octets[family === 4 ? 2 : 4] = 0;
          octets[family === 4 ? 3 : 5] = octets.length - (family === 4 ? 0 : 40);
          octets[family === 4 ? 9 : 6] = number;
          const packet = ipPacket(Buffer.from(octets).toString('hex'));
          if (packet.family !== family) return true;
          try {
            run[n]!(packet);
          } catch (error) {
            return error instanceof HooklineError;
          }
          return true;
        },
      ),
      { numRuns: 3000 },
    );
  });
});
