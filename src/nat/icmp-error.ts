/**
 * Translation of ICMP errors about a translated flow (nf_nat_icmp_reply_translation): the quoted packet gets the opposite
 * rewriting, so that its sender knows it again, and the error itself the rewriting that any packet of its direction gets.
 *
 *   before   router -> public    quoting  public:1024 -> server:80
 *   after    router -> client    quoting  client:1000 -> server:80
 *
 * Refused (the caller drops it): a wrong ICMP checksum, a redirect about a flow that is translated or not yet set up on both
 * sides, a quote too short to be rewritten.
 * @module
 */
import { Direction, directionOf, Status } from '../conntrack/ctinfo.ts';
import { Tuple } from '../conntrack/tuple.ts';
import { finish, pseudoHeaderSum, sum16 } from '../inet/checksum.ts';
import { ICMP, ICMPV6 } from '../inet/protocol.ts';
import type { Packet } from '../packet/packet.ts';
import { pullTransport } from '../packet/pieces.ts';
import { ICMP_CHECKSUM, ICMP_HEADER_LEN, IcmpType } from '../wire/icmp.ts';
import { Icmpv6Type } from '../wire/icmpv6.ts';
import { IPV4_HEADER_LEN } from '../wire/ipv4.ts';
import { IPV6_HEADER_LEN } from '../wire/ipv6.ts';
import type { Conntrack } from '../conntrack/conntrack.ts';
import { Manip } from './range.ts';
import type { Rewriter } from './rewrite.ts';

const NAT_BITS = Status.SrcNat | Status.DstNat;
const DONE_BITS = Status.SrcNatDone | Status.DstNatDone;

export class IcmpErrorTranslator {
  private readonly conntrack: Conntrack;
  private readonly rewriter: Rewriter;
  private readonly target: Tuple = new Tuple();
  private readonly opposite: Tuple = new Tuple();

  constructor(conntrack: Conntrack, rewriter: Rewriter) {
    this.conntrack = conntrack;
    this.rewriter = rewriter;
  }

  /** Translate an error that is related to `packet.ct`; false when it must not pass. */
  translate(packet: Packet, manip: Manip): boolean {
    const isV6 = packet.family === 6;
    const needed = ICMP_HEADER_LEN + (isV6 ? IPV6_HEADER_LEN : IPV4_HEADER_LEN);
    if (packet.transportLength < needed) return false;
    pullTransport(packet, needed);
    if (!isChecksumTrue(packet)) return false;
    const status = this.conntrack.status(packet.ct);
    if (packet.view.getUint8(packet.transport) === (isV6 ? Icmpv6Type.Redirect : IcmpType.Redirect)) {
      if ((status & DONE_BITS) !== DONE_BITS || (status & NAT_BITS) !== 0) return false;
    }
    const direction = directionOf(packet.ctinfo);
    if ((status & statusBit(manip, direction)) === 0) return true;
    packet.makeWritable();
    const { conntrack, rewriter, target, opposite } = this;
    conntrack.readTuple(packet.ct, direction === Direction.Original ? 1 : 0, opposite);
    const inner = manip === Manip.Source ? Manip.Destination : Manip.Source;
    if (!rewriter.rewriteQuoted(packet, packet.transport + ICMP_HEADER_LEN, opposite, inner)) return false;
    renewIcmpChecksum(packet);
    conntrack.invert(opposite, target);
    target.protocol = isV6 ? ICMPV6 : ICMP;
    return rewriter.rewrite(packet, target, manip);
  }
}

/** The bit that says a packet of this direction is rewritten on this side: the reply direction sees the two sides swapped. */
export function statusBit(manip: Manip, direction: Direction): number {
  const isSource = (manip === Manip.Source) === (direction === Direction.Original);
  return isSource ? Status.SrcNat : Status.DstNat;
}

function icmpSum(packet: Packet): number {
  const initial = packet.family === 6 ? pseudoHeaderSum(packet, ICMPV6, packet.transportLength) : 0;
  return sum16(packet.view, packet.transport, packet.transportLength, initial);
}

function isChecksumTrue(packet: Packet): boolean {
  return icmpSum(packet) === 0xffff;
}

/** Make an ICMP checksum true. */
export function renewIcmpChecksum(packet: Packet): void {
  packet.view.setUint16(packet.transport + ICMP_CHECKSUM, 0);
  packet.view.setUint16(packet.transport + ICMP_CHECKSUM, finish(icmpSum(packet)));
}
