/**
 * SCTP common header view and a walk over chunks. RFC 9260 §3.
 *
 *    0                16                31
 *   +-----------------+-----------------+
 *   |   source port   | destination port|
 *   +-----------------+-----------------+
 *   |          verification tag         |
 *   +-----------------------------------+
 *   |    checksum (CRC-32C, reversed)   |
 *   +--------+--------+-----------------+
 *   |  type  |  flags |     length      |  chunks, each padded to 4 octets; length counts these 4 octets, not the padding
 *   +--------+--------+-----------------+
 *
 * The checksum field holds the CRC in little-endian order, so that it is read and written here as the number crc32c gives.
 * @module
 */
import { crc32c } from '../inet/checksum.ts';
import { HeaderView } from './header-view.ts';
import { HeaderLayout, octet, u16, u32 } from './layout.ts';

export const SCTP_LAYOUT: HeaderLayout = new HeaderLayout([u16('srcPort'), u16('dstPort'), u32('verificationTag'), u32('checksumWord')]);
export const SCTP_CHUNK_LAYOUT: HeaderLayout = new HeaderLayout([octet('type'), octet('flags'), u16('length')]);
/** Behind the chunk header of INIT and INIT ACK. */
export const SCTP_INIT_LAYOUT: HeaderLayout = new HeaderLayout([
  u32('initiateTag'),
  u32('receiverWindow'),
  u16('outboundStreams'),
  u16('inboundStreams'),
  u32('initialTsn'),
]);

const SRC_PORT = SCTP_LAYOUT.offsetOf('srcPort');
const DST_PORT = SCTP_LAYOUT.offsetOf('dstPort');
const TAG = SCTP_LAYOUT.offsetOf('verificationTag');
const CHECKSUM = SCTP_LAYOUT.offsetOf('checksumWord');
const CHUNK_TYPE = SCTP_CHUNK_LAYOUT.offsetOf('type');
const CHUNK_FLAGS = SCTP_CHUNK_LAYOUT.offsetOf('flags');
const CHUNK_LENGTH = SCTP_CHUNK_LAYOUT.offsetOf('length');

export const SCTP_HEADER_LEN: number = SCTP_LAYOUT.span;
export const SCTP_CHUNK_HEADER_LEN: number = SCTP_CHUNK_LAYOUT.span;
export const SCTP_CHECKSUM: number = CHECKSUM;
/** Where an INIT or INIT ACK chunk has its tag, from the chunk's start. */
export const SCTP_INITIATE_TAG: number = SCTP_CHUNK_HEADER_LEN + SCTP_INIT_LAYOUT.offsetOf('initiateTag');

export const SctpChunk = {
  Data: 0,
  Init: 1,
  InitAck: 2,
  Sack: 3,
  Heartbeat: 4,
  HeartbeatAck: 5,
  Abort: 6,
  Shutdown: 7,
  ShutdownAck: 8,
  Error: 9,
  CookieEcho: 10,
  CookieAck: 11,
  ShutdownComplete: 14,
} as const;
export type SctpChunk = (typeof SctpChunk)[keyof typeof SctpChunk];

export class SctpView extends HeaderView {
  get srcPort(): number {
    return this.view.getUint16(this.offset + SRC_PORT);
  }
  get dstPort(): number {
    return this.view.getUint16(this.offset + DST_PORT);
  }
  get verificationTag(): number {
    return this.view.getUint32(this.offset + TAG);
  }
  /** The field as it stands, in network order. */
  get checksumWord(): number {
    return this.view.getUint32(this.offset + CHECKSUM);
  }
  /** The CRC in it. */
  get checksum(): number {
    return this.view.getUint32(this.offset + CHECKSUM, true);
  }

  set srcPort(port: number) {
    this.view.setUint16(this.offset + SRC_PORT, port);
  }
  set dstPort(port: number) {
    this.view.setUint16(this.offset + DST_PORT, port);
  }
  set verificationTag(tag: number) {
    this.view.setUint32(this.offset + TAG, tag);
  }
  set checksumWord(word: number) {
    this.view.setUint32(this.offset + CHECKSUM, word);
  }
  set checksum(crc: number) {
    this.view.setUint32(this.offset + CHECKSUM, crc, true);
  }

  /** The CRC a packet of `length` octets ought to carry. */
  computeChecksum(length: number): number {
    return crc32c(this.view, this.offset, length, this.offset + CHECKSUM);
  }
}

const NOWHERE = new DataView(new ArrayBuffer(0));

/** Walks chunks: `at(view, transport + 12, end)`, then `while (chunks.next())`. */
export class SctpChunks {
  view: DataView = NOWHERE;
  /** Where the chunk starts. */
  offset = 0;
  /** Its octets as it claims, padding not counted. */
  length = 0;
  /** Set when a chunk's length is below 4 or reaches beyond the end; the walk stops there. */
  malformed = false;
  private ahead = 0;
  private end = 0;

  at(view: DataView, offset: number, end: number): this {
    this.view = view;
    this.ahead = offset;
    this.end = end;
    this.offset = offset;
    this.length = 0;
    this.malformed = false;
    return this;
  }

  next(): boolean {
    const at = this.ahead;
    this.offset = at;
    this.length = 0;
    if (at >= this.end) return false;
    this.ahead = this.end;
    if (at + SCTP_CHUNK_HEADER_LEN > this.end) return this.stop();
    const length = this.view.getUint16(at + CHUNK_LENGTH);
    if (length < SCTP_CHUNK_HEADER_LEN || at + length > this.end) return this.stop();
    this.length = length;
    this.ahead = at + ((length + 3) & ~3);
    return true;
  }

  /** Needs: next() said yes. */
  get type(): number {
    return this.view.getUint8(this.offset + CHUNK_TYPE);
  }
  get flags(): number {
    return this.view.getUint8(this.offset + CHUNK_FLAGS);
  }
  /** Of INIT and INIT ACK. Needs: length at least 20. */
  get initiateTag(): number {
    return this.view.getUint32(this.offset + SCTP_INITIATE_TAG);
  }

  private stop(): boolean {
    this.malformed = true;
    return false;
  }
}
