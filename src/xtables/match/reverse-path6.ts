/**
 * The reverse path test of rpfilter for IPv6. Holds scratch: one object per rule.
 *
 * Among the routes of one prefix the test takes one by the packet's device whatever its metric: where the look-up's first choice
 * is another device, it is asked again for this device alone.
 * @module
 */
import type { Host } from '../../host/host.ts';
import { RouteQuery6, RouteResult } from '../../host/route.ts';
import { RouteType } from '../../packet/destination.ts';
import { PacketType, type ReadonlyPacket } from '../../packet/packet.ts';
import { isLinkLocal6, isUnicast6, isUnspecified6 } from './address-kind6.ts';
import type { RpfilterInfo } from './rpfilter.ts';

export class ReversePath6 {
  private readonly info: RpfilterInfo;
  private readonly host: Host;
  private readonly query: RouteQuery6 = new RouteQuery6();
  private readonly result: RouteResult = new RouteResult();

  constructor(info: RpfilterInfo, host: Host) {
    this.info = info;
    this.host = host;
    this.query.iif = host.loopback;
  }

  isValid(packet: ReadonlyPacket): boolean {
    const { src0, src1, src2, src3, indev } = packet;
    const { info, host, result } = this;
    if (packet.pktType === PacketType.Loopback || indev === host.loopback) return true;
    if (isUnspecified6(src0, src1, src2, src3)) return true; // dropped later on, whoever forwards it
    this.aim(packet);
    host.route6(this.query, result);
    if (this.isByOtherDevice(indev)) this.preferDevice();
    const { type } = result;
    if (type === RouteType.Local) return info.acceptLocal;
    if (type !== RouteType.Unicast && type !== RouteType.Multicast) return false;
    return info.loose || result.outdev === indev;
  }

  private aim(packet: ReadonlyPacket): void {
    const { info, query } = this;
    query.dst0 = packet.src0;
    query.dst1 = packet.src1;
    query.dst2 = packet.src2;
    query.dst3 = packet.src3;
    const answered = isUnicast6(packet.dst0, packet.dst1, packet.dst2, packet.dst3);
    query.src0 = answered ? packet.dst0 : 0;
    query.src1 = answered ? packet.dst1 : 0;
    query.src2 = answered ? packet.dst2 : 0;
    query.src3 = answered ? packet.dst3 : 0;
    query.mark = info.validmark ? packet.mark : 0;
    query.oif = info.loose && !isLinkLocal6(packet.src0) ? 0 : packet.indev;
  }

  private isByOtherDevice(indev: number): boolean {
    const { type, outdev } = this.result;
    return type === RouteType.Unicast && outdev !== indev && this.query.oif !== 0;
  }

  /** Ask for the device alone (a query without source is strict); the answer counts if it is of the same prefix. */
  private preferDevice(): void {
    const { query, result, host } = this;
    const { prefixLength } = result;
    query.src0 = 0;
    query.src1 = 0;
    query.src2 = 0;
    query.src3 = 0;
    host.route6(query, result);
    if (result.prefixLength !== prefixLength) result.clear();
  }
}
