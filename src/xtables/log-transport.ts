/**
 * The transport part of a log line: TCP and UDP, the same for both families.
 * @module
 */
import * as ipproto from '../inet/protocol.ts';

const TCP_SEQUENCE = 1;
const TCP_OPTIONS = 2;
const TCP_LEN = 20;
const UDP_LEN = 8;

/** Octets of an IP packet: from `at` in `view` up to `end`. */
export interface LogSpan {
  readonly view: DataView;
  /** One past the packet. */
  readonly end: number;
}

/** A piece of a line, and whether the line ends with it. */
export interface LogPiece {
  readonly text: string;
  readonly stops: boolean;
}

const FLAG_NAMES = ['FIN', 'SYN', 'RST', 'PSH', 'ACK', 'URG', 'ECE', 'CWR', 'AE'];
/** Bits of the word with the data offset that are neither offset nor flags. */
const RESERVED = 0x0e00;
const RESERVED_SHIFT = 6;

export function logTcp({ view, end }: LogSpan, at: number, fragment: boolean, flags: number): LogPiece {
  let text = 'PROTO=TCP ';
  if (fragment) return { text, stops: false };
  if (end - at < TCP_LEN) return { text: `${text}${incomplete(end - at)}`, stops: true };
  text += `SPT=${view.getUint16(at)} DPT=${view.getUint16(at + 2)} `;
  if ((flags & TCP_SEQUENCE) !== 0) text += `SEQ=${view.getUint32(at + 4)} ACK=${view.getUint32(at + 8)} `;
  const word = view.getUint16(at + 12);
  text += `WINDOW=${view.getUint16(at + 14)} RES=0x${((word & RESERVED) >> RESERVED_SHIFT).toString(16).padStart(2, '0')} `;
  for (let bit = FLAG_NAMES.length - 1; bit >= 0; bit--) if ((word & (1 << bit)) !== 0) text += `${FLAG_NAMES[bit]} `;
  text += `URGP=${view.getUint16(at + 18)} `;
  const options = (word >> 12) * 4 - TCP_LEN;
  if ((flags & TCP_OPTIONS) === 0 || options <= 0) return { text, stops: false };
  if (end - at < TCP_LEN + options) return { text: `${text}OPT (TRUNCATED)`, stops: true };
  return { text: `${text}OPT (${hexOctets(view, at + TCP_LEN, options)}) `, stops: false };
}

export function logUdp({ view, end }: LogSpan, at: number, fragment: boolean, protocol: number): LogPiece {
  const text = protocol === ipproto.UDP ? 'PROTO=UDP ' : 'PROTO=UDPLITE ';
  if (fragment) return { text, stops: false };
  if (end - at < UDP_LEN) return { text: `${text}${incomplete(end - at)}`, stops: true };
  return { text: `${text}SPT=${view.getUint16(at)} DPT=${view.getUint16(at + 2)} LEN=${view.getUint16(at + 4)} `, stops: false };
}

/** What stands for a header that is cut off. */
export function incomplete(octets: number): string {
  return `INCOMPLETE [${octets} bytes] `;
}

/** Octets in capitals, without separators. */
export function hexOctets(view: DataView, from: number, count: number): string {
  let text = '';
  for (let i = 0; i < count; i++)
    text += view
      .getUint8(from + i)
      .toString(16)
      .toUpperCase()
      .padStart(2, '0');
  return text;
}
