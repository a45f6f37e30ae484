/**
 * Which tracker a protocol has; everything else is tracked by its addresses alone.
 * @module
 */
import { GRE, ICMP, ICMPV6, SCTP, TCP, UDP, UDPLITE } from '../../inet/protocol.ts';
import type { Packet } from '../../packet/packet.ts';
import type { Core } from '../core.ts';
import { directionOf } from '../ctinfo.ts';
import { Track } from '../track-result.ts';
import { trackIcmp } from './icmp.ts';
import { trackSctp } from './sctp.ts';
import { trackTcp } from './tcp.ts';
import { trackReplied, trackUdp, trackUdplite } from './udp.ts';

/** Judge a packet of an entry; `packet.ctinfo` is how they relate. */
export function trackProtocol(core: Core, packet: Packet, entry: number): Track {
  switch (packet.protocol) {
    case TCP:
      return trackTcp(core, packet, entry);
    case UDP:
      return trackUdp(core, packet, entry);
    case ICMP:
    case ICMPV6:
      return trackIcmp(core, packet, entry);
    case GRE:
      return trackGre(core, packet, entry);
    case SCTP:
      return trackSctp(core, packet, entry);
    case UDPLITE:
      return trackUdplite(core, packet, entry);
    default:
      core.refreshAndCount(entry, directionOf(packet.ctinfo), packet.networkLength, core.timeoutsOf(entry).generic);
      return Track.Accept;
  }
}

function trackGre(core: Core, packet: Packet, entry: number): Track {
  const { gre, greStream } = core.timeoutsOf(entry);
  return trackReplied(core, packet, entry, gre, greStream);
}
