/**
 * ICMP and ICMPv6 queries. RFC 792, RFC 4443. A query and its answer are one connection by id, type and code; errors never come
 * here (icmp-error.ts).
 * @module
 */
import { ICMP } from '../../inet/protocol.ts';
import type { Packet } from '../../packet/packet.ts';
import type { Core } from '../core.ts';
import { Direction, directionOf } from '../ctinfo.ts';
import { Invalid } from '../invalid.ts';
import { Track } from '../track-result.ts';

export function trackIcmp(core: Core, packet: Packet, entry: number): Track {
  const v4 = packet.protocol === ICMP;
  if ((packet.family === 4) !== v4) return core.fail(Invalid.WrongFamily);
  const type = core.table.readTuple(entry, Direction.Original, core.spare).dstL4 >>> 8;
  if (v4 ? !beginsIcmp(type) : !beginsIcmpv6(type)) return core.fail(Invalid.IcmpType, type);
  const { icmp, icmpv6 } = core.timeoutsOf(entry);
  core.refreshAndCount(entry, directionOf(packet.ctinfo), packet.networkLength, v4 ? icmp : icmpv6);
  return Track.Accept;
}

/** Echo, timestamp, information and address mask requests. */
function beginsIcmp(type: number): boolean {
  return type === 8 || type === 13 || type === 15 || type === 17;
}

/** Echo request and node information query. */
function beginsIcmpv6(type: number): boolean {
  return type === 128 || type === 139;
}
