/**
 * ICMP and ICMPv6 before any lookup: errors are RELATED to the connection of the packet they quote, neighbour discovery and
 * multicast listener messages are never tracked, malformed ones are INVALID, queries go on.
 *
 *   error to X, quoting a packet X -> Y: looked up as the answer Y -> X would be, whose receiver must be the error's
 *
 * Kernel counterpart: nf_conntrack_proto_icmp.c, nf_conntrack_proto_icmpv6.c (behaviour only).
 * @module
 */
import { GRE, ICMP, ICMPV6 } from '../inet/protocol.ts';
import { CT_UNTRACKED, type Packet } from '../packet/packet.ts';
import { failChecksum, isWrongChecksum } from './checksum.ts';
import type { Core } from './core.ts';
import { CtInfo, Direction } from './ctinfo.ts';
import { Invalid } from './invalid.ts';
import { readQuotedTuple } from './quoted.ts';
import { Track } from './track-result.ts';
import { invertTuple } from './tuple-of.ts';

const HEADER_LEN = 8;
const CHECKSUM = 2;
const MAX_TYPE4 = 18;
const FIRST_INFORMATIONAL6 = 128;
const REDIRECT6 = 137;
const REDIRECT_LEN = 40;
const OPTION_REDIRECTED = 4;
const OPTION_LEN = 8;

/** Accept: go on with the lookup, unless the packet has a connection or is untracked by now. */
export function trackIcmpError(core: Core, packet: Packet): Track {
  const { protocol, family } = packet;
  if ((protocol === ICMP ? 4 : protocol === ICMPV6 ? 6 : 0) !== family) return Track.Accept;
  if (packet.transportLength < HEADER_LEN) return core.fail(Invalid.ShortHeader, packet.transportLength, HEADER_LEN);
  if (isWrongChecksum(core, packet)) return failChecksum(core, packet, CHECKSUM);
  const type = packet.view.getUint8(packet.transport);
  if (family === 4) {
    if (type > MAX_TYPE4) return core.fail(Invalid.IcmpType, type);
    return isError4(type) ? relateQuoted(core, packet, packet.transport + HEADER_LEN) : Track.Accept;
  }
  if (isNeverTracked(type)) {
    packet.ct = CT_UNTRACKED;
    packet.ctinfo = CtInfo.Untracked;
    return Track.Accept;
  }
  if (type === REDIRECT6) return trackRedirect6(core, packet);
  if (type >= FIRST_INFORMATIONAL6) return Track.Accept;
  return relateQuoted(core, packet, packet.transport + HEADER_LEN);
}

/** Unreachable, source quench, redirect, time exceeded, parameter problem. */
function isError4(type: number): boolean {
  return type === 3 || type === 4 || type === 5 || type === 11 || type === 12;
}

/** Multicast listener discovery (130..132, 143), neighbour discovery (133..136), multicast router discovery (151, 152). */
function isNeverTracked(type: number): boolean {
  return (type >= 130 && type <= 136) || type === 143 || type === 151 || type === 152;
}

/** RFC 4861 §4.5: only a router on the link may redirect, and the quote is an option. */
function trackRedirect6(core: Core, packet: Packet): Track {
  const { view, transport, network } = packet;
  const end = transport + packet.transportLength;
  if (transport + REDIRECT_LEN > end) return core.fail(Invalid.Redirect);
  if (view.getUint8(transport + 1) !== 0) return Track.Accept;
  if (view.getUint8(network + 7) !== 255 || packet.src0 >>> 22 !== 0x3fa) return core.fail(Invalid.Redirect);
  const option = transport + REDIRECT_LEN;
  if (option + 2 > end || view.getUint8(option + 1) === 0) return core.fail(Invalid.Redirect);
  if (view.getUint8(option) !== OPTION_REDIRECTED) return Track.Accept;
  return relateQuoted(core, packet, option + OPTION_LEN);
}

/** Find the connection of the packet quoted at `quote` and attach it as RELATED. */
function relateQuoted(core: Core, packet: Packet, quote: number): Track {
  const { spare, inverse } = core;
  const end = packet.transport + packet.transportLength;
  const isRead = readQuotedTuple(packet.view, quote, end, packet.family, spare);
  if (isRead && spare.protocol === GRE) core.greKeys.complete(spare);
  if (!isRead || !invertTuple(spare, inverse)) {
    return core.fail(Invalid.QuoteUnreadable);
  }
  const node = core.lookup(inverse, core.zoneOriginal, core.zoneReply);
  if (node < 0) return core.fail(Invalid.QuoteUnknown);
  if (inverse.dst0 !== packet.dst0 || inverse.dst1 !== packet.dst1 || inverse.dst2 !== packet.dst2 || inverse.dst3 !== packet.dst3) {
    return core.fail(Invalid.QuoteElsewhere);
  }
  packet.ct = node >>> 1;
  packet.ctinfo = (node & 1) === Direction.Reply ? CtInfo.RelatedReply : CtInfo.Related;
  core.table.addReference(node >>> 1);
  return Track.Accept;
}
