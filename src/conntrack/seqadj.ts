/**
 * Sequence adjustment: where a helper's NAT half made a payload longer or shorter, all sequence numbers behind it shift.
 *
 * Per direction: a position, the offset in force before it and the one behind it; a further change moves the position up.
 * Kernel counterpart: net/netfilter/nf_conntrack_seqadj.c (behaviour only).
 * @module
 */
import { replaceU32 } from '../inet/checksum.ts';
import { after, before } from '../inet/seq.ts';
import { TCP } from '../inet/protocol.ts';
import type { Packet } from '../packet/packet.ts';
import type { Core } from './core.ts';
import { directionOf, Status } from './ctinfo.ts';
import { Change } from './events.ts';
import { SEQ_WORDS } from './extra.ts';

const POSITION = 0;
const BEFORE = 1;
const BEHIND = 2;

const TCP_HEADER_LEN = 20;
const SEQ = 4;
const ACK_SEQ = 8;
const DATA_OFFSET = 12;
const CHECKSUM = 16;
const OPTION_END = 0;
const OPTION_NOP = 1;
const OPTION_SACK = 5;
const SACK_BLOCK = 8;

/** What is added to sequence number `seq` of `direction`; 0 for nearly all connections. */
export function sequenceOffset(core: Core, entry: number, direction: number, seq: number): number {
  const words = core.extra(entry)?.sequence ?? null;
  if (words === null) return 0;
  const at = direction * SEQ_WORDS;
  return after(seq, words[at + POSITION]!) ? words[at + BEHIND]! : words[at + BEFORE]!;
}

/** Note that the payload of the segment at `seq` changed its length by `change`. */
export function setSequenceOffset(core: Core, entry: number, direction: number, seq: number, change: number): void {
  if (change === 0) return;
  const extra = core.ensureExtra(entry);
  extra.sequence ??= new Int32Array(2 * SEQ_WORDS);
  const words = extra.sequence;
  const at = direction * SEQ_WORDS;
  core.table.setBits(entry, Status.SeqAdjust);
  if (words[at + BEFORE] === words[at + BEHIND] || before(words[at + POSITION]!, seq)) {
    words[at + POSITION] = seq;
    words[at + BEFORE] = words[at + BEHIND]!;
    words[at + BEHIND]! += change;
  }
  core.note(entry, Change.SeqAdjust);
}

/** Shift a segment's numbers on its way out. False when it cannot be: the packet is to be dropped. */
export function adjustSequence(core: Core, packet: Packet, entry: number): boolean {
  const words = core.extra(entry)?.sequence ?? null;
  if (words === null || packet.protocol !== TCP) return true;
  if (packet.transportLength < TCP_HEADER_LEN) return false;
  packet.makeWritable();
  const direction = directionOf(packet.ctinfo);
  const { view, transport } = packet;
  const seq = view.getInt32(transport + SEQ);
  const here = direction * SEQ_WORDS;
  const offset = after(seq, words[here + POSITION]!) ? words[here + BEHIND]! : words[here + BEFORE]!;
  put(view, transport, SEQ, seq, (seq + offset) | 0);
  if ((view.getUint8(transport + 13) & 0x10) === 0) return true;
  const ack = view.getInt32(transport + ACK_SEQ);
  put(view, transport, ACK_SEQ, ack, unshift(words, (1 - direction) * SEQ_WORDS, ack));
  return adjustSack(packet, words, (1 - direction) * SEQ_WORDS);
}

/** An acknowledgement as the peer, whose own numbers are meant, must see it. */
function unshift(words: Int32Array, at: number, ack: number): number {
  const behind = after((ack - words[at + BEFORE]!) | 0, words[at + POSITION]!);
  return (ack - (behind ? words[at + BEHIND]! : words[at + BEFORE]!)) | 0;
}

function put(view: DataView, transport: number, field: number, old: number, value: number): void {
  if (old === value) return;
  view.setInt32(transport + field, value);
  view.setUint16(transport + CHECKSUM, replaceU32(view.getUint16(transport + CHECKSUM), old, value));
}

function adjustSack(packet: Packet, words: Int32Array, other: number): boolean {
  const { view, transport } = packet;
  const headerLength = (view.getUint8(transport + DATA_OFFSET) >> 4) << 2;
  if (headerLength > packet.transportLength) return false;
  const end = transport + headerLength;
  for (let at = transport + TCP_HEADER_LEN; at < end; ) {
    const kind = view.getUint8(at);
    if (kind === OPTION_END) return true;
    if (kind === OPTION_NOP) {
      at++;
      continue;
    }
    // an option that breaks off: the packet is dropped
    if (at + 1 >= end) return false;
    const size = view.getUint8(at + 1);
    if (size < 2 || at + size > end) return false;
    if (kind === OPTION_SACK && size >= 2 + SACK_BLOCK && (size - 2) % SACK_BLOCK === 0)
      adjustBlocks(packet, words, other, at + 2, at + size);
    at += size;
  }
  return true;
}

function adjustBlocks(packet: Packet, words: Int32Array, other: number, from: number, end: number): void {
  const { view, transport } = packet;
  for (let at = from; at < end; at += 4) {
    const edge = view.getInt32(at);
    const value = unshift(words, other, edge);
    if (edge === value) continue;
    view.setInt32(at, value);
    // also at an odd offset, where the kernel spoils the checksum
    view.setUint16(transport + CHECKSUM, replaceU32(view.getUint16(transport + CHECKSUM), edge, value));
  }
}
