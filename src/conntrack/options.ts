/**
 * What connection tracking is told at start (the host's nf_conntrack sysctls) and the timeouts that follow from it.
 * Timeouts are kept in jiffies of 4 ms, as the kernel's are (HZ=250). Kernel counterpart: nf_conntrack_standalone.c.
 * @module
 */
import type { Random } from '../inet/random.ts';
import type { Packet } from '../packet/packet.ts';
import type { SavedConnection } from './saved-table.ts';

/** Microseconds of one jiffy at HZ=250: the grain of every timeout. */
export const JIFFY_US = 4000;
/** Jiffies of one second. */
export const HZ = 250;

export interface ConntrackOptions {
  readonly random: Random;
  /** Connections from before the first packet. */
  readonly connections?: readonly SavedConnection[];
  /** Entries at most, unconfirmed ones included; default 262144. */
  readonly max?: number;
  /** Expectations at most; default 4096. */
  readonly expectMax?: number;
  /** 0: a connection may only begin with a SYN. Default 1. */
  readonly tcpLoose?: number;
  /** 1: segments out of the window are never invalid. Default 0. */
  readonly tcpBeLiberal?: number;
  /** 1: a reset below the peer's highest acknowledgement is not invalid. Default 0. */
  readonly tcpIgnoreInvalidRst?: number;
  /** 0: transport checksums of arriving packets are not verified. Default 1. */
  readonly checksum?: number;
  /** 1: entries count packets and octets. Default 0. */
  readonly acct?: number;
  /** Seconds the pieces of an IPv4 datagram wait (net.ipv4.ipfrag_time); default 30. */
  readonly fragTimeoutSec?: number;
  /** Octets of IPv4 pieces kept (net.ipv4.ipfrag_high_thresh); default 4 MiB. */
  readonly fragHighThresh?: number;
  /** Mask of the primary IPv4 address whose broadcast address a packet of this host is sent to, or 0. */
  readonly broadcastMask?: (packet: Packet) => number;
  /** Whether the host would send packets for two addresses to the same next hop through the same device; default: never. */
  readonly isSameWay?: (family: number, a: Int32Array, b: Int32Array) => boolean;
  /** Seconds, or another number, by sysctl name without `nf_conntrack_`: `tcp_timeout_established`. */
  readonly timeout?: (name: string, byDefault: number) => number;
}

/** TCP timeouts by state number; behind the states the two that follow from behaviour. */
export const TcpTimeout = { Retrans: 10, Unacknowledged: 11 } as const;

const TCP_NAMES: readonly (readonly [name: string, seconds: number])[] = [
  ['none', 0],
  ['syn_sent', 120],
  ['syn_recv', 60],
  ['established', 432_000],
  ['fin_wait', 120],
  ['close_wait', 60],
  ['last_ack', 30],
  ['time_wait', 120],
  ['close', 10],
  ['syn_sent2', 120],
  ['max_retrans', 300],
  ['unacknowledged', 300],
];

const SCTP_NAMES: readonly (readonly [name: string, seconds: number])[] = [
  ['none', 0],
  ['closed', 10],
  ['cookie_wait', 3],
  ['cookie_echoed', 3],
  ['established', 210],
  ['shutdown_sent', 3],
  ['shutdown_recd', 3],
  ['shutdown_ack_sent', 3],
  ['heartbeat_sent', 30],
];

/** The longest a 32-bit jiffy counter can measure. */
const MAX_JIFFIES = 0x7fffffff;

function jiffies(seconds: number): number {
  const value = Math.floor(seconds) * HZ;
  return value >= 0 && value <= MAX_JIFFIES ? value : MAX_JIFFIES;
}

/** Timeouts in jiffies. */
export class Timeouts {
  readonly tcp: Int32Array;
  readonly sctp: Int32Array;
  readonly udp: number;
  readonly udpStream: number;
  readonly udplite: number;
  readonly udpliteStream: number;
  readonly icmp: number;
  readonly icmpv6: number;
  readonly gre: number;
  readonly greStream: number;
  readonly generic: number;

  /** `policy`: seconds that a timeout policy sets instead, by the same names. */
  constructor(given: (name: string, byDefault: number) => number, policy: ReadonlyMap<string, number> = new Map()) {
    const fixed = (name: string, seconds: number): number => jiffies(policy.get(name) ?? seconds);
    const read = (name: string, seconds: number): number => fixed(name, given(name, seconds));
    const row = (protocol: string, names: readonly (readonly [string, number])[]): Int32Array =>
      Int32Array.from(names, ([name, seconds]) => (name === 'none' ? 0 : read(`${protocol}_timeout_${name}`, seconds)));
    this.tcp = row('tcp', TCP_NAMES);
    // SYN_SENT2 has no sysctl of its own, nor has UDP-Lite
    this.tcp[9] = fixed('tcp_timeout_syn_sent2', 120);
    this.sctp = row('sctp', SCTP_NAMES);
    this.udp = read('udp_timeout', 30);
    this.udpStream = read('udp_timeout_stream', 120);
    this.udplite = fixed('udplite_timeout', 30);
    this.udpliteStream = fixed('udplite_timeout_stream', 120);
    this.icmp = read('icmp_timeout', 30);
    this.icmpv6 = read('icmpv6_timeout', 30);
    this.gre = read('gre_timeout', 30);
    this.greStream = read('gre_timeout_stream', 180);
    this.generic = read('generic_timeout', 600);
  }
}
