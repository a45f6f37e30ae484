/**
 * Whether a packet's transport checksum is right, as the host asks before it answers (nf_ip_checksum, nf_ip6_checksum).
 * @module
 */
import { pseudoHeaderSum, sum16 } from '../inet/checksum.ts';
import { AH, ESP, GRE, ICMP, ICMPV6, SCTP, TCP, UDP, UDPLITE } from '../inet/protocol.ts';
import { Hook } from '../hook/hook.ts';
import { CT_UNTRACKED, type Packet, type ReadonlyPacket } from '../packet/packet.ts';
import type { Engine } from './engine.ts';

/** Octets up to which the kernel verifies a datagram at once. */
const CHECKSUM_BREAK = 76;

/**
 * For TCP, UDP and ICMPv6 over the pseudo header; for every other protocol the plain sum over the payload, which an unknown
 * protocol rarely meets.
 */
export function transportChecksumHolds(packet: ReadonlyPacket): boolean {
  const { view, transport, transportLength, protocol } = packet;
  const pseudo = protocol === TCP || protocol === UDP || packet.family === 6;
  const initial = pseudo ? pseudoHeaderSum(packet, protocol, transportLength) : 0;
  return sum16(view, transport, transportLength, initial) === 0xffff;
}

/** nf_reject_verify_csum: whether a REJECT looks at the checksum at all. */
export function rejectVerifies(packet: ReadonlyPacket): boolean {
  const { protocol } = packet;
  if (protocol === UDP) return packet.transportLength < 8 || packet.view.getUint16(packet.transport + 6) !== 0;
  return !(protocol === AH || protocol === ESP || protocol === GRE || protocol === SCTP || protocol === UDPLITE);
}

/** Whether REJECT may answer with ICMP: no later fragment, and the checksum holds where it is asked for. */
export function rejectable(engine: Engine, packet: ReadonlyPacket): boolean {
  if (packet.fragOffset !== 0) return false;
  if (packet.family === 6 && (packet.protocol < 0 || packet.transportLength <= 0)) return false;
  if (packet.protocol === ICMPV6 && packet.family === 6) return transportChecksumHolds(packet);
  if (!rejectVerifies(packet)) return true;
  return wholeHolds(packet) || (isVerified(engine, packet) && transportChecksumHolds(packet));
}

/** Whether REJECT may answer with a TCP reset, as far as checksums go. In FORWARD what conntrack found is not asked. */
export function resettable(engine: Engine, packet: ReadonlyPacket): boolean {
  return wholeHolds(packet) || (packet.hook !== Hook.Forward && isVerified(engine, packet) && transportChecksumHolds(packet));
}

/**
 * Netfilter sums the IPv4 header too (nf_ip_checksum), which comes to nothing while its own checksum is right. It is not between
 * the moment the host fills in record route or a time stamp and the moment it forwards: REJECT is silent then.
 */
function wholeHolds(packet: ReadonlyPacket): boolean {
  if (packet.family === 6) return transportChecksumHolds(packet);
  const { view, network, headerLength, transportLength, protocol } = packet;
  const initial = protocol === TCP || protocol === UDP ? pseudoHeaderSum(packet, protocol, transportLength) : 0;
  return sum16(view, network, headerLength + transportLength, initial) === 0xffff;
}

/** Remember the IPv6 header of a datagram whose checksum conntrack has just verified. */
export function noteVerified(engine: Engine, packet: Packet): void {
  if (packet.hook !== Hook.Prerouting || packet.protocol !== UDP || packet.ct === CT_UNTRACKED) return;
  if (engine.host.sysctl('net.netfilter.nf_conntrack_checksum', 1) !== 0) packet.verifiedHeader = changeableSum(packet);
}

/**
 * Whether the kernel takes a datagram for damaged though it is not: what conntrack verified it keeps as a sum of the whole packet,
 * header included, and HL, TOS or DSCP have changed that header since. Short ones (CHECKSUM_BREAK) are summed anew.
 */
export function isMistrusted(packet: ReadonlyPacket, length: number): boolean {
  return packet.verifiedHeader >= 0 && length > CHECKSUM_BREAK && packet.verifiedHeader !== changeableSum(packet);
}

/** The words of an IPv6 header that targets change, summed: class and label, next header and hop limit. */
function changeableSum({ view, network }: ReadonlyPacket): number {
  return (view.getUint16(network) + view.getUint16(network + 6)) % 0xffff;
}

/** Whether conntrack verified this packet's checksum when it came, which stands for good. */
function isVerified(engine: Engine, packet: ReadonlyPacket): boolean {
  const { protocol } = packet;
  if (protocol !== TCP && protocol !== UDP && protocol !== ICMP) return false;
  if (!engine.conntrack.isEnabled(4) || packet.ct === CT_UNTRACKED) return false;
  return engine.host.sysctl('net.netfilter.nf_conntrack_checksum', 1) !== 0;
}
