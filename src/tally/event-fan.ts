/**
 * One sink of connection events that hands them to several.
 * @module
 */
import type { ConntrackEvents } from '../conntrack/events.ts';

export class EventFan implements ConntrackEvents {
  private readonly sinks: readonly ConntrackEvents[];

  constructor(sinks: readonly ConntrackEvents[]) {
    this.sinks = sinks;
  }

  created(entry: number): void {
    for (const sink of this.sinks) sink.created?.(entry);
  }

  updated(entry: number, changes: number): void {
    for (const sink of this.sinks) sink.updated?.(entry, changes);
  }

  settled(entry: number): void {
    for (const sink of this.sinks) sink.settled?.(entry);
  }

  destroyed(entry: number): void {
    for (const sink of this.sinks) sink.destroyed?.(entry);
  }
}
