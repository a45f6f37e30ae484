/**
 * The door through which the NAT halves of helpers reach connection tracking.
 * @module
 */
import type { Core } from '../core.ts';
import type { Expectation, Expected } from '../expect.ts';
import { HZ } from '../options.ts';
import type { Tuple } from '../tuple.ts';
import type { NatH323 } from './h323/h323-nat.ts';
import type { NatPptp } from './pptp-nat.ts';
import type { NatSip } from './sip-nat.ts';

export class HelperDoor {
  private readonly core: Core;

  constructor(core: Core) {
    this.core = core;
  }

  setNatH323(nat: NatH323): void {
    this.core.natH323 = nat;
  }

  setNatPptp(nat: NatPptp): void {
    this.core.natPptp = nat;
  }

  setNatSip(nat: NatSip): void {
    this.core.natSip = nat;
  }

  /** Announce a connection; the same one announced for another connection is Already there, not Busy. */
  expectOnce(expectation: Expectation, limit: number, timeoutSec: number): Expected {
    expectation.deadline = this.core.now + timeoutSec * HZ;
    return this.core.expectations.add(expectation, limit, this.core.now, true);
  }

  /** The expectation a packet of this tuple would fit, or null. */
  find(tuple: Tuple, zone: number): Expectation | null {
    return this.core.expectations.find(tuple, zone, this.core.now);
  }

  /** What a connection waits for, newest first. */
  ofMaster(master: number): readonly Expectation[] {
    return this.core.expectations.ofMaster(master, this.core.now);
  }

  /** What the helper of a connection remembers, or null. */
  memory(entry: number): Int32Array | null {
    return this.core.extra(entry)?.memory ?? null;
  }
}
