/**
 * Sightings: a packet somewhere on its way, as the invariants compare it: where, whose, and whether its checksums are true.
 * @module
 */
import { formatAddress } from '../inet/address.ts';
import { pseudoHeaderSum, sum16 } from '../inet/checksum.ts';
import { ICMP, ICMPV6, TCP, UDP } from '../inet/protocol.ts';
import type { ReadonlyPacket } from '../packet/packet.ts';

/** Both ends of a packet. */
export interface Ends {
  readonly family: number;
  readonly protocol: number;
  readonly source: string;
  readonly destination: string;
  /** Ports, -1 for none; of an ICMP echo both are its identifier. */
  readonly sourcePort: number;
  readonly destinationPort: number;
}

export interface Sighting {
  /** Interface number; 0: delivered to the host itself. */
  readonly device: number;
  /** Octets from the link header, or from the IP header where there is none. */
  readonly frame: Uint8Array;
  /** Where the IP header stands in it. */
  readonly network: number;
  readonly ends: Ends;
  /** Whether every checksum that could be looked at is true. */
  readonly sound: boolean;
  /** Whether the host made it (an ICMP error, a reset), not one of the ends. */
  readonly madeByHost: boolean;
}

const UDP_CHECKSUM = 6;
const ECHO_LEN = 8;

export function endsOf(packet: ReadonlyPacket): Ends {
  const { family, protocol } = packet;
  const v6 = family === 6;
  const source = v6 ? Int32Array.of(packet.src0, packet.src1, packet.src2, packet.src3) : Int32Array.of(packet.src0);
  const destination = v6 ? Int32Array.of(packet.dst0, packet.dst1, packet.dst2, packet.dst3) : Int32Array.of(packet.dst0);
  const identifier = echoIdentifier(packet);
  return {
    family,
    protocol,
    source: formatAddress(source),
    destination: formatAddress(destination),
    sourcePort: identifier ?? packet.srcPort,
    destinationPort: identifier ?? packet.dstPort,
  };
}

/** Of an echo or its answer; null for everything else. */
function echoIdentifier(packet: ReadonlyPacket): number | null {
  const { family, protocol, transport, view, transportLength, fragOffset } = packet;
  if (fragOffset !== 0 || transportLength < ECHO_LEN) return null;
  const type = view.getUint8(transport);
  const isEcho = family === 4 ? protocol === ICMP && (type === 0 || type === 8) : protocol === ICMPV6 && (type === 128 || type === 129);
  return isEcho ? view.getUint16(transport + 4) : null;
}

/** `10.0.0.2:1024 > 10.1.0.2:80`, with the protocol in front. */
export function endsText({ protocol, source, destination, sourcePort, destinationPort }: Ends): string {
  const end = (address: string, port: number): string =>
    port < 0 ? address : address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
  const name =
    protocol === TCP ? 'tcp' : protocol === UDP ? 'udp' : protocol === ICMP ? 'icmp' : protocol === ICMPV6 ? 'icmpv6' : String(protocol);
  return `${name} ${end(source, sourcePort)} > ${end(destination, destinationPort)}`;
}

export function reversed(ends: Ends): Ends {
  const { source, destination, sourcePort, destinationPort } = ends;
  return { ...ends, source: destination, destination: source, sourcePort: destinationPort, destinationPort: sourcePort };
}

/** One text for two ends, for maps. */
export function endsKey(ends: Ends): string {
  return `${ends.protocol} ${ends.source} ${ends.sourcePort} ${ends.destination} ${ends.destinationPort}`;
}

/** Whether the IP header's checksum and the transport's are true; a fragment's transport cannot be judged. */
export function isSound(packet: ReadonlyPacket): boolean {
  const { family, view, network, headerLength, transport, transportLength, protocol } = packet;
  if (family === 4 && sum16(view, network, headerLength) !== 0xffff) return false;
  if (packet.fragOffset !== 0 || packet.moreFragments !== 0 || transportLength < ECHO_LEN) return true;
  switch (protocol) {
    case ICMP:
      return sum16(view, transport, transportLength) === 0xffff;
    case UDP:
      if (view.getUint16(transport + UDP_CHECKSUM) === 0) return family === 4;
      return withPseudoHeader(packet);
    case TCP:
    case ICMPV6:
      return withPseudoHeader(packet);
    default:
      return true;
  }
}

function withPseudoHeader(packet: ReadonlyPacket): boolean {
  const { view, transport, transportLength, protocol } = packet;
  return (
    sum16(view, transport, transportLength, pseudoHeaderSum(packet as Parameters<typeof pseudoHeaderSum>[0], protocol, transportLength)) ===
    0xffff
  );
}
