/**
 * InflateRing: what the decompressing thread and the reading one share. Octets go through a ring of slots; each side owns a
 * count, and a slot belongs to the writer while `filled - taken` is below the number of slots.
 *
 *   words   filled | taken | stop | state | length of the failure | lengths of the slots ...
 *   octets  slots ... | failure as JSON
 *
 * Both sides wait without turning: atomics are touched once a slot, a quarter of a mebibyte.
 * @module
 */
const SLOTS = 8;
const SLOT_LEN = 256 * 1024;
const FAILURE_LEN = 8192;

const FILLED = 0;
const TAKEN = 1;
const STOP = 2;
const STATE = 3;
const FAILURE = 4;
const LENGTHS = 5;

/** Longest a side sleeps before it looks again, should a wake-up be lost. */
const LOOK_MS = 100;

/** What the writer has come to. */
export const RingState = { Starting: 0, Running: 1, Ended: 2, Failed: 3 } as const;
export type RingState = (typeof RingState)[keyof typeof RingState];

export class InflateRing {
  readonly memory: SharedArrayBuffer;
  private readonly words: Int32Array;
  private readonly octets: Uint8Array;

  constructor(memory: SharedArrayBuffer = new SharedArrayBuffer(4 * (LENGTHS + SLOTS) + SLOTS * SLOT_LEN + FAILURE_LEN)) {
    this.memory = memory;
    this.words = new Int32Array(memory, 0, LENGTHS + SLOTS);
    this.octets = new Uint8Array(memory, 4 * (LENGTHS + SLOTS));
  }

  get state(): RingState {
    return Atomics.load(this.words, STATE) as RingState;
  }

  get stopped(): boolean {
    return Atomics.load(this.words, STOP) !== 0;
  }

  // -- the writer's side

  /** Wait for a free slot. Null: nobody wants any more. */
  free(): Uint8Array | null {
    const { words } = this;
    Atomics.compareExchange(words, STATE, RingState.Starting, RingState.Running);
    const filled = Atomics.load(words, FILLED);
    for (;;) {
      if (this.stopped) return null;
      const taken = Atomics.load(words, TAKEN);
      if (((filled - taken) | 0) < SLOTS) return this.slot(filled);
      Atomics.wait(words, TAKEN, taken, LOOK_MS);
    }
  }

  /** The slot holds so many octets. */
  publish(length: number): void {
    const { words } = this;
    words[LENGTHS + (Atomics.load(words, FILLED) & (SLOTS - 1))] = length;
    Atomics.add(words, FILLED, 1);
    Atomics.notify(words, FILLED);
  }

  /** Nothing comes any more; with a failure, as JSON. */
  end(failure: string | null): void {
    const { words, octets } = this;
    if (failure !== null) {
      const text = new TextEncoder().encode(failure).subarray(0, FAILURE_LEN);
      octets.set(text, SLOTS * SLOT_LEN);
      words[FAILURE] = text.length;
    }
    Atomics.store(words, STATE, failure === null ? RingState.Ended : RingState.Failed);
    Atomics.notify(words, FILLED);
  }

  // -- the reader's side

  /** Wait for a full slot, LOOK_MS at most; null when there is none. */
  full(): Uint8Array | null {
    const { words } = this;
    const taken = Atomics.load(words, TAKEN);
    if (Atomics.load(words, FILLED) === taken && this.state < RingState.Ended) Atomics.wait(words, FILLED, taken, LOOK_MS);
    if (Atomics.load(words, FILLED) === taken) return null;
    return this.slot(taken).subarray(0, words[LENGTHS + (taken & (SLOTS - 1))]!);
  }

  /** The slot may be filled again. */
  release(): void {
    Atomics.add(this.words, TAKEN, 1);
    Atomics.notify(this.words, TAKEN);
  }

  stop(): void {
    Atomics.store(this.words, STOP, 1);
    Atomics.notify(this.words, TAKEN);
  }

  /** What end() was told. */
  get failure(): string {
    const from = SLOTS * SLOT_LEN;
    return new TextDecoder().decode(this.octets.slice(from, from + this.words[FAILURE]!));
  }

  private slot(number: number): Uint8Array {
    const at = (number & (SLOTS - 1)) * SLOT_LEN;
    return this.octets.subarray(at, at + SLOT_LEN);
  }
}
