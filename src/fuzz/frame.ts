/**
 * Frames of every header that hookline reads, well formed and damaged: for decoders, readers and whole machines.
 * @module
 */
import fc from 'fast-check';
import { build, tcpOptions, type TcpOptionSpec } from '../packet/build.ts';
import {
  ah,
  arp,
  dccp,
  destinationOptions,
  esp,
  ethernet,
  fragment,
  gre,
  hopByHop,
  icmp,
  icmpv6,
  igmp,
  ipv4,
  ipv6,
  type LayerSpec,
  payload,
  routing,
  sctp,
  snap,
  tcp,
  udp,
  udplite,
  vlan,
  vxlan,
} from '../packet/build-layers.ts';

type Layers = fc.Arbitrary<LayerSpec[]>;

const MACS = ['02:00:00:00:00:01', '02:00:00:00:00:02', 'ff:ff:ff:ff:ff:ff', '01:00:5e:00:00:01', '33:33:00:00:00:01'];
const ADDRESSES4 = ['10.0.0.1', '10.0.0.2', '192.0.2.1', '198.51.100.7', '224.0.0.1', '255.255.255.255', '127.0.0.1', '0.0.0.0'];
const ADDRESSES6 = ['2001:db8::1', '2001:db8::2', 'fe80::1', 'ff02::1', '::1', '::'];

const mac = (): fc.Arbitrary<string> => fc.constantFrom(...MACS);
const u8 = (): fc.Arbitrary<number> => fc.nat(0xff);
const u16 = (): fc.Arbitrary<number> => fc.oneof(fc.constantFrom(0, 1, 53, 80, 0xffff), fc.nat(0xffff));
const u32 = (): fc.Arbitrary<number> => fc.nat(0xffffffff);
const octets = (max: number): fc.Arbitrary<Uint8Array> => fc.uint8Array({ maxLength: max });
const data = (): Layers => octets(64).map((bytes) => [payload(bytes)]);

/** TCP options, right ones and made up ones. */
function options(): fc.Arbitrary<TcpOptionSpec[]> {
  return fc.array(
    fc.oneof<fc.Arbitrary<TcpOptionSpec>[]>(
      fc.constantFrom<TcpOptionSpec>(['nop'], ['eol'], ['sackOK']),
      u16().map((mss): TcpOptionSpec => ['mss', mss]),
      fc.nat(15).map((shift): TcpOptionSpec => ['wscale', shift]),
      fc.tuple(u32(), u32()).map(([value, echo]): TcpOptionSpec => ['timestamps', value, echo]),
      fc.tuple(u32(), u32()).map(([left, right]): TcpOptionSpec => ['sack', left, right]),
      fc.tuple(u8(), octets(6)).map(([kind, bytes]): TcpOptionSpec => ['raw', kind, bytes]),
    ),
    { maxLength: 4 },
  );
}

/** What stands behind an IP header; `deep` more tunnels may follow. */
function upper(family: 4 | 6, deep: number): Layers {
  const ports = fc.tuple(u16(), u16());
  const behind = (arbitrary: fc.Arbitrary<LayerSpec>): Layers => fc.tuple(arbitrary, data()).map(([layer, rest]) => [layer, ...rest]);
  const plain: Layers[] = [
    behind(
      fc
        .tuple(ports, u8(), u32(), u32(), options())
        .map(([[from, to], flags, seq, ack, list]) => tcp(from, to, { flags, seq, ack }, tcpOptions(...list).slice(0, 40))),
    ),
    behind(ports.map(([from, to]) => udp(from, to))),
    behind(ports.map(([from, to]) => udplite(from, to))),
    behind(ports.map(([from, to]) => sctp(from, to))),
    behind(ports.map(([from, to]) => dccp(from, to))),
    behind(fc.tuple(u8(), u8(), u16()).map(([type, code, identifier]) => (family === 4 ? icmp : icmpv6)(type, code, { identifier }))),
    behind(fc.constant(esp({ spi: 7 }))),
    data(),
  ];
  if (family === 4) plain.push(fc.constantFrom(0x11, 0x16).map((type) => [igmp(type, '224.0.0.9')]));
  if (deep === 0) return fc.oneof(...plain);
  const tunnels: Layers[] = [
    network(deep - 1),
    network(deep - 1).map((inner) => [gre(), ...inner]),
    fc.tuple(fc.nat(0xffffff), link(deep - 1)).map(([vni, inner]) => [udp(40000, 4789), vxlan(vni), ...inner]),
    upper(family, deep - 1).map((inner) => [ah(), ...inner]),
    // an error quotes the packet it is about
    network(deep - 1).map((inner) => [family === 4 ? icmp(3, 1) : icmpv6(1, 0), ...inner]),
  ];
  return fc.oneof({ weight: 6, arbitrary: fc.oneof(...plain) }, { weight: 2, arbitrary: fc.oneof(...tunnels) });
}

function network4(deep: number): Layers {
  const header = fc.record({
    src: fc.constantFrom(...ADDRESSES4),
    dst: fc.constantFrom(...ADDRESSES4),
    fields: fc.record({ tos: u8(), ttl: u8(), identification: u16() }),
    pieces: fc.oneof(
      { weight: 6, arbitrary: fc.constant({}) },
      { weight: 1, arbitrary: fc.record({ moreFragments: fc.nat(1), fragmentOffset: fc.nat(40) }) },
    ),
    options: fc.oneof({ weight: 5, arbitrary: fc.constant(new Uint8Array(0)) }, { weight: 1, arbitrary: octets(12) }),
  });
  return fc
    .tuple(header, upper(4, deep))
    .map(([{ src, dst, fields, pieces, options: area }, rest]) => [ipv4(src, dst, { ...fields, ...pieces }, area), ...rest]);
}

function network6(deep: number): Layers {
  const extension = fc.oneof<fc.Arbitrary<LayerSpec>[]>(
    octets(6).map((area) => hopByHop(area)),
    octets(6).map((area) => destinationOptions(area)),
    fc.constant(routing({ segmentsLeft: 0 })),
    fc.record({ fragmentOffset: fc.nat(20), moreFragments: fc.nat(1) }).map((fields) => fragment(fields)),
  );
  return fc
    .tuple(
      fc.constantFrom(...ADDRESSES6),
      fc.constantFrom(...ADDRESSES6),
      fc.oneof({ weight: 3, arbitrary: fc.constant<LayerSpec[]>([]) }, { weight: 1, arbitrary: fc.array(extension, { maxLength: 3 }) }),
      upper(6, deep),
    )
    .map(([src, dst, chain, rest]) => [ipv6(src, dst), ...chain, ...rest]);
}

function network(deep: number): Layers {
  return fc.oneof({ weight: 2, arbitrary: network4(deep) }, { weight: 1, arbitrary: network6(deep) });
}

function link(deep: number): Layers {
  const tags = fc.oneof(
    { weight: 4, arbitrary: fc.constant<LayerSpec[]>([]) },
    { weight: 1, arbitrary: fc.array(fc.nat(4095), { minLength: 1, maxLength: 2 }).map((list) => list.map((id) => vlan(id))) },
    { weight: 1, arbitrary: fc.constant([snap()]) },
  );
  const inside = fc.oneof(
    { weight: 9, arbitrary: network(deep) },
    { weight: 1, arbitrary: fc.constantFrom(1, 2).map((operation) => [arp(operation, [MACS[0]!, '10.0.0.1'], [MACS[1]!, '10.0.0.2'])]) },
  );
  return fc.tuple(mac(), mac(), tags, inside).map(([to, from, list, rest]) => [ethernet(to, from), ...list, ...rest]);
}

/** Layers of an Ethernet frame, for build(): any header, tunnels up to two deep. */
export function layers(): fc.Arbitrary<LayerSpec[]> {
  return link(2);
}

/** An Ethernet frame whose lengths and checksums are right, whatever its fields say. */
export function frame(): fc.Arbitrary<Uint8Array> {
  return layers().map((list) => build(...list));
}

/** A frame with octets changed, cut off or put behind it; now and then nothing but octets. */
export function damagedFrame(): fc.Arbitrary<Uint8Array> {
  const change = fc.record({ at: fc.nat(200), value: u8() });
  const damaged = fc
    .record({ of: frame(), changes: fc.array(change, { maxLength: 4 }), keep: fc.nat(400), more: octets(8) })
    .map(({ of, changes, keep, more }) => {
      const bytes = Uint8Array.from([...of.subarray(0, keep), ...more]);
      for (const { at, value } of changes) if (bytes.length > 0) bytes[at % bytes.length] = value;
      return bytes;
    });
  return fc.oneof({ weight: 8, arbitrary: damaged }, { weight: 1, arbitrary: octets(200) });
}
