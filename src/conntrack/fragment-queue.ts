/**
 * FragmentQueue: the pieces of one datagram until all are there. RFC 791 §3.2, RFC 8200 §4.5, RFC 5722.
 *
 * Pieces form runs: a piece that continues the last run joins it, any other begins a run of its own. A piece inside one run is a
 * duplicate; a piece that overlaps otherwise is an attack. (So octets seen already, but in two runs, count as an overlap: that
 * is what the kernel does.)
 * @module
 */

/** What became of a piece. */
export const Insert = { Placed: 0, Duplicate: 1, Overlap: 2 } as const;
export type Insert = (typeof Insert)[keyof typeof Insert];

/** Above every length. */
const NO_HEAD = 0x10000;

interface Run {
  start: number;
  end: number;
  readonly pieces: Uint8Array[];
}

export class FragmentQueue {
  /** Which datagram: family, addresses, id, protocol, user, zone, device. */
  readonly key: Int32Array;
  readonly hash: number;
  /** Jiffies. */
  deadline = 0;
  /** Octets of the datagram's payload, as far as known. */
  length = 0;
  /** Octets here. */
  meat = 0;
  firstIn = false;
  lastIn = false;
  /** ECN codepoints seen, as bits. */
  ecn = 0;
  /** Largest piece, in octets of IP packet; and largest that carried DF. */
  maxSize = 0;
  maxDfSize = 0;
  /** Octets from the start of the frame to the payload of the piece at offset 0, and how many of them are link header. */
  head: Uint8Array | null = null;
  linkLength = 0;
  /** IPv6: fewest octets from the IPv6 header to the fragment header, of the pieces behind the first. */
  leastHead: number = NO_HEAD;
  /** Memory held, by the kernel's measure. */
  memory = 0;
  /** Count of fragments of the same source when the last one came (IPv4). */
  sourceCount = 0;
  /** Next queue in the same hash bucket. */
  sibling: FragmentQueue | null = null;
  /** Neighbours in order of deadline. */
  older: FragmentQueue | null = null;
  younger: FragmentQueue | null = null;
  private readonly runs: Run[] = [];

  constructor(key: Int32Array, hash: number) {
    this.key = key;
    this.hash = hash;
  }

  get isEmpty(): boolean {
    return this.runs.length === 0;
  }

  get isComplete(): boolean {
    return this.firstIn && this.lastIn && this.meat === this.length;
  }

  /** Forget the pieces; the datagram begins anew. */
  restart(): void {
    this.runs.length = 0;
    this.length = 0;
    this.meat = 0;
    this.firstIn = false;
    this.lastIn = false;
    this.ecn = 0;
    this.maxSize = 0;
    this.maxDfSize = 0;
    this.head = null;
    this.leastHead = NO_HEAD;
    this.memory = 0;
  }

  /** Put a piece of the datagram's octets [start, start + piece.length) in its place; the octets are kept, not copied. */
  insert(start: number, piece: Uint8Array): Insert {
    const end = start + piece.length;
    const { runs } = this;
    const last = runs.at(-1);
    if (last === undefined || last.end < end) {
      if (last !== undefined && start < last.end) return Insert.Overlap;
      if (last !== undefined && start === last.end) {
        last.end = end;
        last.pieces.push(piece);
      } else runs.push({ start, end, pieces: [piece] });
      this.meat += piece.length;
      return Insert.Placed;
    }
    const at = this.search(start);
    const run = runs[at];
    if (run !== undefined && run.start < end) return start >= run.start && end <= run.end ? Insert.Duplicate : Insert.Overlap;
    runs.splice(at, 0, { start, end, pieces: [piece] });
    this.meat += piece.length;
    return Insert.Placed;
  }

  /** Call `visit` with each piece in order of offset. */
  forEach(visit: (piece: Uint8Array) => void): void {
    for (const run of this.runs) run.pieces.forEach(visit);
  }

  get pieceCount(): number {
    let count = 0;
    for (const run of this.runs) count += run.pieces.length;
    return count;
  }

  /** The first run that ends behind `start`: the one that overlaps [start, end), or the one to stand before. */
  private search(start: number): number {
    let low = 0;
    let high = this.runs.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.runs[middle]!.end <= start) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
