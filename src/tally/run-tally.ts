/**
 * RunTally: everything a report of a replay is made from, counted side by side: flows, verdicts over time, connections alive,
 * translations, and the first packet of each fate.
 * @module
 */
import type { Engine } from '../engine/engine.ts';
import type { Fate, Outcome } from '../engine/outcome.ts';
import { JIFFY_US } from '../conntrack/options.ts';
import type { ReadonlyPacket } from '../packet/packet.ts';
import { FlowTable, type FlowTableOptions } from './flow-table.ts';
import { Timeline } from './timeline.ts';
import { Translations } from './translations.ts';

export class RunTally {
  readonly flows: FlowTable;
  readonly timeline: Timeline = new Timeline();
  readonly translations: Translations;
  /** Number of the first packet of a fate. */
  readonly firstOf: Map<Fate, number> = new Map();

  /** Takes the engine's events and NAT's observer. */
  constructor({ conntrack, nat }: Engine, options: Omit<FlowTableOptions, 'conntrack'> = {}) {
    this.flows = new FlowTable({ conntrack, ...options });
    const onLevel = (at: number, alive: number): void => this.timeline.level(at * JIFFY_US, alive);
    this.translations = new Translations(conntrack, nat, { account: false, onLevel });
    conntrack.events = this.translations;
  }

  /** Before the machine has a packet. */
  begin(packet: ReadonlyPacket): void {
    this.flows.look(packet);
    this.translations.begin(packet);
  }

  /** Behind it; `undecided`: it has no one verdict, and is counted with its flow only. */
  end(packet: ReadonlyPacket, outcome: Outcome, undecided = false): void {
    const { verdict } = outcome;
    this.flows.take(packet, outcome, undecided);
    if (undecided) return;
    this.timeline.count(packet.nowUs, verdict);
    this.translations.end(packet);
    if (!this.firstOf.has(verdict)) this.firstOf.set(verdict, packet.index);
  }

  /** At the end. */
  close(): void {
    this.translations.close();
  }
}
