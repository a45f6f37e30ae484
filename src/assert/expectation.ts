/**
 * Expectations: what traffic must meet, in sentences.
 *
 *   10.0.0.0/8 -> any tcp/22 is accepted
 *   nothing from dmz reaches lan
 *   some wan -> 192.0.2.80 tcp/80,443 NEW is translated to 10.0.0.80 by nat:PREROUTING:3
 *   no any -> host tcp/23 is accepted
 *
 *   sentence = ["all" | "some" | "no"] flow "is" outcome ["by" rule] ["," count]
 *            | "nothing" ["from" place] "reaches" place [what] ["," count]
 *   flow     = place "->" place [what]
 *   place    = an interface, an address or prefix, "host" (the router itself), "any", or a name given under `places`
 *   what     = [protocol ["/" ports]] [states]
 *   outcome  = "accepted" | "dropped" | "rejected" | "forwarded" | "delivered" | "sent"
 *            | "translated to" address[":"port] | "untranslated"
 *   rule     = table:CHAIN:number, table:CHAIN:policy, or file:line
 *   count    = ("at least" | "at most" | "exactly") number
 *
 * @module
 */
import type { Location } from '../errors.ts';
import type { Prefix } from '../inet/prefix.ts';

export type Quantifier = 'all' | 'some' | 'no';

/** Any of these. */
export interface Place {
  readonly any: boolean;
  readonly host: boolean;
  readonly devices: readonly string[];
  readonly prefixes: readonly Prefix[];
}

export interface What {
  /** -1: any. */
  readonly protocol: number;
  /** Destination ports, flat: lo,hi,lo,hi; null: any. */
  readonly ports: Uint16Array | null;
  /** State bits; 0: any. */
  readonly states: number;
}

export type Outcome =
  | { readonly kind: 'accepted' | 'dropped' | 'rejected' | 'forwarded' | 'delivered' | 'sent' | 'untranslated' }
  | { readonly kind: 'reaches'; readonly place: Place }
  | { readonly kind: 'translated'; readonly prefix: Prefix; readonly port: number };

export interface Count {
  readonly kind: 'at least' | 'at most' | 'exactly';
  readonly number: number;
}

export interface Expectation {
  /** What people read: its name, or the sentence. */
  readonly name: string;
  readonly sentence: string;
  readonly at: Location;
  readonly quantifier: Quantifier;
  readonly from: Place;
  readonly to: Place;
  readonly what: What;
  readonly outcome: Outcome;
  /** Name of a rule, or `file:line`; '' for any. */
  readonly by: string;
  readonly count: Count | null;
}
