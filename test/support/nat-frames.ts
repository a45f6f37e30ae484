/** Packets for the tests of NAT: real frames with true checksums, each in a buffer of exactly its own size. */
import { finish, pseudoHeaderSum, sum16 } from '../../src/inet/checksum.ts';
import { crc32c } from '../../src/inet/checksum.ts';
import { ICMP, ICMPV6, SCTP, TCP, UDP, UDPLITE } from '../../src/inet/protocol.ts';
import { build } from '../../src/packet/build.ts';
import type { LayerSpec } from '../../src/packet/build-layers.ts';
import { decode } from '../../src/packet/decode.ts';
import { LinkType } from '../../src/packet/link-type.ts';
import { Packet } from '../../src/packet/packet.ts';

/** A decoded packet of these layers, IP first. */
export function packetOf(...layers: readonly LayerSpec[]): Packet {
  return packetFrom(build(...layers));
}

/** A decoded packet of these octets, IP first. */
export function packetFrom(bytes: Uint8Array): Packet {
  const packet = new Packet();
  packet.bytes = bytes;
  packet.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  packet.start = 0;
  packet.end = bytes.length;
  packet.wireLength = bytes.length;
  decode(packet, LinkType.Raw);
  return packet;
}

/** The octets of the IP packet. */
export function octets(packet: Packet): Uint8Array {
  return packet.bytes.slice(packet.network, packet.networkEnd);
}

const CHECKSUM_AT: Record<number, number> = { [TCP]: 16, [UDP]: 6, [UDPLITE]: 6, [ICMP]: 2, [ICMPV6]: 2 };

/**
 * How far the transport checksum of a packet is from the true one, in one's complement: 0 when it is right, for every protocol
 * that has one. SCTP's CRC is right (0) or not (1).
 */
export function checksumError(packet: Packet): number {
  const { view, transport, transportLength, protocol } = packet;
  if (protocol === SCTP) return view.getUint32(transport + 8, true) === crc32c(view, transport, transportLength, transport + 8) ? 0 : 1;
  const at = CHECKSUM_AT[protocol];
  if (at === undefined) return 0;
  const initial = protocol === ICMP ? 0 : pseudoHeaderSum(packet, protocol, transportLength);
  return finish(sum16(view, transport, transportLength, initial));
}

/** Whether the IPv4 header's checksum is true; IPv6 has none. */
export function isHeaderTrue(packet: Packet): boolean {
  const { view, network } = packet;
  return packet.family === 6 || sum16(view, network, (view.getUint8(network) & 15) << 2) === 0xffff;
}
