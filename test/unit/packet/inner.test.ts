import { describe, expect, it } from 'vitest';
import { build } from '../../../src/packet/build.ts';
import * as layer from '../../../src/packet/build-layers.ts';
import { describeFault, Fault } from '../../../src/packet/fault.ts';
import { decodeInner, isIcmpQuote } from '../../../src/packet/inner.ts';
import { Packet } from '../../../src/packet/packet.ts';
import { decoded, layersOf, MAC_A, MAC_B } from './kit.ts';

const ethernet = layer.ethernet(MAC_B, MAC_A);
const outer4 = layer.ipv4('192.0.2.1', '192.0.2.2');
const outer6 = layer.ipv6('2001:db8::1', '2001:db8::2');
const inner4 = [layer.ipv4('10.0.0.1', '10.0.0.2'), layer.udp(5, 7), layer.payload('abc')] as const;
const inner6 = [layer.ipv6('fd00::1', 'fd00::2'), layer.tcp(5, 7)] as const;

function innerOf(...layers: readonly layer.LayerSpec[]): Packet | null {
  const inner = new Packet();
  return decodeInner(decoded(build(...layers)), inner) ? inner : null;
}

describe('decodeInner', () => {
  it.each([
    ['IPv4 in IPv4', [ethernet, outer4, ...inner4], 34, 4],
    ['IPv6 in IPv4', [ethernet, outer4, ...inner6], 34, 6],
    ['IPv4 in IPv6', [ethernet, outer6, ...inner4], 54, 4],
    ['IPv6 in IPv6', [ethernet, outer6, ...inner6], 54, 6],
    ['GRE', [ethernet, outer4, layer.gre(), ...inner4], 38, 4],
    ['GRE with all its fields', [ethernet, outer4, layer.gre({ checksum: true, key: 7, sequence: 9 }), ...inner6], 50, 6],
    ['Ethernet in GRE', [ethernet, outer6, layer.gre({ key: 7 }), ethernet, layer.vlan(3), ...inner4], 80, 4],
    ['VXLAN', [ethernet, outer4, layer.udp(9, 4789), layer.vxlan(5), ethernet, ...inner4], 64, 4],
    ['VXLAN on the port of Linux', [ethernet, outer6, layer.udp(9, 8472), layer.vxlan(5), ethernet, ...inner6], 84, 6],
    ['the quote of an ICMP error', [ethernet, outer4, layer.icmp(3, 4), ...inner4], 42, 4],
    ['the quote of an ICMPv6 error', [ethernet, outer6, layer.icmpv6(2), ...inner6], 62, 6],
  ] as const)('finds %s', (_, layers, network, family) => {
    const inner = innerOf(...layers);
    expect(inner).not.toBeNull();
    expect(layersOf(inner!)).toMatchObject({ network, family, srcPort: 5, dstPort: 7, fault: Fault.None });
  });

  it.each([
    ['UDP to another port', [ethernet, outer4, layer.udp(9, 4790), layer.vxlan(5), ethernet, ...inner4]],
    ['VXLAN without a valid identifier', [ethernet, outer4, layer.udp(9, 4789), layer.vxlan(5, { flags: 0 }), ethernet, ...inner4]],
    ['an empty VXLAN', [ethernet, outer4, layer.udp(9, 4789), layer.vxlan(5)]],
    ['GRE version 1', [ethernet, outer4, layer.gre({}, { version: 1 }), ...inner4]],
    ['GRE with source routes', [ethernet, outer4, layer.gre({}, { hasRouting: 1 }), ...inner4]],
    ['GRE of another kind', [ethernet, outer4, layer.gre({}, { protocolType: 0x1234 }), ...inner4]],
    ['an echo request', [ethernet, outer4, layer.icmp(8), ...inner4]],
    ['an ICMPv6 redirect', [ethernet, outer6, layer.icmpv6(137), ...inner6]],
    ['an error without quote', [ethernet, outer4, layer.icmp(3)]],
    ['ICMP over IPv6', [ethernet, layer.ipv6('::1', '::2', { nextHeader: 1 }), layer.icmp(3), ...inner4]],
    ['a later fragment', [ethernet, layer.ipv4('10.0.0.1', '10.0.0.2', { fragmentOffset: 1, protocol: 4 }), ...inner4]],
    ['TCP', [ethernet, outer4, layer.tcp(1, 4789), layer.vxlan(5), ethernet, ...inner4]],
    ['ARP', [ethernet, layer.arp(1, [MAC_A, '10.0.0.1'], [MAC_B, '10.0.0.2'])]],
  ] as const)('finds nothing in %s', (_, layers) => {
    expect(innerOf(...layers)).toBeNull();
  });

  it('takes the VXLAN ports it is given', () => {
    const packet = decoded(build(ethernet, outer4, layer.udp(9, 9999), layer.vxlan(5), ethernet, ...inner4));
    expect(decodeInner(packet, new Packet(), [9999])).toBe(true);
  });

  it('goes one level deeper at each call', () => {
    const packet = decoded(build(ethernet, outer4, layer.gre(), outer6, layer.udp(9, 4789), layer.vxlan(5), ethernet, outer4, ...inner4));
    const [first, second] = [new Packet(), new Packet()];
    expect(decodeInner(packet, first)).toBe(true);
    expect(decodeInner(first, second)).toBe(true);
    expect(decodeInner(second, first)).toBe(true);
    expect(layersOf(first)).toMatchObject({ protocol: 17, dstPort: 7, src0: 0x0a000001 });
    expect(decodeInner(first, second)).toBe(false);
  });

  it('says that a quote was cut short, and by what', () => {
    const whole = build(...inner4);
    const inner = innerOf(ethernet, outer4, layer.icmp(11), layer.payload(whole.subarray(0, 28)))!;
    expect(describeFault(inner)).toBe('IPv4 at octet 0: needs 31 octets, 28 available (ICMP quote)');
    expect([inner.srcPort, inner.dstPort]).toEqual([5, 7]);
    const shorter = innerOf(ethernet, outer4, layer.icmp(11), layer.payload(whole.subarray(0, 24)))!;
    expect(describeFault(shorter)).toBe('UDP at octet 20: needs 8 octets, 4 available (ICMP quote)');
    expect(shorter.dstPort).toBe(7);
  });

  it('does not see padding behind the outer packet', () => {
    const frame = new Uint8Array(200);
    frame.set(build(ethernet, outer4, ...inner4));
    const inner = new Packet();
    decodeInner(decoded(frame), inner);
    expect(inner.end).toBe(14 + 20 + 31);
  });
});

describe('isIcmpQuote', () => {
  it('knows errors from the rest', () => {
    const is = (spec: layer.LayerSpec): boolean => isIcmpQuote(decoded(build(ethernet, outer4, spec, ...inner4)));
    expect([3, 4, 5, 11, 12].every((type) => is(layer.icmp(type)))).toBe(true);
    expect([0, 8, 13, 200].some((type) => is(layer.icmp(type)))).toBe(false);
    expect(is(layer.udp(3, 3))).toBe(false);
  });
});
