/**
 * What the kernel asks of an IPv4 header before any hook sees the packet (ip_rcv_core): version, lengths, header checksum.
 * Octets behind the total length are cut off.
 * @module
 */
import { sum16 } from '../inet/checksum.ts';
import type { Packet } from '../packet/packet.ts';
import { DropReason } from './drop-reason.ts';

// Names of this module's own: V8 folds those into the code and loads an imported constant every time.
const NO_REASON = DropReason.None;

const MIN_HEADER = 20;

/** NO_REASON, or why the packet goes no further. Changes: packet.end. */
export function acceptHeader4(packet: Packet): DropReason {
  const { view, network } = packet;
  if (network < 0) return DropReason.IpHeader;
  const available = packet.end - network;
  if (available < MIN_HEADER) return DropReason.IpHeader;
  const first = view.getUint8(network);
  const headerLength = (first & 15) << 2;
  if (first >>> 4 !== 4 || headerLength < MIN_HEADER || available < headerLength) return DropReason.IpHeader;
  if (sum16(view, network, headerLength) !== 0xffff) return DropReason.IpChecksum;
  const total = view.getUint16(network + 2);
  if (available < total) return DropReason.PacketTooSmall;
  if (total < headerLength || packet.family !== 4) return DropReason.IpHeader;
  packet.end = network + total;
  return NO_REASON;
}
