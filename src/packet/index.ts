/**
 * Packets: bytes and the layers found in them, and a builder of frames.
 * @module
 */
export { build, tcpOptions, type TcpOptionSpec } from './build.ts';
export {
  ah,
  arp,
  dccp,
  destinationOptions,
  esp,
  ethernet,
  type Fields,
  fragment,
  gre,
  type GreOptions,
  hopByHop,
  icmp,
  icmpv6,
  igmp,
  ipv4,
  ipv6,
  type LayerKind,
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
} from './build-layers.ts';
export { decode, decodeNetwork } from './decode.ts';
export { Destination, DestinationKind, RouteType } from './destination.ts';
export { describeFault, Fault, Layer, layerName, LengthSource } from './fault.ts';
export { decodeInner, isIcmpQuote, VXLAN_PORTS } from './inner.ts';
export { LinkType, linkTypeName } from './link-type.ts';
export { CT_NONE, CT_UNTRACKED, Origin, Packet, PacketType, type ReadonlyPacket } from './packet.ts';
export { BATCH_WORDS, BatchWord, PacketBatch } from './packet-batch.ts';
