import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as wire from '../../../src/wire/index.ts';
import type { Field, HeaderLayout, HeaderView } from '../../../src/wire/index.ts';

/** Every header that is declared, with the view that reads it. */
const HEADERS: readonly (readonly [string, () => HeaderView, HeaderLayout])[] = [
  ['Ethernet', () => new wire.EthernetView(), wire.ETHERNET_LAYOUT],
  ['VLAN', () => new wire.VlanView(), wire.VLAN_LAYOUT],
  ['ARP', () => new wire.ArpView(), wire.ARP_LAYOUT],
  ['IPv4', () => new wire.Ipv4View(), wire.IPV4_LAYOUT],
  ['IPv6', () => new wire.Ipv6View(), wire.IPV6_LAYOUT],
  ['IPv6 extension', () => new wire.Ipv6ExtView(), wire.IPV6_EXT_LAYOUT],
  ['IPv6 routing', () => new wire.Ipv6RoutingView(), wire.IPV6_ROUTING_LAYOUT],
  ['IPv6 fragment', () => new wire.Ipv6FragmentView(), wire.IPV6_FRAGMENT_LAYOUT],
  ['TCP', () => new wire.TcpView(), wire.TCP_LAYOUT],
  ['UDP', () => new wire.UdpView(), wire.UDP_LAYOUT],
  ['UDP-Lite', () => new wire.UdpLiteView(), wire.UDPLITE_LAYOUT],
  ['ICMP', () => new wire.IcmpView(), wire.ICMP_LAYOUT],
  ['ICMPv6', () => new wire.Icmpv6View(), wire.ICMPV6_LAYOUT],
  ['neighbour discovery', () => new wire.NeighbourView(), wire.ND_LAYOUT],
  ['router advertisement', () => new wire.RouterAdvertisementView(), wire.ND_ROUTER_LAYOUT],
  ['IGMP', () => new wire.IgmpView(), wire.IGMP_LAYOUT],
  ['GRE', () => new wire.GreView(), wire.GRE_LAYOUT],
  ['SCTP', () => new wire.SctpView(), wire.SCTP_LAYOUT],
  ['ESP', () => new wire.EspView(), wire.ESP_LAYOUT],
  ['AH', () => new wire.AhView(), wire.AH_LAYOUT],
  ['VXLAN', () => new wire.VxlanView(), wire.VXLAN_LAYOUT],
];

type Readable = HeaderView & Record<string, number>;

/** A buffer of exactly the header's octets behind a dirty lead, so that an overread throws and a stray write shows. */
const buffers = (layout: HeaderLayout): fc.Arbitrary<{ buffer: Buffer; lead: number }> =>
  fc.tuple(fc.nat(11), fc.uint8Array({ minLength: layout.span, maxLength: layout.span })).map(([lead, header]) => {
    const buffer = Buffer.from(new ArrayBuffer(lead + header.length));
    buffer.fill(0xa5);
    buffer.set(header, lead);
    return { buffer, lead };
  });

function aimed(make: () => HeaderView, buffer: Buffer, lead: number): Readable {
  return make().at(new DataView(buffer.buffer), lead) as Readable;
}

/** Values a field can hold, its ends among them; every one of them when there are few. */
const values = (field: Field): fc.Arbitrary<number> => {
  const top = 2 ** field.bits - 1;
  if (field.signed) return fc.oneof(fc.integer(), fc.constantFrom(-1, 0, 0x7fffffff, -0x80000000));
  return fc.oneof(
    fc.constantFrom(0, 1, top, 2 ** (field.bits - 1)),
    fc.maxSafeNat().map((n) => n % (top + 1)),
  );
};

describe.each(HEADERS)('%s view', (_, make, layout) => {
  it('reads any octets as buffer-layout does', () => {
    fc.assert(
      fc.property(buffers(layout), ({ buffer, lead }) => {
        const expected = layout.reference(buffer, lead);
        const view = aimed(make, buffer, lead);
        for (const { name } of layout.fields) expect(view[name], name).toBe(expected[name]);
      }),
    );
  });

  it('writes one field and no other bit, as buffer-layout reads it back', () => {
    const one = fc.constantFrom(...layout.fields).chain((field) => fc.tuple(fc.constant(field), values(field)));
    fc.assert(
      fc.property(buffers(layout), one, ({ buffer, lead }, [{ name }, value]) => {
        const before = layout.reference(buffer, lead);
        const view = aimed(make, buffer, lead);
        view[name] = value;
        expect(layout.reference(buffer, lead)).toEqual({ ...before, [name]: value });
        expect(buffer.subarray(0, lead).every((octet) => octet === 0xa5)).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  it('takes only as many bits as a field has', () => {
    for (const field of layout.fields.filter(({ bits }) => bits < 32)) {
      const buffer = Buffer.from(new ArrayBuffer(layout.span));
      const view = aimed(make, buffer, 0);
      view[field.name] = 0xffffffff;
      const after = layout.reference(buffer, 0);
      expect(after[field.name], field.name).toBe(field.mask);
      for (const other of layout.fields) if (other.name !== field.name) expect(after[other.name], other.name).toBe(0);
    }
  });

  it('is written by its layout as by its setters', () => {
    const all = fc.tuple(...layout.fields.map(values));
    fc.assert(
      fc.property(buffers(layout), all, ({ buffer, lead }, given) => {
        const twin = Buffer.from(new ArrayBuffer(buffer.length));
        buffer.copy(twin);
        const named = Object.fromEntries(layout.fields.map(({ name }, i) => [name, given[i]!]));
        layout.write(new DataView(twin.buffer), lead, named);
        const view = aimed(make, buffer, lead);
        for (const [name, value] of Object.entries(named)) view[name] = value;
        expect(twin.equals(buffer)).toBe(true);
      }),
    );
  });
});

describe('HeaderLayout', () => {
  it('does not know a field that was not declared', () => {
    expect(() => wire.UDP_LAYOUT.offsetOf('sport')).toThrow(RangeError);
    expect(() => wire.UDP_LAYOUT.write(new DataView(new ArrayBuffer(8)), 0, { sport: 1 })).toThrow(RangeError);
  });

  it('declares headers of the size their standards say', () => {
    const sizes = HEADERS.map(([name, , layout]) => `${name} ${layout.span}`);
    expect(sizes.join(', ')).toBe(
      'Ethernet 14, VLAN 4, ARP 28, IPv4 20, IPv6 40, IPv6 extension 2, IPv6 routing 4, IPv6 fragment 8, TCP 20, UDP 8, UDP-Lite 8, ' +
        'ICMP 8, ICMPv6 8, neighbour discovery 24, router advertisement 16, IGMP 8, GRE 4, SCTP 12, ESP 8, AH 12, VXLAN 8',
    );
  });
});
