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

/** Where a plain frame has its IPv4 source. */
const SRC_AT = 26;

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

/** The same for Ethernet frames with a plain IPv4 header, by their octets: for the many that are never decoded. */
export class FrameIngress {
  private readonly numbers: number[] = [];
  private readonly high: number[] = [];
  private readonly low: number[] = [];
  private readonly fallback: number | 'sides';

  constructor(host: Host, fallback: number | 'sides') {
    this.fallback = fallback;
    for (const { index, mac } of host.interfaces) {
      if (mac === null || mac.every((octet) => octet === 0)) continue;
      this.numbers.push(index);
      this.high.push((mac[0]! << 24) | (mac[1]! << 16) | (mac[2]! << 8) | mac[3]!);
      this.low.push((mac[4]! << 8) | mac[5]!);
    }
  }

  of(view: DataView, start: number, named: number): number {
    if (this.numbers.length > 0) {
      if (this.match(view.getInt32(start + 6), view.getUint16(start + 10)) !== 0) return SENT_BY_HOST;
      if (named !== 0) return named;
      const byMac = this.match(view.getInt32(start), view.getUint16(start + 4));
      if (byMac !== 0) return byMac;
    } else if (named !== 0) return named;
    if (this.fallback !== 'sides') return this.fallback;
    return isPrivate4(view.getInt32(start + SRC_AT)) ? 1 : 2;
  }

  private match(high: number, low: number): number {
    for (let i = 0; i < this.numbers.length; i++) if (high === this.high[i] && low === this.low[i]) return this.numbers[i]!;
    return 0;
  }
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
  return isPrivate4(word);
}

function isPrivate4(word: number): boolean {
  return word >>> 24 === 10 || word >>> 20 === 0xac1 || word >>> 16 === 0xc0a8 || word >>> 22 === 0x191;
}
