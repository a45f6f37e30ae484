/**
 * Counters of a rule set: packets and octets of every rule and every chain's end, by number. Doubles: exact to 2^53. The arrays are
 * others once a rule set has grown (RuleSet.generation tells).
 *
 * Packets that were spared the walk through the rules are counted by what they have in common (engine/flow-path.ts) and added here
 * when somebody looks.
 * @module
 */
import type { WalkNotes } from '../hook/walk-notes.ts';

export class Counters {
  /** Where something may be due still. */
  readonly deferred: Pick<WalkNotes, 'settle'>[] = [];
  /** As counted so far, without what is due. */
  packetCounts: Float64Array;
  octetCounts: Float64Array;

  constructor(size: number) {
    this.packetCounts = new Float64Array(size);
    this.octetCounts = new Float64Array(size);
  }

  get packets(): Float64Array {
    this.settle();
    return this.packetCounts;
  }

  get bytes(): Float64Array {
    this.settle();
    return this.octetCounts;
  }

  /** Take over what is due. */
  settle(): void {
    for (const notes of this.deferred) notes.settle();
  }

  /** Have room for numbers below `size`. */
  reserve(size: number): void {
    if (size <= this.packetCounts.length) return;
    this.packetCounts = copied(this.packetCounts, size + (size >>> 2));
    this.octetCounts = copied(this.octetCounts, size + (size >>> 2));
  }

  /** Count on at `to` for what counted at `from`: kept[i] is the place there of what is at place i now, -1 for nothing. */
  carryOver(kept: Int32Array, from: number, to: number): void {
    for (let i = 0; i < kept.length; ) {
      const first = kept[i]!;
      let end = i + 1;
      while (end < kept.length && first >= 0 && kept[end] === first + end - i) end++;
      if (first >= 0) {
        this.packetCounts.copyWithin(to + i, from + first, from + first + end - i);
        this.octetCounts.copyWithin(to + i, from + first, from + first + end - i);
      }
      i = end;
    }
  }

  set(id: number, packets: number, bytes: number): void {
    this.packetCounts[id] = packets;
    this.octetCounts[id] = bytes;
  }
}

function copied(from: Float64Array, size: number): Float64Array {
  const to = new Float64Array(size);
  to.set(from);
  return to;
}
