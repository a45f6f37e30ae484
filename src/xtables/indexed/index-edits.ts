/**
 * IndexEdits: what stands between an index and a chain that has changed since it was built. The index goes on naming rules by the
 * places they had (labels); removed ones are passed over, new ones (extras) are asked in their turn like rules without an index.
 * Good for a few edits; then the index is built anew.
 * @module
 */
/** New rules that are asked one by one. */
const MAX_EXTRAS = 64;
/** One in so many labels may be dead, and a few more. */
const LIVE_PER_DEAD = 4;
const SPARE_DEAD = 16;

/** Stands for a rule the index does not know. */
const NO_LABEL = -1;
/** Beyond every place. */
const NOWHERE = 0x7fffffff;

export class IndexEdits {
  /** Rules the index was built of. */
  private readonly built: number;
  /** By place: the label, or NO_LABEL. */
  private readonly labels: Int32Array;
  /** By label: the place, or -1. */
  private readonly places: Int32Array;
  /** By place: the first label of a place not before it. */
  private readonly labelsFrom: Int32Array;
  private readonly extras: readonly number[];

  /** `kept`: as in ChainChange. `before`: the edits so far; null: none, the index has been built of `built` rules. */
  constructor(built: number, kept: Int32Array, before: IndexEdits | null) {
    this.built = built;
    const count = kept.length;
    const labels = new Int32Array(count);
    const places = new Int32Array(built).fill(-1);
    const extras: number[] = [];
    for (let i = 0; i < count; i++) {
      const was = kept[i]!;
      const label = was < 0 ? NO_LABEL : before === null ? was : before.labels[was]!;
      labels[i] = label;
      if (label >= 0) places[label] = i;
      else extras.push(i);
    }
    const labelsFrom = new Int32Array(count + 1);
    let next = built;
    labelsFrom[count] = next;
    for (let i = count - 1; i >= 0; i--) {
      if (labels[i]! >= 0) next = labels[i]!;
      labelsFrom[i] = next;
    }
    this.labels = labels;
    this.places = places;
    this.labelsFrom = labelsFrom;
    this.extras = extras;
  }

  /** Whether the index is still worth keeping. */
  get areFew(): boolean {
    const dead = this.built - (this.labels.length - this.extras.length);
    return this.extras.length <= MAX_EXTRAS && dead <= this.built / LIVE_PER_DEAD + SPARE_DEAD;
  }

  /** The label from which on the index is to be asked for a rule at `from` or behind. */
  labelFrom(from: number): number {
    return from < this.labelsFrom.length ? this.labelsFrom[from]! : this.built;
  }

  /** Where a label stands; -1: nowhere any more. */
  placeOf(label: number): number {
    return label < this.built ? this.places[label]! : NOWHERE;
  }

  /** The first extra from a place on; beyond every place when there is none. */
  extraFrom(from: number): number {
    const { extras } = this;
    for (let i = 0; i < extras.length; i++) if (extras[i]! >= from) return extras[i]!;
    return NOWHERE;
  }
}
