/**
 * FreshBook: what became of packets that began something, by all that decided it: the device, TOS and conntrack state, protocol and flags,
 * NAT's bits and the mark of the connection, and the classes of addresses and ports (inet/field-classes.ts) in front of a translation and
 * behind it. Random numbers that a rule drew decide which of a tree of answers it is. Open addressing; a key is ten words.
 * @module
 */
import type { WalkNotes } from '../hook/walk-notes.ts';
import type { Bindings } from '../nat/bindings.ts';
import type { FlowPlan } from './flow-plan.ts';

export const KEY_WORDS = 10;
/** Most that is kept; then all is forgotten. */
const MOST = 32_768;
const FIRST_SLOTS = 1024;
const MIX = 0x9e3779b1;
/** Bits by which keys are told that were asked for before, by the upper bits of their hashes. */
const SEEN_BITS = 20;

/** How a packet fared; or, where that hangs on a random number first, how it fares on either side of it. */
export class Fresh {
  /** null: a number of 31 bits is drawn, and compared with `threshold`. */
  plan: FlowPlan | null = null;
  /** How the packet's connection was bound; null: it was there already. */
  bindings: Bindings | null = null;
  threshold = 0;
  below: Fresh | null = null;
  above: Fresh | null = null;
}

export class FreshBook {
  /** The key asked for, to be filled in by the asker. */
  readonly key: Int32Array = new Int32Array(KEY_WORDS);
  private keys: Int32Array = new Int32Array(FIRST_SLOTS * KEY_WORDS);
  /** Numbers in `plans`, by slot; 0: free. */
  private slots: Int32Array = new Int32Array(FIRST_SLOTS);
  private readonly seen: Int32Array = new Int32Array(1 << (SEEN_BITS - 5));
  /** Of the key searched last. */
  private hash = 0;
  private readonly plans: (Fresh | null)[] = [null];

  /** What stands under `key`, or null. */
  find(): Fresh | null {
    return this.plans[this.slots[this.slotOf(this.key, 0)]!]!;
  }

  /** Whether `key`, which find() has just been asked for, or one like it was seen before; from now on it was. */
  see(): boolean {
    const bit = this.hash >>> (32 - SEEN_BITS);
    const wasSeen = (this.seen[bit >>> 5]! & (1 << (bit & 31))) !== 0;
    this.seen[bit >>> 5]! |= 1 << (bit & 31);
    return wasSeen;
  }

  /** What is to be filled in under `key`: behind these draws, as notes tell them; null when there they are others. */
  place({ draws, drawn, wasBelow }: WalkNotes): Fresh | null {
    let node = this.find() ?? this.add();
    for (let i = 0; i < draws; i++) {
      if (node.plan !== null || (node.below !== null && node.threshold !== drawn[i])) return null;
      node.threshold = drawn[i]!;
      // both, so that one with neither is one that was not filled in
      node.below ??= new Fresh();
      node.above ??= new Fresh();
      node = wasBelow[i] === 1 ? node.below : node.above;
    }
    return node.plan === null && node.below === null ? node : null;
  }

  private add(): Fresh {
    if (this.plans.length > MOST) this.clear();
    if (this.plans.length * 2 > this.slots.length) this.enlarge();
    const slot = this.slotOf(this.key, 0);
    const fresh = new Fresh();
    this.keys.set(this.key, slot * KEY_WORDS);
    this.slots[slot] = this.plans.push(fresh) - 1;
    return fresh;
  }

  clear(): void {
    this.slots.fill(0);
    this.seen.fill(0);
    this.plans.length = 1;
  }

  /** Where a key stands, or would. */
  private slotOf(key: Int32Array, from: number): number {
    const { slots, keys } = this;
    const mask = slots.length - 1;
    let hash = 0;
    for (let i = from; i < from + KEY_WORDS; i++) hash = Math.imul(hash ^ (hash >>> 15) ^ key[i]!, MIX);
    this.hash = hash;
    let slot = (hash ^ (hash >>> 16)) & mask;
    while (slots[slot] !== 0 && !isSame(keys, slot * KEY_WORDS, key, from)) slot = (slot + 1) & mask;
    return slot;
  }

  private enlarge(): void {
    const { slots, keys } = this;
    this.slots = new Int32Array(slots.length * 2);
    this.keys = new Int32Array(keys.length * 2);
    for (let old = 0; old < slots.length; old++) {
      if (slots[old] === 0) continue;
      const slot = this.slotOf(keys, old * KEY_WORDS);
      this.keys.set(keys.subarray(old * KEY_WORDS, (old + 1) * KEY_WORDS), slot * KEY_WORDS);
      this.slots[slot] = slots[old]!;
    }
  }
}

function isSame(a: Int32Array, at: number, b: Int32Array, from: number): boolean {
  for (let i = 0; i < KEY_WORDS; i++) if (a[at + i] !== b[from + i]) return false;
  return true;
}
