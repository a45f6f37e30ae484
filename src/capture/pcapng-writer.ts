/**
 * PcapngWriter: one section, little-endian, interfaces with their names, enhanced packet blocks with comments. The same packets
 * give the same octets: no date, no version, nothing of the machine goes in.
 * @module
 */
import { LinkType } from '../packet/link-type.ts';
import type { ReadonlyPacket } from '../packet/packet.ts';
import type { CaptureWriter, WriterInterface, WriterOptions } from './capture-writer.ts';
import { BLOCK, ENHANCED, INTERFACE, OPTION, SECTION } from './layouts.ts';
import { OutputBuffer } from './output-buffer.ts';
import type { OutputFile } from './output-file.ts';
import { BlockType, BYTE_ORDER_MARK, OptionCode, padded, TRAILER_LEN } from './pcapng-code.ts';
import { MAX_CAPTURED } from './record-reader.ts';

const LENGTH = BLOCK.offsetOf('length');
const BYTE_ORDER = SECTION.offsetOf('byteOrder');
const MAJOR = SECTION.offsetOf('major');
const MINOR = SECTION.offsetOf('minor');
const SECTION_HIGH = SECTION.offsetOf('sectionHigh');
const SECTION_LOW = SECTION.offsetOf('sectionLow');
const LINK_TYPE = INTERFACE.offsetOf('linkType');
const RESERVED = INTERFACE.offsetOf('reserved');
const SNAP_LENGTH = INTERFACE.offsetOf('snapLength');
const PACKET_INTERFACE = ENHANCED.offsetOf('interface');
const TIME_HIGH = ENHANCED.offsetOf('timeHigh');
const TIME_LOW = ENHANCED.offsetOf('timeLow');
const CAPTURED = ENHANCED.offsetOf('captured');
const WIRE = ENHANCED.offsetOf('wire');

// Names of this module's own: V8 folds those into the code and loads a field of an object every time.
const ENHANCED_BLOCK = BlockType.Enhanced;
const ENHANCED_LEN = ENHANCED.span;
/** Octets of a block around the packet. */
const AROUND = ENHANCED_LEN + TRAILER_LEN;

const APPLICATION = 'hookline';
/** if_tsresol of nanoseconds and of microseconds. */
const NANOSECONDS = 9;
const MICROSECONDS = 6;
const NS_PER_US = 1000;
const TWO_32 = 0x1_0000_0000;
/** An option's length is 16 bits. */
const MAX_OPTION = 65_532;
/** Octets of the largest block without a packet: header, options, trailer. */
const END_OPTION_LEN = 4;

export class PcapngWriter implements CaptureWriter {
  count = 0;
  private readonly file: OutputFile;
  private readonly buffer: OutputBuffer;
  private readonly encoder = new TextEncoder();
  private readonly nanoseconds: boolean;
  private readonly snapLength: number;
  private interfaces = 0;
  /** High word of the last packet's microseconds, and the microseconds it stands for. */
  private high = 0;
  private highUs = 0;

  constructor(file: OutputFile, options: WriterOptions) {
    this.file = file;
    this.buffer = new OutputBuffer(file);
    this.nanoseconds = options.nanoseconds ?? true;
    this.snapLength = options.snapLength ?? MAX_CAPTURED;
    this.putSection();
    for (const device of options.interfaces ?? [{}]) this.addInterface(device);
  }

  write(packet: ReadonlyPacket, interfaceId = 0, comment?: string): void {
    if (interfaceId < 0 || interfaceId >= this.interfaces)
      throw new RangeError(`interface ${interfaceId} is not described (${this.interfaces} are)`);
    const note = comment === undefined || comment === '' ? null : this.encode(comment);
    const { buffer } = this;
    const { start, end, wireLength } = packet;
    const captured = end - start;
    const length = AROUND + ((captured + 3) & ~3) + (note === null ? 0 : optionLength(note) + END_OPTION_LEN);
    buffer.reserve(length);
    const { view, at } = buffer;
    view.setInt32(at, ENHANCED_BLOCK, true);
    view.setInt32(at + LENGTH, length, true);
    view.setInt32(at + PACKET_INTERFACE, interfaceId, true);
    this.putTime(view, at, packet.nowUs, packet.remainderNs);
    view.setInt32(at + CAPTURED, captured, true);
    view.setUint32(at + WIRE, wireLength > captured ? wireLength : captured, true);
    buffer.at = at + ENHANCED_LEN;
    buffer.put(packet.view, packet.bytes, start, end);
    buffer.pad(captured);
    if (note !== null) this.putOptions(OptionCode.Comment, note);
    this.putTrailer(length);
    this.count++;
  }

  addInterface(device: WriterInterface): number {
    const name = this.encode(device.name ?? '');
    const unit = Uint8Array.of(this.nanoseconds ? NANOSECONDS : MICROSECONDS);
    const options = (name.length > 0 ? optionLength(name) : 0) + optionLength(unit) + END_OPTION_LEN;
    const length = INTERFACE.span + options + TRAILER_LEN;
    const { buffer } = this;
    buffer.reserve(length);
    const { view, at } = buffer;
    view.setUint32(at, BlockType.Interface, true);
    view.setUint32(at + LENGTH, length, true);
    view.setUint16(at + LINK_TYPE, device.linkType ?? LinkType.Ethernet, true);
    view.setUint16(at + RESERVED, 0, true);
    view.setUint32(at + SNAP_LENGTH, this.snapLength, true);
    buffer.at = at + INTERFACE.span;
    if (name.length > 0) this.putOption(OptionCode.InterfaceName, name);
    this.putOptions(OptionCode.TimeResolution, unit);
    this.putTrailer(length);
    return this.interfaces++;
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

  private putSection(): void {
    const application = this.encode(APPLICATION);
    const length = SECTION.span + optionLength(application) + END_OPTION_LEN + TRAILER_LEN;
    const { view } = this.buffer;
    view.setUint32(0, BlockType.Section, true);
    view.setUint32(LENGTH, length, true);
    view.setUint32(BYTE_ORDER, BYTE_ORDER_MARK, true);
    view.setUint16(MAJOR, 1, true);
    view.setUint16(MINOR, 0, true);
    // all ones: the length of the section is not told
    view.setInt32(SECTION_HIGH, -1, true);
    view.setInt32(SECTION_LOW, -1, true);
    this.buffer.at = SECTION.span;
    this.putOptions(OptionCode.Application, application);
    this.putTrailer(length);
  }

  /**
   * The time in units of the interface, as two words: microseconds split at 2^32 first, so that nothing is lost in a double. Most
   * packets share their high word with the one before.
   */
  private putTime(view: DataView, at: number, nowUs: number, remainderNs: number): void {
    const us = Math.floor(nowUs);
    let low = us - this.highUs;
    if (low < 0 || low >= TWO_32) {
      this.high = Math.floor(us / TWO_32);
      this.highUs = this.high * TWO_32;
      low = us - this.highUs;
    }
    if (!this.nanoseconds) {
      view.setUint32(at + TIME_HIGH, this.high, true);
      view.setUint32(at + TIME_LOW, low, true);
      return;
    }
    const lowNs = low * NS_PER_US + remainderNs;
    const carry = Math.floor(lowNs / TWO_32);
    view.setUint32(at + TIME_HIGH, this.high * NS_PER_US + carry, true);
    view.setUint32(at + TIME_LOW, lowNs - carry * TWO_32, true);
  }

  /** The last option of a block, and the end mark. */
  private putOptions(code: number, value: Uint8Array): void {
    this.putOption(code, value);
    this.buffer.view.setUint32(this.buffer.at, OptionCode.End, true);
    this.buffer.at += END_OPTION_LEN;
  }

  private putOption(code: number, value: Uint8Array): void {
    const { buffer } = this;
    buffer.view.setUint16(buffer.at, code, true);
    buffer.view.setUint16(buffer.at + OPTION.offsetOf('length'), value.length, true);
    buffer.at += OPTION.span;
    buffer.putPadded(value);
  }

  private putTrailer(length: number): void {
    this.buffer.view.setUint32(this.buffer.at, length, true);
    this.buffer.at += TRAILER_LEN;
  }

  /** UTF-8, cut to what an option can hold. */
  private encode(text: string): Uint8Array {
    const octets = this.encoder.encode(text);
    return octets.length > MAX_OPTION ? octets.subarray(0, MAX_OPTION) : octets;
  }
}

function optionLength(value: Uint8Array): number {
  return OPTION.span + padded(value.length);
}
