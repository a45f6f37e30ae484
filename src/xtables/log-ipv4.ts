/**
 * The part of a log line that shows an IPv4 packet.
 * @module
 */
import { formatIpv4 } from '../inet/ipv4.ts';
import * as ipproto from '../inet/protocol.ts';
import type { ReadonlyPacket } from '../packet/packet.ts';
import { hexOctets, incomplete, logTcp, logUdp, type LogPiece, type LogSpan } from './log-transport.ts';

const IP_OPTIONS = 4;
const HEADER_LEN = 20;
const ICMP_LEN = 8;
const AH_LEN = 12;
const ESP_LEN = 8;
const TOS_MASK = 0x1e;
const PRECEDENCE_MASK = 0xe0;
const CONGESTION = 0x8000;
const DF = 0x4000;
const MF = 0x2000;
const OFFSET = 0x1fff;

const IcmpType = { EchoReply: 0, Unreachable: 3, SourceQuench: 4, Redirect: 5, Echo: 8, TimeExceeded: 11, Parameter: 12 } as const;
const FRAGMENTATION_NEEDED = 4;
/** Octets an ICMP message of a type must have to be shown whole. */
const ICMP_NEEDS: ReadonlyMap<number, number> = new Map([
  [IcmpType.EchoReply, 4],
  [IcmpType.Unreachable, 28],
  [IcmpType.SourceQuench, 28],
  [IcmpType.Redirect, 28],
  [IcmpType.Echo, 4],
  [IcmpType.TimeExceeded, 28],
  [IcmpType.Parameter, 28],
  [13, 20],
  [14, 20],
  [17, 12],
  [18, 12],
]);

/** SRC= to MARK=. */
export function logBody4(packet: ReadonlyPacket, flags: number): string {
  const span = { view: packet.view, end: packet.network + packet.networkLength };
  const { text, stops } = header(span, packet.network, flags, false);
  if (stops || packet.mark === 0) return text;
  return `${text}MARK=0x${(packet.mark >>> 0).toString(16)} `;
}

function header(span: LogSpan, at: number, flags: number, quoted: boolean): LogPiece {
  const { view, end } = span;
  if (end - at < HEADER_LEN) return { text: 'TRUNCATED', stops: true };
  const tos = view.getUint8(at + 1);
  const fragment = view.getUint16(at + 6);
  let text = `SRC=${formatIpv4(view.getInt32(at + 12))} DST=${formatIpv4(view.getInt32(at + 16))} LEN=${view.getUint16(at + 2)} `;
  text += `TOS=${hex2(tos & TOS_MASK)} PREC=${hex2(tos & PRECEDENCE_MASK)} TTL=${view.getUint8(at + 8)} ID=${view.getUint16(at + 4)} `;
  if ((fragment & CONGESTION) !== 0) text += 'CE ';
  if ((fragment & DF) !== 0) text += 'DF ';
  if ((fragment & MF) !== 0) text += 'MF ';
  if ((fragment & OFFSET) !== 0) text += `FRAG:${fragment & OFFSET} `;
  const length = (view.getUint8(at) & 15) * 4;
  if ((flags & IP_OPTIONS) !== 0 && length > HEADER_LEN) {
    if (end - at < length) return { text: `${text}TRUNCATED`, stops: true };
    text += `OPT (${hexOctets(view, at + HEADER_LEN, length - HEADER_LEN)}) `;
  }
  const piece = upper(span, at + length, view.getUint8(at + 9), { later: (fragment & OFFSET) !== 0, flags, quoted });
  return { text: text + piece.text, stops: piece.stops };
}

interface Context {
  /** A later fragment: no upper header to show. */
  readonly later: boolean;
  readonly flags: number;
  /** Inside an ICMP error already. */
  readonly quoted: boolean;
}

function upper(span: LogSpan, at: number, protocol: number, context: Context): LogPiece {
  const { later, flags } = context;
  switch (protocol) {
    case ipproto.TCP:
      return logTcp(span, at, later, flags);
    case ipproto.UDP:
    case ipproto.UDPLITE:
      return logUdp(span, at, later, protocol);
    case ipproto.ICMP:
      return { text: `PROTO=ICMP ${later ? '' : icmp(span, at, context)}`, stops: false };
    case ipproto.AH:
      return { text: `PROTO=AH ${later ? '' : spi(span, at, AH_LEN, 4)}`, stops: false };
    case ipproto.ESP:
      return { text: `PROTO=ESP ${later ? '' : spi(span, at, ESP_LEN, 0)}`, stops: false };
    default:
      return { text: `PROTO=${protocol} `, stops: false };
  }
}

function spi({ view, end }: LogSpan, at: number, need: number, offset: number): string {
  return end - at < need ? incomplete(end - at) : `SPI=0x${view.getUint32(at + offset).toString(16)} `;
}

function icmp(span: LogSpan, at: number, { flags, quoted }: Context): string {
  const { view, end } = span;
  if (end - at < ICMP_LEN) return incomplete(end - at);
  const type = view.getUint8(at);
  const code = view.getUint8(at + 1);
  const text = `TYPE=${type} CODE=${code} `;
  if (end - at < (ICMP_NEEDS.get(type) ?? 0)) return text + incomplete(end - at);
  const quote = (): string => (quoted ? '' : `[${header(span, at + ICMP_LEN, flags, true).text}] `);
  switch (type) {
    case IcmpType.EchoReply:
    case IcmpType.Echo:
      return `${text}ID=${view.getUint16(at + 4)} SEQ=${view.getUint16(at + 6)} `;
    case IcmpType.Parameter:
      return `${text}PARAMETER=${view.getUint8(at + 4)} `;
    case IcmpType.Redirect:
      return `${text}GATEWAY=${formatIpv4(view.getInt32(at + 4))} ${quote()}`;
    case IcmpType.Unreachable:
      return text + quote() + (code === FRAGMENTATION_NEEDED ? `MTU=${view.getUint16(at + 6)} ` : '');
    case IcmpType.SourceQuench:
    case IcmpType.TimeExceeded:
      return text + quote();
    default:
      return text;
  }
}

function hex2(octet: number): string {
  return `0x${octet.toString(16).toUpperCase().padStart(2, '0')}`;
}
