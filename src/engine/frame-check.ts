/**
 * The checks of the flow path that ask for nothing but octets: whole, plain IPv4 without options, no fragment, TCP or UDP, all
 * checksums true, TCP flags that go together and open or reset nothing. What they read stays in words (packet/frame-batch.ts).
 * @module
 */
import { areTcpFlagsValid } from '../conntrack/proto/tcp-table.ts';
import { sum16 } from '../inet/checksum.ts';
import { TCP, UDP } from '../inet/protocol.ts';
import { FRAME_WORDS, type FrameBatch, FrameKind, FrameWord } from '../packet/frame-batch.ts';
import { ETHERNET_HEADER_LEN } from '../wire/ethernet.ts';

// Names of this module's own: V8 folds those into the code and loads an imported constant every time.
const FRAME = FRAME_WORDS;
const START = FrameWord.Start;
const END = FrameWord.End;
const KIND = FrameWord.Kind;
const SOURCE = FrameWord.Source;
const TARGET = FrameWord.Target;
const PORTS = FrameWord.Ports;
const OCTETS = FrameWord.Octets;
const TTL = FrameWord.Ttl;
const SEQUENCE = FrameWord.Sequence;
const SEQUENCE_END = FrameWord.SequenceEnd;
const ACKNOWLEDGED = FrameWord.Acknowledged;
const FLAGS = FrameWord.Flags;
const OTHER = FrameKind.Other;
const OPENING = FrameKind.Opening;
const STEADY = FrameKind.Steady;
const IS_TCP = TCP;
const IS_UDP = UDP;

const ETHERNET_LEN = ETHERNET_HEADER_LEN;
const HEADER = 20;
const TCP_HEADER = 20;
const UDP_HEADER = 8;
const SHORTEST = ETHERNET_LEN + HEADER + UDP_HEADER;
/** Upper 24 of the 32 bits from the type on: IPv4, version 4, a header of five words. */
const PLAIN_IPV4 = 0x080045;
/** More fragments, or an offset. */
const FRAGMENT_BITS = 0x3fff;
const FIN = 0x01;
const OPENS_OR_RESETS = 0x06;
const FIN_OR_ACK = 0x11;
const ACK = 0x10;
const TRUE_SUM = 0xffff;
/** NOP NOP TIMESTAMP(10): what most segments carry. */
const TIMESTAMP_ONLY = 0x0101080a;
const TIMESTAMP_LEN = 12;

/** The Ethernet frames of a batch. `verifies`: whether checksums of TCP and UDP have to be true. */
export function checkFrames({ words, view, count }: FrameBatch, verifies: boolean): void {
  for (let i = 0; i < count; i++) {
    const at = i * FRAME;
    const start = words[at | START]!;
    const end = words[at | END]!;
    if (end - start < SHORTEST || view.getInt32(start + 12) >>> 8 !== PLAIN_IPV4) words[at | KIND] = OTHER;
    else words[at | KIND] = checkIpv4(words, at, view, start + ETHERNET_LEN, end, verifies);
  }
}

/** The packet at `network`, at most up to `end`: its kind, not above FrameKind.Other when it is none for the flow path. Needs: 28 octets. */
export function checkIpv4(words: Int32Array, at: number, view: DataView, network: number, end: number, verifies: boolean): number {
  const first = view.getInt32(network);
  const length = first & 0xffff;
  if (first >>> 24 !== 0x45 || length < HEADER + UDP_HEADER || network + length > end) return OTHER;
  const second = view.getInt32(network + 4);
  if ((second & FRAGMENT_BITS) !== 0) return OTHER;
  const third = view.getInt32(network + 8);
  const src = view.getInt32(network + 12);
  const dst = view.getInt32(network + 16);
  const addresses = halves(src) + halves(dst);
  if (folded(halves(first) + halves(second) + halves(third) + addresses) !== TRUE_SUM) return OTHER;
  const ports = view.getInt32(network + HEADER);
  words[at | SOURCE] = src;
  words[at | TARGET] = dst;
  words[at | PORTS] = ports;
  words[at | OCTETS] = first & 0xffffff;
  words[at | TTL] = third >>> 24;
  const protocol = (third >>> 16) & 0xff;
  const sum = addresses + halves(ports);
  if (protocol === IS_TCP) return checkTcp(words, at, view, network + HEADER, length - HEADER, verifies ? sum : -1);
  return protocol === IS_UDP && isSoundUdp(view, network + HEADER, length - HEADER, verifies ? sum : -1) ? IS_UDP : OTHER;
}

/** `sum`: of addresses and ports; -1: checksums are not verified. */
function checkTcp(words: Int32Array, at: number, view: DataView, transport: number, length: number, sum: number): number {
  if (length < TCP_HEADER) return OTHER;
  const word = view.getInt32(transport + 12);
  const flags = (word >>> 16) & 0xff;
  // what opens a connection has no plan
  if ((flags & OPENS_OR_RESETS) !== 0) return OPENING;
  if (!areTcpFlagsValid(flags)) return OTHER;
  const headerLength = (word >>> 28) << 2;
  if (headerLength < TCP_HEADER || headerLength > length) return OTHER;
  const seq = view.getInt32(transport + 4);
  const ack = view.getInt32(transport + 8);
  if (sum >= 0) {
    let all = sum + IS_TCP + length + halves(seq) + halves(ack) + halves(word) + halves(view.getInt32(transport + 16));
    if (length > TCP_HEADER) all += sum16(view, transport + TCP_HEADER, length - TCP_HEADER);
    if (folded(all) !== TRUE_SUM) return OTHER;
  }
  words[at | SEQUENCE] = seq;
  words[at | SEQUENCE_END] = seq + length - headerLength + (flags & FIN);
  words[at | ACKNOWLEDGED] = ack;
  words[at | FLAGS] = word;
  if ((flags & FIN_OR_ACK) !== ACK) return IS_TCP;
  const options = headerLength - TCP_HEADER;
  const reportsNothing = options === 0 || (options === TIMESTAMP_LEN && view.getInt32(transport + TCP_HEADER) === TIMESTAMP_ONLY);
  return reportsNothing ? IS_TCP | STEADY : IS_TCP;
}

function isSoundUdp(view: DataView, transport: number, length: number, sum: number): boolean {
  const word = view.getInt32(transport + 4);
  const told = word >>> 16;
  if (told > length || told < UDP_HEADER) return false;
  if ((word & 0xffff) === 0 || sum < 0) return true;
  let all = sum + IS_UDP + length + halves(word);
  if (length > UDP_HEADER) all += sum16(view, transport + UDP_HEADER, length - UDP_HEADER);
  return folded(all) === TRUE_SUM;
}

function halves(word: number): number {
  return (word >>> 16) + (word & 0xffff);
}

/** A sum of up to 32 bits in 16. */
function folded(sum: number): number {
  const once = (sum >>> 16) + (sum & 0xffff);
  return (once >>> 16) + (once & 0xffff);
}
