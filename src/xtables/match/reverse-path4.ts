/**
 * The reverse path test of rpfilter for IPv4. Holds scratch: one object per rule.
 * @module
 */
import type { Host } from '../../host/host.ts';
import { RouteQuery4, RouteResult } from '../../host/route.ts';
import { RouteType } from '../../packet/destination.ts';
import { PacketType, type ReadonlyPacket } from '../../packet/packet.ts';
import { IPV4_TOS } from '../../wire/ipv4.ts';
import type { RpfilterInfo } from './rpfilter.ts';

const BROADCAST = -1;
/** 224.0.0.0/24, never forwarded. */
const LOCAL_GROUPS = 0xe0_0000;
/** Upper four bits of a multicast address. */
const MULTICAST = 0xe;
/** Bits of the TOS octet that routes are chosen by. */
const TOS_MASK = 0x1c;

export class ReversePath4 {
  private readonly info: RpfilterInfo;
  private readonly host: Host;
  private readonly query: RouteQuery4 = new RouteQuery4();
  private readonly result: RouteResult = new RouteResult();

  constructor(info: RpfilterInfo, host: Host) {
    this.info = info;
    this.host = host;
    this.query.iif = host.loopback;
  }

  isValid(packet: ReadonlyPacket): boolean {
    const { src0: src, dst0: dst, indev } = packet;
    const { info, query, result } = this;
    if (packet.pktType === PacketType.Loopback || indev === this.host.loopback) return true;
    // A host without an address asks for one.
    if (src === 0 && (dst === BROADCAST || dst >>> 8 === LOCAL_GROUPS)) return true;
    query.dst = src;
    query.src = dst === BROADCAST || dst >>> 28 === MULTICAST ? 0 : dst;
    query.tos = packet.view.getUint8(packet.network + IPV4_TOS) & TOS_MASK;
    query.mark = info.validmark ? packet.mark : 0;
    this.host.route4(query, result);
    const { type } = result;
    if (type !== RouteType.Unicast && (type !== RouteType.Local || !info.acceptLocal)) return false;
    return info.loose || result.outdev === indev;
  }
}
