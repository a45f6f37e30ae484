/**
 * Rewriting of one side of a packet (nf_nat_manip_pkt): upper layer first, then the IP address, checksums amended in place, so
 * that a wrong one stays wrong by the same amount.
 *
 *   TCP        port; checksum only when the 20 octets of the header are there (a quote may hold 8)
 *   UDP        port; an absent checksum (0) stays absent, one that comes out as 0 is sent as 0xffff
 *   UDP-Lite   port and checksum always
 *   SCTP       ports; CRC-32C anew when the 12 octets of the common header are there
 *   ICMP       the id of queries (types 0, 8, 13 to 18); ICMPv6 checksum always, the id of echoes
 *   GRE v1     call id of the destination side; other versions are refused, version 0 has nothing to rewrite
 *
 * The packet may be one that an ICMP error quotes: `network` then is the inner header and the packet's own fields stay.
 * Needs: packet writable. Kernel counterpart: net/netfilter/nf_nat_proto.c.
 * @module
 */
import type { Tuple } from '../conntrack/tuple.ts';
import { crc32c, replaceU16, replaceU32 } from '../inet/checksum.ts';
import { GRE, ICMP, ICMPV6, SCTP, TCP, UDP, UDPLITE } from '../inet/protocol.ts';
import type { Packet } from '../packet/packet.ts';
import { pullTransport } from '../packet/pieces.ts';
import { ICMP_CHECKSUM, ICMP_REST } from '../wire/icmp.ts';
import { Icmpv6Type } from '../wire/icmpv6.ts';
import { IPV4_CHECKSUM, IPV4_DST, IPV4_SRC } from '../wire/ipv4.ts';
import { IPV6_DST, IPV6_SRC } from '../wire/ipv6.ts';
import { SCTP_CHECKSUM, SCTP_HEADER_LEN } from '../wire/sctp.ts';
import { TCP_CHECKSUM, TCP_HEADER_LEN } from '../wire/tcp.ts';
import { UDP_CHECKSUM } from '../wire/udp.ts';
import { findTransport6 } from './inner.ts';
import { Manip } from './range.ts';

const DST_PORT = 2;
/** Octets that tracking has proved of any of these headers. */
const MIN_HEADER = 8;
const GRE_VERSION = 7;
const GRE_CALL_ID = 6;
/** Protocols whose header is written to. */
const REWRITTEN: ReadonlySet<number> = new Set([TCP, UDP, UDPLITE, SCTP, ICMP, ICMPV6, GRE]);
/** ICMP types that carry an id, as bits. */
const ICMP_QUERIES = (1 << 0) | (1 << 8) | (1 << 13) | (1 << 14) | (1 << 15) | (1 << 16) | (1 << 17) | (1 << 18);

export class Rewriter {
  private packet!: Packet;
  /** IP header that is rewritten, and its family. */
  private network = 0;
  private isV6 = false;
  private manip: Manip = Manip.Source;
  private target!: Tuple;

  /** Rewrite the packet itself, and its fields with it. False: it cannot be, the caller drops it. */
  rewrite(packet: Packet, target: Tuple, manip: Manip): boolean {
    packet.makeWritable();
    this.aim(packet, packet.network, target, manip);
    const skips = packet.protocol < 0 || packet.fragOffset !== 0;
    if (!skips) {
      this.pullHeader(packet.transport);
      if (!this.rewriteTransport(packet.transport)) return false;
    }
    this.rewriteAddress();
    copyFields(packet, target, manip);
    return true;
  }

  /** Rewrite the packet that an ICMP error quotes at `network`. Needs: writable, its fixed IP header within the packet. */
  rewriteQuoted(packet: Packet, network: number, target: Tuple, manip: Manip): boolean {
    this.aim(packet, network, target, manip);
    const transport = this.isV6 ? findTransport6(packet, network) : network + ((packet.view.getUint8(network) & 15) << 2);
    if (transport >= 0) {
      this.pullHeader(transport);
      if (!this.rewriteTransport(transport)) return false;
    }
    this.rewriteAddress();
    return true;
  }

  private aim(packet: Packet, network: number, target: Tuple, manip: Manip): void {
    this.packet = packet;
    this.network = network;
    this.isV6 = target.family === 6;
    this.manip = manip;
    this.target = target;
  }

  /** The header that is rewritten has to lie in the first piece of a reassembled packet. */
  private pullHeader(at: number): void {
    const { packet } = this;
    const { protocol } = this.target;
    if (packet.fragCount === 0 || !REWRITTEN.has(protocol)) return;
    const full = protocol === TCP ? TCP_HEADER_LEN : protocol === SCTP ? SCTP_HEADER_LEN : MIN_HEADER;
    pullTransport(packet, at - packet.transport + (this.has(at, full) ? full : MIN_HEADER));
  }

  private rewriteTransport(at: number): boolean {
    switch (this.target.protocol) {
      case TCP:
        return this.rewriteTcp(at);
      case UDP:
        return this.rewriteUdp(at, this.has(at, MIN_HEADER) && this.packet.view.getUint16(at + UDP_CHECKSUM) !== 0);
      case UDPLITE:
        return this.rewriteUdp(at, true);
      case SCTP:
        return this.rewriteSctp(at);
      case ICMP:
        return this.rewriteIcmp(at);
      case ICMPV6:
        return this.rewriteIcmpv6(at);
      case GRE:
        return this.rewriteGre(at);
      default:
        return true;
    }
  }

  private has(at: number, octets: number): boolean {
    return at + octets <= this.packet.networkEnd;
  }

  private rewriteTcp(at: number): boolean {
    if (!this.has(at, MIN_HEADER)) return false;
    const before = this.putPort(at);
    if (this.has(at, TCP_HEADER_LEN)) this.amend(at + TCP_CHECKSUM, before, this.port);
    return true;
  }

  private rewriteUdp(at: number, hasChecksum: boolean): boolean {
    if (!this.has(at, MIN_HEADER)) return false;
    const before = this.putPort(at);
    if (!hasChecksum) return true;
    this.amend(at + UDP_CHECKSUM, before, this.port);
    const { view } = this.packet;
    if (view.getUint16(at + UDP_CHECKSUM) === 0) view.setUint16(at + UDP_CHECKSUM, 0xffff);
    return true;
  }

  private rewriteSctp(at: number): boolean {
    if (!this.has(at, MIN_HEADER)) return false;
    this.putPort(at);
    if (!this.has(at, SCTP_HEADER_LEN)) return true;
    const { view, networkEnd } = this.packet;
    view.setUint32(at + SCTP_CHECKSUM, crc32c(view, at, networkEnd - at, at + SCTP_CHECKSUM), true);
    return true;
  }

  private rewriteIcmp(at: number): boolean {
    if (!this.has(at, MIN_HEADER)) return false;
    const { view } = this.packet;
    const type = view.getUint8(at);
    if (type > 18 || ((ICMP_QUERIES >> type) & 1) === 0) return true;
    this.putId(at);
    return true;
  }

  private rewriteIcmpv6(at: number): boolean {
    if (!this.has(at, MIN_HEADER)) return false;
    const { view } = this.packet;
    view.setUint16(at + ICMP_CHECKSUM, this.withAddress(view.getUint16(at + ICMP_CHECKSUM)));
    const type = view.getUint8(at);
    if (type === Icmpv6Type.Echo || type === Icmpv6Type.EchoReply) this.putId(at);
    return true;
  }

  private rewriteGre(at: number): boolean {
    if (!this.has(at, MIN_HEADER)) return false;
    if (this.manip !== Manip.Destination) return true;
    const { view } = this.packet;
    const version = view.getUint16(at) & GRE_VERSION;
    if (version === 1) view.setUint16(at + GRE_CALL_ID, this.target.dstL4);
    return version <= 1;
  }

  /** The port of the side that is rewritten. */
  private get port(): number {
    return this.manip === Manip.Source ? this.target.srcL4 : this.target.dstL4;
  }

  /** Write the port; answers the one that was there. */
  private putPort(at: number): number {
    const { view } = this.packet;
    const place = this.manip === Manip.Source ? at : at + DST_PORT;
    const before = view.getUint16(place);
    view.setUint16(place, this.port);
    return before;
  }

  private putId(at: number): void {
    const { view } = this.packet;
    const id = this.target.srcL4;
    view.setUint16(at + ICMP_CHECKSUM, replaceU16(view.getUint16(at + ICMP_CHECKSUM), view.getUint16(at + ICMP_REST), id));
    view.setUint16(at + ICMP_REST, id);
  }

  /** Amend a checksum that covers the pseudo header for the new address and a changed word. */
  private amend(at: number, before: number, after: number): void {
    const { view } = this.packet;
    view.setUint16(at, replaceU16(this.withAddress(view.getUint16(at)), before, after));
  }

  /** A checksum after the address of the pseudo header changed; the header still holds the old one. */
  private withAddress(checksum: number): number {
    const { view } = this.packet;
    const { target } = this;
    const isSource = this.manip === Manip.Source;
    if (!this.isV6) {
      const old = view.getInt32(this.network + (isSource ? IPV4_SRC : IPV4_DST));
      return replaceU32(checksum, old, isSource ? target.src0 : target.dst0);
    }
    const at = this.network + (isSource ? IPV6_SRC : IPV6_DST);
    let sum = replaceU32(checksum, view.getInt32(at), isSource ? target.src0 : target.dst0);
    sum = replaceU32(sum, view.getInt32(at + 4), isSource ? target.src1 : target.dst1);
    sum = replaceU32(sum, view.getInt32(at + 8), isSource ? target.src2 : target.dst2);
    return replaceU32(sum, view.getInt32(at + 12), isSource ? target.src3 : target.dst3);
  }

  private rewriteAddress(): void {
    const { view } = this.packet;
    const { network, target } = this;
    const isSource = this.manip === Manip.Source;
    if (this.isV6) {
      const at = network + (isSource ? IPV6_SRC : IPV6_DST);
      view.setInt32(at, isSource ? target.src0 : target.dst0);
      view.setInt32(at + 4, isSource ? target.src1 : target.dst1);
      view.setInt32(at + 8, isSource ? target.src2 : target.dst2);
      view.setInt32(at + 12, isSource ? target.src3 : target.dst3);
      return;
    }
    const checksum = network + IPV4_CHECKSUM;
    view.setUint16(checksum, this.withAddress(view.getUint16(checksum)));
    if (isSource) view.setInt32(network + IPV4_SRC, target.src0);
    else view.setInt32(network + IPV4_DST, target.dst0);
  }
}

/** The packet's own words and ports, as its bytes now say. */
function copyFields(packet: Packet, target: Tuple, manip: Manip): void {
  if (manip === Manip.Source) {
    packet.src0 = target.src0;
    packet.src1 = target.src1;
    packet.src2 = target.src2;
    packet.src3 = target.src3;
    if (packet.srcPort >= 0 && hasPorts(target.protocol)) packet.srcPort = target.srcL4;
    return;
  }
  packet.dst0 = target.dst0;
  packet.dst1 = target.dst1;
  packet.dst2 = target.dst2;
  packet.dst3 = target.dst3;
  if (packet.dstPort >= 0 && hasPorts(target.protocol)) packet.dstPort = target.dstL4;
}

/** Protocols whose ports are rewritten; those of DCCP are not. */
function hasPorts(protocol: number): boolean {
  return protocol === TCP || protocol === UDP || protocol === UDPLITE || protocol === SCTP;
}
