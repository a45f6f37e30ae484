/**
 * The way of one packet as plain data: what the text is made of, and what --format json prints.
 *
 *   Explanation -> Journey (the packet; what the host sent because of it) -> HookVisit -> EntryVisit -> WalkStep
 *
 * @module
 */
import type { Fate } from '../engine/outcome.ts';
import type { StateName } from '../replay/result.ts';

/** A field of the packet that became another. */
export interface Change {
  readonly field: string;
  readonly before: string;
  readonly after: string;
}

/** A rule as people point at it. */
export interface RuleReference {
  /** `filter:FORWARD:4`, `filter:INPUT:policy`. */
  readonly name: string;
  readonly table: string;
  readonly chain: string;
  /** `4`, `policy`, `return`. */
  readonly number: string;
  /** `file:line:column`; '' for a policy that no text names. */
  readonly at: string;
  readonly line: number;
  /** As iptables-save writes it. */
  readonly text: string;
}

export type WalkStep =
  /** Rules next to each other in a chain that did not hold. */
  | { readonly kind: 'missed'; readonly depth: number; readonly table: string; readonly chain: string; readonly from: number; to: number }
  /** One rule that did not hold: the first part that failed, and what the packet had in its place ('' if that is no single thing). */
  | { readonly kind: 'failed'; readonly depth: number; readonly rule: RuleReference; readonly part: string; readonly has: string }
  /** A match could not look at what it must: the packet is dropped. */
  | { readonly kind: 'hotdrop'; readonly depth: number; readonly rule: RuleReference; readonly part: string }
  /** A rule that held. `result`: what came of it: a verdict, `goes on`, `jump`, `goto`, `return`. */
  | { readonly kind: 'hit'; readonly depth: number; readonly rule: RuleReference; result: string; readonly log: string[] }
  /** The end of a chain: its policy, or the return to the chain before. */
  | { readonly kind: 'end'; readonly depth: number; readonly rule: RuleReference; readonly result: string };

/** A connection as it stood at some moment. */
export interface Connection {
  readonly protocol: string;
  /** `10.0.0.2:1000 > 10.1.0.2:80`, and what answers look like. */
  readonly original: string;
  readonly reply: string;
  /** State of TCP or SCTP; null for others. */
  readonly state: string | null;
  /** UNREPLIED, ASSURED, SNAT, DNAT, UNCONFIRMED, DYING. */
  readonly flags: readonly string[];
  readonly timeoutSec: number;
  readonly mark: number;
  readonly zone: number;
  readonly helper: string | null;
}

export interface Tracked {
  readonly state: StateName | null;
  readonly direction: 'original' | 'reply';
  /** null: there was none, or it was not the packet's own (an ICMP error). */
  readonly before: Connection | null;
  readonly after: Connection | null;
  /** Why it is INVALID; '' if it is not. */
  readonly invalid: string;
}

export interface Translation {
  /** Which side of the connection is translated. */
  readonly side: 'source' | 'destination';
  /** `chosen` by this packet; `applied` as the first packet chose; `undone` for the reply direction. */
  readonly deed: 'chosen' | 'applied' | 'undone';
  /** Whether a rule asked for it; otherwise it is the binding every connection gets. */
  readonly byRule: boolean;
  readonly why: string;
}

/** One function at a hook: a table, connection tracking, NAT. */
export interface EntryVisit {
  readonly name: string;
  readonly priority: number;
  readonly walk: readonly WalkStep[];
  readonly changes: readonly Change[];
  readonly tracked: Tracked | null;
  readonly translation: Translation | null;
  /** What else there is to say: reassembly, confirmation. */
  readonly note: string;
  /** `accept`, `drop`, `stolen`, `queue`, `repeat`. */
  readonly verdict: string;
}

export interface HookVisit {
  readonly hook: string;
  /** Interface names, '' for none. */
  readonly in: string;
  readonly out: string;
  /** The packet as it came to this hook, in tcpdump's words. */
  readonly packet: string;
  /** The route it has by now; '' for none. */
  readonly route: string;
  /** What the host itself changed since the hook before (TTL). */
  readonly changes: readonly Change[];
  readonly entries: readonly EntryVisit[];
}

export interface Departure {
  readonly out: string;
  readonly octets: number;
  readonly nextHop: string;
  readonly packet: string;
  /** Cut on this host. */
  readonly fragment: boolean;
}

export interface Drop {
  /** Hook or stage. */
  readonly at: string;
  /** The kernel's word. */
  readonly code: string;
  readonly text: string;
  /** The rule or policy that dropped; null if none did. */
  readonly rule: RuleReference | null;
}

/** A packet from where it came in or was made to where it ended. */
export interface Journey {
  /** `received`, `sent by a process`, `back over lo`, `answer of a REJECT rule`, `answer of the host`, `copy of a TEE rule`. */
  readonly kind: string;
  readonly packet: string;
  readonly hooks: readonly HookVisit[];
  readonly delivered: boolean;
  readonly departures: readonly Departure[];
  readonly drop: Drop | null;
  /** From how it came to how it left; empty where it did not leave. */
  readonly changes: readonly Change[];
}

/** Address as text and port, -1 for none. */
export interface PacketEnd {
  readonly address: string;
  readonly port: number;
}

export interface PacketEnds {
  readonly protocol: number;
  readonly from: PacketEnd;
  readonly to: PacketEnd;
}

export interface Explanation {
  readonly index: number;
  /** Seconds since the epoch. */
  readonly time: number;
  /** Interface, or `local`. */
  readonly in: string;
  readonly length: number;
  readonly packet: string;
  /** Who sent it to whom, as it came; null for what is no IP packet. */
  readonly flow: PacketEnds | null;
  readonly verdict: Fate;
  readonly drop: Drop | null;
  /** Its connection before and after; null where it has none. */
  readonly before: Connection | null;
  readonly after: Connection | null;
  /** The packet's own first, then what it caused, in order of their beginning. */
  readonly journeys: readonly Journey[];
  /** Lines as the TRACE target writes them. */
  readonly trace: readonly string[];
}
