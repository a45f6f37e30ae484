import { describe, expect, it } from 'vitest';
import { ArpView } from '../../../src/wire/arp.ts';
import { EthernetView } from '../../../src/wire/ethernet.ts';
import { GreView, greHeaderLength } from '../../../src/wire/gre.ts';
import { IcmpView, isIcmpError } from '../../../src/wire/icmp.ts';
import { Icmpv6View, NeighbourView } from '../../../src/wire/icmpv6.ts';
import { IgmpView } from '../../../src/wire/igmp.ts';
import { AhView } from '../../../src/wire/ipsec.ts';
import { Ipv4View } from '../../../src/wire/ipv4.ts';
import { Ipv6View } from '../../../src/wire/ipv6.ts';
import { extensionLength, Ipv6ExtView, isExtensionHeader } from '../../../src/wire/ipv6-ext.ts';
import { TcpFlag, TcpView } from '../../../src/wire/tcp.ts';
import { UdpView } from '../../../src/wire/udp.ts';
import { VlanView } from '../../../src/wire/vlan.ts';
import { VxlanView } from '../../../src/wire/vxlan.ts';

/** Octets from hex text, three dirty ones in front. */
function hex(text: string): DataView {
  const digits = `a5a5a5${text.replaceAll(' ', '')}`;
  return new DataView(Uint8Array.from({ length: digits.length / 2 }, (_, i) => Number.parseInt(digits.slice(2 * i, 2 * i + 2), 16)).buffer);
}
const LEAD = 3;

describe('headers, field by field', () => {
  it('Ethernet', () => {
    const ethernet = new EthernetView().at(hex('02 00 00 00 00 02 fe ff ff ff ff 01 08 00'), LEAD);
    expect([ethernet.destination, ethernet.source, ethernet.type]).toEqual([0x020000000002, 0xfeffffffff01, 0x0800]);
  });

  it('VLAN tag', () => {
    const tag = new VlanView().at(hex('b0 64 86 dd'), LEAD);
    expect([tag.priority, tag.dropEligible, tag.identifier, tag.type]).toEqual([5, 1, 100, 0x86dd]);
  });

  it('ARP', () => {
    const view = hex('00 01 08 00 06 04 00 02 02 00 00 00 00 01 c0 a8 00 01 02 00 00 00 00 02 c0 a8 00 02');
    const arp = new ArpView().at(view, LEAD);
    expect(arp.isEthernetIpv4).toBe(true);
    expect([arp.operation, arp.senderMac, arp.targetMac]).toEqual([2, 0x020000000001, 0x020000000002]);
    expect([arp.senderAddress, arp.targetAddress]).toEqual([0xc0a80001 | 0, 0xc0a80002 | 0]);
    arp.hardwareLength = 8;
    expect(arp.isEthernetIpv4).toBe(false);
  });

  it('IPv4', () => {
    const ip = new Ipv4View().at(hex('46 2d 00 3c 12 34 b0 05 40 06 ab cd c0 a8 00 01 08 08 08 08'), LEAD);
    expect([ip.version, ip.headerWords, ip.headerLength]).toEqual([4, 6, 24]);
    expect([ip.tos, ip.dscp, ip.ecn]).toEqual([0x2d, 11, 1]);
    expect([ip.totalLength, ip.identification, ip.ttl, ip.protocol, ip.checksum]).toEqual([60, 0x1234, 64, 6, 0xabcd]);
    expect([ip.reserved, ip.dontFragment, ip.moreFragments, ip.fragmentOffset]).toEqual([1, 0, 1, 0x1005]);
    expect([ip.src, ip.dst]).toEqual([0xc0a80001 | 0, 0x08080808]);
  });

  it('IPv6', () => {
    const ip = new Ipv6View().at(
      hex(`6a b1 23 45 00 10 3a ff ${'20010db8 00000000 00000000 00000001'} ${'fe800000 00000000 00000000 ffffffff'}`),
      LEAD,
    );
    expect([ip.version, ip.trafficClass, ip.flowLabel]).toEqual([6, 0xab, 0x12345]);
    expect([ip.payloadLength, ip.nextHeader, ip.hopLimit]).toEqual([16, 58, 255]);
    expect([ip.src0, ip.src3, ip.dst0, ip.dst3]).toEqual([0x20010db8, 1, 0xfe800000 | 0, -1]);
    ip.setSrc(1, 2, 3, 4);
    ip.setDst(5, 6, 7, -8);
    expect([ip.src0, ip.src1, ip.src2, ip.src3, ip.dst0, ip.dst1, ip.dst2, ip.dst3]).toEqual([1, 2, 3, 4, 5, 6, 7, -8]);
  });

  it('extension headers and their lengths', () => {
    expect(new Ipv6ExtView().at(hex('3a 02'), LEAD).length).toBe(24);
    expect(new AhView().at(hex('06 04 00 00 00 00 12 34 00 00 00 07'), LEAD).length).toBe(24);
    expect([extensionLength(44, 255), extensionLength(51, 4), extensionLength(0, 2)]).toEqual([8, 24, 24]);
    const extensions = Array.from({ length: 256 }, (_, protocol) => protocol).filter(isExtensionHeader);
    expect(extensions).toEqual([0, 43, 44, 51, 59, 60]);
  });

  it('TCP', () => {
    const tcp = new TcpView().at(hex('04 00 00 50 ff ff ff fe 00 00 00 09 a1 12 fa f0 12 34 00 07'), LEAD);
    expect([tcp.srcPort, tcp.dstPort, tcp.seq, tcp.ack]).toEqual([1024, 80, 0xfffffffe, 9]);
    expect([tcp.dataWords, tcp.headerLength, tcp.reserved]).toEqual([10, 40, 1]);
    expect(tcp.flags).toBe(TcpFlag.Syn | TcpFlag.Ack);
    expect([tcp.window, tcp.checksum, tcp.urgentPointer]).toEqual([64_240, 0x1234, 7]);
  });

  it('UDP', () => {
    const udp = new UdpView().at(hex('00 35 ff ff 00 03 00 00'), LEAD);
    expect([udp.srcPort, udp.dstPort, udp.length, udp.checksum]).toEqual([53, 65_535, 3, 0]);
  });

  it('ICMP', () => {
    const icmp = new IcmpView().at(hex('05 01 12 34 0a 00 05 dc'), LEAD);
    expect([icmp.type, icmp.code, icmp.checksum, icmp.gateway]).toEqual([5, 1, 0x1234, 0x0a0005dc]);
    expect([icmp.identifier, icmp.sequence, icmp.mtu, icmp.pointer]).toEqual([0x0a00, 1500, 1500, 10]);
    expect(Array.from({ length: 256 }, (_, type) => type).filter(isIcmpError)).toEqual([3, 4, 5, 11, 12]);
  });

  it('ICMPv6 and neighbour discovery', () => {
    expect(new Icmpv6View().at(hex('02 00 12 34 80 00 05 00'), LEAD).rest).toBe(0x80000500);
    const neighbour = new NeighbourView().at(hex('88 00 12 34 a0 00 00 07 fe80 0000 0000 0000 0000 0000 0000 0001'), LEAD);
    expect([neighbour.router, neighbour.solicited, neighbour.override, neighbour.reserved]).toEqual([1, 0, 1, 7]);
    expect([neighbour.target0, neighbour.target3]).toEqual([0xfe800000 | 0, 1]);
  });

  it('IGMP', () => {
    const igmp = new IgmpView().at(hex('22 00 12 34 00 00 00 03'), LEAD);
    expect([igmp.type, igmp.checksum, igmp.recordCount]).toEqual([0x22, 0x1234, 3]);
  });

  it('GRE, its optional fields where the flags put them', () => {
    const all = new GreView().at(hex('b0 00 08 00 12 34 00 00 00 00 00 4d 00 00 00 05'), LEAD);
    expect([all.hasChecksum, all.hasRouting, all.hasKey, all.hasSequence, all.version]).toEqual([1, 0, 1, 1, 0]);
    expect([all.headerLength, all.checksum, all.key, all.sequence, all.protocolType]).toEqual([16, 0x1234, 77, 5, 0x0800]);
    const key = new GreView().at(hex('20 00 86 dd 00 00 00 4d'), LEAD);
    expect([key.headerLength, key.key]).toEqual([8, 77]);
    const sequence = new GreView().at(hex('10 00 86 dd 00 00 00 05'), LEAD);
    expect([sequence.headerLength, sequence.sequence]).toEqual([8, 5]);
    sequence.sequence = 9;
    expect(sequence.sequence).toBe(9);
    expect([greHeaderLength(0), greHeaderLength(0x4000), greHeaderLength(0xf000)]).toEqual([4, 8, 16]);
  });

  it('VXLAN', () => {
    const vxlan = new VxlanView().at(hex('08 00 00 01 fe dc ba 02'), LEAD);
    expect([vxlan.flags, vxlan.reserved, vxlan.vni, vxlan.reservedEnd]).toEqual([8, 1, 0xfedcba, 2]);
  });
});
