/**
 * Events in order of time. Conntrack notices that an entry has run out when it comes across it; so events are held back until
 * everything that has run out by then was looked for, and leave sorted. Looking costs a pass over the table: it is done once a
 * second of packet time, and not more often than packets pay for it.
 * @module
 */
import type { Conntrack } from '../conntrack/conntrack.ts';
import type { ReadonlyPacket } from '../packet/packet.ts';
import type { ConntrackEvent, ConntrackJournal } from '../report/conntrack-event.ts';

const EVERY_US = 1e6;
/** Rows looked at for each packet. */
const ROWS_PER_PACKET = 16;

export class EventOrder {
  journal: ConntrackJournal | null = null;
  private readonly conntrack: Conntrack;
  private readonly tell: (event: ConntrackEvent) => void;
  private held: ConntrackEvent[] = [];
  private lookedUs = 0;
  private paid = 0;

  constructor(conntrack: Conntrack, tell: (event: ConntrackEvent) => void) {
    this.conntrack = conntrack;
    this.tell = tell;
  }

  take(event: ConntrackEvent): void {
    this.held.push(event);
  }

  /** Before each packet. */
  begin(packet: ReadonlyPacket): void {
    const { nowUs } = packet;
    this.paid += ROWS_PER_PACKET;
    if (nowUs - this.lookedUs >= EVERY_US && this.paid >= this.conntrack.rows) this.look(nowUs);
    if (this.journal === null) return;
    this.journal.nowUs = nowUs;
    this.journal.packet = packet.index;
  }

  /** At the end. */
  close(nowUs: number): void {
    this.look(nowUs);
  }

  private look(nowUs: number): void {
    this.lookedUs = nowUs;
    this.paid = 0;
    if (this.journal !== null) this.journal.nowUs = nowUs;
    this.conntrack.expire(nowUs);
    const { held } = this;
    this.held = [];
    held.sort((a, b) => a.atUs - b.atUs);
    for (const event of held) this.tell(event);
  }
}
