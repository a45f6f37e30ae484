/**
 * The tuple of a packet that an ICMP error quotes. The quote may be cut off anywhere: the IP header and what the tuple needs
 * of the transport header suffice. Its checksums are nobody's business.
 * @module
 */
import { AH, DSTOPTS, FRAGMENT, HOPOPTS, NONE, ROUTING } from '../inet/protocol.ts';
import type { Tuple } from './tuple.ts';
import { readTransport } from './tuple-of.ts';

const HEADER4 = 20;
const HEADER6 = 40;
const OFFSET4 = 0x1fff;
const OFFSET6 = 0xfff8;
const MIN_EXTENSION = 2;
const FRAGMENT_LEN = 8;
/** Extension headers looked through before a chain counts as endless. */
const MAX_HEADERS = 64;

/** Fill `tuple` from the IP packet at `at`, which ends at `end` at most; false when it cannot be read. */
export function readQuotedTuple(view: DataView, at: number, end: number, family: number, tuple: Tuple): boolean {
  return family === 6 ? readQuoted6(view, at, end, tuple) : readQuoted4(view, at, end, tuple);
}

function readQuoted4(view: DataView, at: number, end: number, tuple: Tuple): boolean {
  if (at + HEADER4 > end) return false;
  if ((view.getUint16(at + 6) & OFFSET4) !== 0) return false;
  const transport = at + ((view.getUint8(at) & 15) << 2);
  if (transport > end) return false;
  tuple.family = 4;
  tuple.protocol = view.getUint8(at + 9);
  tuple.src0 = view.getInt32(at + 12);
  tuple.src1 = tuple.src2 = tuple.src3 = 0;
  tuple.dst0 = view.getInt32(at + 16);
  tuple.dst1 = tuple.dst2 = tuple.dst3 = 0;
  return readTransport(view, transport, end - transport, tuple);
}

function readQuoted6(view: DataView, at: number, end: number, tuple: Tuple): boolean {
  if (at + HEADER6 > end) return false;
  tuple.family = 6;
  tuple.src0 = view.getInt32(at + 8);
  tuple.src1 = view.getInt32(at + 12);
  tuple.src2 = view.getInt32(at + 16);
  tuple.src3 = view.getInt32(at + 20);
  tuple.dst0 = view.getInt32(at + 24);
  tuple.dst1 = view.getInt32(at + 28);
  tuple.dst2 = view.getInt32(at + 32);
  tuple.dst3 = view.getInt32(at + 36);
  let kind = view.getUint8(at + 6);
  let next = at + HEADER6;
  for (let count = 0; isExtension(kind); count++) {
    if (kind === NONE || count >= MAX_HEADERS || next + MIN_EXTENSION > end) return false;
    if (kind === FRAGMENT && (next + FRAGMENT_LEN > end || (view.getUint16(next + 2) & OFFSET6) !== 0)) return false;
    const length = extensionLength(view, next, kind);
    kind = view.getUint8(next);
    next += length;
  }
  if (next > end) return false;
  tuple.protocol = kind;
  return readTransport(view, next, end - next, tuple);
}

function isExtension(kind: number): boolean {
  return kind === HOPOPTS || kind === ROUTING || kind === FRAGMENT || kind === AH || kind === DSTOPTS || kind === NONE;
}

function extensionLength(view: DataView, at: number, kind: number): number {
  if (kind === FRAGMENT) return FRAGMENT_LEN;
  const units = view.getUint8(at + 1);
  return kind === AH ? (units + 2) << 2 : (units + 1) << 3;
}
