/**
 * PcapReader: the records of a classic capture. Two length checks stand between the file and the packet; whatever fails them
 * leaves the straight path.
 *
 * A packet is cut to the snap length of the file header, as libpcap does. A wire length below the captured one is raised to it.
 * Seconds count from 1970 without sign: to the year 2106. Kernel counterpart: none; libpcap: sf-pcap.c (behaviour only).
 * @module
 */
import { CaptureError, type ErrorCode } from '../errors.ts';
import { FRAME_WORDS, type FrameBatch, FrameWord } from '../packet/frame-batch.ts';
import { LinkType } from '../packet/link-type.ts';
import type { Packet } from '../packet/packet.ts';
import { BATCH_WORDS, BatchWord, decodeWords, type PacketBatch } from '../packet/packet-batch.ts';
import type { CaptureInterface } from './capture-interface.ts';
import { PCAP_RECORD } from './layouts.ts';
import { describeLinkType, isDecodable } from './link-name.ts';
import { PCAP_FILE_LEN, parsePcapHeader, type PcapHeader, Turned } from './pcap-header.ts';
import { type ReaderOptions, type RecordReader, Step } from './record-reader.ts';
import type { Window } from './window.ts';

const SECONDS = PCAP_RECORD.offsetOf('seconds');
const FRACTION = PCAP_RECORD.offsetOf('fraction');
const CAPTURED = PCAP_RECORD.offsetOf('captured');
const WIRE = PCAP_RECORD.offsetOf('wire');

const RECORD_LEN = PCAP_RECORD.span;
const RECORD = Step.Record;
const ETHERNET = LinkType.Ethernet;
const WORDS = BATCH_WORDS;
const RECORD_WORD = BatchWord.Record;
const FRAME = FRAME_WORDS;
const FRAME_START = FrameWord.Start;
const FRAME_END = FrameWord.End;
const FRAME_WIRE = FrameWord.Wire;
const FRAME_RECORD = FrameWord.Record;
const US_PER_SEC = 1_000_000;
const NS_PER_US = 1000;

export class PcapReader implements RecordReader {
  readonly format = 'pcap';
  readonly interfaces: readonly CaptureInterface[];
  readonly current: CaptureInterface;
  readonly comment = null;
  damage: CaptureError | null = null;
  private readonly window: Window;
  private readonly file: string;
  private readonly littleEndian: boolean;
  private readonly nanoseconds: boolean;
  private readonly recordLength: number;
  private readonly turned: Turned;
  private readonly snapLength: number;
  private readonly maxCaptured: number;
  /**
   * Longest packet that is read the short way; -1 where none is, since the file is not of the kind nearly all are: little-endian,
   * microseconds, record headers of 16 octets, lengths in their order.
   */
  private readonly shortWay: number;

  /**
   * The window holds the file header at its start.
   * @throws CaptureError ERR_CAPTURE_FORMAT, ERR_LINK_TYPE
   */
  constructor(window: Window, options: ReaderOptions) {
    const header: PcapHeader = parsePcapHeader(window.view, options.file, options.maxCaptured);
    if (!options.anyLinkType && !isDecodable(header.linkType)) throw refusedLinkType(options.file, header.linkType);
    const { linkType, snapLength } = header;
    this.current = { id: 0, name: '', linkType, snapLength };
    this.interfaces = [this.current];
    this.window = window;
    this.file = options.file;
    this.littleEndian = header.littleEndian;
    this.nanoseconds = header.nanoseconds;
    this.recordLength = header.recordLength;
    this.turned = header.turned;
    this.snapLength = snapLength;
    this.maxCaptured = options.maxCaptured;
    const usual = header.littleEndian && !header.nanoseconds && header.recordLength === RECORD_LEN && header.turned === Turned.Never;
    this.shortWay = usual ? Math.min(snapLength, options.maxCaptured) : -1;
    window.at += PCAP_FILE_LEN;
  }

  read(packet: Packet): Step {
    const { window } = this;
    const { view, at } = window;
    const data = at + RECORD_LEN;
    if (data > window.limit) return this.readAny(packet);
    const captured = view.getInt32(at + CAPTURED, true);
    const wire = view.getInt32(at + WIRE, true);
    const next = data + captured;
    if ((captured | wire) < 0 || captured > this.shortWay || next > window.limit) return this.readAny(packet);
    window.at = next;
    if (packet.view !== view) {
      packet.view = view;
      packet.bytes = window.bytes;
    }
    packet.start = data;
    packet.end = next;
    packet.wireLength = wire > captured ? wire : captured;
    packet.nowUs = view.getUint32(at + SECONDS, true) * US_PER_SEC + view.getUint32(at + FRACTION, true);
    packet.remainderNs = 0;
    return RECORD;
  }

  ahead(batch: FrameBatch): CaptureInterface {
    const { window, shortWay } = this;
    const { view, limit } = window;
    const { words, times, remainders, capacity } = batch;
    let { at } = window;
    let count = 0;
    while (count < capacity) {
      const data = at + RECORD_LEN;
      if (data > limit) break;
      const captured = view.getInt32(at + CAPTURED, true);
      const wire = view.getInt32(at + WIRE, true);
      const next = data + captured;
      if ((captured | wire) < 0 || captured > shortWay || next > limit) break;
      const word = count * FRAME;
      words[word + FRAME_START] = data;
      words[word + FRAME_END] = next;
      words[word + FRAME_WIRE] = wire > captured ? wire : captured;
      words[word + FRAME_RECORD] = at;
      times[count] = view.getUint32(at + SECONDS, true) * US_PER_SEC + view.getUint32(at + FRACTION, true);
      remainders[count] = 0;
      count++;
      at = next;
    }
    batch.view = view;
    batch.bytes = window.bytes;
    batch.base = window.base;
    batch.count = count;
    return this.current;
  }

  /** Fill the batch from what the window holds, the short way; none: the next record is not there, or takes the long way. */
  readBatch(batch: PacketBatch): void {
    const { window, shortWay } = this;
    const { view, limit } = window;
    const { words, capacity } = batch;
    const ethernet = this.current.linkType === ETHERNET;
    let { at } = window;
    let count = 0;
    while (count < capacity) {
      const data = at + RECORD_LEN;
      if (data > limit) break;
      const captured = view.getInt32(at + CAPTURED, true);
      const next = data + captured;
      if ((captured | view.getInt32(at + WIRE, true)) < 0 || captured > shortWay || next > limit) break;
      decodeWords(words, count, view, data, next, ethernet);
      words[count * WORDS + RECORD_WORD] = at;
      count++;
      at = next;
    }
    window.at = at;
    batch.view = view;
    batch.count = count;
  }

  /** Aim the packet at the record of number `n` of a batch that readBatch() filled. */
  aim(batch: PacketBatch, n: number, packet: Packet): void {
    const { window } = this;
    const { at } = window;
    window.at = batch.words[n * WORDS + RECORD_WORD]!;
    this.read(packet);
    window.at = at;
  }

  private readAny(packet: Packet): Step {
    const { window, littleEndian } = this;
    const { view, at } = window;
    const data = at + this.recordLength;
    if (data > window.limit) return this.shortOf('record header', this.recordLength);
    let captured = view.getUint32(at + CAPTURED, littleEndian);
    let wire = view.getUint32(at + WIRE, littleEndian);
    if (this.turned !== Turned.Never && (this.turned === Turned.Always || captured > wire)) {
      const first = captured;
      captured = wire;
      wire = first;
    }
    if (captured > this.maxCaptured) return this.tooLong(captured);
    const next = data + captured;
    if (next > window.limit) return this.shortOf('packet', this.recordLength + captured);

    window.at = next;
    packet.view = view;
    packet.bytes = window.bytes;
    packet.start = data;
    packet.end = captured > this.snapLength ? data + this.snapLength : next;
    packet.wireLength = wire > captured ? wire : captured;
    const seconds = view.getUint32(at + SECONDS, littleEndian);
    const fraction = view.getUint32(at + FRACTION, littleEndian);
    if (this.nanoseconds) {
      const us = Math.floor(fraction / NS_PER_US);
      packet.nowUs = seconds * US_PER_SEC + us;
      packet.remainderNs = fraction - us * NS_PER_US;
    } else {
      packet.nowUs = seconds * US_PER_SEC + fraction;
      packet.remainderNs = 0;
    }
    return Step.Record;
  }

  /** The window does not hold what is needed: there is more to come, or the file ends here, well or badly. */
  private shortOf(what: string, needed: number): Step {
    const { window } = this;
    if (!window.ended) return Step.More;
    if (window.available === 0) return Step.End;
    return this.fail('ERR_CAPTURE_TRUNCATED', `${what} cut: ${needed} octets needed, ${window.available} left`);
  }

  private tooLong(captured: number): Step {
    return this.fail('ERR_CAPTURE_FORMAT', `packet of ${captured} captured octets: more than the limit of ${this.maxCaptured}`);
  }

  private fail(code: ErrorCode, reason: string): Step {
    this.damage ??= new CaptureError(code, this.file, this.window.offset, reason);
    return Step.End;
  }
}

function refusedLinkType(file: string, linkType: number): CaptureError {
  return new CaptureError('ERR_LINK_TYPE', file, 0, `${describeLinkType(linkType)} cannot be decoded`);
}
