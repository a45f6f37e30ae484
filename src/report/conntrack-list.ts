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
export function formatConntrackList(conntrack: Conntrack, nowUs: number): string[] {
  return conntrack.dump(nowUs).map(formatConntrackLine);
}

/** `conntrack -L -o extended`: with the layer 3 protocol in front. */
export function formatConntrackExtended(conntrack: Conntrack, nowUs: number): string[] {
  return conntrack.dump(nowUs).map((line) => `${line.family === 6 ? 'ipv6     10' : 'ipv4     2'} ${formatConntrackLine(line)}`);
}

/** Without what differs from run to run: timeout, ICMP id, use. Sorted by code unit, as the recorder does. */
export function formatConntrackNorm(conntrack: Conntrack, nowUs: number): string[] {
  return conntrack
    .dump(nowUs)
    .map((line) => `${nameOf(line.protocol)} ${line.protocol} ${formatState(line)}${formatBody(line, false)}`)
    .sort();
}

export function formatConntrackLine(line: ConntrackLine): string {
  const head = `${nameOf(line.protocol).padEnd(8)} ${line.protocol} ${line.timeoutSec}`;
  return `${head} ${formatState(line)}${formatBody(line, true)} use=${line.use}`;
}

function formatState(line: ConntrackLine): string {
  return line.state === null ? '' : `${line.state} `;
}

function formatBody(line: ConntrackLine, withId: boolean): string {
  const words = [formatSide(line, line.original, 'zone-orig', withId)];
  if ((line.status & Status.SeenReply) === 0) words.push('[UNREPLIED]');
  words.push(formatSide(line, line.reply, 'zone-reply', withId));
  if ((line.status & Status.Assured) !== 0) words.push('[ASSURED]');
  words.push(`mark=${line.mark}`);
  if (hasOneZone(line) && line.original.zone !== 0) words.push(`zone=${line.original.zone}`);
  if (line.helper !== null) words.push(`helper=${line.helper}`);
  return words.join(' ');
}

function hasOneZone(line: ConntrackLine): boolean {
  return line.original.zone === line.reply.zone;
}

function formatSide(line: ConntrackLine, side: ConntrackSide, zoneName: string, withId: boolean): string {
  const words = [`src=${side.source}`, `dst=${side.destination}`, ...formatTransport(line.protocol, side, withId)];
  if (!hasOneZone(line) && side.zone !== 0) words.push(`${zoneName}=${side.zone}`);
  if (line.counted) words.push(`packets=${side.packets}`, `bytes=${side.octets}`);
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
