/**
 * Bindings: how both sides of a new flow were bound while its first packet walked the hooks, so that another flow of which every rule
 * would answer the same can be bound alike without a walk (Nat.bindAlike, engine/fresh-path.ts). What is kept is what a rule offered; the
 * choice within it is made for each flow anew.
 * @module
 */
import { hasOneAddress, Manip, type NatRange, PROTO_RANDOM_ALL, RangeFlag, RangeScratch } from './range.ts';

/** Nobody decided; no rule did, and the side stays what it is if it can; a rule did. */
export const Bound = { Not: 0, ByNone: 1, ByRule: 2 } as const;
export type Bound = (typeof Bound)[keyof typeof Bound];

export class Bindings {
  /** Whether a walk is being noted. */
  on = false;
  /** What the bindings themselves changed of the connection, as the connection table counts changes. */
  changes = 0;
  source: Bound = Bound.Not;
  destination: Bound = Bound.Not;
  readonly sourceRange: RangeScratch = new RangeScratch();
  readonly destinationRange: RangeScratch = new RangeScratch();
  /** The flow ends when it leaves by another device. */
  masquerades = false;

  begin(): void {
    this.on = true;
    this.changes = 0;
    this.source = Bound.Not;
    this.destination = Bound.Not;
    this.masquerades = false;
  }

  end(): void {
    this.on = false;
  }

  note(manip: Manip, range: NatRange, byNoRule: boolean, changes: number): void {
    const how = byNoRule ? Bound.ByNone : Bound.ByRule;
    this.changes += changes;
    if (manip === Manip.Source) {
      this.source = how;
      this.sourceRange.copyFrom(range);
    } else {
      this.destination = how;
      this.destinationRange.copyFrom(range);
    }
  }

  /** A side stays what it is. */
  noteNone(manip: Manip, changes: number): void {
    this.changes += changes;
    if (manip === Manip.Source) this.source = Bound.ByNone;
    else this.destination = Bound.ByNone;
  }

  get isNone(): boolean {
    return this.source === Bound.Not && this.destination === Bound.Not && !this.masquerades;
  }

  /** Whether all flows bound so go to one address, each to a port that its own port decides. */
  get hasFixedDestination(): boolean {
    if (this.destination !== Bound.ByRule) return true;
    const { destinationRange: range } = this;
    const { flags, minProto, maxProto } = range;
    if ((flags & RangeFlag.MapIps) === 0 || !hasOneAddress(range)) return false;
    if ((flags & (PROTO_RANDOM_ALL | RangeFlag.ProtoOffset | RangeFlag.Netmap)) !== 0) return false;
    return (flags & RangeFlag.ProtoSpecified) === 0 || minProto === maxProto;
  }

  /** A copy that stays. */
  kept(): Bindings {
    const copy = new Bindings();
    copy.source = this.source;
    copy.destination = this.destination;
    copy.sourceRange.copyFrom(this.sourceRange);
    copy.destinationRange.copyFrom(this.destinationRange);
    copy.masquerades = this.masquerades;
    return copy;
  }
}
