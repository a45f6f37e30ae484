/**
 * Hosts, nets, ports and protocols as conditions. The order in which octets are looked at is tcpdump's: it decides about a
 * packet that the capture cut off, since what is not there ends the filter.
 * @module
 */
import * as ipproto from '../inet/protocol.ts';
import { EtherType } from '../wire/ethernet.ts';
import { above, all, any, atLeast, type Condition, equal, masked, not, type Size, type Value } from './condition.ts';
import { Lsap } from './link-numbers.ts';
import type { LinkLayer } from './link-layer.ts';
import type { ProtocolTest } from './words.ts';

/** Which end of a packet must fit: any, or both, or one. */
export type Direction = 'either' | 'src' | 'dst' | 'both';

/** Octets of an IPv4, ARP and IPv6 header where the addresses stand: source, destination. */
const IPV4_ADDRESSES = [12, 16] as const;
const ARP_ADDRESSES = [14, 24] as const;
const IPV6_ADDRESSES = [8, 24] as const;
const IPV4_PROTOCOL_AT = 9;
const IPV6_NEXT_HEADER_AT = 6;
const IPV6_LEN = 40;
/** Octets of an Ethernet header: where source and destination stand. */
const MAC_SRC = 6;
const MAC_DST = 0;
/** Octet of an IS-IS header that tells the type of packet; behind LLC. */
const ISIS_TYPE_AT = 4;

/** Both ends in the way a direction says. */
function ends(direction: Direction, end: (which: 0 | 1) => Condition): Condition {
  switch (direction) {
    case 'src':
      return end(0);
    case 'dst':
      return end(1);
    case 'both':
      return all(end(0), end(1));
    default:
      return any(end(0), end(1));
  }
}

/** An IPv4 address under a mask, in packets of the Ethernet types that hold one. */
export function host4(link: LinkLayer, types: readonly number[], direction: Direction, address: number, mask: number): Condition {
  return any(
    ...types.map((type) => {
      const at = type === EtherType.Ipv4 ? IPV4_ADDRESSES : ARP_ADDRESSES;
      return ends(direction, (which) => all(link.carries(type), masked(link.network(4, at[which]), address, mask)));
    }),
  );
}

export function host6(link: LinkLayer, direction: Direction, address: Int32Array, mask: Int32Array): Condition {
  const words = (which: 0 | 1): Condition[] =>
    Array.from(address, (word, i) => masked(link.network(4, IPV6_ADDRESSES[which] + 4 * i), word, mask[i]!));
  return ends(direction, (which) => all(link.carries(EtherType.Ipv6), ...words(which)));
}

export function etherHost(link: LinkLayer, direction: Direction, mac: Uint8Array): Condition {
  return ends(direction, (which) => link.address(which === 0 ? MAC_SRC : MAC_DST, mac));
}

/** A port between `low` and `high`, over SCTP, TCP or UDP, or over one of them. */
export function ports(link: LinkLayer, protocol: number, direction: Direction, low: number, high: number): Condition {
  const over = protocol < 0 ? [ipproto.SCTP, ipproto.TCP, ipproto.UDP] : [protocol];
  const between = (port: Value): Condition => (low === high ? equal(port, low) : all(atLeast(port, low), not(above(port, high))));
  const either = (place: (size: Size, offset: number) => Value): Condition => ends(direction, (which) => between(place(2, 2 * which)));
  return any(
    all(
      link.carries(EtherType.Ipv6),
      any(
        ...over.map((number) =>
          all(
            equal(link.network(1, IPV6_NEXT_HEADER_AT), number),
            either((s, o) => link.behindIpv6(s, o)),
          ),
        ),
      ),
    ),
    all(
      link.carries(EtherType.Ipv4),
      any(
        ...over.map((number) =>
          all(
            equal(link.network(1, IPV4_PROTOCOL_AT), number),
            link.firstFragment(),
            either((s, o) => link.behindIpv4(s, o)),
          ),
        ),
      ),
    ),
  );
}

export function ipv4Protocol(link: LinkLayer, number: number): Condition {
  return all(link.carries(EtherType.Ipv4), equal(link.network(1, IPV4_PROTOCOL_AT), number));
}

/** Also behind a fragment header; no other extension header is followed. */
export function ipv6Protocol(link: LinkLayer, number: number): Condition {
  const next = link.network(1, IPV6_NEXT_HEADER_AT);
  return all(
    link.carries(EtherType.Ipv6),
    any(equal(next, number), all(equal(next, ipproto.FRAGMENT), equal(link.network(1, IPV6_LEN), number))),
  );
}

/** The next header of the fixed IPv6 header, and nothing else. */
export function ipv6NextHeader(link: LinkLayer, number: number): Condition {
  return equal(link.network(1, IPV6_NEXT_HEADER_AT), number);
}

export function ipProtocol(link: LinkLayer, number: number): Condition {
  return any(ipv4Protocol(link, number), ipv6Protocol(link, number));
}

export function isoProtocol(link: LinkLayer, number: number): Condition {
  return all(link.carries(Lsap.Iso), equal(link.iso(0), number));
}

/** A word that names a protocol, as a condition. `by: 'link'` is none. */
export function protocolTest(link: LinkLayer, test: Exclude<ProtocolTest, { by: 'link' }>): Condition {
  switch (test.by) {
    case 'type':
      return link.carries(test.number);
    case 'ip':
      return ipv4Protocol(link, test.number);
    case 'ip6':
      return ipv6Protocol(link, test.number);
    case 'any':
      return ipProtocol(link, test.number);
    case 'iso':
      return isoProtocol(link, test.number);
    default:
      return all(isoProtocol(link, 0x83), any(...test.numbers.map((number) => equal(link.iso(ISIS_TYPE_AT), number))));
  }
}
