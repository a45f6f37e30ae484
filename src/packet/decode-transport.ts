/**
 * The last step of decode(): ports of what has ports, and whether the upper-layer header is there.
 * @module
 */
import { DCCP, GRE, ICMP, ICMPV6, IGMP, SCTP, TCP, UDP, UDPLITE } from '../inet/protocol.ts';
import { Fault, Layer, type LengthSource, truncated } from './fault.ts';
import type { Packet } from './packet.ts';

/** Octets of the fixed header by protocol; 0 where none is asked for. */
export const TRANSPORT_HEADER_LEN: Uint8Array = new Uint8Array(256);
const LAYER = new Uint8Array(256);
/** 1 where the first four octets are two ports. */
export const HAS_PORTS: Uint8Array = new Uint8Array(256);

const KNOWN: readonly (readonly [protocol: number, layer: Layer, headerLength: number, ports: 0 | 1])[] = [
  [ICMP, Layer.Icmp, 8, 0],
  [IGMP, Layer.Igmp, 8, 0],
  [TCP, Layer.Tcp, 20, 1],
  [UDP, Layer.Udp, 8, 1],
  [DCCP, Layer.Dccp, 12, 1],
  [GRE, Layer.Gre, 4, 0],
  [ICMPV6, Layer.Icmpv6, 8, 0],
  [SCTP, Layer.Sctp, 12, 1],
  [UDPLITE, Layer.UdpLite, 8, 1],
];
for (const [protocol, layer, headerLength, ports] of KNOWN) {
  TRANSPORT_HEADER_LEN[protocol] = headerLength;
  LAYER[protocol] = layer;
  HAS_PORTS[protocol] = ports;
}

const PORTS_LEN = 4;

/** Ports and fault of a whole packet or first fragment. Needs: protocol, transport and transportLength set. */
export function decodeTransport(packet: Packet, source: LengthSource): void {
  const { protocol, transport, transportLength } = packet;
  if (HAS_PORTS[protocol] === 1 && transportLength >= PORTS_LEN) {
    const ports = packet.view.getInt32(transport);
    packet.srcPort = ports >>> 16;
    packet.dstPort = ports & 0xffff;
  }
  const need = TRANSPORT_HEADER_LEN[protocol]!;
  if (transportLength < need && packet.fault <= Fault.Truncated) {
    truncated(packet, LAYER[protocol] as Layer, transport, need, transportLength, source);
  }
}
