/**
 * Counters of connection tracking, as `conntrack -S` tells them (summed over CPUs).
 * @module
 */
export class ConntrackStats {
  /** Lookups for NAT that found the tuple taken. */
  found = 0;
  /** Packets that belong to no connection and may make none. */
  invalid = 0;
  /** Entries put in by others than a packet. */
  insert = 0;
  /** Confirmations refused: the tuple was taken. */
  insertFailed = 0;
  /** Packets dropped because no entry could be made or confirmed. */
  drop = 0;
  /** Packets among them that found the table full; `conntrack -S` has them in `drop`, the kernel's log says it. */
  tableFull = 0;
  /** Entries removed to make room. */
  earlyDrop = 0;
  /** ICMP errors about nothing known, or malformed. */
  error = 0;
  searchRestart = 0;
  clashResolve = 0;
  chainTooLong = 0;
}
