/**
 * The part of a log line that shows an IPv6 packet with its extension headers. Addresses are written in full.
 * @module
 */
import * as ipproto from '../inet/protocol.ts';
import type { ReadonlyPacket } from '../packet/packet.ts';
import { incomplete, logTcp, logUdp, type LogPiece, type LogSpan } from './log-transport.ts';

const IP_OPTIONS = 4;
const HEADER_LEN = 40;
const EXTENSION_LEN = 2;
const FRAGMENT_LEN = 8;
const AH_LEN = 12;
const ESP_LEN = 8;
const ICMP_LEN = 8;

const IcmpType = { Unreachable: 1, TooBig: 2, TimeExceeded: 3, Parameter: 4, Echo: 128, EchoReply: 129 } as const;

/** SRC= to MARK=. */
export function logBody6(packet: ReadonlyPacket, flags: number): string {
  const span = { view: packet.view, end: packet.network + packet.networkLength };
  const { text, stops } = header(span, packet.network, flags, false);
  if (stops || packet.mark === 0) return text;
  return `${text}MARK=0x${(packet.mark >>> 0).toString(16)} `;
}

function header(span: LogSpan, at: number, flags: number, quoted: boolean): LogPiece {
  const { view, end } = span;
  if (end - at < HEADER_LEN) return { text: 'TRUNCATED', stops: true };
  const first = view.getUint32(at);
  let text = `SRC=${fullAddress(view, at + 8)} DST=${fullAddress(view, at + 24)} LEN=${view.getUint16(at + 4) + HEADER_LEN} `;
  text += `TC=${(first >>> 20) & 0xff} HOPLIMIT=${view.getUint8(at + 7)} FLOWLBL=${first & 0xfffff} `;
  const walk = new ExtensionWalk(span, at + HEADER_LEN, view.getUint8(at + 6), flags);
  text += walk.run();
  if (walk.stopped) return { text, stops: true };
  const piece = upper(span, walk, flags, quoted);
  return { text: text + piece.text, stops: piece.stops };
}

/** The walk over extension headers, each shown when IP options are asked for; a fragment header always shows. */
class ExtensionWalk {
  at: number;
  next: number;
  fragment = false;
  /** The line ends where the walk did. */
  stopped = false;
  private readonly span: LogSpan;
  private readonly shows: boolean;

  constructor(span: LogSpan, at: number, next: number, flags: number) {
    this.span = span;
    this.at = at;
    this.next = next;
    this.shows = (flags & IP_OPTIONS) !== 0;
  }

  run(): string {
    let text = '';
    while (!this.stopped && this.next !== ipproto.NONE && isExtension(this.next)) text += this.step();
    return text;
  }

  private step(): string {
    const { view, end } = this.span;
    const { at } = this;
    if (end - at < EXTENSION_LEN) return this.stop('TRUNCATED');
    const open = this.shows ? 'OPT ( ' : '';
    const close = this.shows ? ') ' : '';
    switch (this.next) {
      case ipproto.FRAGMENT:
        if (end - at < FRAGMENT_LEN) return this.stop(`${open}FRAG:TRUNCATED `);
        this.advance(FRAGMENT_LEN);
        return `${open}${this.fragmentFields(at)}${close}`;
      case ipproto.AH: {
        const spi = this.shows ? this.authentication(at) : '';
        if (this.stopped) return open + spi;
        this.advance((view.getUint8(at + 1) + 2) << 2);
        return open + spi + close;
      }
      case ipproto.ESP:
        return this.stop(this.shows ? open + this.encapsulation(at) : '');
      default:
        if (this.fragment) return this.stop(this.shows ? `${open})` : '');
        this.advance((view.getUint8(at + 1) + 1) << 3);
        return open + close;
    }
  }

  private fragmentFields(at: number): string {
    const { view } = this.span;
    const word = view.getUint16(at + 2);
    if ((word & 0xfff8) !== 0) this.fragment = true;
    const more = (word & 1) !== 0 ? 'INCOMPLETE ' : '';
    return `FRAG:${word & 0xfff8} ${more}ID:${view
      .getUint32(at + 4)
      .toString(16)
      .padStart(8, '0')} `;
  }

  private authentication(at: number): string {
    const { view, end } = this.span;
    if (this.fragment) return this.stop('AH )');
    if (end - at < AH_LEN) return this.stop(`AH ${incomplete(end - at)})`);
    return `AH SPI=0x${view.getUint32(at + 4).toString(16)} `;
  }

  private encapsulation(at: number): string {
    const { view, end } = this.span;
    if (this.fragment) return 'ESP )';
    if (end - at < ESP_LEN) return `ESP ${incomplete(end - at)})`;
    return `ESP SPI=0x${view.getUint32(at).toString(16)} )`;
  }

  private advance(octets: number): void {
    this.next = this.span.view.getUint8(this.at);
    this.at += octets;
  }

  private stop(text: string): string {
    this.stopped = true;
    return text;
  }
}

function isExtension(protocol: number): boolean {
  switch (protocol) {
    case ipproto.HOPOPTS:
    case ipproto.ROUTING:
    case ipproto.FRAGMENT:
    case ipproto.ESP:
    case ipproto.AH:
    case ipproto.DSTOPTS:
      return true;
    default:
      return false;
  }
}

function upper(span: LogSpan, { at, next, fragment }: ExtensionWalk, flags: number, quoted: boolean): LogPiece {
  switch (next) {
    case ipproto.TCP:
      return logTcp(span, at, fragment, flags);
    case ipproto.UDP:
    case ipproto.UDPLITE:
      return logUdp(span, at, fragment, next);
    case ipproto.ICMPV6: {
      if (fragment) return { text: 'PROTO=ICMPv6 ', stops: false };
      if (span.end - at < ICMP_LEN) return { text: `PROTO=ICMPv6 ${incomplete(span.end - at)}`, stops: true };
      return { text: `PROTO=ICMPv6 ${icmp(span, at, flags, quoted)}`, stops: false };
    }
    default:
      return { text: `PROTO=${next} `, stops: false };
  }
}

function icmp(span: LogSpan, at: number, flags: number, quoted: boolean): string {
  const { view } = span;
  const type = view.getUint8(at);
  const text = `TYPE=${type} CODE=${view.getUint8(at + 1)} `;
  const quote = (): string => (quoted ? '' : `[${header(span, at + ICMP_LEN, flags, true).text}] `);
  switch (type) {
    case IcmpType.Echo:
    case IcmpType.EchoReply:
      return `${text}ID=${view.getUint16(at + 4)} SEQ=${view.getUint16(at + 6)} `;
    case IcmpType.Parameter:
      return `${text}POINTER=${view
        .getUint32(at + 4)
        .toString(16)
        .padStart(8, '0')} ${quote()}`;
    case IcmpType.TooBig:
      return `${text}${quote()}MTU=${view.getUint32(at + 4)} `;
    case IcmpType.Unreachable:
    case IcmpType.TimeExceeded:
      return text + quote();
    default:
      return text;
  }
}

/** Eight groups of four digits. */
function fullAddress(view: DataView, at: number): string {
  const groups: string[] = [];
  for (let i = 0; i < 16; i += 2)
    groups.push(
      view
        .getUint16(at + i)
        .toString(16)
        .padStart(4, '0'),
    );
  return groups.join(':');
}
