/**
 * The contract of a helper: a reader of payloads that announces connections to come. One file a helper, listed in index.ts.
 * @module
 */
import type { Verdict } from '../../hook/verdict.ts';
import type { Packet } from '../../packet/packet.ts';
import type { Core } from '../core.ts';
import type { Expectation } from '../expect.ts';

export interface Helper {
  /** The word after `CT --helper`. */
  readonly name: string;
  readonly protocol: number;
  /** Expectations one connection may have at a time. */
  readonly maxExpected: number;
  /** Seconds an expectation waits. */
  readonly timeoutSec: number;
  /** int32 words it remembers per connection. */
  readonly memoryWords: number;
  /** Registered for IPv4 alone. */
  readonly onlyIpv4?: true;
  /** Look at a packet of the connection; not Accept: the packet ends with that verdict. */
  readonly look: (core: Core, packet: Packet, entry: number) => Verdict;
  /** The connection, which was confirmed, leaves the table. */
  readonly end?: (core: Core, entry: number) => void;
}

/**
 * The NAT half of a helper: rewrites the announcement, registers the (changed) expectation. `kind` and the place of the
 * announcement (octets from the start of the payload) are the helper's. Answers the packet's verdict.
 */
export type NatHelper = (packet: Packet, announcement: Announcement, expectation: Expectation) => Verdict;

interface Announcement {
  readonly entry: number;
  /** Which form of announcement, in the helper's own numbers. */
  readonly kind: number;
  /** Octets of the announcement in the payload. */
  readonly offset: number;
  readonly length: number;
}
