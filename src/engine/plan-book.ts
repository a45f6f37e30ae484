/**
 * PlanBook: all plans there are, by number and by what they say, and how many packets went by each. Counters of rules are brought
 * up to date when somebody reads them (settle): a packet then costs one count, however many rules it passed.
 * @module
 */
import type { WalkNotes } from '../hook/walk-notes.ts';
import type { FlowPlan } from './flow-plan.ts';

/** Plan numbers that fit in a connection entry. */
const MOST = 0xffff;
const FIRST_ROOM = 64;
/** What `due` is when more than one plan has something to settle. */
const SEVERAL = -1;

export class PlanBook {
  private readonly notes: WalkNotes;
  private readonly plans: (FlowPlan | null)[] = [null];
  /** Open addressing: numbers of plans by their hash. */
  private slots: Int32Array = new Int32Array(FIRST_ROOM * 4);
  /** Packets and octets that are not counted at their rules yet, by number. */
  private counts: Float64Array = new Float64Array(FIRST_ROOM * 2);
  /** The plan that has some; 0: none, SEVERAL: ask all. */
  private due = 0;

  constructor(notes: WalkNotes) {
    this.notes = notes;
    notes.settle = () => this.settle();
  }

  get isFull(): boolean {
    return this.plans.length > MOST;
  }

  /** Number of the next plan. */
  get next(): number {
    return this.plans.length;
  }

  /** The plan of a number that an entry holds. */
  plan(number: number): FlowPlan {
    return this.plans[number]!;
  }

  count(number: number, octets: number): void {
    const { counts } = this;
    counts[number * 2]! += 1;
    counts[number * 2 + 1]! += octets;
    if (this.due !== number) this.due = this.due === 0 ? number : SEVERAL;
  }

  /** Where the search for a plan with this hash begins, and goes on; -1: at its end. */
  first(hash: number): number {
    const at = hash & (this.slots.length - 1);
    return this.slots[at] === 0 ? -1 : at;
  }

  after(at: number): number {
    const next = (at + 1) & (this.slots.length - 1);
    return this.slots[next] === 0 ? -1 : next;
  }

  at(at: number): FlowPlan {
    return this.plans[this.slots[at]!]!;
  }

  /** Take a plan in whose number is `next`. */
  add(plan: FlowPlan): void {
    this.plans.push(plan);
    if (plan.number * 4 >= this.slots.length) this.layOut(this.slots.length * 4);
    else this.place(plan);
    if (plan.number * 2 + 2 > this.counts.length) {
      const more = new Float64Array(this.counts.length * 2);
      more.set(this.counts);
      this.counts = more;
    }
  }

  /** No plan holds any more; their numbers stay taken. */
  invalidate(): void {
    this.settle();
    for (let i = 1; i < this.plans.length; i++) this.plans[i]!.invalidate();
    this.slots.fill(0);
  }

  /** Forget all plans: no entry may hold a number of one. */
  clear(): void {
    this.settle();
    this.plans.length = 1;
    this.slots.fill(0);
  }

  settle(): void {
    const { due } = this;
    if (due === 0) return;
    this.due = 0;
    if (due !== SEVERAL) this.settlePlan(due);
    else for (let i = 1; i < this.plans.length; i++) this.settlePlan(i);
  }

  private settlePlan(number: number): void {
    const { counts } = this;
    const packets = counts[number * 2]!;
    if (packets === 0) return;
    const octets = counts[number * 2 + 1]!;
    counts[number * 2] = 0;
    counts[number * 2 + 1] = 0;
    const { owners, ids } = this.plan(number);
    for (let i = 0; i < ids.length; i++) this.notes.counters[owners[i]!]!.add(ids[i]!, packets, octets);
  }

  private layOut(size: number): void {
    this.slots = new Int32Array(size);
    for (let i = 1; i < this.plans.length; i++) if (this.plans[i]!.isValid) this.place(this.plans[i]!);
  }

  private place(plan: FlowPlan): void {
    const mask = this.slots.length - 1;
    let at = plan.hash & mask;
    while (this.slots[at] !== 0) at = (at + 1) & mask;
    this.slots[at] = plan.number;
  }
}
