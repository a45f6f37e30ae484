/**
 * The Internet checksum (RFC 1071), its incremental update (RFC 1624) and SCTP's CRC-32C (RFC 9260 appendix A).
 *
 * A *sum* is the one's complement sum itself, folded to 16 bits; a *checksum* is its complement, as it stands in a header.
 * Data that includes its own true checksum sums to 0xffff.
 * @module
 */

/** What a pseudo header is made of: a Packet or a Tuple. */
export interface Addresses {
  readonly family: number;
  readonly src0: number;
  readonly src1: number;
  readonly src2: number;
  readonly src3: number;
  readonly dst0: number;
  readonly dst1: number;
  readonly dst2: number;
  readonly dst3: number;
}

/**
 * The sum of `length` octets, an odd last one padded with zero, on top of `initial`.
 * Exact for up to 128 KiB at once: upper and lower halves of words are collected apart, in 32 bits each. Four words a turn:
 * measured 340 ns against 720 ns for 1460 octets.
 */
export function sum16(view: DataView, offset: number, length: number, initial = 0): number {
  let high = 0;
  let low = initial | 0;
  let at = offset;
  const end = offset + length;
  for (; at + 16 <= end; at += 16) {
    const w0 = view.getInt32(at);
    const w1 = view.getInt32(at + 4);
    const w2 = view.getInt32(at + 8);
    const w3 = view.getInt32(at + 12);
    high = (high + (w0 >>> 16) + (w1 >>> 16) + (w2 >>> 16) + (w3 >>> 16)) | 0;
    low = (low + (w0 & 0xffff) + (w1 & 0xffff) + (w2 & 0xffff) + (w3 & 0xffff)) | 0;
  }
  for (; at + 4 <= end; at += 4) {
    const word = view.getInt32(at);
    high = (high + (word >>> 16)) | 0;
    low = (low + (word & 0xffff)) | 0;
  }
  if (at + 2 <= end) {
    low += view.getUint16(at);
    at += 2;
  }
  if (at < end) low += view.getUint8(at) << 8;
  return fold((high >>> 16) + (high & 0xffff) + (low >>> 16) + (low & 0xffff));
}

/** A sum of up to 32 bits in 16: carries are added back until none is left. */
function fold(sum: number): number {
  const once = (sum >>> 16) + (sum & 0xffff);
  return (once >>> 16) + (once & 0xffff);
}

/** The checksum of a sum. */
export function finish(sum: number): number {
  return ~sum & 0xffff;
}

/** The checksum after one 16-bit word of the data changed. RFC 1624 equation 3, the form that is right about minus zero. */
export function replaceU16(checksum: number, before: number, after: number): number {
  return ~fold((~checksum & 0xffff) + (~before & 0xffff) + (after & 0xffff)) & 0xffff;
}

/** The checksum after a 32-bit word, 16-bit aligned, changed. */
export function replaceU32(checksum: number, before: number, after: number): number {
  const taken = (~before >>> 16) + (~before & 0xffff);
  return ~fold((~checksum & 0xffff) + taken + (after >>> 16) + (after & 0xffff)) & 0xffff;
}

/**
 * The sum of a pseudo header (RFC 9293 §3.1 for IPv4, RFC 8200 §8.1 for IPv6), folded: an `initial` for sum16.
 * `length` is that of the upper-layer packet.
 */
export function pseudoHeaderSum(packet: Addresses, protocol: number, length: number): number {
  let sum = protocol + (length >>> 16) + (length & 0xffff) + halves(packet.src0) + halves(packet.dst0);
  if (packet.family === 6) {
    sum += halves(packet.src1) + halves(packet.src2) + halves(packet.src3);
    sum += halves(packet.dst1) + halves(packet.dst2) + halves(packet.dst3);
  }
  return fold(sum);
}

function halves(word: number): number {
  return (word >>> 16) + (word & 0xffff);
}

/** Castagnoli's polynomial, bits reversed. */
const CRC32C_POLYNOMIAL = 0x82f63b78;
const CRC32C_TABLE: Int32Array = crc32cTable();

function crc32cTable(): Int32Array {
  const table = new Int32Array(256);
  for (let octet = 0; octet < 256; octet++) {
    let crc = octet;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ CRC32C_POLYNOMIAL : crc >>> 1;
    table[octet] = crc;
  }
  return table;
}

/**
 * CRC-32C of `length` octets, unsigned. The four octets at `hole`, if given, count as zero: SCTP's own checksum field, which
 * holds the result in little-endian order.
 */
export function crc32c(view: DataView, offset: number, length: number, hole = -4): number {
  let crc = -1;
  for (let at = offset; at < offset + length; at++) {
    const octet = at >= hole && at < hole + 4 ? 0 : view.getUint8(at);
    crc = CRC32C_TABLE[(crc ^ octet) & 0xff]! ^ (crc >>> 8);
  }
  return ~crc >>> 0;
}
