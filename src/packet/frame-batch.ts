/**
 * FrameBatch: the next frames of a capture, as far as they stand in memory and are of one interface, and what the flow path (engine/flow-path.ts) makes of
 * their octets: sixteen words each.
 *
 *   filled by      words
 *   the capture    Start, End   octets of `view`      Wire   length on the wire        Record   where its record begins
 *   checkIpv4      Kind         FrameKind      Source, Target, Ports, Octets, Ttl
 *                  Sequence, SequenceEnd, Acknowledged, Flags     of a TCP segment (Flags: offset, flags, window)
 *   FrameIngress   Device       interface number
 *   TupleIndex     Hash         where the search for the frame's connection begins
 *
 * Times stand beside, since they are no 32-bit numbers. Valid until the capture is read on.
 * @module
 */

/** Words of a frame. */
export const FRAME_WORDS = 16;
/** Which word is which. */
export const FrameWord = {
  Start: 0,
  End: 1,
  Wire: 2,
  Record: 3,
  Kind: 4,
  Source: 5,
  Target: 6,
  Ports: 7,
  /** Type of service << 16 | octets of the IP packet. */
  Octets: 8,
  Ttl: 9,
  Sequence: 10,
  Acknowledged: 11,
  Flags: 12,
  Device: 13,
  Hash: 14,
  SequenceEnd: 15,
} as const;

/** What stands in Kind: a protocol, with Steady perhaps; or, not above Other, what the flow path leaves alone. */
export const FrameKind = {
  /** A segment that opens or resets a connection: its way is the long one, but what that will look for may be touched. The octet is TCP's. */
  Opening: -250,
  /** Nothing is told of it. */
  Other: 0,
  Protocol: 0xff,
  /** A TCP segment that says ACK, and neither SYN, FIN nor RST, and reports no SACK blocks. */
  Steady: 0x100,
} as const;

/** Frames of a batch: their words and octets stay in the first-level cache. */
export const FRAME_CAPACITY = 128;
const NO_BYTES = new Uint8Array(0);
const NOWHERE = new DataView(NO_BYTES.buffer);

export class FrameBatch {
  readonly words: Int32Array = new Int32Array(FRAME_CAPACITY * FRAME_WORDS);
  /** Arrival, microseconds since the epoch. */
  readonly times: Float64Array = new Float64Array(FRAME_CAPACITY);
  /** Nanoseconds beside those. */
  readonly remainders: Int32Array = new Int32Array(FRAME_CAPACITY);
  readonly capacity: number = FRAME_CAPACITY;
  /** Numbers of the frames among all packets, where others are missing between them; else they count from `first`. */
  numbers: Float64Array | null = null;
  first = 0;
  /** Frames it holds. */
  count = 0;
  view: DataView = NOWHERE;
  bytes: Uint8Array = NO_BYTES;
  /** Octet of the capture that stands at offset 0 of `view`. */
  base = 0;
  /** Place of the record behind the last frame, where its reader wants to know. */
  next = 0;
  /** Link type and name of the interface. */
  linkType = -1;
  interfaceName = '';

  /** Frame `n` is nobody's here: no stage looks at it, and it counts as met. */
  leaveOut(n: number): void {
    this.words[n * FRAME_WORDS + FrameWord.End] = this.words[n * FRAME_WORDS + FrameWord.Start]! - 1;
  }
}
