/**
 * The fields of a packet that sets compare, as int32 words: addresses, protocol and port, hardware addresses.
 *
 * A port is one word, `protocol << 16 | port`. ICMP and ICMPv6 have `type << 8 | code` in the port's place; protocols without
 * ports have 0. A later fragment of a protocol that has ports has none to offer, and then the packet is in no set that asks
 * for one.
 *
 * Kernel counterpart: net/netfilter/ipset/ip_set_getport.c.
 * @module
 */
import * as ipproto from '../../inet/protocol.ts';
import type { ReadonlyPacket } from '../../packet/packet.ts';

/** What protocolPort() answers when the packet has no port to compare. */
export const NO_PORT = -1;

/** Octets of upper-layer header that must be there before the kernel looks at the port. */
const TCP_LEN = 20;
const SCTP_LEN = 12;
const UDP_LEN = 8;
const ICMP_LEN = 8;
const ETHERNET_LEN = 14;
const MAC_SRC = 6;
const MAC_DST = 0;

/** `protocol << 16 | port` of the source or destination side, or NO_PORT. */
export function protocolPort(packet: ReadonlyPacket, source: boolean): number {
  const { protocol } = packet;
  if (packet.fragOffset !== 0) {
    return packet.family === 4 && protocol > 0 && !hasPorts4(protocol) ? protocol << 16 : NO_PORT;
  }
  if (packet.family === 6 ? protocol < 0 || protocol === ipproto.NONE : protocol <= 0) return NO_PORT;
  const need = headerNeeded(protocol);
  if (need === 0) return protocol << 16;
  if (packet.transportLength < need) return NO_PORT;
  const at = protocol === ipproto.ICMP || protocol === ipproto.ICMPV6 || source ? packet.transport : packet.transport + 2;
  return (protocol << 16) | packet.view.getUint16(at);
}

/** Protocols whose later fragments are refused; ICMPv6 is not among them over IPv4. */
function hasPorts4(protocol: number): boolean {
  return protocol !== ipproto.ICMPV6 && headerNeeded(protocol) !== 0;
}

function headerNeeded(protocol: number): number {
  switch (protocol) {
    case ipproto.TCP:
      return TCP_LEN;
    case ipproto.SCTP:
      return SCTP_LEN;
    case ipproto.UDP:
    case ipproto.UDPLITE:
      return UDP_LEN;
    case ipproto.ICMP:
    case ipproto.ICMPV6:
      return ICMP_LEN;
    default:
      return 0;
  }
}

/** Offset of the source or destination hardware address, or -1 when there is no Ethernet header or it is all zero. */
export function macOffset(packet: ReadonlyPacket, source: boolean): number {
  if (packet.link < 0 || packet.link + ETHERNET_LEN > packet.network) return -1;
  const at = packet.link + (source ? MAC_SRC : MAC_DST);
  return packet.view.getUint16(at) === 0 && packet.view.getInt32(at + 2) === 0 ? -1 : at;
}

/** Word `i` of the source or destination address. */
export function addressWord(packet: ReadonlyPacket, source: boolean, i: number): number {
  switch (i) {
    case 0:
      return source ? packet.src0 : packet.dst0;
    case 1:
      return source ? packet.src1 : packet.dst1;
    case 2:
      return source ? packet.src2 : packet.dst2;
    default:
      return source ? packet.src3 : packet.dst3;
  }
}
