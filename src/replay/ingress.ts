/**
 * Which interface a packet of a capture came in by. Said by the user (`eth0=lan.pcap`, `--in`), or read from the packet:
 *
 *   the capture's own interface name (pcapng)  ->  the destination MAC  ->  a plain router's two sides, by address
 *
 * A frame that carries one of the host's MACs as its source is what the host itself sent: it is no input.
 * @module
 */
import type { Host } from '../host/host.ts';
import type { Packet } from '../packet/packet.ts';

/** Answers of ingressOf that are no interface. */
export const SENT_BY_HOST = -1;
export const UNKNOWN_INTERFACE = 0;

/** Interface number of an arrived packet, SENT_BY_HOST, or UNKNOWN_INTERFACE. */
export function ingressOf(host: Host, packet: Packet, named: number, fallback: number | 'sides'): number {
  if (packet.link >= 0 && matchesMac(host, packet, packet.link + 6) !== 0) return SENT_BY_HOST;
  if (named !== 0) return named;
  if (packet.link >= 0) {
    const byMac = matchesMac(host, packet, packet.link);
    if (byMac !== 0) return byMac;
  }
  return fallback === 'sides' ? sideOf(packet) : fallback;
}

/** Number of the interface whose MAC stands at `at`, or 0. */
function matchesMac(host: Host, packet: Packet, at: number): number {
  const { interfaces } = host;
  const { bytes } = packet;
  for (let i = 1; i < interfaces.length; i++) {
    const mac = interfaces[i]?.mac ?? null;
    if (mac === null) continue;
    let same = (mac[0]! | mac[1]! | mac[2]! | mac[3]! | mac[4]! | mac[5]!) !== 0;
    for (let k = 0; k < 6 && same; k++) same = bytes[at + k] === mac[k];
    if (same) return i;
  }
  return 0;
}

/** A plain router has its inside (private sources) on interface 1 and everything else on 2. */
function sideOf(packet: Packet): number {
  return isPrivate(packet) ? 1 : 2;
}

function isPrivate(packet: Packet): boolean {
  const word = packet.src0;
  if (packet.family === 6) return word >>> 25 === 0x7e || word >>> 22 === 0x3fa;
  return word >>> 24 === 10 || word >>> 20 === 0xac1 || word >>> 16 === 0xc0a8 || word >>> 22 === 0x191;
}
