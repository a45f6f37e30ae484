/**
 * Timeout policies (`-j CT --timeout NAME`): timeouts that connections of one protocol get instead of the host's. In Linux they are
 * objects that `nfct` makes; here the host's description has them.
 *
 *   "timeout_policies": { "short": { "family": 4, "protocol": "tcp", "timeouts": { "established": 100, "close": 5 } } }
 *
 * Kernel counterpart: net/netfilter/nfnetlink_cttimeout.c (behaviour only): what a policy does not name is the host's own.
 * @module
 */
import { GRE, ICMP, ICMPV6, SCTP, TCP, UDP, UDPLITE } from '../inet/protocol.ts';

/** Seconds by the names of sysctls, without `nf_conntrack_`. */
export type TimeoutPolicy = ReadonlyMap<string, number>;

const PAIR = { unreplied: '', replied: '_stream' };
const TCP_STATES = ['syn_sent', 'syn_recv', 'established', 'fin_wait', 'close_wait', 'last_ack', 'time_wait', 'close', 'syn_sent2'];
const SCTP_STATES = ['closed', 'cookie_wait', 'cookie_echoed', 'established', 'shutdown_sent', 'shutdown_recd', 'shutdown_ack_sent'];

interface Tracker {
  readonly protocol: number;
  readonly prefix: string;
  /** What the policy calls it, and the sysctl behind the prefix. */
  readonly names: ReadonlyMap<string, string>;
}

const states = (names: readonly string[]): ReadonlyMap<string, string> => new Map(names.map((name) => [name, `_${name}`]));
const pair: ReadonlyMap<string, string> = new Map(Object.entries(PAIR));
const single: ReadonlyMap<string, string> = new Map([['timeout', '']]);

const TRACKERS: ReadonlyMap<string, Tracker> = new Map([
  ['tcp', { protocol: TCP, prefix: 'tcp_timeout', names: states([...TCP_STATES, 'max_retrans', 'unacknowledged']) }],
  ['sctp', { protocol: SCTP, prefix: 'sctp_timeout', names: states([...SCTP_STATES, 'heartbeat_sent']) }],
  ['udp', { protocol: UDP, prefix: 'udp_timeout', names: pair }],
  ['udplite', { protocol: UDPLITE, prefix: 'udplite_timeout', names: pair }],
  ['gre', { protocol: GRE, prefix: 'gre_timeout', names: pair }],
  ['icmp', { protocol: ICMP, prefix: 'icmp_timeout', names: single }],
  ['icmpv6', { protocol: ICMPV6, prefix: 'icmpv6_timeout', names: single }],
  ['generic', { protocol: 0, prefix: 'generic_timeout', names: single }],
]);

/** What a policy for a protocol may name; empty: there is no tracker of that name. */
export function policyNames(tracker: string): readonly string[] {
  return [...(TRACKERS.get(tracker)?.names.keys() ?? [])];
}

/** The policy for a tracker. Needs: names of it. */
export function makePolicy(tracker: string, seconds: ReadonlyMap<string, number>): TimeoutPolicy {
  const { prefix, names } = TRACKERS.get(tracker)!;
  return new Map([...seconds].map(([name, value]) => [prefix + names.get(name)!, value]));
}

/** Whether a rule for packets of `protocol` may give them a policy for this tracker. */
export function isPolicyFor(tracker: string, protocol: number): boolean {
  const known = [...TRACKERS.values()].some((one) => one.protocol === protocol && protocol !== 0);
  return known ? TRACKERS.get(tracker)?.protocol === protocol : tracker === 'generic';
}
