/**
 * The four octets hashlimit takes for ports, whatever they are: of ESP and AH the SPI, of a later IPv4 fragment whatever lies
 * there. Protocols without ports have 0 and 0.
 * Kernel counterpart: proto_ports_offset in include/linux/netfilter/x_tables.h, hashlimit_init_dst (behaviour only).
 * @module
 */
import * as ipproto from '../../inet/protocol.ts';
import type { ReadonlyPacket } from '../../packet/packet.ts';
import { type Landing, skipExtensions } from './ipv6-extension.ts';

/** The protocol has no ports. */
export const NO_PORTS = -1;
/** It has, but they cannot be read. */
export const UNREADABLE = -2;

const PORTS_LEN = 4;
const AH_SPI = 4;

/** Offset of both ports in `packet.view`, NO_PORTS or UNREADABLE. `landing` is scratch. */
export function portsOffset(packet: ReadonlyPacket, landing: Landing): number {
  if (packet.family === 4) {
    landing.protocol = packet.protocol;
    landing.offset = packet.transport;
  } else if (!skipExtensions(packet, landing)) {
    return UNREADABLE;
  }
  const within = portsWithin(landing.protocol);
  if (within < 0) return NO_PORTS;
  const at = landing.offset + within;
  return at + PORTS_LEN <= packet.networkEnd ? at : UNREADABLE;
}

/** Where the ports (or the SPI) stand in the header of a protocol, or -1. */
export function portsWithin(protocol: number): number {
  switch (protocol) {
    case ipproto.TCP:
    case ipproto.UDP:
    case ipproto.DCCP:
    case ipproto.ESP:
    case ipproto.SCTP:
    case ipproto.UDPLITE:
      return 0;
    case ipproto.AH:
      return AH_SPI;
    default:
      return -1;
  }
}
