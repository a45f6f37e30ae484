/**
 * The evaluation of `-m sctp --chunk-types`: walks the chunks of a packet. RFC 9260 §3.2.
 *
 *   any    one chunk is of a listed type (and has its flags)
 *   all    every listed type is there
 *   only   no chunk is of any other type
 *
 * Holds scratch: one object per rule.
 * @module
 */
import type { ReadonlyPacket } from '../../packet/packet.ts';
import { SCTP_CHUNK_HEADER_LEN, SCTP_HEADER_LEN } from '../../wire/sctp.ts';
import type { ChunkMode, ChunkTest } from './sctp-chunk.ts';

/** Offset of the length field in a chunk's header. */
const LENGTH = 2;
const TYPES = 256;

export class SctpChunkWalk {
  private readonly mode: ChunkMode;
  /** 1 for every listed type. */
  private readonly listed: Uint8Array = new Uint8Array(TYPES);
  /** Types of `listed` not met yet (all). */
  private readonly missing: Uint8Array = new Uint8Array(TYPES);
  private readonly listedCount: number;
  private readonly flags: Uint8Array = new Uint8Array(TYPES);
  private readonly mask: Uint8Array = new Uint8Array(TYPES);

  constructor({ mode, types, flags }: ChunkTest) {
    this.mode = mode;
    if (types === 'ALL') this.listed.fill(1);
    else if (types !== 'NONE') for (const type of types) this.listed[type] = 1;
    this.listedCount = this.listed.reduce((sum, one) => sum + one, 0);
    for (const asked of flags) {
      this.flags[asked.type] = asked.flags;
      this.mask[asked.type] = asked.mask;
    }
  }

  /** Sets hotdrop when a chunk is cut off or claims no length. Needs: the SCTP header. */
  matches(packet: ReadonlyPacket): boolean {
    const { view, networkEnd } = packet;
    const { mode, listed, missing } = this;
    let left = this.listedCount;
    if (mode === 'all') missing.set(listed);
    let at = packet.transport + SCTP_HEADER_LEN;
    do {
      const length = at + SCTP_CHUNK_HEADER_LEN <= networkEnd ? view.getUint16(at + LENGTH) : 0;
      if (length === 0) {
        packet.hotdrop = true;
        return false;
      }
      const type = view.getUint8(at);
      const hit = listed[type] === 1 && (view.getUint8(at + 1) & this.mask[type]!) === this.flags[type];
      if (mode === 'any' && hit) return true;
      if (mode === 'only' && !hit) return false;
      if (mode === 'all' && hit && missing[type] === 1) {
        missing[type] = 0;
        left--;
      }
      at += (length + 3) & ~3;
    } while (at < networkEnd);
    return mode === 'only' || (mode === 'all' && left === 0);
  }
}
