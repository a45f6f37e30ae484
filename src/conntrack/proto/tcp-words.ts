/**
 * The words of a TCP connection, a row of EntryTable.proto: five of each side, then what was remembered of the last segment.
 * @module
 */

export const TcpWord = {
  /** Words of a side: the original's come first. */
  Side: 5,
  // -- of a side
  End: 0,
  MaxEnd: 1,
  MaxWin: 2,
  MaxAck: 3,
  /** Flags of the side, and its scale above SCALE_SHIFT. */
  Flags: 4,
  // -- of the connection
  /** Class << 1 | direction. */
  LastPacket: 10,
  /** Flags and scale of an ignored SYN. */
  LastOptions: 11,
  LastSeq: 12,
  LastAck: 13,
  LastEnd: 14,
  /** Raw window, and the number of retransmissions << RETRANS_SHIFT. */
  LastWin: 15,
} as const;
export const RETRANS_SHIFT = 16;
