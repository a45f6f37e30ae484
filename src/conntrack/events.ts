/**
 * What connection tracking may tell while it works. Nothing is made or called when no sink is given.
 * @module
 */

/** What changed, as bits. */
export const Change = { Reply: 1, Assured: 2, ProtocolState: 4, Mark: 8, Helper: 16, SeqAdjust: 32, Status: 64, Label: 128 } as const;

/** Entries are numbers, readable during the call (and until `destroyed` returns). */
export interface ConntrackEvents {
  /** An entry was confirmed. */
  created?(entry: number): void;
  updated?(entry: number, changes: number): void;
  /** A packet of a confirmed entry passed the last hook: what changed so far is told to listeners now (nf_ct_deliver_cached_events). */
  settled?(entry: number): void;
  /** A confirmed entry left the table. */
  destroyed?(entry: number): void;
}
