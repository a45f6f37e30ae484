/**
 * The pieces a reassembled packet is still made of. The kernel keeps them in a list behind the first one and sends them on as they
 * are, unless somebody on the way needed more octets in one place: what is then pulled into the first piece leaves the next ones.
 *
 *   sizes 8 24 100, pull 40   ->   40 92
 *
 * Kernel counterpart: skb_ensure_writable, __pskb_pull_tail.
 * @module
 */
import type { Packet } from './packet.ts';

/** Octets of the fixed IPv6 header; what follows counts into the first piece. */
const IPV6_HEADER = 40;

/** Make the first piece hold the headers up to `octets` behind the start of the transport header. */
export function pullTransport(packet: Packet, octets: number): void {
  if (packet.fragCount === 0) return;
  const headers = packet.family === 6 ? packet.transport - packet.network - IPV6_HEADER : 0;
  pull(packet, headers + octets);
}

/** Join all pieces: the packet is cut anew when it leaves. */
export function joinPieces(packet: Packet): void {
  packet.fragCount = 0;
}

function pull(packet: Packet, octets: number): void {
  const { fragSizes: sizes } = packet;
  let missing = octets - sizes[0]!;
  let gone = 0;
  while (missing > 0 && gone + 1 < packet.fragCount) {
    const taken = Math.min(missing, sizes[gone + 1]!);
    sizes[0]! += taken;
    sizes[gone + 1]! -= taken;
    missing -= taken;
    if (sizes[gone + 1] === 0) gone++;
  }
  if (gone === 0) return;
  sizes.copyWithin(1, gone + 1, packet.fragCount);
  packet.fragCount -= gone;
}
