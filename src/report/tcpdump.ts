/**
 * One packet as `tcpdump -n` prints it (4.99, without the time). The packet is decoded; nothing is read that was not captured.
 *
 *   IP 10.0.0.1.1024 > 10.0.0.2.80: Flags [S], seq 1, win 64240, length 0
 *   IP6 fe80::1 > fe80::2: frag (0|1448) 5 > 7: UDP, length 2000
 *   ARP, Request who-has 10.0.0.2 tell 10.0.0.1, length 28
 *
 * What a VXLAN carries follows on a line of its own, indented. Protocols above UDP and TCP are not read.
 * @module
 */
import {
  AH,
  DCCP,
  DSTOPTS,
  ESP,
  FRAGMENT,
  GRE,
  HOPOPTS,
  ICMP,
  ICMPV6,
  IGMP,
  IPIP,
  IPV6,
  NONE,
  ROUTING,
  SCTP,
  TCP,
  UDP,
} from '../inet/protocol.ts';
import { formatMac } from '../inet/mac.ts';
import { Fault, Layer } from '../packet/fault.ts';
import { decodeInner } from '../packet/inner.ts';
import { Packet, type ReadonlyPacket } from '../packet/packet.ts';
import { ETHERNET_HEADER_LEN, EtherType } from '../wire/ethernet.ts';
import { GRE_HEADER_LEN, GreView } from '../wire/gre.ts';
import { IPV4_TOTAL_LENGTH } from '../wire/ipv4.ts';
import { IPV6_HEADER_LEN, IPV6_NEXT_HEADER, IPV6_PAYLOAD_LENGTH } from '../wire/ipv6.ts';
import { extensionLength, IPV6_FRAGMENT_OFFSET_MASK, IPV6_FRAGMENT_WORD, Ipv6RoutingView, isExtensionHeader } from '../wire/ipv6-ext.ts';
import { VLAN_TAG_LEN } from '../wire/vlan.ts';
import { VXLAN_HEADER_LEN, VxlanView } from '../wire/vxlan.ts';
import { UDP_HEADER_LEN } from '../wire/udp.ts';
import { formatArp } from './tcpdump-arp.ts';
import { formatIcmp, formatIgmp } from './tcpdump-icmp.ts';
import { formatIcmpv6 } from './tcpdump-icmpv6.ts';
import { formatAh, formatDccp, formatEsp, formatSctp, formatUdp } from './tcpdump-other.ts';
import { type Conversations, formatTcp } from './tcpdump-tcp.ts';
import { destinationOf, hosts, ipv6At, sourceOf, type Upper } from './tcpdump-upper.ts';

export { Conversations } from './tcpdump-tcp.ts';

/** Tunnels followed into each other. */
const MAX_DEPTH = 8;
/** Headers of an IPv6 chain that are listed. */
const MAX_EXTENSIONS = 256;
const SLL_LEN = 16;
const SLL_TYPE_AT = 14;
const SLL2_LEN = 20;

/**
 * The line. With `conversations` sequence numbers are relative, as tcpdump prints them without -S; the object keeps what it
 * needs from packet to packet.
 */
export function formatPacket(packet: ReadonlyPacket, conversations: Conversations | null = null): string {
  return formatFrame(packet, conversations, 0);
}

function formatFrame(packet: ReadonlyPacket, conversations: Conversations | null, depth: number): string {
  if (packet.family === 4) return `IP ${formatIp4(packet, conversations, depth)}`;
  if (packet.family === 6) return `IP6 ${formatIp6(packet, conversations, depth)}`;
  const { etherType } = packet;
  if (packet.fault === Fault.BadVersion) return badVersion(packet);
  if (packet.fault === Fault.Truncated && packet.faultLayer === Layer.Ipv4) return packet.faultHave === 0 ? ' [|ip]' : 'IP  [|ip]';
  if (packet.fault === Fault.Truncated && packet.faultLayer === Layer.Ipv6) return ' [|ip6]';
  if (packet.fault === Fault.Truncated && packet.faultLayer === Layer.Vlan) return ' [|vlan]';
  if (etherType === EtherType.Arp || etherType === EtherType.Rarp) {
    const at = payloadOffset(packet);
    return formatArp(packet.view, packet.bytes, at, packet.end - at, wireLeft(packet, at));
  }
  if (packet.link < 0) return etherType < 0 ? ' [|ether]' : `ethertype Unknown (${typeText(etherType)}), length ${packet.wireLength}`;
  const { bytes, link } = packet;
  const addresses = `${formatMac(bytes, link + 6)} > ${formatMac(bytes, link)}`;
  if (etherType < 0) return `${addresses}, 802.3, length ${packet.wireLength - ETHERNET_HEADER_LEN}`;
  return `${addresses}, ethertype Unknown (${typeText(etherType)}), length ${packet.wireLength}`;
}

function typeText(etherType: number): string {
  return `0x${etherType.toString(16).padStart(4, '0')}`;
}

function badVersion(packet: ReadonlyPacket): string {
  if (packet.faultLayer === Layer.Ipv6) return `IP6 version error: ${packet.faultHave} != 6`;
  if (packet.faultHave === 6) return 'IP6, wrong link-layer encapsulation (invalid)';
  return `IP${packet.faultHave}, wrong link-layer encapsulation (invalid)`;
}

/** First octet behind the link header and its tags, of a packet that is not IP. */
function payloadOffset(packet: ReadonlyPacket): number {
  const { view, link, start, end } = packet;
  if (link < 0) {
    const first = end - start >= SLL_LEN && view.getUint16(start + SLL_TYPE_AT) === packet.etherType;
    return Math.min(start + (first ? SLL_LEN : SLL2_LEN), end);
  }
  let at = link + ETHERNET_HEADER_LEN;
  for (;;) {
    const type = view.getUint16(at - 2);
    if ((type !== EtherType.Vlan && type !== EtherType.ServiceVlan) || at + VLAN_TAG_LEN > end) return at;
    at += VLAN_TAG_LEN;
  }
}

/** Octets that were on the wire from `at` on. */
function wireLeft(packet: ReadonlyPacket, at: number): number {
  return Math.max(packet.wireLength, packet.end - packet.start) - (at - packet.start);
}

/** Octets the IP header claims. */
function claimedLength(packet: ReadonlyPacket): number {
  const { view, network } = packet;
  if (packet.family === 4) return view.getUint16(network + IPV4_TOTAL_LENGTH);
  const payload = view.getUint16(network + IPV6_PAYLOAD_LENGTH);
  return payload === 0 ? packet.networkLength : payload + IPV6_HEADER_LEN;
}

function formatIp4(packet: ReadonlyPacket, conversations: Conversations | null, depth: number): string {
  const length = claimedLength(packet);
  const { headerLength } = packet;
  const words = (packet.view.getUint8(packet.network) & 15) << 2;
  if (words < 20) return `bad-hlen ${words}`;
  if (length < words) return `bad-len ${length}`;
  if (packet.transport < 0) return ` [remaining caplen(${packet.networkLength}) < header length(${words})] [|ip]`;
  const missing = length - wireLeft(packet, packet.network);
  const cut = missing > 0 ? `truncated-ip - ${missing} bytes missing! ` : '';
  if (packet.fragOffset !== 0) return `${cut}${sourceOf(packet)} > ${destinationOf(packet)}: ip-proto-${packet.protocol}`;
  const upper: Upper = {
    packet,
    protocol: packet.protocol,
    at: packet.transport,
    captured: packet.transportLength,
    length: length - headerLength,
    named: false,
    conversations,
  };
  return cut + formatUpper(upper, depth);
}

function formatIp6(packet: ReadonlyPacket, conversations: Conversations | null, depth: number): string {
  const length = claimedLength(packet);
  const missing = length - wireLeft(packet, packet.network);
  const cut = missing > 0 ? `truncated-ip6 - ${missing} bytes missing!` : '';
  const { view, network } = packet;
  const end = network + packet.networkLength;
  let next = view.getUint8(network + IPV6_NEXT_HEADER);
  let at = network + IPV6_HEADER_LEN;
  let text = isExtensionHeader(next) ? `${sourceOf(packet)} > ${destinationOf(packet)}: ` : '';
  const named = text !== '';
  for (let count = 0; count < MAX_EXTENSIONS && isExtensionHeader(next); count++) {
    if (next === NONE) return `${cut}${text}no next header`;
    const header = formatExtension(packet, next, at, end, network + length);
    text += header;
    if (header.endsWith(']') || isLaterFragment(view, next, at)) return cut + text;
    const step = extensionLength(next, view.getUint8(at + 1));
    next = view.getUint8(at);
    at += step;
  }
  const captured = Math.max(0, end - at);
  const upper: Upper = { packet, protocol: next, at, captured, length: Math.max(0, network + length - at), named, conversations };
  return cut + text + formatUpper(upper, depth);
}

/** Needs: formatExtension found the header whole. */
function isLaterFragment(view: DataView, kind: number, at: number): boolean {
  return kind === FRAGMENT && (view.getUint16(at + IPV6_FRAGMENT_WORD) & IPV6_FRAGMENT_OFFSET_MASK) !== 0;
}

/** A header of the chain and a blank; ends with `]` when it was cut off. */
function formatExtension(packet: ReadonlyPacket, kind: number, at: number, end: number, claimedEnd: number): string {
  const { view } = packet;
  const whole = at + 8 <= end && at + extensionLength(kind, view.getUint8(at + 1)) <= end;
  switch (kind) {
    case HOPOPTS:
      return whole ? 'HBH ' : ' [|hbhopt]';
    case DSTOPTS:
      return whole ? 'DSTOPT ' : ' [|dstopt]';
    case FRAGMENT: {
      if (!whole) return ' [|frag6]';
      const offset = view.getUint16(at + IPV6_FRAGMENT_WORD) & IPV6_FRAGMENT_OFFSET_MASK;
      return `frag (${offset}|${claimedEnd - at - 8})${offset === 0 ? ' ' : ''}`;
    }
    case AH: {
      const upper = { packet, protocol: AH, at, captured: end - at, length: claimedEnd - at, named: true, conversations: null };
      return whole ? (formatAh(upper) ?? ' [|ah]') : ' [|ah]';
    }
    case ROUTING:
      return whole ? `${formatRouting(view, at)} ` : ' [|srcrt]';
    default:
      return '';
  }
}

function formatRouting(view: DataView, at: number): string {
  const header = new Ipv6RoutingView().at(view, at);
  const { routingType: type, lengthUnits } = header;
  let text = `RT6 (len=${lengthUnits}, type=${type}${type === 0 ? ' [Deprecated]' : ''}, segleft=${header.segmentsLeft}`;
  if (type === 4) text += `, last-entry=${view.getUint8(at + 4)}, tag=${view.getUint16(at + 6).toString(16)}`;
  if (type !== 0 && type !== 4) return `${text})`;
  for (let i = 0; i < lengthUnits >> 1; i++) text += `, [${i}]${ipv6At(view, at + 8 + 16 * i)}`;
  return `${text})`;
}

function formatUpper(upper: Upper, depth: number): string {
  const { packet } = upper;
  switch (upper.protocol) {
    case TCP:
      return formatTcp(upper);
    case UDP:
      return formatUdpOrVxlan(upper, depth);
    case SCTP:
      return formatSctp(upper);
    case DCCP:
      return formatDccp(upper);
    case ICMP:
      return hosts(upper) + (packet.family === 4 ? formatIcmp(upper) : unknownProtocol(upper));
    case ICMPV6:
      return hosts(upper) + formatIcmpv6(upper);
    case IGMP:
      return hosts(upper) + formatIgmp(upper);
    case ESP:
      return hosts(upper) + formatEsp(upper);
    case AH:
      return hosts(upper) + formatBehindAh(upper, depth);
    case GRE:
      return hosts(upper) + formatGre(upper, depth);
    case IPIP:
    case IPV6:
      return hosts(upper) + formatInner(packet, upper.conversations, depth, upper.protocol === IPIP ? ' [|ip]' : ' [|ip6]');
    default:
      return hosts(upper) + unknownProtocol(upper);
  }
}

function unknownProtocol(upper: Upper): string {
  return ` ip-proto-${upper.protocol} ${upper.length}`;
}

/** AH over IPv4 is an upper layer to decode(); what it protects is printed like what stands behind an extension header. */
function formatBehindAh(upper: Upper, depth: number): string {
  const text = formatAh(upper);
  if (text === null || depth >= MAX_DEPTH) return ' [|ah]';
  const { view } = upper.packet;
  const skip = extensionLength(AH, view.getUint8(upper.at + 1));
  const behind: Upper = {
    ...upper,
    protocol: view.getUint8(upper.at),
    at: upper.at + skip,
    captured: upper.captured - skip,
    length: Math.max(0, upper.length - skip),
    named: true,
  };
  return text + formatUpper(behind, depth + 1);
}

function formatUdpOrVxlan(upper: Upper, depth: number): string {
  const { packet, at } = upper;
  const line = formatUdp(upper, packet.moreFragments === 1);
  if (at !== packet.transport || depth >= MAX_DEPTH) return line;
  const inner = new Packet();
  if (!decodeInner(packet, inner) || upper.captured < UDP_HEADER_LEN + VXLAN_HEADER_LEN) return line;
  const { flags, vni } = new VxlanView().at(packet.view, at + UDP_HEADER_LEN);
  const head = line.slice(0, line.lastIndexOf('UDP, '));
  const text = `${head}VXLAN, flags [I] (0x${flags.toString(16).padStart(2, '0')}), vni ${vni}`;
  return `${text}\n\t${formatFrame(inner, upper.conversations, depth + 1).replaceAll('\n\t', '\n\t\t')}`;
}

function formatGre(upper: Upper, depth: number): string {
  const { packet, at, captured } = upper;
  if (captured < GRE_HEADER_LEN) return 'GREv0 [|gre]';
  const gre = new GreView().at(packet.view, at);
  if (gre.version !== 0) return `GREv${gre.version}, length ${upper.length}`;
  if (captured < gre.headerLength) return 'GREv0 [|gre]';
  let text = 'GREv0';
  if (gre.hasChecksum === 1 || gre.hasRouting === 1) text += `, off 0x${packet.view.getUint16(at + GRE_HEADER_LEN + 2).toString(16)}`;
  if (gre.hasKey === 1) text += `, key=0x${gre.key.toString(16)}`;
  if (gre.hasSequence === 1) text += `, seq ${gre.sequence}`;
  return `${text}, length ${upper.length}: ${formatInner(packet, upper.conversations, depth, `gre-proto-${protocolText(gre)}`)}`;
}

function protocolText(gre: GreView): string {
  return `0x${gre.protocolType.toString(16).padStart(4, '0')}`;
}

/** The packet inside, or `otherwise` when there is none that can be followed. */
function formatInner(packet: ReadonlyPacket, conversations: Conversations | null, depth: number, otherwise: string): string {
  const inner = new Packet();
  if (depth >= MAX_DEPTH || !decodeInner(packet, inner)) return otherwise;
  return formatFrame(inner, conversations, depth + 1);
}
