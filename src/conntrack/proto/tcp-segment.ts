/**
 * A TCP segment as the tracker wants it: numbers read once, options on demand. RFC 9293 §3.1, RFC 7323 §2, RFC 2018 §3.
 * @module
 */
import { after } from '../../inet/seq.ts';
import { ACK, classifyTcp, type TcpClass, TcpClass as Class } from './tcp-table.ts';

export const TCP_HEADER_LEN = 20;
const SEQ = 4;
const ACK_SEQ = 8;
/** A word: header length, flags, window. */
const DATA_OFFSET = 12;

const OPTION_END = 0;
const OPTION_NOP = 1;
const OPTION_WINDOW_SCALE = 3;
const OPTION_SACK_PERMITTED = 4;
const OPTION_SACK = 5;
const MAX_SCALE = 14;
/** NOP NOP TIMESTAMP(10): what most segments carry, and nothing in it matters here. */
const TIMESTAMP_ONLY = 0x0101080a;
const TIMESTAMP_LEN = 12;
const SACK_BLOCK = 8;

/** Flags of a side; the scale stands above them. */
export const Side = {
  WindowScale: 0x01,
  SackPermitted: 0x02,
  CloseInit: 0x04,
  Liberal: 0x08,
  Unacknowledged: 0x10,
  MaxAckSet: 0x20,
  /** Only among the flags remembered of an ignored SYN. */
  SimultaneousOpen: 0x40,
  ChallengeAck: 0x80,
} as const;
export const SCALE_SHIFT = 8;

export class Segment {
  view: DataView = new DataView(new ArrayBuffer(0));
  at = 0;
  headerLength = 0;
  seq = 0;
  ack = 0;
  flags = 0;
  kind: TcpClass = Class.None;
  /** Window as it stands in the header. */
  window = 0;
  /** Sequence number behind the segment. */
  end = 0;
  /** Highest octet acknowledged, SACK blocks included. */
  sack = 0;

  /** The segment of `length` octets at `at`. Needs: 20 octets of header. */
  read(view: DataView, at: number, length: number): void {
    this.take(view, at, length, view.getInt32(at + SEQ), view.getInt32(at + ACK_SEQ), view.getInt32(at + DATA_OFFSET));
  }

  /** The same with its numbers, and the word that has offset, flags and window, read already. */
  take(view: DataView, at: number, length: number, seq: number, ack: number, word: number): void {
    const flags = (word >>> 16) & 0xff;
    const headerLength = (word >>> 28) << 2;
    this.view = view;
    this.at = at;
    this.headerLength = headerLength;
    this.seq = seq;
    this.ack = ack;
    this.flags = flags;
    this.kind = classifyTcp(flags);
    this.window = word & 0xffff;
    // SYN and FIN take a number each
    this.end = (seq + length - headerLength + ((flags >> 1) & 1) + (flags & 1)) | 0;
  }

  get hasAck(): boolean {
    return (this.flags & ACK) !== 0;
  }

  /**
   * Flags and scale that a SYN's options give, on top of `before`. Without any options `before` stays; with some, all but
   * Liberal is forgotten first.
   */
  readOptions(before: number): number {
    if (this.headerLength === TCP_HEADER_LEN) return before;
    let side = before & Side.Liberal;
    const end = this.at + this.headerLength;
    for (let at = this.at + TCP_HEADER_LEN; at < end; ) {
      const kind = this.view.getUint8(at);
      if (kind === OPTION_END) break;
      if (kind === OPTION_NOP) {
        at++;
        continue;
      }
      if (at + 1 >= end) break;
      const size = this.view.getUint8(at + 1);
      if (size < 2 || at + size > end) break;
      if (kind === OPTION_SACK_PERMITTED && size === 2) side |= Side.SackPermitted;
      else if (kind === OPTION_WINDOW_SCALE && size === 3) {
        const scale = Math.min(this.view.getUint8(at + 2), MAX_SCALE);
        side = (side & 0xff) | Side.WindowScale | (scale << SCALE_SHIFT);
      }
      at += size;
    }
    return side;
  }

  /** The highest right edge of the SACK blocks, or the acknowledgement if that is higher. */
  highestSack(): number {
    const length = this.headerLength - TCP_HEADER_LEN;
    if (length === 0) return this.ack;
    const first = this.at + TCP_HEADER_LEN;
    if (length === TIMESTAMP_LEN && this.view.getInt32(first) === TIMESTAMP_ONLY) return this.ack;
    const end = first + length;
    for (let at = first; at < end; ) {
      const kind = this.view.getUint8(at);
      if (kind === OPTION_END) break;
      if (kind === OPTION_NOP) {
        at++;
        continue;
      }
      if (at + 1 >= end) break;
      const size = this.view.getUint8(at + 1);
      if (size < 2 || at + size > end) break;
      if (kind === OPTION_SACK && size >= 2 + SACK_BLOCK && (size - 2) % SACK_BLOCK === 0) return this.edge(at + 2, size - 2);
      at += size;
    }
    return this.ack;
  }

  private edge(at: number, length: number): number {
    let highest = this.ack;
    for (let block = 0; block < length; block += SACK_BLOCK) {
      const right = this.view.getInt32(at + block + 4);
      if (after(right, highest)) highest = right;
    }
    return highest;
  }
}
