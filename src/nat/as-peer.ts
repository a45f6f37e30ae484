/**
 * AsPeer: answers as the peer would have sent them. A capture taken on the inner side of a NAT shows both directions of a connection
 * with its original addresses; a router that translates never receives such answers, since the peer knows the translated address only.
 *
 *   captured inside     server:80 > client:1000           what the peer sends     server:80 > public:1024
 *
 * A packet is rewritten when its tuple belongs to no connection, but is the plain inverse of the original tuple of one that is
 * translated; an ICMP error when it quotes such an original tuple. Addresses, ports, ids, quotes and checksums change as NAT would
 * change them (a wrong sum stays wrong), and the packet comes in by the interface its connection goes out by. A frame that the host
 * itself sent on the inner side stands for the answer it forwarded: it gets back the hop it lost.
 *
 * Left as they are: fragments, connections in a zone, what payloads say of addresses. Proof: test/unit/nat/as-peer.test.ts.
 * @module
 */
import { Direction, Status } from '../conntrack/ctinfo.ts';
import type { Conntrack } from '../conntrack/conntrack.ts';
import { readQuotedTuple } from '../conntrack/quoted.ts';
import { Tuple } from '../conntrack/tuple.ts';
import { invertTuple, readPacketTuple } from '../conntrack/tuple-of.ts';
import type { Host } from '../host/host.ts';
import { replaceU16 } from '../inet/checksum.ts';
import { ICMP, ICMPV6 } from '../inet/protocol.ts';
import type { Packet, ReadonlyPacket } from '../packet/packet.ts';
import { ICMP_HEADER_LEN } from '../wire/icmp.ts';
import { IPV4_CHECKSUM } from '../wire/ipv4.ts';
import { renewIcmpChecksum } from './icmp-error.ts';
import type { Nat } from './nat.ts';
import { Manip } from './range.ts';
import { Rewriter } from './rewrite.ts';

const NAT_BITS = Status.SrcNat | Status.DstNat;
const IPV4_TTL = 8;
const IPV6_HOP_LIMIT = 7;
const MAX_TTL = 255;

export interface AsPeerParts {
  readonly conntrack: Conntrack;
  readonly nat: Nat;
  readonly host: Host;
}

export class AsPeer {
  private readonly conntrack: Conntrack;
  private readonly nat: Nat;
  private readonly host: Host;
  private readonly rewriter: Rewriter = new Rewriter();
  private readonly tuple: Tuple = new Tuple();
  private readonly inverse: Tuple = new Tuple();
  private readonly original: Tuple = new Tuple();
  private readonly reply: Tuple = new Tuple();
  /** Where the packet quoted by an error begins; -1: the packet is no error. */
  private quote = -1;

  constructor({ conntrack, nat, host }: AsPeerParts) {
    this.conntrack = conntrack;
    this.nat = nat;
    this.host = host;
  }

  /** Whether the packet answers the original address of a translated connection: no router that translates would receive it. */
  isStray(packet: ReadonlyPacket): boolean {
    return this.nat.translates && this.entryOf(packet) >= 0;
  }

  /**
   * Rewrite such a packet; false: it is none, and unchanged. `left`: the host itself had sent the frame.
   * Changes: the packet's octets, its fields, indev.
   */
  translate(packet: Packet, left: boolean): boolean {
    if (!this.nat.translates) return false;
    const entry = this.entryOf(packet);
    if (entry < 0) return false;
    const { conntrack, original, reply } = this;
    conntrack.readTuple(entry, Direction.Original, original);
    conntrack.readTuple(entry, Direction.Reply, reply);
    const status = conntrack.status(entry);
    const done = this.quote < 0 ? this.rewriteAnswer(packet, status) : this.rewriteError(packet, status);
    if (!done) return false;
    if (left) addHop(packet);
    this.arrive(packet, this.nat.outdev(entry));
    return true;
  }

  /** The translated connection whose original tuple the packet answers or quotes; -1 for none. */
  private entryOf(packet: ReadonlyPacket): number {
    const { conntrack, tuple, inverse } = this;
    if (packet.protocol < 0 || packet.fragOffset !== 0 || packet.moreFragments !== 0 || packet.transportLength < 0) return -1;
    if (!conntrack.isEnabled(packet.family)) return -1;
    this.quote = errorQuote(packet);
    if (this.quote >= 0) {
      const end = packet.transport + packet.transportLength;
      if (!readQuotedTuple(packet.view, this.quote, end, packet.family, tuple) || !invertTuple(tuple, inverse)) return -1;
      return conntrack.find(inverse, 0) >= 0 ? -1 : this.translated(tuple);
    }
    if (!readPacketTuple(packet as Packet, tuple) || !invertTuple(tuple, inverse)) return -1;
    return conntrack.find(tuple, 0) >= 0 ? -1 : this.translated(inverse);
  }

  private translated(original: Tuple): number {
    const { conntrack } = this;
    const entry = conntrack.find(original, 0);
    const isOriginal = entry >= 0 && conntrack.foundDirection === Direction.Original;
    return isOriginal && (conntrack.status(entry) & NAT_BITS) !== 0 ? entry : -1;
  }

  private rewriteAnswer(packet: Packet, status: number): boolean {
    const { rewriter, reply } = this;
    if ((status & Status.DstNat) !== 0 && !rewriter.rewrite(packet, reply, Manip.Source)) return false;
    return (status & Status.SrcNat) === 0 || rewriter.rewrite(packet, reply, Manip.Destination);
  }

  /** The quote shows the packet as it left the router; the error goes to where that came from. */
  private rewriteError(packet: Packet, status: number): boolean {
    const { rewriter, original, reply, inverse, tuple } = this;
    const isFromServer = hasSource(packet, original);
    const toClient = hasDestination(packet, original);
    const before = packet.start;
    packet.makeWritable();
    const quote = this.quote + packet.start - before;
    invertTuple(reply, inverse);
    if ((status & Status.SrcNat) !== 0 && !rewriter.rewriteQuoted(packet, quote, inverse, Manip.Source)) return false;
    if ((status & Status.DstNat) !== 0 && !rewriter.rewriteQuoted(packet, quote, inverse, Manip.Destination)) return false;
    renewIcmpChecksum(packet);
    tuple.copyFrom(reply);
    tuple.protocol = packet.protocol;
    if ((status & Status.DstNat) !== 0 && isFromServer && !rewriter.rewrite(packet, tuple, Manip.Source)) return false;
    return (status & Status.SrcNat) === 0 || !toClient || rewriter.rewrite(packet, tuple, Manip.Destination);
  }

  /** Come in by the interface the connection goes out by, addressed to its MAC. */
  private arrive(packet: Packet, indev: number): void {
    if (indev === 0) return;
    packet.indev = indev;
    const mac = this.host.interfaces[indev]?.mac ?? null;
    if (packet.link < 0 || mac === null) return;
    packet.bytes.set(mac, packet.link);
    packet.bytes.fill(0, packet.link + 6, packet.link + 12);
    packet.bytes[packet.link + 6] = 2; // a peer of its own: locally administered, unicast
  }
}

/** Where an ICMP error quotes; -1 for everything else. */
function errorQuote({ family, protocol, view, transport, transportLength }: ReadonlyPacket): number {
  if (transportLength < ICMP_HEADER_LEN) return -1;
  const isError4 = family === 4 && protocol === ICMP;
  const isError6 = family === 6 && protocol === ICMPV6;
  if (!isError4 && !isError6) return -1;
  const type = view.getUint8(transport);
  const quotes = isError6 ? type < 128 : type === 3 || type === 4 || type === 5 || type === 11 || type === 12;
  return quotes ? transport + ICMP_HEADER_LEN : -1;
}

/** Whether the packet comes from where the connection goes to. */
function hasSource(packet: ReadonlyPacket, { dst0, dst1, dst2, dst3 }: Tuple): boolean {
  return packet.src0 === dst0 && packet.src1 === dst1 && packet.src2 === dst2 && packet.src3 === dst3;
}

function hasDestination(packet: ReadonlyPacket, { src0, src1, src2, src3 }: Tuple): boolean {
  return packet.dst0 === src0 && packet.dst1 === src1 && packet.dst2 === src2 && packet.dst3 === src3;
}

/** Undo what forwarding took from the TTL. */
function addHop(packet: Packet): void {
  const { view, network } = packet;
  if (packet.family === 6) {
    const limit = view.getUint8(network + IPV6_HOP_LIMIT);
    if (limit < MAX_TTL) view.setUint8(network + IPV6_HOP_LIMIT, limit + 1);
    return;
  }
  const before = view.getUint16(network + IPV4_TTL);
  if (before >>> 8 === MAX_TTL) return;
  view.setUint8(network + IPV4_TTL, (before >>> 8) + 1);
  const checksum = view.getUint16(network + IPV4_CHECKSUM);
  view.setUint16(network + IPV4_CHECKSUM, replaceU16(checksum, before, before + 0x100));
}
