/** What is rewritten of a header, and what of one that an ICMP error quotes no further than it did. */
import { describe, expect, it } from 'vitest';
import { Tuple } from '../../../src/conntrack/tuple.ts';
import { parseAddress } from '../../../src/inet/address.ts';
import { GRE, ICMP, ICMPV6, SCTP, TCP, UDP, UDPLITE } from '../../../src/inet/protocol.ts';
import { Manip } from '../../../src/nat/range.ts';
import { Rewriter } from '../../../src/nat/rewrite.ts';
import { build } from '../../../src/packet/build.ts';
import {
  ah,
  destinationOptions,
  fragment,
  gre,
  hopByHop,
  icmp,
  icmpv6,
  ipv4,
  ipv6,
  type LayerSpec,
  payload,
  routing,
  sctp,
  tcp,
  udp,
  udplite,
} from '../../../src/packet/build-layers.ts';
import type { Packet } from '../../../src/packet/packet.ts';
import { checksumError, octets, packetOf } from '../../support/nat-frames.ts';

type Family = 4 | 6;
const FROM = { 4: '10.0.0.2', 6: 'fd00::2' };
const TO = { 4: '10.1.0.2', 6: 'fd01::2' };
/** What both become. */
const OTHER = { 4: '192.0.2.77', 6: '2001:db8:1:2:3:4:5:6' };
const [SPORT, DPORT, PORT] = [1000, 80, 0x1234];
const HEADER = { 4: 20, 6: 40 };

function targetOf(family: Family, protocol: number): Tuple {
  const [w0, w1 = 0, w2 = 0, w3 = 0] = parseAddress(OTHER[family], family)!;
  const words = { src0: w0!, src1: w1, src2: w2, src3: w3, dst0: w0!, dst1: w1, dst2: w2, dst3: w3 };
  return Object.assign(new Tuple(), { family, protocol, srcL4: PORT, dstL4: PORT, ...words });
}

const ip = (family: Family, src: string = FROM[family], dst: string = TO[family]): LayerSpec =>
  family === 4 ? ipv4(src, dst) : ipv6(src, dst);
const DATA = payload('0123456789');

/** Header of each protocol; its own length, and where its checksum stands. */
const HEADERS: readonly (readonly [protocol: number, head: (s: number, d: number) => LayerSpec, length: number, sumAt: number])[] = [
  [TCP, tcp, 20, 16],
  [UDP, udp, 8, 6],
  [UDPLITE, udplite, 8, 6],
  [SCTP, sctp, 12, 8],
];

describe('a quoted packet', () => {
  /** The quote behind its rewriting, or null when that is refused. */
  function rewritten(family: Family, protocol: number, manip: Manip, quote: Uint8Array): Uint8Array | null {
    const error = packetOf(ip(family, OTHER[family], FROM[family]), family === 4 ? icmp(3, 1) : icmpv6(1, 0), payload(quote));
    error.makeWritable();
    const at = error.transport + 8;
    const done = new Rewriter().rewriteQuoted(error, at, targetOf(family, protocol), manip);
    return done ? error.bytes.slice(at, error.networkEnd) : null;
  }

  it.each(HEADERS)('of protocol %i needs eight octets of its header, and a whole one for its checksum', (protocol, head, length, sumAt) => {
    for (const family of [4, 6] as const) {
      const full = build(ip(family), head(SPORT, DPORT), DATA);
      for (const manip of [Manip.Source, Manip.Destination]) {
        const ends = manip === Manip.Source ? [OTHER[family], TO[family]] : [FROM[family], OTHER[family]];
        const ports = manip === Manip.Source ? [PORT, DPORT] : [SPORT, PORT];
        const due = build(ip(family, ...(ends as [string, string])), head(ports[0]!, ports[1]!), DATA);
        for (let size = HEADER[family]; size <= full.length; size++) {
          const there = size - HEADER[family];
          const made = rewritten(family, protocol, manip, full.slice(0, size));
          if (there < 8) {
            expect(made, `${there} octets`).toBeNull();
            continue;
          }
          const sum = HEADER[family] + sumAt;
          const wanted = due.slice(0, size);
          // without the whole header a sum stays what it was; the CRC of SCTP is one of what is there
          if (there < length) wanted.set(full.slice(Math.min(size, sum), size), Math.min(size, sum));
          else if (protocol === SCTP && size < full.length) wanted.set(made!.slice(sum, sum + 4), sum);
          expect(made, `${there} octets`).toEqual(wanted);
        }
      }
    }
  });

  it.each([
    ['no extension header', []],
    ['options of two kinds', [hopByHop(), destinationOptions()]],
    ['a source route', [routing()]],
    ['a first fragment', [fragment({ fragmentOffset: 0, moreFragments: 1 })]],
    ['authentication', [ah({}, new Uint8Array(12))]],
  ] as const)('of IPv6 has its ports behind %s', (_, list) => {
    const full = build(ipv6(FROM[6], TO[6]), ...list, udp(SPORT, DPORT), DATA);
    expect(rewritten(6, UDP, Manip.Source, full)).toEqual(build(ipv6(OTHER[6], TO[6]), ...list, udp(PORT, DPORT), DATA));
  });

  it('of IPv6 may break off within its extension headers', () => {
    const quote = (list: readonly LayerSpec[], cut: number): Uint8Array =>
      build(ipv6(FROM[6], TO[6]), ...list, udp(SPORT, DPORT)).slice(0, 40 + cut);
    const fate = (list: readonly LayerSpec[], cut: number): string => {
      const made = rewritten(6, UDP, Manip.Source, quote(list, cut));
      if (made === null) return 'refused';
      const whole = build(ipv6(OTHER[6], TO[6]), ...list, udp(SPORT, DPORT));
      expect(made).toEqual(Uint8Array.of(...whole.slice(0, 40), ...quote(list, cut).slice(40)));
      return 'address alone';
    };
    const options = [hopByHop()];
    // two octets say what follows and where: a header that is not there is to be rewritten
    expect([0, 1, 2, 7, 8, 15].map((cut) => fate(options, cut))).toEqual([
      'address alone',
      'address alone',
      'refused',
      'refused',
      'refused',
      'refused',
    ]);
    const first = [fragment({ fragmentOffset: 0, moreFragments: 1 })];
    expect([0, 2, 7, 8].map((cut) => fate(first, cut))).toEqual(['address alone', 'address alone', 'address alone', 'refused']);
    const later = [fragment({ fragmentOffset: 1 })];
    expect([2, 8, 16].map((cut) => fate(later, cut))).toEqual(['address alone', 'address alone', 'address alone']);
  });
});

describe('an id', () => {
  const idOf = ({ view, transport }: Packet): number => view.getUint16(transport + 4);
  /** The types of which a message gets the id of its tuple; all keep a true checksum. */
  const typesWithId = (family: Family): number[] =>
    Array.from({ length: 256 }, (_, type) => type).filter((type) => {
      const head = family === 4 ? icmp(type, 0, { identifier: 7 }) : icmpv6(type, 0, { identifier: 7 });
      const packet = packetOf(ip(family), head, DATA);
      expect(new Rewriter().rewrite(packet, targetOf(family, family === 4 ? ICMP : ICMPV6), Manip.Source)).toBe(true);
      expect(checksumError(packet), `type ${type}`).toBe(0);
      expect([7, PORT]).toContain(idOf(packet));
      return idOf(packet) === PORT;
    });

  it('is what queries have', () => {
    expect(typesWithId(4)).toEqual([0, 8, 13, 14, 15, 16, 17, 18]);
    expect(typesWithId(6)).toEqual([128, 129]);
  });
});

describe('GRE', () => {
  it('has a key to rewrite in version 1, towards its destination', () => {
    const fate = (version: number, manip: Manip): string => {
      const before = build(ipv4(FROM[4], TO[4]), gre({}, { version }), DATA);
      const packet = packetOf(ipv4(FROM[4], TO[4]), gre({}, { version }), DATA);
      if (!new Rewriter().rewrite(packet, targetOf(4, GRE), manip)) return 'refused';
      const changed = Array.from(octets(packet)).flatMap((octet, i) => (i >= 20 && octet !== before[i] ? [i - 20] : []));
      return `at ${changed.join()}`;
    };
    expect([0, 1, 2, 7].map((version) => fate(version, Manip.Destination))).toEqual(['at ', 'at 6,7', 'refused', 'refused']);
    expect([0, 1, 2, 7].map((version) => fate(version, Manip.Source))).toEqual(['at ', 'at ', 'at ', 'at ']);
  });
});
