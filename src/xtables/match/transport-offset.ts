/**
 * Where a match looks for the TCP header if it does not ask whether there is one. Of a later IPv6 fragment the kernel knows no
 * transport offset and looks at the IPv6 header itself; of a later IPv4 fragment it takes what lies behind the header.
 * @module
 */
import type { ReadonlyPacket } from '../../packet/packet.ts';

/** Offset in `packet.view`. */
export function uncheckedTransport(packet: ReadonlyPacket): number {
  return packet.family === 6 && packet.fragOffset !== 0 ? packet.network : packet.transport;
}
