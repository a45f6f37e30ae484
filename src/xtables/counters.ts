/**
 * Counters of a rule set: packets and octets of every rule and every chain's end, by number. Doubles: exact to 2^53.
 *
 * Packets that were spared the walk through the rules are counted by what they have in common (engine/flow-path.ts) and added here
 * when somebody looks.
 * @module
 */
import type { WalkNotes } from '../hook/walk-notes.ts';

export class Counters {
  /** Where something may be due still. */
  readonly deferred: Pick<WalkNotes, 'settle'>[] = [];
  private readonly packetCounts: Float64Array;
  private readonly octetCounts: Float64Array;

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

  private settle(): void {
    for (const notes of this.deferred) notes.settle();
  }
}
