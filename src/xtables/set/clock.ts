/**
 * The time of a set store. Elements of an `ipset save` text come without a date: their timeouts run from the first packet.
 * @module
 */
export class SetClock {
  /** Time of the first packet, microseconds since the epoch; -1 before it. */
  private startUs = -1;
  /** Time of the last packet, microseconds since the first. */
  nowUs = 0;

  /** Take a packet's time; answers it relative to the first packet's. */
  at(packetUs: number): number {
    if (this.startUs < 0) this.startUs = packetUs;
    this.nowUs = packetUs - this.startUs;
    return this.nowUs;
  }
}
