/**
 * TCP as tcpdump prints it: `10.0.0.1.1024 > 10.0.0.2.80: Flags [P.], seq 1:79, ack 1, win 502, options [nop,nop,…], length 78`.
 *
 * Sequence numbers are absolute unless Conversations are handed in. Then, as tcpdump does, the first packet of a connection
 * with ACK (and every SYN with ACK) is printed absolute and remembered, and what follows counts from it.
 * @module
 */
import { hexDigits, destinationOf, ends, hosts, sourceOf, type Upper } from './tcpdump-upper.ts';
import { TCP_HEADER_LEN, TcpFlag, TcpView } from '../wire/tcp.ts';
import { TcpOption } from '../wire/tcp-options.ts';

const FLAG_LETTERS: readonly (readonly [number, string])[] = [
  [TcpFlag.Fin, 'F'],
  [TcpFlag.Syn, 'S'],
  [TcpFlag.Rst, 'R'],
  [TcpFlag.Psh, 'P'],
  [TcpFlag.Ack, '.'],
  [TcpFlag.Urg, 'U'],
  [TcpFlag.Ece, 'E'],
  [TcpFlag.Cwr, 'W'],
];

const OPTION_NAMES: ReadonlyMap<number, string> = new Map([
  [TcpOption.End, 'eol'],
  [TcpOption.NoOperation, 'nop'],
  [TcpOption.Mss, 'mss'],
  [TcpOption.WindowScale, 'wscale'],
  [TcpOption.SackPermitted, 'sackOK'],
  [TcpOption.Sack, 'sack'],
  [6, 'echo'],
  [7, 'echoreply'],
  [TcpOption.Timestamps, 'TS'],
  [11, 'cc'],
  [12, 'ccnew'],
  [13, 'ccecho'],
  [TcpOption.Md5, 'md5'],
  [TcpOption.UserTimeout, 'uto'],
  [TcpOption.Authentication, 'tcp-ao'],
  [TcpOption.Multipath, 'mptcp'],
  [TcpOption.FastOpen, 'tfo'],
  [TcpOption.Experimental, 'exp'],
]);

/** Connections remembered at once; a capture with more starts anew, as one read from its middle would. */
const MAX_CONVERSATIONS = 65_536;

/** First sequence numbers of a connection, as seen from the end that sorts first. */
interface Beginning {
  seq: number;
  ack: number;
}

/** What the sequence numbers of a packet count from. */
interface Origin {
  readonly seq: number;
  readonly ack: number;
  /** What SACK blocks count from. */
  readonly sack: number;
}

const ABSOLUTE: Origin = { seq: 0, ack: 0, sack: 0 };

/** The connections a listing has seen, for relative sequence numbers. Keep one per listing. */
export class Conversations {
  private readonly known = new Map<string, Beginning>();

  /** Where a packet's numbers count from; remembers the connection when it is new. */
  origin(upper: Upper, tcp: TcpView): Origin {
    if ((tcp.flags & TcpFlag.Ack) === 0) return ABSOLUTE;
    const here = `${sourceOf(upper.packet)} ${tcp.srcPort}`;
    const there = `${destinationOf(upper.packet)} ${tcp.dstPort}`;
    const reversed = here > there;
    const key = reversed ? `${there} ${here}` : `${here} ${there}`;
    const found = this.known.get(key);
    if (found === undefined || (tcp.flags & TcpFlag.Syn) !== 0) {
      const seq = reversed ? tcp.ack - 1 : tcp.seq;
      const ack = reversed ? tcp.seq : tcp.ack - 1;
      if (found === undefined && this.known.size >= MAX_CONVERSATIONS) this.known.clear();
      this.known.set(key, { seq, ack });
      return { seq: 0, ack: 0, sack: reversed ? seq : ack };
    }
    if (reversed) return { seq: found.ack, ack: found.seq, sack: found.seq };
    return { seq: found.seq, ack: found.ack, sack: found.ack };
  }
}

export function formatTcp(upper: Upper): string {
  const { packet, at, captured } = upper;
  if (captured < 4) return `${hosts(upper)}[|tcp]`;
  if (captured < TCP_HEADER_LEN) return `${ends(upper)} [|tcp]`;
  const tcp = new TcpView().at(packet.view, at);
  const { headerLength } = tcp;
  if (headerLength < TCP_HEADER_LEN) {
    return `${ends(upper)} tcp ${upper.length - headerLength} [bad hdr length ${headerLength} - too short, < ${TCP_HEADER_LEN}]`;
  }
  const text = `${ends(upper)}Flags [${flagLetters(tcp.flags)}]`;
  if (headerLength > upper.length) return `${text} [bad hdr length ${headerLength} - too long, > ${upper.length}]`;
  const origin = upper.conversations?.origin(upper, tcp) ?? ABSOLUTE;
  const length = upper.length - headerLength;
  const numbers = `${formatNumbers(tcp, length, origin)}, win ${tcp.window}${urgent(tcp)}`;
  if (headerLength === TCP_HEADER_LEN) return `${text}${numbers}, length ${length}`;
  const options = formatOptions(upper, at + TCP_HEADER_LEN, headerLength - TCP_HEADER_LEN, origin.sack);
  return `${text}${numbers}, options [${options.text}${options.cut ? '' : `], length ${length}`}`;
}

function flagLetters(flags: number): string {
  let letters = '';
  for (const [bit, letter] of FLAG_LETTERS) if ((flags & bit) !== 0) letters += letter;
  return letters === '' ? 'none' : letters;
}

/** `, seq 1:79, ack 1`: sequence numbers only where there are data or a flag that takes one. */
function formatNumbers(tcp: TcpView, length: number, origin: Origin): string {
  const { flags } = tcp;
  const seq = (tcp.seq - origin.seq) >>> 0;
  let text = '';
  if (length > 0 || (flags & (TcpFlag.Syn | TcpFlag.Fin | TcpFlag.Rst)) !== 0) {
    text = length > 0 ? `, seq ${seq}:${(seq + length) >>> 0}` : `, seq ${seq}`;
  }
  return (flags & TcpFlag.Ack) === 0 ? text : `${text}, ack ${(tcp.ack - origin.ack) >>> 0}`;
}

function urgent(tcp: TcpView): string {
  return (tcp.flags & TcpFlag.Urg) === 0 ? '' : `, urg ${tcp.urgentPointer}`;
}

interface OptionText {
  readonly text: string;
  /** Whether the listing ends here: a bad option, or the end of what was captured. */
  readonly cut: boolean;
}

/** Every option, paddings too. */
function formatOptions(upper: Upper, from: number, octets: number, sackOrigin: number): OptionText {
  const { view } = upper.packet;
  const capturedEnd = upper.at + upper.captured;
  const end = from + octets;
  const parts: string[] = [];
  let at = from;
  while (at < end) {
    if (at >= capturedEnd) return cutOff(parts, ' [|tcp]');
    const kind = view.getUint8(at);
    if (kind <= TcpOption.NoOperation) {
      parts.push(OPTION_NAMES.get(kind)!);
      if (kind === TcpOption.End) break;
      at++;
      continue;
    }
    if (at + 2 > end || at + 2 > capturedEnd) return cutOff(parts, ' [|tcp]');
    const length = view.getUint8(at + 1);
    if (length < 2 || at + length > end) return cutOff(parts, '[bad opt]');
    const name = OPTION_NAMES.get(kind) ?? `unknown-${kind}`;
    if (at + length > capturedEnd) return cutOff(parts, `${name} [|tcp]`);
    parts.push(`${name}${formatOption(upper.packet.view, at, kind, length, sackOrigin, upper.packet.bytes)}`);
    at += length;
  }
  return { text: parts.join(','), cut: false };
}

function cutOff(parts: readonly string[], last: string): OptionText {
  return { text: [...parts, last].join(','), cut: true };
}

/** What stands behind an option's name. Needs: the whole option captured. */
function formatOption(view: DataView, at: number, kind: number, length: number, sackOrigin: number, bytes: Uint8Array): string {
  const data = at + 2;
  switch (kind) {
    case TcpOption.Mss:
      if (length === 4) return ` ${view.getUint16(data)}`;
      break;
    case TcpOption.WindowScale:
      if (length === 3) return ` ${view.getUint8(data)}`;
      break;
    case TcpOption.SackPermitted:
      if (length === 2) return '';
      break;
    case TcpOption.Sack:
      return formatSack(view, data, length - 2, sackOrigin);
    case TcpOption.Timestamps:
      if (length === 10) return ` val ${view.getUint32(data)} ecr ${view.getUint32(data + 4)}`;
      break;
    case 6:
    case 7:
    case 11:
    case 12:
    case 13:
      if (length === 6) return ` ${view.getUint32(data)}`;
      break;
    case TcpOption.Md5:
      return ` shared secret not supplied with -M, can't check - ${hexDigits(bytes, data, at + length)}`;
    case TcpOption.FastOpen:
      return length === 2 ? '  cookiereq' : `  cookie ${hexDigits(bytes, data, at + length)}`;
    default:
  }
  return length === 2 ? '' : ` 0x${hexDigits(bytes, data, at + length)}`;
}

function formatSack(view: DataView, data: number, octets: number, origin: number): string {
  if (octets % 8 !== 0) return ' invalid sack';
  let text = ` ${octets / 8} `;
  for (let at = data; at < data + octets; at += 8) {
    text += `{${(view.getUint32(at) - origin) >>> 0}:${(view.getUint32(at + 4) - origin) >>> 0}}`;
  }
  return text;
}
