import { describe, expect, it } from 'vitest';
import { parseIpv6 } from '../../../src/inet/ipv6.ts';
import { build } from '../../../src/packet/build.ts';
import * as layer from '../../../src/packet/build-layers.ts';
import { decode, decodeNetwork } from '../../../src/packet/decode.ts';
import { describeFault, Fault } from '../../../src/packet/fault.ts';
import { LinkType } from '../../../src/packet/link-type.ts';
import { PacketType } from '../../../src/packet/packet.ts';
import { aimed, decoded, layersOf, MAC_A, MAC_B } from './kit.ts';

const ethernet = layer.ethernet(MAC_B, MAC_A);
const ipv4 = (fields: layer.Fields = {}, options?: Uint8Array): layer.LayerSpec => layer.ipv4('10.0.0.1', '10.0.0.2', fields, options);
const ipv6 = (fields: layer.Fields = {}): layer.LayerSpec => layer.ipv6('2001:db8::1', '2001:db8::2', fields);
const udp = layer.udp(1111, 2222);
const hello = layer.payload('hello');

describe('decode', () => {
  it('finds the layers of a plain IPv4 packet', () => {
    const packet = decoded(build(ethernet, ipv4(), layer.tcp(1024, 80), hello, layer.payload('hex: 00 00')));
    expect(layersOf(packet)).toMatchObject({
      link: 0,
      etherType: 0x0800,
      vlan: -1,
      family: 4,
      network: 14,
      headerLength: 20,
      protocol: 6,
      transport: 34,
      networkLength: 47,
      transportLength: 27,
      fragOffset: 0,
      moreFragments: 0,
      fragHeader: -1,
      srcPort: 1024,
      dstPort: 80,
      src0: 0x0a000001,
      dst0: 0x0a000002,
      src1: 0,
      dst3: 0,
      fault: Fault.None,
    });
  });

  it('cuts padding off by the total length', () => {
    const frame = new Uint8Array(60);
    frame.set(build(ethernet, ipv4(), udp));
    expect(layersOf(decoded(frame))).toMatchObject({ networkLength: 28, transportLength: 8, fault: Fault.None });
  });

  it('steps over IPv4 options', () => {
    const packet = decoded(build(ethernet, ipv4({}, Uint8Array.of(7, 7, 4, 0, 0, 0, 0)), udp));
    expect(layersOf(packet)).toMatchObject({ headerLength: 28, transport: 42, srcPort: 1111, dstPort: 2222 });
  });

  it('leaves nothing of the packet before behind', () => {
    const frames = [
      build(ethernet, ipv4(), udp, hello),
      build(ethernet, layer.vlan(5), ipv6(), layer.fragment({ moreFragments: 1 }), udp),
      build(ethernet, layer.vlan(5), ipv4(), udp),
      build(ethernet, ipv4(), udp).subarray(0, 30),
      build(ethernet, ipv4({ protocol: 47 }), layer.payload('hex: 00 00 08 00')),
      build(ethernet, ipv4({ fragmentOffset: 4 }), hello),
      new Uint8Array(3),
    ];
    for (const first of frames) {
      for (const second of frames) {
        const packet = decoded(first);
        packet.view = new DataView(second.slice().buffer);
        packet.end = second.length;
        decode(packet, LinkType.Ethernet);
        expect(layersOf(packet)).toEqual(layersOf(decoded(second)));
      }
    }
  });

  it('follows VLAN tags and keeps the innermost', () => {
    const packet = decoded(build(ethernet, layer.vlan(100, {}, 0x88a8), layer.vlan(7, { priority: 3 }), ipv4(), udp));
    expect(layersOf(packet)).toMatchObject({ etherType: 0x0800, vlan: 7, network: 22, srcPort: 1111 });
  });

  it('follows eight tags and no more', () => {
    const tags = (count: number): layer.LayerSpec[] => Array.from({ length: count }, () => layer.vlan(1));
    expect(decoded(build(ethernet, ...tags(8), ipv4(), udp)).dstPort).toBe(2222);
    const packet = decoded(build(ethernet, ...tags(9), ipv4(), udp));
    expect([packet.fault, packet.family]).toEqual([Fault.TooDeep, 0]);
    expect(describeFault(packet)).toBe('VLAN tag at octet 46: nested deeper than 8');
  });

  it('finds IP behind SNAP, without calling it an IP frame', () => {
    const packet = decoded(build(ethernet, layer.snap(), ipv4(), udp));
    expect(layersOf(packet)).toMatchObject({ etherType: -1, family: 4, network: 22, dstPort: 2222, fault: Fault.None });
  });

  it('takes the length of an 802.3 frame at its word', () => {
    const packet = decoded(build(layer.ethernet(MAC_B, MAC_A, { type: 8 + 25 }), layer.snap(), ipv4(), udp));
    expect(describeFault(packet)).toBe('UDP at octet 42: needs 8 octets, 5 available (captured)');
    expect(layersOf(decoded(build(ethernet, layer.snap({ oui: 1 }), ipv4(), udp)))).toMatchObject({ family: 0, fault: Fault.None });
    expect(layersOf(decoded(build(ethernet, layer.snap({ dsap: 0x42 }), ipv4(), udp)))).toMatchObject({ family: 0, fault: Fault.None });
  });

  it('recognises ARP and says when it is cut', () => {
    const frame = build(ethernet, layer.arp(1, [MAC_A, '10.0.0.1'], ['00:00:00:00:00:00', '10.0.0.2']));
    expect(layersOf(decoded(frame))).toMatchObject({ etherType: 0x0806, family: 0, network: -1, fault: Fault.None });
    expect(describeFault(decoded(frame.subarray(0, 40)))).toBe('ARP at octet 14: needs 28 octets, 26 available (captured)');
    expect(describeFault(decoded(frame.subarray(0, 18)))).toBe('ARP at octet 14: needs 8 octets, 4 available (captured)');
  });

  it('gives a later fragment its protocol and no ports', () => {
    const packet = decoded(build(ethernet, ipv4({ fragmentOffset: 185, moreFragments: 1, protocol: 17 }), layer.payload('12345678')));
    expect(layersOf(packet)).toMatchObject({ protocol: 17, transport: 34, transportLength: 8, fragOffset: 1480, moreFragments: 1 });
    expect([packet.srcPort, packet.dstPort, packet.fault]).toEqual([-1, -1, Fault.None]);
  });

  it('gives a first fragment its ports', () => {
    const packet = decoded(build(ethernet, ipv4({ moreFragments: 1 }), udp, hello));
    expect(layersOf(packet)).toMatchObject({ srcPort: 1111, fragOffset: 0, moreFragments: 1 });
  });

  it('gives ports to the protocols that have them, from four octets on', () => {
    for (const spec of [layer.tcp(1, 2), udp, layer.udplite(1, 2), layer.sctp(1, 2), layer.dccp(1, 2)]) {
      expect(decoded(build(ethernet, ipv4(), spec)).dstPort).toBe(spec === udp ? 2222 : 2);
    }
    expect(decoded(build(ethernet, ipv4(), layer.icmp(8))).srcPort).toBe(-1);
    expect(decoded(build(ethernet, ipv4({ protocol: 6 }), layer.payload('hex: 00 07 00 09'))).dstPort).toBe(9);
    expect(decoded(build(ethernet, ipv4({ protocol: 6 }), layer.payload('hex: 00 07 00'))).dstPort).toBe(-1);
  });
});

describe('decode of IPv6', () => {
  it('reads all words of both addresses', () => {
    const packet = decoded(build(ethernet, layer.ipv6('1:2:3:4:5:6:7:8', 'ffff:2:3:4:5:6:7:9'), udp));
    expect([packet.src0, packet.src1, packet.src2, packet.src3]).toEqual([...parseIpv6('1:2:3:4:5:6:7:8')!]);
    expect([packet.dst0, packet.dst1, packet.dst2, packet.dst3]).toEqual([...parseIpv6('ffff:2:3:4:5:6:7:9')!]);
    expect(layersOf(packet)).toMatchObject({ family: 6, network: 14, headerLength: 40, transport: 54, networkLength: 48, srcPort: 1111 });
  });

  it('walks every extension header in any order', () => {
    const chain = [layer.destinationOptions(), layer.hopByHop(), layer.ah(), layer.routing({ routingType: 2 }), layer.fragment()];
    const packet = decoded(build(ethernet, ipv6(), ...chain, layer.tcp(1, 2)));
    expect(layersOf(packet)).toMatchObject({
      protocol: 6,
      headerLength: 40 + 8 + 8 + 24 + 8 + 8,
      dstPort: 2,
      fragHeader: 14 + 40 + 48,
      fault: Fault.None,
    });
  });

  it.each([
    ['ESP', layer.esp(), 50],
    ['an unknown protocol', layer.payload('hello'), 0xfd],
    ['no next header', layer.payload('hello'), 59],
  ] as const)('stops at %s', (_, spec, protocol) => {
    const packet = decoded(build(ethernet, ipv6(), layer.destinationOptions(new Uint8Array(0), { nextHeader: protocol }), spec));
    expect(layersOf(packet)).toMatchObject({ protocol, transport: 62, fault: Fault.None });
  });

  it('takes the protocol of a later fragment from its fragment header', () => {
    const packet = decoded(
      build(ethernet, ipv6(), layer.fragment({ fragmentOffset: 10, moreFragments: 1, nextHeader: 17 }), layer.payload('12345678')),
    );
    expect(layersOf(packet)).toMatchObject({
      protocol: 17,
      fragOffset: 80,
      moreFragments: 1,
      fragHeader: 54,
      transport: 62,
      srcPort: -1,
      transportLength: 8,
    });
  });

  it('cannot follow a later fragment of an extension header', () => {
    const packet = decoded(build(ethernet, ipv6(), layer.fragment({ fragmentOffset: 10, nextHeader: 60 }), layer.payload('12345678')));
    expect(layersOf(packet)).toMatchObject({ protocol: -1, fragOffset: 80, transport: 62 });
    expect(decoded(build(ethernet, ipv6(), layer.fragment({ fragmentOffset: 10, nextHeader: 59 }))).protocol).toBe(59);
  });

  it('cannot follow a chain that is cut', () => {
    const packet = decoded(build(ethernet, ipv6({ nextHeader: 60 }), layer.payload('hex: 11')));
    expect(layersOf(packet)).toMatchObject({ protocol: -1, transport: 54, transportLength: 1 });
    expect(describeFault(packet)).toBe('destination options at octet 54: needs 2 octets, 1 available (IPv6 payload length)');
  });

  it('finds nothing behind a header that claims more than there is', () => {
    const packet = decoded(build(ethernet, ipv6({ nextHeader: 0 }), layer.payload('hex: 11 05 00 00 00 00 00 00')));
    expect(layersOf(packet)).toMatchObject({ protocol: 17, transport: 62, transportLength: 0, srcPort: -1 });
    expect(packet.fault).toBe(Fault.Truncated);
  });

  it('cuts nothing off a jumbogram', () => {
    const packet = decoded(build(ethernet, ipv6({ payloadLength: 0 }), layer.hopByHop(Uint8Array.of(0xc2, 4, 0, 1, 0, 0)), udp, hello));
    expect(layersOf(packet)).toMatchObject({ networkLength: 61, srcPort: 1111, fault: Fault.None });
    expect(decoded(build(ethernet, ipv6({ payloadLength: 0 }), udp)).networkLength).toBe(40);
  });
});

describe('decode of other link types', () => {
  const ip = build(ipv4(), udp);
  const ip6 = build(ipv6(), udp);
  const behind = (header: readonly number[], packet: Uint8Array): Uint8Array => Uint8Array.of(...header, ...packet);

  it.each([
    ['raw IPv4', LinkType.Raw, [], ip, 4],
    ['raw IPv6', LinkType.Raw, [], ip6, 6],
    ['raw by its BSD number', LinkType.RawBsd, [], ip, 4],
    ['IPv4', LinkType.Ipv4, [], ip, 4],
    ['IPv6', LinkType.Ipv6, [], ip6, 6],
    ['NULL of a little-endian machine', LinkType.Null, [2, 0, 0, 0], ip, 4],
    ['NULL of a big-endian machine', LinkType.Null, [0, 0, 0, 2], ip, 4],
    ['NULL with the IPv6 of macOS', LinkType.Null, [30, 0, 0, 0], ip6, 6],
    ['LOOP with the IPv6 of FreeBSD', LinkType.Loop, [0, 0, 0, 28], ip6, 6],
    ['Linux cooked', LinkType.LinuxSll, [0, 4, 0, 1, 0, 6, 2, 0, 0, 0, 0, 1, 0, 0, 0x08, 0], ip, 4],
    ['Linux cooked, version 2', LinkType.LinuxSll2, [0x86, 0xdd, 0, 0, 0, 0, 0, 1, 0, 1, 0, 6, 2, 0, 0, 0, 0, 1, 0, 0], ip6, 6],
  ] as const)('%s', (_, linkType, header, packet, family) => {
    const found = decoded(behind(header, packet), linkType);
    expect(layersOf(found)).toMatchObject({
      link: -1,
      family,
      etherType: family === 4 ? 0x0800 : 0x86dd,
      network: header.length,
      dstPort: 2222,
      fault: 0,
    });
  });

  it('takes from a cooked header whom the packet was for', () => {
    const sll = (kind: number): number =>
      decoded(behind([0, kind, 0, 1, 0, 6, 2, 0, 0, 0, 0, 1, 0, 0, 0x08, 0], ip), LinkType.LinuxSll).pktType;
    expect([0, 1, 2, 3, 4, 9].map(sll)).toEqual([
      PacketType.Host,
      PacketType.Broadcast,
      PacketType.Multicast,
      PacketType.OtherHost,
      PacketType.Host,
      PacketType.Host,
    ]);
  });

  it('takes the tag of a cooked frame', () => {
    const tagged = behind([0, 0, 0, 1, 0, 6, 2, 0, 0, 0, 0, 1, 0, 0, 0x81, 0, 0, 5, 0x08, 0], ip);
    expect(layersOf(decoded(tagged, LinkType.LinuxSll))).toMatchObject({ vlan: 5, network: 20, dstPort: 2222 });
  });

  it('says that it does not know a link type', () => {
    expect(describeFault(decoded(ip, 147))).toBe('unknown link type 147');
  });
});

describe('faults', () => {
  const frame = build(ethernet, ipv4(), udp, hello);
  it.each([
    ['Ethernet', frame.subarray(0, 10), 'Ethernet at octet 0: needs 14 octets, 10 available (captured)'],
    ['an IPv4 header', frame.subarray(0, 30), 'IPv4 at octet 14: needs 20 octets, 16 available (captured)'],
    ['a UDP header, by the capture', frame.subarray(0, 37), 'UDP at octet 34: needs 8 octets, 3 available (captured)'],
    [
      'a UDP header, by its total length',
      build(ethernet, ipv4({ totalLength: 23 }), udp),
      'UDP at octet 34: needs 8 octets, 3 available (IPv4 total length)',
    ],
    ['a payload', frame.subarray(0, 44), 'IPv4 at octet 14: needs 33 octets, 30 available (captured)'],
    [
      'a TCP header over IPv6',
      build(ethernet, ipv6({ nextHeader: 6 }), hello),
      'TCP at octet 54: needs 20 octets, 5 available (IPv6 payload length)',
    ],
    ['IPv4 options', build(ethernet, ipv4({ headerWords: 15 })), 'IPv4 at octet 14: needs 60 octets, 20 available (captured)'],
    ['a tag', build(ethernet, layer.vlan(1)).subarray(0, 16), 'VLAN tag at octet 14: needs 4 octets, 2 available (captured)'],
  ])('tell what is missing of %s', (_, bytes, text) => {
    expect(describeFault(decoded(bytes))).toBe(text);
  });

  it('tell of lengths and versions that cannot be', () => {
    expect(describeFault(decoded(build(ethernet, ipv4({ headerWords: 4 }), udp)))).toBe(
      'IPv4 at octet 14: length field says 16 octets, at least 20 are needed',
    );
    expect(describeFault(decoded(build(ethernet, ipv4({ totalLength: 10 }), udp)))).toBe(
      'IPv4 at octet 14: length field says 10 octets, at least 20 are needed',
    );
    expect(describeFault(decoded(build(ethernet, ipv4({ version: 6 }), udp)))).toBe('IPv4 at octet 14: version 6, not 4');
    expect(describeFault(decoded(build(ethernet, ipv6({ version: 4 }), udp)))).toBe('IPv6 at octet 14: version 4, not 6');
    expect(describeFault(decoded(frame))).toBe('');
  });

  it('count from the start of the frame, also after it moved', () => {
    const packet = aimed(frame.subarray(0, 37), 9);
    decode(packet, LinkType.Ethernet);
    packet.makeWritable();
    expect(describeFault(packet)).toBe('UDP at octet 34: needs 8 octets, 3 available (captured)');
  });

  it('leave what could be read', () => {
    const cut = decoded(frame.subarray(0, 37));
    expect(layersOf(cut)).toMatchObject({ family: 4, protocol: 17, src0: 0x0a000001, transport: 34, transportLength: 3, srcPort: -1 });
    const options = decoded(build(ethernet, ipv4({ headerWords: 15 })));
    expect(layersOf(options)).toMatchObject({ family: 4, transport: -1, headerLength: 20, networkLength: 20 });
  });
});

describe('decodeNetwork', () => {
  it('reads anew from the IP header and keeps what is in front of it', () => {
    const packet = decoded(build(ethernet, layer.vlan(9), ipv4(), udp));
    packet.view.setUint8(packet.network + 9, 6);
    decodeNetwork(packet);
    expect(layersOf(packet)).toMatchObject({ link: 0, vlan: 9, etherType: 0x0800, network: 18, protocol: 6, fault: Fault.Truncated });
  });

  it('goes by the version nibble alone', () => {
    for (const [frame, family] of [
      [build(ipv4(), udp), 4],
      [build(ipv6(), udp), 6],
    ] as const) {
      const packet = aimed(frame, 5);
      packet.network = 5;
      decodeNetwork(packet);
      expect(layersOf(packet)).toMatchObject({ family, network: 5, dstPort: 2222, fault: Fault.None });
    }
  });

  it('keeps network where there is no IP', () => {
    const packet = aimed(Uint8Array.of(0x50, 1, 2), 0);
    packet.network = 0;
    decodeNetwork(packet);
    expect([packet.network, packet.family, packet.fault]).toEqual([0, 0, Fault.BadVersion]);
    packet.network = 3;
    decodeNetwork(packet);
    expect([packet.network, packet.family, packet.fault]).toEqual([3, 0, Fault.Truncated]);
  });
});
