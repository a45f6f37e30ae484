/**
 * PcapWriter: a classic capture, little-endian, in microseconds or nanoseconds.
 * @module
 */
import { LinkType } from '../packet/link-type.ts';
import type { ReadonlyPacket } from '../packet/packet.ts';
import type { CaptureWriter, WriterOptions } from './capture-writer.ts';
import { PCAP_FILE, PCAP_RECORD } from './layouts.ts';
import { OutputBuffer } from './output-buffer.ts';
import type { OutputFile } from './output-file.ts';
import { MAGIC_NS, MAGIC_US, VERSION_MAJOR, VERSION_MINOR } from './pcap-header.ts';
import { MAX_CAPTURED } from './record-reader.ts';

const MAJOR = PCAP_FILE.offsetOf('major');
const MINOR = PCAP_FILE.offsetOf('minor');
const SNAP_LENGTH = PCAP_FILE.offsetOf('snapLength');
const LINK_TYPE = PCAP_FILE.offsetOf('linkType');
const SECONDS = PCAP_RECORD.offsetOf('seconds');
const FRACTION = PCAP_RECORD.offsetOf('fraction');
const CAPTURED = PCAP_RECORD.offsetOf('captured');
const WIRE = PCAP_RECORD.offsetOf('wire');

const US_PER_SEC = 1_000_000;
const NS_PER_US = 1000;

export class PcapWriter implements CaptureWriter {
  count = 0;
  private readonly file: OutputFile;
  private readonly buffer: OutputBuffer;
  private readonly nanoseconds: boolean;

  constructor(file: OutputFile, options: WriterOptions) {
    this.file = file;
    this.buffer = new OutputBuffer(file);
    this.nanoseconds = options.nanoseconds ?? false;
    this.putFileHeader(options.interfaces?.[0]?.linkType ?? LinkType.Ethernet, options.snapLength ?? MAX_CAPTURED);
  }

  write(packet: ReadonlyPacket): void {
    const { buffer } = this;
    const { start, end, nowUs } = packet;
    const captured = end - start;
    buffer.reserve(PCAP_RECORD.span + captured);
    const { view, at } = buffer;
    const seconds = Math.floor(nowUs / US_PER_SEC);
    const us = Math.floor(nowUs - seconds * US_PER_SEC);
    view.setUint32(at + SECONDS, seconds, true);
    view.setUint32(at + FRACTION, this.nanoseconds ? us * NS_PER_US + packet.remainderNs : us, true);
    view.setUint32(at + CAPTURED, captured, true);
    view.setUint32(at + WIRE, Math.max(packet.wireLength, captured), true);
    buffer.at = at + PCAP_RECORD.span;
    buffer.put(packet.view, packet.bytes, start, end);
    this.count++;
  }

  addInterface(): number {
    return 0;
  }

  flush(): void {
    this.buffer.flush();
  }

  close(): void {
    this.buffer.flush();
    this.file.close();
  }

  abort(): void {
    this.file.abort();
  }

  private putFileHeader(linkType: number, snapLength: number): void {
    const { view } = this.buffer;
    view.setUint32(0, this.nanoseconds ? MAGIC_NS : MAGIC_US, true);
    view.setUint16(MAJOR, VERSION_MAJOR, true);
    view.setUint16(MINOR, VERSION_MINOR, true);
    view.setUint32(SNAP_LENGTH, snapLength, true);
    view.setUint32(LINK_TYPE, linkType, true);
    this.buffer.at = PCAP_FILE.span;
  }
}
