/**
 * Reads and writes the TOS octet of IPv4 or the traffic class of IPv6, with the header checksum kept.
 * @module
 */
import type { Packet } from '../../packet/packet.ts';
import { IPV4_TOS, Ipv4View } from '../../wire/ipv4.ts';
import { Ipv6View } from '../../wire/ipv6.ts';

export class TrafficClass {
  private readonly ip4 = new Ipv4View();
  private readonly ip6 = new Ipv6View();

  read(packet: Packet): number {
    if (packet.family === 4) return packet.view.getUint8(packet.network + IPV4_TOS);
    return this.ip6.at(packet.view, packet.network).trafficClass;
  }

  /** Write the octet, unless it is that already. */
  write(packet: Packet, tos: number): void {
    if (this.read(packet) === tos) return;
    packet.makeWritable();
    if (packet.family === 4) this.ip4.at(packet.view, packet.network).rewriteTos(tos);
    else this.ip6.at(packet.view, packet.network).trafficClass = tos;
  }
}
