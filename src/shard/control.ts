/**
 * Control: the few numbers that all threads of a replay see, in shared memory.
 *
 *   limit     chunks that may be begun: the writer's way of saying "not so fast"
 *   state     0 go on, 1 end with the limit, 2 stop at once
 *   waiting   by worker: 1 while it waits for the limit to rise
 *
 * Looked at once a chunk.
 * @module
 */
const LIMIT = 0;
const STATE = 1;
const WAITING = 2;

const State = { Go: 0, End: 1, Stop: 2 } as const;
/** Looks before a worker goes to sleep: waking one up costs 25 µs. */
const SPINS = 2000;
const NAP_MS = 50;

/** What a worker that waits looks at, and tells. */
export interface Stop {
  readonly stopped: boolean;
  waiting(worker: number, is: boolean): void;
}

export class Control implements Stop {
  private readonly words: Int32Array;

  constructor(memory: SharedArrayBuffer) {
    this.words = new Int32Array(memory);
  }

  static create(workers: number): SharedArrayBuffer {
    return new SharedArrayBuffer((WAITING + workers) * Int32Array.BYTES_PER_ELEMENT);
  }

  // -- the thread that writes

  allow(chunks: number): void {
    Atomics.store(this.words, LIMIT, chunks);
    Atomics.notify(this.words, LIMIT);
  }

  /** No chunk beyond those allowed; what was begun is finished, and told. */
  end(): void {
    this.set(State.End);
  }

  stop(): void {
    this.set(State.Stop);
  }

  isWaiting(worker: number): boolean {
    return Atomics.load(this.words, WAITING + worker) === 1;
  }

  // -- workers

  get stopped(): boolean {
    return Atomics.load(this.words, STATE) === State.Stop;
  }

  /** Wait until a chunk may be begun; false when it is not to be. */
  mayBegin(worker: number, chunk: number): boolean {
    const { words } = this;
    for (let looks = 0; ; looks++) {
      const state = Atomics.load(words, STATE);
      if (state === State.Stop) return false;
      const limit = Atomics.load(words, LIMIT);
      if (chunk < limit) return true;
      if (state === State.End) return false;
      if (looks < SPINS) continue;
      this.waiting(worker, true);
      Atomics.wait(words, LIMIT, limit, NAP_MS);
      this.waiting(worker, false);
    }
  }

  /** Worker waits for another, or does no more. */
  waiting(worker: number, is: boolean): void {
    Atomics.store(this.words, WAITING + worker, is ? 1 : 0);
  }

  private set(state: number): void {
    Atomics.store(this.words, STATE, state);
    Atomics.notify(this.words, LIMIT);
  }
}
