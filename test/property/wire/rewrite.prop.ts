import fc from 'fast-check';
import { describe, it } from 'vitest';
import { finish, sum16 } from '../../../src/inet/checksum.ts';
import { IcmpView } from '../../../src/wire/icmp.ts';
import { Ipv4View } from '../../../src/wire/ipv4.ts';
import { TcpView } from '../../../src/wire/tcp.ts';
import { UdpLiteView, UdpView } from '../../../src/wire/udp.ts';

/** Octets of a header with something behind it, at an odd or even place of a dirty buffer. */
const octets = (least: number): fc.Arbitrary<{ view: DataView; lead: number; length: number }> =>
  fc.tuple(fc.nat(9), fc.uint8Array({ minLength: least, maxLength: least + 40 })).map(([lead, data]) => {
    const bytes = new Uint8Array(lead + data.length).fill(0xa5);
    bytes.set(data, lead);
    return { view: new DataView(bytes.buffer), lead, length: data.length };
  });
const u16 = (): fc.Arbitrary<number> => fc.oneof(fc.nat(0xffff), fc.constantFrom(0, 0xffff));
const word = (): fc.Arbitrary<number> => fc.oneof(fc.integer(), fc.constantFrom(0, -1, 0xffff, -0x10000));
/** Every one of 16 bits' values is tried, so few headers suffice; sums of exactly 0 and 0xffff are met, not hoped for. */
const FEW = { numRuns: 6 };

describe('Ipv4View rewriters', () => {
  /** A header whose checksum is true. */
  const header = (): fc.Arbitrary<Ipv4View> =>
    octets(20).map(({ view, lead }) => {
      const ip = new Ipv4View().at(view, lead);
      ip.version = 4;
      ip.checksum = 0;
      ip.checksum = finish(sum16(view, lead, 20));
      return ip;
    });
  const holds = (ip: Ipv4View): boolean => {
    const kept = ip.checksum;
    ip.checksum = 0;
    const counted = finish(sum16(ip.view, ip.offset, 20));
    ip.checksum = kept;
    return kept === counted;
  };
  const exhausted = (name: string, range: number, rewrite: (ip: Ipv4View, value: number) => void, read: (ip: Ipv4View) => number): void => {
    it(`keep the checksum true for every ${name}`, () => {
      fc.assert(
        fc.property(header(), (ip) => {
          for (let value = 0; value < range; value++) {
            rewrite(ip, value);
            if (read(ip) !== value || !holds(ip)) return false;
          }
          return true;
        }),
        FEW,
      );
    });
  };
  exhausted(
    'identification',
    0x10000,
    (ip, v) => ip.rewriteIdentification(v),
    (ip) => ip.identification,
  );
  exhausted(
    'total length',
    0x10000,
    (ip, v) => ip.rewriteTotalLength(v),
    (ip) => ip.totalLength,
  );
  exhausted(
    'TTL',
    256,
    (ip, v) => ip.rewriteTtl(v),
    (ip) => ip.ttl,
  );
  exhausted(
    'TOS',
    256,
    (ip, v) => ip.rewriteTos(v),
    (ip) => ip.tos,
  );
  exhausted(
    'fragment offset',
    0x2000,
    (ip, v) => ip.rewriteFragmentWord(v | 0x4000),
    (ip) => ip.fragmentOffset,
  );

  it('keep it true for addresses', () => {
    fc.assert(
      fc.property(header(), word(), word(), (ip, src, dst) => {
        ip.rewriteSrc(src);
        ip.rewriteDst(dst);
        return ip.src === src && ip.dst === dst && holds(ip);
      }),
      { numRuns: 1000 },
    );
  });
});

describe('TcpView rewriters', () => {
  it('keep the checksum true for every port there is, an odd payload behind it', () => {
    fc.assert(
      fc.property(octets(20), u16(), ({ view, lead, length }, pseudo) => {
        const tcp = new TcpView().at(view, lead);
        const recount = (): number => {
          const kept = tcp.checksum;
          tcp.checksum = 0;
          const counted = finish(sum16(view, lead, length, pseudo + 1));
          tcp.checksum = kept;
          return counted;
        };
        tcp.checksum = recount();
        for (let port = 0; port <= 0xffff; port++) {
          tcp.rewriteSrcPort(port);
          if (tcp.checksum !== recount()) return false;
          tcp.rewriteDstPort(0xffff - port);
          if (tcp.checksum !== recount() || tcp.srcPort !== port || tcp.dstPort !== 0xffff - port) return false;
        }
        for (let flags = 0; flags < 256; flags++) {
          tcp.rewriteFlags(flags);
          if (tcp.checksum !== recount() || tcp.flags !== flags) return false;
        }
        return true;
      }),
      FEW,
    );
  });

  it('keep it true for sequence numbers and for addresses of the pseudo header', () => {
    fc.assert(
      fc.property(octets(20), word(), word(), word(), ({ view, lead, length }, seq, before, after) => {
        const tcp = new TcpView().at(view, lead);
        const count = (address: number): number => {
          tcp.checksum = 0;
          return finish(sum16(view, lead, length, (address >>> 16) + (address & 0xffff) + 6));
        };
        tcp.checksum = count(before);
        tcp.rewriteSeq(seq >>> 0);
        tcp.rewriteAck(~seq >>> 0);
        tcp.amendAddress(before, after);
        const amended = tcp.checksum;
        return tcp.seq === seq >>> 0 && tcp.ack === ~seq >>> 0 && amended === count(after);
      }),
      { numRuns: 1000 },
    );
  });
});

describe.each([
  ['UdpView', () => new UdpView()],
  ['UdpLiteView', () => new UdpLiteView()],
] as const)('%s rewriters', (_, make) => {
  it('keep a checksum true for every port there is, and never make it absent', () => {
    fc.assert(
      fc.property(octets(8), u16(), ({ view, lead, length }, pseudo) => {
        const udp = make().at(view, lead);
        const recount = (): number => {
          const kept = udp.checksum;
          udp.checksum = 0;
          const counted = finish(sum16(view, lead, length, pseudo + 1)) || 0xffff;
          udp.checksum = kept;
          return counted;
        };
        udp.checksum = recount();
        for (let port = 0; port <= 0xffff; port++) {
          udp.rewriteDstPort(port);
          if (udp.checksum !== recount() || udp.dstPort !== port) return false;
          udp.rewriteSrcPort(port ^ 0x5a5a);
          if (udp.checksum !== recount() || udp.srcPort !== (port ^ 0x5a5a)) return false;
        }
        return true;
      }),
      FEW,
    );
  });

  it('follow an address of the pseudo header for every lower half', () => {
    fc.assert(
      fc.property(octets(8), word(), ({ view, lead, length }, before) => {
        const udp = make().at(view, lead);
        const count = (address: number): number => {
          udp.checksum = 0;
          return finish(sum16(view, lead, length, (address >>> 16) + (address & 0xffff) + 17)) || 0xffff;
        };
        for (let low = 0; low <= 0xffff; low++) {
          const after = (before & -0x10000) | low;
          udp.checksum = count(before);
          udp.amendAddress(before, after);
          const amended = udp.checksum;
          if (amended !== count(after)) return false;
        }
        return true;
      }),
      FEW,
    );
  });

  it('leave an absent checksum absent', () => {
    fc.assert(
      fc.property(octets(8), u16(), word(), ({ view, lead }, port, address) => {
        const udp = make().at(view, lead);
        udp.checksum = 0;
        udp.rewriteSrcPort(port);
        udp.rewriteDstPort(port);
        udp.amendAddress(address, ~address);
        return udp.checksum === 0 && udp.srcPort === port && udp.dstPort === port;
      }),
    );
  });
});

describe('IcmpView rewriters', () => {
  it('keep the checksum true for every identifier there is', () => {
    fc.assert(
      fc.property(octets(8), ({ view, lead, length }) => {
        const icmp = new IcmpView().at(view, lead);
        icmp.type = 8;
        const recount = (): number => {
          const kept = icmp.checksum;
          icmp.checksum = 0;
          const counted = finish(sum16(view, lead, length));
          icmp.checksum = kept;
          return counted;
        };
        icmp.checksum = recount();
        for (let id = 0; id <= 0xffff; id++) {
          icmp.rewriteIdentifier(id);
          if (icmp.checksum !== recount() || icmp.identifier !== id) return false;
        }
        return true;
      }),
      FEW,
    );
  });
});
