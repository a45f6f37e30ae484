/**
 * Capture: a capture file, read packet by packet and never as a whole.
 *
 *   const capture = openCapture('in.pcapng');
 *   while (capture.next(packet)) decode(packet, capture.linkType);
 *   if (capture.damage !== null) ...
 *
 * next() aims the caller's packet at the octets of the next record, in the capture's own buffer: valid until the next call.
 * It allocates nothing. Damage ends the reading, it is not thrown: every packet in front of it was delivered, and `damage` says
 * where it is and what it is. The properties of a record (link type, interface, comment) are those of the packet aimed last.
 * @module
 */
import { CaptureError } from '../errors.ts';
import { decode } from '../packet/decode.ts';
import { FRAME_WORDS, type FrameBatch, FrameWord } from '../packet/frame-batch.ts';
import { LinkType } from '../packet/link-type.ts';
import { Packet } from '../packet/packet.ts';
import { BATCH_WORDS, BatchWord, decodeWords, type PacketBatch } from '../packet/packet-batch.ts';
import type { CaptureInterface } from './capture-interface.ts';
import { type Feed, refill } from './feed.ts';
import { PcapReader } from './pcap-reader.ts';
import { type CaptureFormat, type RecordReader, Step } from './record-reader.ts';
import { systemCode } from './system-code.ts';

// A name of this module's own: V8 folds it into the code and loads an imported constant every time.
const RECORD = Step.Record;

export class Capture implements Iterable<Packet> {
  /** The name it has in messages. */
  readonly file: string;
  readonly format: CaptureFormat;
  /** Packets delivered so far. */
  count = 0;
  private readonly feed: Feed;
  private readonly reader: RecordReader;
  private failure: CaptureError | null = null;
  private closed = false;
  /** The last frame that was met without being read. */
  private readonly passed: Packet = new Packet();

  /** Made by openCapture(). */
  constructor(file: string, feed: Feed, reader: RecordReader) {
    this.file = file;
    this.format = reader.format;
    this.feed = feed;
    this.reader = reader;
  }

  /** Link type of the packet; before the first one that of a classic capture, -1 for pcapng. */
  get linkType(): number {
    return this.reader.current.linkType;
  }

  /** Its interface, an index into `interfaces`; -1 before the first one of a pcapng file. */
  get interfaceId(): number {
    return this.reader.current.id;
  }

  /** Name of its interface; empty when the file does not tell. */
  get interfaceName(): string {
    return this.reader.current.name;
  }

  /** Its comment, or null. Made on demand. */
  get comment(): string | null {
    return this.reader.comment;
  }

  /** The interfaces described so far, of all sections. */
  get interfaces(): readonly CaptureInterface[] {
    return this.reader.interfaces;
  }

  /** How much of the file has been read ahead, 0 to 1; NaN for a stream. For progress, not for addresses. */
  get fraction(): number {
    return this.feed.source.fraction;
  }

  /** Why the reading ended before the end; null while all is well. */
  get damage(): CaptureError | null {
    return this.failure ?? this.reader.damage;
  }

  /**
   * Aim `packet` at the next record: bytes, length on the wire, time, index. What else it carries is left alone, its layers are
   * for decode(). False at the end, be it good or bad.
   */
  next(packet: Packet): boolean {
    if (this.reader.read(packet) !== RECORD) return this.nextBehind(packet);
    packet.index = this.count++;
    return true;
  }

  /** The next record where the window did not hold it. */
  private nextBehind(packet: Packet): boolean {
    let step: Step = Step.More;
    while (step === Step.More && !this.closed) {
      this.fill();
      step = this.reader.read(packet);
    }
    if (step !== Step.Record) return false;
    packet.index = this.count++;
    return true;
  }

  /**
   * Look ahead: the next frames, as far as they are in memory and of one interface, none of them read yet. Answers how many; 0 where it
   * cannot tell (files that are not of the usual kind, the end of what is in memory).
   */
  ahead(batch: FrameBatch): number {
    batch.count = 0;
    const { linkType, name } = this.reader.ahead(batch);
    batch.linkType = linkType;
    batch.interfaceName = name;
    return batch.count;
  }

  /** Whether frame `n` of a batch that ahead() filled is the next one still, its octets where they were. */
  isNext(batch: FrameBatch, n: number): boolean {
    const { window } = this.feed;
    return n < batch.count && window.base === batch.base && window.at === batch.words[n * FRAME_WORDS + FrameWord.Record];
  }

  /** Frames `from` to `to` of a batch have been met: read on behind them, as if next() had read them. Needs: to > from. */
  pass(batch: FrameBatch, from: number, to: number): void {
    this.feed.window.at = batch.words[(to - 1) * FRAME_WORDS + FrameWord.Record]!;
    this.reader.read(this.passed);
    this.count += to - from;
  }

  /**
   * The next packets as words, as many as there are at hand; their number, 0 at the end. What next() would deliver, and not to be
   * mixed with it. Of pcapng and of unusual pcap files a batch holds one packet.
   */
  nextBatch(batch: PacketBatch): number {
    const { reader } = this;
    batch.first = this.count;
    batch.count = 0;
    if (reader instanceof PcapReader) {
      reader.readBatch(batch);
      if (batch.count === 0 && this.refilled()) reader.readBatch(batch);
    }
    if (batch.count > 0) {
      this.count += batch.count;
      return batch.count;
    }
    const { single, words } = batch;
    if (!this.next(single)) return 0;
    batch.view = single.view;
    batch.count = 1;
    decodeWords(words, 0, single.view, single.start, single.end, this.linkType === LinkType.Ethernet);
    words[BatchWord.Record] = -1;
    return 1;
  }

  /** Aim `packet` at number `n` of the batch read last, as next() would have. */
  aim(batch: PacketBatch, n: number, packet: Packet): void {
    if (batch.words[n * BATCH_WORDS + BatchWord.Record] !== -1 && this.reader instanceof PcapReader) this.reader.aim(batch, n, packet);
    else packet.aimLike(batch.single);
    packet.index = batch.first + n;
  }

  /** More octets, where the window may have room for them. */
  private refilled(): boolean {
    if (this.closed || this.feed.window.ended) return false;
    this.fill();
    return true;
  }

  /** One decoded packet after the other: always the same object, fresh for each record. Closes the capture when the loop ends. */
  *[Symbol.iterator](): Generator<Packet, void, void> {
    const packet = new Packet();
    try {
      while (this.next(packet)) {
        const { index, nowUs, remainderNs } = packet;
        packet.reset();
        packet.index = index;
        packet.nowUs = nowUs;
        packet.remainderNs = remainderNs;
        decode(packet, this.linkType);
        yield packet;
      }
    } finally {
      this.close();
    }
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.feed.window.drop();
    this.feed.source.close();
  }

  private fill(): void {
    const { window } = this.feed;
    try {
      refill(this.feed);
    } catch (error) {
      this.failure = error instanceof CaptureError ? error : this.readError(error, window.offset + window.available);
      window.ended = true;
    }
  }

  private readError(error: unknown, offset: number): CaptureError {
    return new CaptureError('ERR_INPUT', this.file, offset, `cannot read: ${systemCode(error)}`, { cause: error });
  }
}
