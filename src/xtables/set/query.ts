/**
 * What travels with one question to a set: the options of the rule, the packet's facts, and what the element found hands back.
 * One SetQuery lives in each store and is refilled for every question, so that asking allocates nothing.
 * @module
 */

/** How a rule compares an element's counter. */
export type CounterOp = 'eq' | 'ne' | 'lt' | 'gt';

export interface CounterTest {
  readonly op: CounterOp;
  readonly value: number;
}

/** Options of `-m set --match-set`. */
export interface SetTestOptions {
  /** `--return-nomatch`: true when the best element is one marked nomatch, and only then. */
  readonly returnNomatch: boolean;
  /** False for `! --update-counters`. */
  readonly updateCounters: boolean;
  /** False for `! --update-subcounters`: leaves the counters of the members of a list alone. */
  readonly updateSubcounters: boolean;
  readonly packets: CounterTest | null;
  readonly bytes: CounterTest | null;
}

/** A bare `--match-set`. */
export const PLAIN_TEST: SetTestOptions = {
  returnNomatch: false,
  updateCounters: true,
  updateSubcounters: true,
  packets: null,
  bytes: null,
};

/** "The set's own timeout" where an element's timeout is asked for. */
export const SET_TIMEOUT = -1;

export class SetQuery {
  /** Time of the question, microseconds since the store's beginning. */
  nowUs = 0;
  /** Octets of the packet; what its counters grow by. */
  octets = 0;
  options: SetTestOptions = PLAIN_TEST;
  /** Whether counters of elements are compared: not inside a list. */
  compare = true;
  /** Whether counters of elements grow. */
  update = true;

  // -- found: skbinfo of the element, as `SET --map-set` takes it; zero when the set has none
  skbMark = 0;
  skbMask = 0;
  skbPriority = 0;
  skbQueue = 0;

  begin(options: SetTestOptions, nowUs: number, octets: number): void {
    this.nowUs = nowUs;
    this.octets = octets;
    this.options = options;
    this.compare = true;
    this.update = options.updateCounters;
    this.skbMark = 0;
    this.skbMask = 0;
    this.skbPriority = 0;
    this.skbQueue = 0;
  }
}

/** Whether a counter passes a rule's comparison. */
export function counterPasses(counter: number, test: CounterTest | null): boolean {
  if (test === null) return true;
  switch (test.op) {
    case 'eq':
      return counter === test.value;
    case 'ne':
      return counter !== test.value;
    case 'lt':
      return counter < test.value;
    case 'gt':
      return counter > test.value;
  }
}
