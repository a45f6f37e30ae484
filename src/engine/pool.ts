/**
 * Packets the engine makes itself: answers, fragments, looped copies. A stack of reused objects, bounded so that a packet that
 * causes answers that cause answers cannot grow it for ever.
 * @module
 */
import { Packet } from '../packet/packet.ts';

/** Packets in flight at once; the kernel's own nesting is far smaller. */
const MAX_IN_FLIGHT = 64;

export class PacketPool {
  private readonly free: Packet[] = [];
  private made = 0;

  /** A fresh packet, or null when too many are in flight. */
  take(): Packet | null {
    const packet = this.free.pop();
    if (packet !== undefined) {
      packet.reset();
      return packet;
    }
    if (this.made >= MAX_IN_FLIGHT) return null;
    this.made++;
    return new Packet();
  }

  /** Give a packet back; the caller has released its connection. */
  give(packet: Packet): void {
    this.free.push(packet);
  }
}
