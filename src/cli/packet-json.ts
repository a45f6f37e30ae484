/**
 * A packet as a JSON object: the fields people filter by. Addresses as text, times in seconds.
 * @module
 */
import { formatIpv4 } from '../inet/ipv4.ts';
import { formatIpv6 } from '../inet/ipv6.ts';
import { protocolName } from '../inet/protocol.ts';
import { describeFault } from '../packet/fault.ts';
import type { ReadonlyPacket } from '../packet/packet.ts';

export interface PacketJson {
  readonly index: number;
  readonly time: number;
  readonly length: number;
  readonly src?: string;
  readonly dst?: string;
  readonly protocol?: string;
  readonly sport?: number;
  readonly dport?: number;
  readonly fault?: string;
}

export function packetJson(packet: ReadonlyPacket): PacketJson {
  const base = { index: packet.index, time: packet.nowUs / 1e6, length: packet.wireLength };
  const fault = packet.fault === 0 ? {} : { fault: describeFault(packet) };
  if (packet.family === 0) return { ...base, ...fault };
  return {
    ...base,
    src: sourceText(packet),
    dst: destinationText(packet),
    protocol: protocolName(packet.protocol) ?? String(packet.protocol),
    ...(packet.srcPort < 0 ? {} : { sport: packet.srcPort, dport: packet.dstPort }),
    ...fault,
  };
}

function sourceText(packet: ReadonlyPacket): string {
  return packet.family === 6 ? formatIpv6(packet.src0, packet.src1, packet.src2, packet.src3) : formatIpv4(packet.src0);
}

function destinationText(packet: ReadonlyPacket): string {
  return packet.family === 6 ? formatIpv6(packet.dst0, packet.dst1, packet.dst2, packet.dst3) : formatIpv4(packet.dst0);
}
