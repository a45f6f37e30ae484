/**
 * Transport checksums, verified where the kernel does: of packets that arrive (PREROUTING), if nf_conntrack_checksum is on.
 * @module
 */
import { Hook } from '../hook/hook.ts';
import { crc32c, finish, pseudoHeaderSum, sum16 } from '../inet/checksum.ts';
import { ICMP, UDP, UDPLITE } from '../inet/protocol.ts';
import type { Packet } from '../packet/packet.ts';
import { pullTransport } from '../packet/pieces.ts';
import type { Core } from './core.ts';
import { Invalid } from './invalid.ts';
import type { Track } from './track-result.ts';

const TRUE_SUM = 0xffff;
const SCTP_CHECKSUM = 8;
const SCTP_HEADER_LEN = 12;

function isVerified(core: Core, packet: Packet): boolean {
  return core.checksum && packet.hook === Hook.Prerouting;
}

/** TCP, UDP, ICMPv6: over everything behind the IP header, with the pseudo header; ICMP without. */
export function isWrongChecksum(core: Core, packet: Packet): boolean {
  if (!isVerified(core, packet)) return false;
  const { view, transport, transportLength, protocol } = packet;
  const initial = protocol === ICMP ? 0 : pseudoHeaderSum(packet, protocol, transportLength);
  return sum16(view, transport, transportLength, initial) !== TRUE_SUM;
}

/** Note a wrong checksum: what stands at `at` octets into the transport header, and what would be right there. */
export function failChecksum(core: Core, packet: Packet, at: number, coverage: number = packet.transportLength): Track {
  const { view, transport, transportLength, protocol } = packet;
  const found = view.getUint16(transport + at);
  const initial = protocol === ICMP ? 0 : pseudoHeaderSum(packet, protocol === UDPLITE ? UDP : protocol, transportLength);
  // the sum without the field: one's complement subtraction
  const sum = sum16(view, transport, coverage, initial) + (~found & 0xffff);
  const due = finish((sum & 0xffff) + (sum >>> 16));
  return core.fail(Invalid.Checksum, found, due === 0 && (protocol === UDP || protocol === UDPLITE) ? 0xffff : due);
}

/** The same of SCTP's CRC. */
export function failCrc(core: Core, packet: Packet): Track {
  const { view, transport, transportLength } = packet;
  const at = transport + SCTP_CHECKSUM;
  return core.fail(Invalid.Checksum, view.getUint32(at, true), crc32c(view, transport, transportLength, at));
}

/** UDP-Lite: over `coverage` octets. The kernel takes UDP's protocol number for the pseudo header, which UDP-Lite senders do not. */
export function isWrongPartialChecksum(core: Core, packet: Packet, coverage: number): boolean {
  if (!isVerified(core, packet)) return false;
  return sum16(packet.view, packet.transport, coverage, pseudoHeaderSum(packet, UDP, packet.transportLength)) !== TRUE_SUM;
}

/** SCTP's CRC32c. Needs: the 12 octets of header, which are pulled together if the first fragment was shorter. */
export function isWrongCrc(core: Core, packet: Packet): boolean {
  if (!isVerified(core, packet)) return false;
  pullTransport(packet, SCTP_HEADER_LEN);
  const { view, transport, transportLength } = packet;
  return crc32c(view, transport, transportLength, transport + SCTP_CHECKSUM) !== view.getUint32(transport + SCTP_CHECKSUM, true);
}
