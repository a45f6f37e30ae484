/**
 * Connections that could not be: the table was full, no free port was left, the tuple was taken. Read from conntrack's counters
 * after each packet.
 * @module
 */
import type { Conntrack } from '../conntrack/conntrack.ts';
import type { ReadonlyPacket } from '../packet/packet.ts';

/** How often, and the first time. */
export class Refusal {
  count = 0;
  /** Number of the first packet, -1 for none; and its time, microseconds since the epoch. */
  packet = -1;
  atUs = 0;

  note(times: number, packet: ReadonlyPacket): void {
    if (times <= 0) return;
    if (this.count === 0) {
      this.packet = packet.index;
      this.atUs = packet.nowUs;
    }
    this.count += times;
  }
}

export class Refusals {
  /** The table was full and nothing could make room: the packet is dropped. */
  readonly full: Refusal = new Refusal();
  /** An entry without a reply, or about to close, was removed to make room. */
  readonly early: Refusal = new Refusal();
  /** No port of the range was free: the packet is dropped. */
  readonly exhausted: Refusal = new Refusal();
  /** Another connection had the tuple: the packet is dropped. */
  readonly clash: Refusal = new Refusal();
  private readonly conntrack: Conntrack;
  private seenFull = 0;
  private seenEarly = 0;
  private seenFailed = 0;

  constructor(conntrack: Conntrack) {
    this.conntrack = conntrack;
  }

  /** After each packet; `exhausted`: a translation of it had found no free port. */
  look(packet: ReadonlyPacket, exhausted: boolean): void {
    const { stats } = this.conntrack;
    this.full.note(stats.tableFull - this.seenFull, packet);
    this.early.note(stats.earlyDrop - this.seenEarly, packet);
    (exhausted ? this.exhausted : this.clash).note(stats.insertFailed - this.seenFailed, packet);
    this.catchUp();
  }

  /** Pass over what happened to packets that are not told of (a filter left them out). */
  catchUp(): void {
    const { stats } = this.conntrack;
    this.seenFull = stats.tableFull;
    this.seenEarly = stats.earlyDrop;
    this.seenFailed = stats.insertFailed;
  }
}
