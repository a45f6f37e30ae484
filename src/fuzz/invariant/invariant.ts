/**
 * Invariant: something that holds for every packet of every run, or else a sentence that says how it does not.
 * @module
 */
import type { Configuration, Observation } from '../observe.ts';

/** Told of every packet of one run, in order. null: all is well. */
export type Check = (observation: Observation) => string | null;

export interface Invariant {
  /** As `--invariant` names it. */
  readonly name: string;
  /** What it claims, as a sentence. */
  readonly claim: string;
  /** What it asks about, in words of a rule (`-p udp --dport 53 -d 10.0.0.0/8`), so that traffic goes there too. */
  readonly about?: string;
  /** A check for one run; what it remembers belongs to that run. */
  start(configuration: Configuration): Check;
}

/** The first violation of a run. */
export interface Violation {
  readonly invariant: Invariant;
  /** What was found. */
  readonly text: string;
  /** The packet at which it shows. */
  readonly observation: Observation;
}

/** Hold every invariant against a run; null when all hold. */
export function firstViolation(
  configuration: Configuration,
  invariants: readonly Invariant[],
  observations: readonly Observation[],
): Violation | null {
  const checks = invariants.map((invariant) => ({ invariant, check: invariant.start(configuration) }));
  for (const observation of observations) {
    for (const { invariant, check } of checks) {
      const text = check(observation);
      if (text !== null) return { invariant, text, observation };
    }
  }
  return null;
}
