/**
 * A port at which nobody waits yet, from the announced one up (nf_nat_exp_find_port of net/netfilter/nf_nat_helper.c).
 * @module
 */
import type { Conntrack } from '../../conntrack/conntrack.ts';
import { type Expectation, Expected } from '../../conntrack/expect.ts';
import type { Random } from '../../inet/random.ts';

const MAX_ATTEMPTS = 128;
const LAST_PORT = 0xffff;

/** Expectations of the kind a master may have, and how long they wait. */
export interface ExpectPolicy {
  readonly maxExpected: number;
  readonly timeoutSec: number;
}

/** Register the expectation at a port, or at a random one above it that nobody waits at; 0 when none was found. */
export function expectAnyPort(conntrack: Conntrack, random: Random, expectation: Expectation, policy: ExpectPolicy): number {
  const first = expectation.tuple.dstL4;
  const span = LAST_PORT - first;
  let port = first;
  for (let left = Math.min(span, MAX_ATTEMPTS); ; port = first + random.below(span)) {
    expectation.tuple.dstL4 = port;
    const answer = conntrack.expect(expectation, policy.maxExpected, policy.timeoutSec);
    if (answer === Expected.Accepted) return port;
    if (answer !== Expected.Busy || --left < 0) return 0;
  }
}
