/**
 * PcapGuard: stands between a streamed classic capture and pcap-parser, which believes every length it reads (a captured length
 * of 4 GiB makes it copy for hours), knows microseconds only, and says nothing of a cut end.
 *
 *   what comes in                                   what goes on
 *   any magic, version 2.0 to 2.4, any link type    microsecond magic, version 2.4, bare link type
 *   record headers of 16 or 24 octets               16 octets, lengths in order and within the limit
 *   packet octets                                   the same
 *
 * The fraction of a second passes as it is: in a nanosecond capture it counts nanoseconds, which `header` tells. From damage on
 * nothing passes.
 * @module
 */
import { CaptureError, type ErrorCode } from '../errors.ts';
import { PCAP_FILE, PCAP_PATCHED_RECORD, PCAP_RECORD } from './layouts.ts';
import { MAGIC_US, parsePcapHeader, PCAP_FILE_LEN, type PcapHeader, Turned, VERSION_MAJOR, VERSION_MINOR } from './pcap-header.ts';

const MAJOR = PCAP_FILE.offsetOf('major');
const MINOR = PCAP_FILE.offsetOf('minor');
const SNAP_LENGTH = PCAP_FILE.offsetOf('snapLength');
const LINK_TYPE = PCAP_FILE.offsetOf('linkType');
const CAPTURED = PCAP_RECORD.offsetOf('captured');
const WIRE = PCAP_RECORD.offsetOf('wire');

export class PcapGuard {
  /** Known once the file header passed. */
  header: PcapHeader | null = null;
  damage: CaptureError | null = null;
  private readonly file: string;
  private readonly maxCaptured: number;
  /** A header that is not whole yet. */
  private readonly pending: DataView = new DataView(new ArrayBuffer(Math.max(PCAP_FILE_LEN, PCAP_PATCHED_RECORD.span)));
  private pendingLength = 0;
  /** Octets of the packet still to pass. */
  private body = 0;
  /** Octets seen. */
  private offset = 0;
  /** Octet at which the header or packet in work starts. */
  private recordAt = 0;
  private recordLength = 0;

  constructor(file: string, maxCaptured: number) {
    this.file = file;
    this.maxCaptured = maxCaptured;
  }

  /** The sound part of a chunk, in a buffer of its own. @throws CaptureError for a file header that cannot be read. */
  pass(chunk: Uint8Array): Buffer {
    const out = Buffer.alloc(this.pendingLength + chunk.length);
    let made = 0;
    let at = 0;
    while (at < chunk.length && this.damage === null) {
      if (this.body > 0) {
        const count = Math.min(this.body, chunk.length - at);
        out.set(chunk.subarray(at, at + count), made);
        made += count;
        at += count;
        this.body -= count;
        this.offset += count;
      } else {
        at += this.collect(chunk, at);
        made += this.passHeader(out, made);
      }
    }
    return out.subarray(0, made);
  }

  /** Nothing comes any more: note what was cut. */
  end(): void {
    if (this.pendingLength === 0 && this.body === 0) return;
    const left = this.offset - this.recordAt;
    const what = this.header === null ? 'file header' : this.body > 0 ? 'packet' : 'record header';
    this.fail('ERR_CAPTURE_TRUNCATED', `${what} cut: ${this.recordLength} octets needed, ${left} left`);
  }

  private collect(chunk: Uint8Array, at: number): number {
    if (this.pendingLength === 0) this.begin();
    const count = Math.min(this.recordLength - this.pendingLength, chunk.length - at);
    for (let i = 0; i < count; i++) this.pending.setUint8(this.pendingLength + i, chunk[at + i]!);
    this.pendingLength += count;
    this.offset += count;
    return count;
  }

  private begin(): void {
    this.recordAt = this.offset;
    this.recordLength = this.header === null ? PCAP_FILE_LEN : this.header.recordLength;
  }

  /** Pass the header collected, once it is whole. Answers the octets put into `out`. */
  private passHeader(out: Buffer, to: number): number {
    if (this.pendingLength < this.recordLength) return 0;
    this.pendingLength = 0;
    return this.header === null ? this.passFileHeader(out, to) : this.passRecordHeader(this.header, out, to);
  }

  private passFileHeader(out: Buffer, to: number): number {
    const header = parsePcapHeader(this.pending, this.file, this.maxCaptured);
    const { littleEndian } = header;
    this.header = header;
    const view = viewOf(out, to);
    view.setUint32(0, MAGIC_US, littleEndian);
    view.setUint16(MAJOR, VERSION_MAJOR, littleEndian);
    view.setUint16(MINOR, VERSION_MINOR, littleEndian);
    view.setUint32(SNAP_LENGTH, header.snapLength, littleEndian);
    view.setUint32(LINK_TYPE, header.linkType, littleEndian);
    return PCAP_FILE_LEN;
  }

  private passRecordHeader(header: PcapHeader, out: Buffer, to: number): number {
    const { littleEndian, turned } = header;
    const first = this.pending.getUint32(CAPTURED, littleEndian);
    const second = this.pending.getUint32(WIRE, littleEndian);
    const turn = turned === Turned.Always || (turned === Turned.WhenLarger && first > second);
    const captured = turn ? second : first;
    if (captured > this.maxCaptured) {
      this.fail('ERR_CAPTURE_FORMAT', `packet of ${captured} captured octets: more than the limit of ${this.maxCaptured}`);
      return 0;
    }
    this.body = captured;
    this.recordLength += captured;
    const view = viewOf(out, to);
    for (let i = 0; i < CAPTURED; i++) view.setUint8(i, this.pending.getUint8(i));
    view.setUint32(CAPTURED, captured, littleEndian);
    view.setUint32(WIRE, turn ? first : second, littleEndian);
    return PCAP_RECORD.span;
  }

  private fail(code: ErrorCode, reason: string): void {
    this.damage ??= new CaptureError(code, this.file, this.recordAt, reason);
  }
}

function viewOf(octets: Uint8Array, at: number): DataView {
  return new DataView(octets.buffer, octets.byteOffset + at);
}
