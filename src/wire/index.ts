/**
 * Header views: fields read and written where they stand, over one DataView. Nothing is judged and nothing is copied.
 * @module
 */
export { ARP_LAYOUT, ARP_LEN, ARP_START_LEN, ArpOperation, ArpView } from './arp.ts';
export {
  ETHERNET_HEADER_LEN,
  ETHERNET_LAYOUT,
  EthernetView,
  EtherType,
  LLC_HEADER_LEN,
  MIN_ETHER_TYPE,
  SNAP_HEADER_LEN,
  SNAP_LAYOUT,
} from './ethernet.ts';
export { GRE_HEADER_LEN, GRE_LAYOUT, GreView } from './gre.ts';
export { HeaderView } from './header-view.ts';
export { ICMP_HEADER_LEN, ICMP_LAYOUT, IcmpType, IcmpView, isIcmpError } from './icmp.ts';
export {
  ICMPV6_HEADER_LEN,
  ICMPV6_LAYOUT,
  Icmpv6Type,
  Icmpv6View,
  ND_LAYOUT,
  ND_LEN,
  ND_REDIRECT_LEN,
  ND_ROUTER_LAYOUT,
  ND_ROUTER_LEN,
  NeighbourView,
  RouterAdvertisementView,
} from './icmpv6.ts';
export { IGMP_HEADER_LEN, IGMP_LAYOUT, IgmpType, IgmpView } from './igmp.ts';
export { AH_HEADER_LEN, AH_LAYOUT, AhView, ESP_HEADER_LEN, ESP_LAYOUT, EspView } from './ipsec.ts';
export { IPV4_DF, IPV4_HEADER_LEN, IPV4_LAYOUT, IPV4_MF, IPV4_OFFSET_MASK, Ipv4View } from './ipv4.ts';
export { Ipv4Option, Ipv4Options } from './ipv4-options.ts';
export { IPV6_HEADER_LEN, IPV6_LAYOUT, Ipv6View } from './ipv6.ts';
export {
  extensionLength,
  IPV6_EXT_LAYOUT,
  IPV6_FRAGMENT_HEADER_LEN,
  IPV6_FRAGMENT_LAYOUT,
  IPV6_ROUTING_LAYOUT,
  Ipv6ExtView,
  Ipv6FragmentView,
  Ipv6RoutingView,
  isExtensionHeader,
} from './ipv6-ext.ts';
export { Ipv6Option, Ipv6Options } from './ipv6-options.ts';
export { type Field, HeaderLayout } from './layout.ts';
export { NdOption, NdOptions } from './nd-options.ts';
export { OptionWalker } from './option-walker.ts';
export {
  SCTP_CHUNK_HEADER_LEN,
  SCTP_CHUNK_LAYOUT,
  SCTP_HEADER_LEN,
  SCTP_INIT_LAYOUT,
  SCTP_LAYOUT,
  SctpChunk,
  SctpChunks,
  SctpView,
} from './sctp.ts';
export { TCP_HEADER_LEN, TCP_LAYOUT, TcpFlag, TcpView } from './tcp.ts';
export { TcpOption, TcpOptions } from './tcp-options.ts';
export { UDP_HEADER_LEN, UDP_LAYOUT, UDPLITE_LAYOUT, UdpLiteView, UdpView } from './udp.ts';
export { VLAN_LAYOUT, VLAN_TAG_LEN, VlanView } from './vlan.ts';
export { VXLAN_HEADER_LEN, VXLAN_LAYOUT, VXLAN_LINUX_PORT, VXLAN_PORT, VXLAN_VALID, VxlanView } from './vxlan.ts';
