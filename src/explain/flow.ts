/**
 * A flow as people write it on a command line: the packets of it, both ways, are what to explain.
 *
 *   tcp 10.0.0.2:40000 10.1.0.2:80      udp,10.0.0.2:53,10.1.0.2      "10.0.0.2 > 10.1.0.2"      tcp [fe80::1]:22 [fe80::2]
 *
 * @module
 */
import { formatIpv4, parseIpv4 } from '../inet/ipv4.ts';
import { formatIpv6, parseIpv6 } from '../inet/ipv6.ts';
import { parsePort } from '../inet/ports.ts';
import { protocolName, protocolNumber } from '../inet/protocol.ts';
import type { ReadonlyPacket } from '../packet/packet.ts';
import type { Connection, PacketEnd, PacketEnds } from './model.ts';

type End = PacketEnd;

export interface Flow {
  /** null: any. */
  readonly protocol: number | null;
  /** Port -1: any. */
  readonly from: End;
  readonly to: End;
}

/** null for a text that is no flow. */
export function parseFlow(text: string): Flow | null {
  const words = text.split(/[\s,>]+/).filter((word) => word !== '' && word !== '-');
  const protocol = words.length === 3 ? protocolOf(words.shift()!) : null;
  const [from, to] = words.map(parseEnd);
  if (words.length !== 2 || protocol === -1 || from === null || to === null || from === undefined || to === undefined) return null;
  return { protocol, from, to };
}

function protocolOf(word: string): number {
  const named = protocolNumber(word);
  if (named !== null) return named;
  return /^\d{1,3}$/.test(word) && Number(word) < 256 ? Number(word) : -1;
}

function parseEnd(word: string): End | null {
  const plain = formatted(word);
  if (plain !== null) return { address: plain, port: -1 };
  const colon = word.lastIndexOf(':');
  if (colon < 0) return null;
  const host = word.slice(0, colon);
  const address = formatted(host.startsWith('[') && host.endsWith(']') ? host.slice(1, -1) : host);
  const port = parsePort(word.slice(colon + 1));
  return address === null || port === null ? null : { address, port };
}

function formatted(text: string): string | null {
  const bare = text.startsWith('[') && text.endsWith(']') ? text.slice(1, -1) : text;
  const four = parseIpv4(bare);
  if (four !== null) return formatIpv4(four);
  const six = parseIpv6(bare);
  return six === null ? null : formatIpv6(six[0]!, six[1]!, six[2]!, six[3]!);
}

/** What a packet is by itself: who sends to whom. null: no IP packet. */
export function endsOf(packet: ReadonlyPacket): PacketEnds | null {
  if (packet.family === 0) return null;
  const v6 = packet.family === 6;
  const src = v6 ? formatIpv6(packet.src0, packet.src1, packet.src2, packet.src3) : formatIpv4(packet.src0);
  const dst = v6 ? formatIpv6(packet.dst0, packet.dst1, packet.dst2, packet.dst3) : formatIpv4(packet.dst0);
  return { protocol: packet.protocol, from: { address: src, port: packet.srcPort }, to: { address: dst, port: packet.dstPort } };
}

/** Whether a packet runs between the two ends, either way. */
export function isOfFlow(flow: Flow, packet: PacketEnds | null): boolean {
  if (packet === null || (flow.protocol !== null && flow.protocol !== packet.protocol)) return false;
  return joins(flow, packet.from, packet.to);
}

function joins({ from, to }: Flow, one: End, other: End): boolean {
  return (fits(from, one) && fits(to, other)) || (fits(from, other) && fits(to, one));
}

function fits(wanted: End, end: End): boolean {
  return wanted.address === end.address && (wanted.port < 0 || wanted.port === end.port);
}

/** Whether a connection runs between the two ends on one of its sides: what its packets look like elsewhere is part of the flow. */
export function isFlowOf(flow: Flow, connection: Connection | null): boolean {
  if (connection === null) return false;
  if (flow.protocol !== null && connection.protocol !== (protocolName(flow.protocol) ?? String(flow.protocol))) return false;
  for (const side of [connection.original, connection.reply]) {
    const [one, other] = side.split(' > ').map((end) => parseEnd(end.split(' ')[0]!));
    if (one === null || one === undefined || other === null || other === undefined) continue;
    if (joins(flow, one, other)) return true;
  }
  return false;
}
