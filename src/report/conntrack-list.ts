/**
 * The connection table as people know it: lines of `conntrack -L`.
 *
 *   tcp      6 431999 ESTABLISHED src=10.0.0.2 dst=10.1.0.2 sport=1000 dport=80 src=10.1.0.2 dst=10.0.0.2 sport=80 dport=1000 [ASSURED] mark=0 use=1
 *
 * Sorted by tuple; the kernel's order is that of its hash. Compared with conntrack 1.4.7.
 * @module
 */
import type { Conntrack } from '../conntrack/conntrack.ts';
import { Status } from '../conntrack/ctinfo.ts';
import type { ConntrackLine, ConntrackSide } from '../conntrack/dump.ts';
import type { ConntrackStats } from '../conntrack/stats.ts';
import { DCCP, GRE, ICMP, ICMPV6, SCTP, TCP, UDP, UDPLITE } from '../inet/protocol.ts';

/** The names conntrack(8) has; everything else is `unknown`. */
const NAMES: ReadonlyMap<number, string> = new Map([
  [ICMP, 'icmp'],
  [TCP, 'tcp'],
  [UDP, 'udp'],
  [DCCP, 'dccp'],
  [GRE, 'gre'],
  [ICMPV6, 'icmpv6'],
  [SCTP, 'sctp'],
  [UDPLITE, 'udplite'],
]);

function nameOf(protocol: number): string {
  return NAMES.get(protocol) ?? 'unknown';
}

/** `conntrack -L`: one line a connection. */
export function formatConntrackList(conntrack: Pick<Conntrack, 'dump'>, nowUs: number): string[] {
  return conntrack.dump(nowUs).map(formatConntrackLine);
}

/** `conntrack -L -o extended`: with the layer 3 protocol in front. */
export function formatConntrackExtended(conntrack: Conntrack, nowUs: number): string[] {
  return conntrack.dump(nowUs).map((line) => `${formatFamily(line)} ${formatConntrackLine(line)}`);
}

/** Without what differs from run to run: timeout, ICMP id, use. Sorted by code unit, as the recorder does. */
export function formatConntrackNorm(conntrack: Conntrack, nowUs: number): string[] {
  return conntrack
    .dump(nowUs)
    .map((line) => `${nameOf(line.protocol)} ${line.protocol} ${formatState(line)}${formatConntrackBody(line, { id: false })}`)
    .sort();
}

export function formatConntrackLine(line: ConntrackLine): string {
  return `${formatProtocol(line)} ${line.timeoutSec} ${formatState(line)}${formatConntrackBody(line)} use=${line.use}`;
}

/** `conntrack -S`: all of it on one CPU. */
export function formatConntrackStats(stats: ConntrackStats): string {
  const { found, invalid, insert, insertFailed, drop, earlyDrop, error, searchRestart, clashResolve, chainTooLong } = stats;
  const first = `found=${found} invalid=${invalid} insert=${insert} insert_failed=${insertFailed} drop=${drop} early_drop=${earlyDrop}`;
  return `cpu=0   \t${first} error=${error} search_restart=${searchRestart} clash_resolve=${clashResolve} chaintoolong=${chainTooLong} `;
}

/** `tcp      6`. */
export function formatProtocol({ protocol }: ConntrackLine): string {
  return `${nameOf(protocol).padEnd(8)} ${protocol}`;
}

/** `ipv4     2`. */
export function formatFamily({ family }: ConntrackLine): string {
  return family === 6 ? 'ipv6     10' : 'ipv4     2';
}

/** What of a body is told; all of it by default. */
export interface BodyStyle {
  /** ICMP ids. */
  readonly id?: boolean;
  /** Packets and octets, where they were counted. */
  readonly counters?: boolean;
  readonly mark?: boolean;
  readonly helper?: boolean;
}

function formatState(line: ConntrackLine): string {
  return line.state === null ? '' : `${line.state} `;
}

/** Both tuples and what stands around them. */
export function formatConntrackBody(line: ConntrackLine, style: BodyStyle = {}): string {
  const words = [formatSide(line, line.original, 'zone-orig', style)];
  if ((line.status & Status.SeenReply) === 0) words.push('[UNREPLIED]');
  words.push(formatSide(line, line.reply, 'zone-reply', style));
  if ((line.status & Status.Assured) !== 0) words.push('[ASSURED]');
  if (style.mark !== false) words.push(`mark=${line.mark}`);
  if (hasOneZone(line) && line.original.zone !== 0) words.push(`zone=${line.original.zone}`);
  if (line.helper !== null && style.helper !== false) words.push(`helper=${line.helper}`);
  return words.join(' ');
}

function hasOneZone(line: ConntrackLine): boolean {
  return line.original.zone === line.reply.zone;
}

function formatSide(line: ConntrackLine, side: ConntrackSide, zoneName: string, style: BodyStyle): string {
  const words = [`src=${side.source}`, `dst=${side.destination}`, ...formatTransport(line.protocol, side, style.id !== false)];
  if (!hasOneZone(line) && side.zone !== 0) words.push(`${zoneName}=${side.zone}`);
  if (line.counted && style.counters !== false) words.push(`packets=${side.packets}`, `bytes=${side.octets}`);
  return words.join(' ');
}

function formatTransport(protocol: number, side: ConntrackSide, withId: boolean): string[] {
  switch (protocol) {
    case TCP:
    case UDP:
    case UDPLITE:
    case SCTP:
    case DCCP:
      return [`sport=${side.sourceL4}`, `dport=${side.destinationL4}`];
    case ICMP:
    case ICMPV6: {
      const words = [`type=${side.destinationL4 >>> 8}`, `code=${side.destinationL4 & 0xff}`];
      return withId ? [...words, `id=${side.sourceL4}`] : words;
    }
    case GRE:
      return [`srckey=0x${side.sourceL4.toString(16)}`, `dstkey=0x${side.destinationL4.toString(16)}`];
    default:
      return [];
  }
}
