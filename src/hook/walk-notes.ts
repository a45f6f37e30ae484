/**
 * WalkNotes: what is written down of one packet's walk through the hooks, so that the next packet of its flow need not walk them
 * (engine/flow-path.ts). Rule sets note every counter that moves; whoever looks at more of a packet than all packets of its flow
 * have in common, or does more than to answer, calls spoil().
 *
 * A flow here is: one direction of one connection in one conntrack state, with its connmark, the device it came in by, TOS and the
 * TCP flags that were asked about.
 * @module
 */

import type { FieldCuts } from '../inet/field-classes.ts';
import type { Random } from '../inet/random.ts';

/** Counters that belong to one rule set as it is attached. */
export interface NotedCounters {
  /** Packets and octets for rule `id` that were not counted one by one. */
  add(id: number, packets: number, octets: number): void;
  /** A packet passed rule `id` without a walk: told only while `listens`. */
  passed(id: number): void;
  readonly listens: boolean;
  /** How many rules there are. */
  readonly rules: number;
  /** Tell where the rules cut the fields of IPv4 packets, as far as what they ask is the same for a whole flow. */
  cutFields(cuts: FieldCuts): void;
}

const FIRST_ROOM = 64;
/** A Service of Kubernetes draws once for each endpoint but the last. */
const MOST_DRAWS = 64;

export class WalkNotes {
  /** Moves with every change of rules. */
  version = 0;
  /** Whether a walk is being noted. */
  on = false;
  /** False once the walk depended on more than the flow. */
  constant = true;
  /** A rule bound a side of the flow to other addresses (nat/bindings.ts). */
  binds = false;
  /** Mark of the packet when it entered the hook it walked last. */
  mark = 0;
  /** TCP flags that the walk depended on. */
  tcpFlags = 0;
  /** Random numbers of 31 bits that were drawn, what each was compared with, and whether it was below. */
  draws = 0;
  readonly drawn: Int32Array = new Int32Array(MOST_DRAWS);
  readonly wasBelow: Uint8Array = new Uint8Array(MOST_DRAWS);
  /** Where they come from; set by the flow path. */
  random: Random | null = null;
  /** Counters that moved, in order: whose, and which rule's. */
  count = 0;
  owners: Int32Array = new Int32Array(FIRST_ROOM);
  ids: Int32Array = new Int32Array(FIRST_ROOM);
  /** By number: all counters there are. */
  readonly counters: NotedCounters[] = [];
  /** Bring counters up to date; set by the flow path. */
  settle: () => void = () => undefined;

  /** Take part, with rules that are new: what was noted before holds no longer. Answers the number to note under. */
  register(counters: NotedCounters): number {
    this.version++;
    return this.counters.push(counters) - 1;
  }

  begin(): void {
    this.on = true;
    this.constant = true;
    this.binds = false;
    this.draws = 0;
    this.tcpFlags = 0;
    this.count = 0;
  }

  end(): void {
    this.on = false;
  }

  /** A draw decided what came next. */
  drew(random: Random, threshold: number, isBelow: boolean): void {
    if (random !== this.random || this.draws === MOST_DRAWS) this.constant = false;
    else {
      this.drawn[this.draws] = threshold;
      this.wasBelow[this.draws++] = isBelow ? 1 : 0;
    }
  }

  /** What is done or asked here may come out otherwise for the next packet of the flow. */
  spoil(): void {
    this.constant = false;
  }

  /** Allocates only when a packet hits more rules than any before. */
  hit(owner: number, id: number): void {
    if (this.count === this.ids.length) {
      this.owners = doubled(this.owners);
      this.ids = doubled(this.ids);
    }
    this.owners[this.count] = owner;
    this.ids[this.count++] = id;
  }
}

function doubled(words: Int32Array): Int32Array {
  const more = new Int32Array(words.length * 2);
  more.set(words);
  return more;
}
