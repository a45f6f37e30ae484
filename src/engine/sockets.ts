/**
 * The host's open sockets, as its description lists them: what they receive is taken in silence. A raw socket takes a protocol as
 * a whole.
 * @module
 */
import type { Host } from '../host/host.ts';
import type { Listener } from '../host/plan.ts';
import type { ReadonlyPacket } from '../packet/packet.ts';

export class Sockets {
  private readonly ports: Set<number> = new Set();
  private readonly bound: readonly Listener[];
  private readonly protocols: ReadonlySet<number>;

  /** `rawProtocols`: protocols somebody has a raw socket for. */
  constructor(host: Host, rawProtocols: readonly number[]) {
    this.protocols = new Set(rawProtocols);
    this.bound = host.settings.listeners;
    for (const { protocol, port } of this.bound) this.ports.add((protocol << 16) | port);
  }

  /** Whether a socket takes this TCP segment or UDP datagram. */
  take(packet: ReadonlyPacket): boolean {
    if (packet.socket !== 0) return true;
    if (this.ports.size === 0 || !this.ports.has((packet.protocol << 16) | packet.dstPort)) return false;
    return this.bound.some(
      ({ protocol, port, family, address }) =>
        protocol === packet.protocol && port === packet.dstPort && family === packet.family && holds(address, packet),
    );
  }

  takesProtocol(protocol: number): boolean {
    return this.protocols.has(protocol);
  }
}

/** Whether a bound address (all zero: any) is the packet's destination. */
function holds(words: Int32Array, packet: ReadonlyPacket): boolean {
  if (words.every((word) => word === 0)) return true;
  if (packet.family === 4) return words[0] === packet.dst0;
  return words[0] === packet.dst0 && words[1] === packet.dst1 && words[2] === packet.dst2 && words[3] === packet.dst3;
}
