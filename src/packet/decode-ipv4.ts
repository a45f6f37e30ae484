/**
 * decode() from an IPv4 header on.
 * @module
 */
import {
  IPV4_DST,
  IPV4_FRAGMENT,
  IPV4_HEADER_LEN,
  IPV4_MF,
  IPV4_OFFSET_MASK,
  IPV4_PROTOCOL,
  IPV4_SRC,
  IPV4_TOTAL_LENGTH,
} from '../wire/ipv4.ts';
import { decodeTransport } from './decode-transport.ts';
import { Fault, Layer, LengthSource, setFault, truncated } from './fault.ts';
import type { Packet } from './packet.ts';

/** An IPv4 header at `at`, of which nothing is proved yet; the frame ends at `end`. */
export function decodeIpv4(packet: Packet, at: number, end: number): void {
  const available = end - at;
  if (available < IPV4_HEADER_LEN) {
    truncated(packet, Layer.Ipv4, at, IPV4_HEADER_LEN, available, LengthSource.Captured);
    return;
  }
  const first = packet.view.getUint8(at);
  if (first >>> 4 !== 4) {
    setFault(packet, Fault.BadVersion, Layer.Ipv4, at, 4, first >>> 4);
    return;
  }
  const headerLength = (first & 15) << 2;
  if (headerLength < IPV4_HEADER_LEN) setFault(packet, Fault.BadLength, Layer.Ipv4, at, IPV4_HEADER_LEN, headerLength);
  decodeProvedIpv4(packet, at, available, headerLength);
}

/** An IPv4 header of which 20 octets are there and the version is right. */
function decodeProvedIpv4(packet: Packet, at: number, available: number, headerLength: number): void {
  const { view } = packet;
  packet.family = 4;
  packet.network = at;
  packet.protocol = view.getUint8(at + IPV4_PROTOCOL);
  packet.src0 = view.getInt32(at + IPV4_SRC);
  packet.dst0 = view.getInt32(at + IPV4_DST);
  const fragment = view.getUint16(at + IPV4_FRAGMENT);
  packet.fragOffset = (fragment & IPV4_OFFSET_MASK) << 3;
  packet.moreFragments = (fragment & IPV4_MF) === 0 ? 0 : 1;
  const total = view.getUint16(at + IPV4_TOTAL_LENGTH);
  if (total > available || total < headerLength) {
    decodeCutIpv4(packet, available, headerLength, total);
    return;
  }
  packet.networkLength = total;
  packet.headerLength = headerLength;
  packet.transport = at + headerLength;
  packet.transportLength = total - headerLength;
  if (packet.fragOffset === 0) decodeTransport(packet, LengthSource.Ipv4TotalLength);
}

/** The length fields do not agree with each other or with what was captured. */
function decodeCutIpv4(packet: Packet, available: number, headerLength: number, total: number): void {
  const at = packet.network;
  if (available < headerLength) {
    packet.networkLength = available;
    packet.headerLength = available;
    truncated(packet, Layer.Ipv4, at, headerLength, available, LengthSource.Captured);
    return;
  }
  packet.headerLength = headerLength;
  packet.transport = at + headerLength;
  if (total < headerLength) {
    packet.networkLength = headerLength;
    packet.transportLength = 0;
    if (packet.fault === Fault.None) setFault(packet, Fault.BadLength, Layer.Ipv4, at, headerLength, total);
    return;
  }
  packet.networkLength = available;
  packet.transportLength = available - headerLength;
  if (packet.fault === Fault.None) truncated(packet, Layer.Ipv4, at, total, available, LengthSource.Captured);
  if (packet.fragOffset === 0) decodeTransport(packet, LengthSource.Captured);
}
