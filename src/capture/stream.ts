/**
 * A streamed classic capture: pcap-parser splits it into packets, behind PcapGuard. Each packet is copied into a buffer of its own
 * that is made once, so that it may be aimed at like one of a file.
 *
 * The only file that imports pcap-parser, which makes objects of every packet: ten times slower than the block reader (measured:
 * `npm run bench`). For pipes and sockets, not for files.
 * @module
 */
import { EventEmitter } from 'node:events';
import { parse, type ParsedPacket } from 'pcap-parser';
import { CaptureError } from '../errors.ts';
import type { Packet } from '../packet/packet.ts';
import { type CaptureInterface, NO_INTERFACE } from './capture-interface.ts';
import { describeLinkType, isDecodable } from './link-name.ts';
import { PcapGuard } from './pcap-guard.ts';
import type { PcapHeader } from './pcap-header.ts';
import type { ReaderOptions } from './record-reader.ts';
import type { StreamSplitter } from './stream-splitter.ts';
import { PADDING } from './window.ts';

const US_PER_SEC = 1_000_000;
const NS_PER_US = 1000;

/** What pcap-parser takes for a readable stream: it is handed pieces at once, in the order they came. */
class Pieces extends EventEmitter {
  pause(): void {}
  resume(): void {}
}

export class PcapSplitter implements StreamSplitter {
  readonly format = 'pcap';
  readonly comment = null;
  current: CaptureInterface = NO_INTERFACE;
  private readonly options: ReaderOptions;
  private readonly guard: PcapGuard;
  private readonly pieces = new Pieces();
  /** Packets of the piece pushed last; `taken` of them were delivered. */
  private parsed: ParsedPacket[] = [];
  private taken = 0;
  private readonly view: DataView;
  private readonly bytes: Uint8Array;
  private failure: CaptureError | null = null;

  constructor(options: ReaderOptions) {
    this.options = options;
    this.guard = new PcapGuard(options.file, options.maxCaptured);
    const buffer = new ArrayBuffer(options.maxCaptured + PADDING);
    this.view = new DataView(buffer);
    this.bytes = new Uint8Array(buffer);
    parse(this.pieces)
      .on('packet', (packet) => this.parsed.push(packet))
      .on('error', (error) => this.parserFailed(error));
  }

  get damage(): CaptureError | null {
    return this.failure ?? this.guard.damage;
  }

  /** @throws CaptureError for a file header that cannot be read, and for a link type that is refused */
  push(octets: Uint8Array): void {
    const sound = this.guard.pass(octets);
    if (this.current === NO_INTERFACE && this.guard.header !== null) this.current = this.accept(this.guard.header);
    this.parsed = [];
    this.taken = 0;
    this.pieces.emit('data', sound);
  }

  end(): void {
    this.guard.end();
    this.pieces.emit('end');
  }

  next(packet: Packet): boolean {
    const { header } = this.guard;
    const parsed = this.parsed[this.taken];
    if (parsed === undefined || header === null) return false;
    this.taken++;
    const { data } = parsed;
    const { timestampSeconds, timestampMicroseconds: fraction, originalLength } = parsed.header;
    const us = header.nanoseconds ? Math.floor(fraction / NS_PER_US) : fraction;
    this.bytes.set(data);
    packet.view = this.view;
    packet.bytes = this.bytes;
    packet.start = 0;
    packet.end = Math.min(data.length, header.snapLength);
    packet.wireLength = Math.max(originalLength, data.length);
    packet.nowUs = timestampSeconds * US_PER_SEC + us;
    packet.remainderNs = header.nanoseconds ? fraction - us * NS_PER_US : 0;
    return true;
  }

  private accept({ linkType, snapLength }: PcapHeader): CaptureInterface {
    if (!this.options.anyLinkType && !isDecodable(linkType)) {
      throw new CaptureError('ERR_LINK_TYPE', this.options.file, 0, `${describeLinkType(linkType)} cannot be decoded`);
    }
    return { id: 0, name: '', linkType, snapLength };
  }

  private parserFailed(error: Error): void {
    this.failure ??= new CaptureError('ERR_CAPTURE_FORMAT', this.options.file, 0, error.message, { cause: error });
  }
}
