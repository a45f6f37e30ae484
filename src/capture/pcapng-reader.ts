/**
 * PcapngReader: the packets of a pcapng file. Sections of either byte order follow each other; each numbers its own interfaces.
 *
 *   section header   interface description ...   packets and what else there is: names, statistics, unknown blocks (skipped)
 *
 * Block lengths are not believed until the trailer repeats them; a block that holds a packet or an interface must fit the window,
 * others may be of any size. Options of packets are looked at only for their comment, on demand. Where this reads on and libpcap
 * stops: interfaces of several link types or snap lengths, sections of different byte orders, packets above the snap length.
 * Packets of interfaces that decode() does not know are left out, counted, and told as damage at the end.
 *
 * A simple packet block carries no time: its packet gets that of the one before. draft-ietf-opsawg-pcapng.
 * @module
 */
import { CaptureError, type ErrorCode } from '../errors.ts';
import { FRAME_WORDS, type FrameBatch, FrameWord } from '../packet/frame-batch.ts';
import { Packet } from '../packet/packet.ts';
import { type CaptureInterface, NO_INTERFACE, Refusals, type SectionInterface } from './capture-interface.ts';
import { BLOCK, ENHANCED, OLD_PACKET, SECTION, SIMPLE } from './layouts.ts';
import { OptionWalk } from './option.ts';
import { BlockType, BYTE_ORDER_MARK, MIN_BLOCK_LEN, OptionCode, padded, SWAPPED_BYTE_ORDER_MARK, TRAILER_LEN } from './pcapng-code.ts';
import { readInterface } from './pcapng-interface.ts';
import { type ReaderOptions, type RecordReader, Step } from './record-reader.ts';
import { SkippedBlock } from './skipped-block.ts';
import type { Window } from './window.ts';

const LENGTH = BLOCK.offsetOf('length');
const BYTE_ORDER = SECTION.offsetOf('byteOrder');
const MAJOR = SECTION.offsetOf('major');
const MINOR = SECTION.offsetOf('minor');
const PACKET_INTERFACE = ENHANCED.offsetOf('interface');
const TIME_HIGH = ENHANCED.offsetOf('timeHigh');
const TIME_LOW = ENHANCED.offsetOf('timeLow');
const CAPTURED = ENHANCED.offsetOf('captured');
const WIRE = ENHANCED.offsetOf('wire');
const SIMPLE_WIRE = SIMPLE.offsetOf('wire');
/** The obsolete block differs from the enhanced one only in the width of its interface number. */
const PACKET_DATA = OLD_PACKET.span;

// Names of this module's own: V8 folds those into the code and loads a field of an object every time.
const ENHANCED_BLOCK = BlockType.Enhanced;
const TRAILER = TRAILER_LEN;
const RECORD = Step.Record;
/** Octets of an enhanced packet block with nothing in it. */
const SHORTEST = PACKET_DATA + TRAILER;
const FRAME = FRAME_WORDS;
const FRAME_START = FrameWord.Start;
const FRAME_END = FrameWord.End;
const FRAME_WIRE = FrameWord.Wire;
const FRAME_RECORD = FrameWord.Record;

const VERSION_MAJOR = 1;
/** 1.0 is the only version; some writers call it 1.2. */
const VERSIONS_MINOR: readonly number[] = [0, 2];
/** Interfaces one file may describe. */
const MAX_INTERFACES = 65_536;
/** Octets kept of a comment. */
const MAX_COMMENT = 65_535;
/** Room for options beside the longest packet. */
const OPTION_ROOM = 262_144;

/** Answered between packets: look at the next block. */
const NEXT = 3;
type BlockStep = Step | typeof NEXT;

/** Octets a window needs so that every block that is read, not skipped, fits. */
export function pcapngHold(maxCaptured: number): number {
  return maxCaptured + OPTION_ROOM;
}

export class PcapngReader implements RecordReader {
  readonly format = 'pcapng';
  readonly interfaces: SectionInterface[] = [];
  current: CaptureInterface = NO_INTERFACE;
  damage: CaptureError | null = null;
  private readonly window: Window;
  private readonly options: ReaderOptions;
  private readonly maxBlock: number;
  private readonly refusals = new Refusals();
  private readonly skipped = new SkippedBlock();
  private littleEndian = true;
  private inSection = false;
  /** Number of the section's first interface in `interfaces`. */
  private firstInterface = 0;
  private optionsAt = 0;
  private optionsEnd = 0;
  private lastUs = 0;
  private lastNs = 0;
  /** Carries times, in ahead(). */
  private readonly passing: Packet = new Packet();

  /** The window stands at the first block. */
  constructor(window: Window, options: ReaderOptions) {
    this.window = window;
    this.options = options;
    this.maxBlock = pcapngHold(options.maxCaptured);
  }

  get comment(): string | null {
    if (this.optionsAt >= this.optionsEnd) return null;
    const walk = new OptionWalk(this.window.view, this.littleEndian, this.optionsAt, this.optionsEnd);
    const comments: string[] = [];
    while (walk.next()) if (walk.code === OptionCode.Comment) comments.push(walk.text(MAX_COMMENT));
    return comments.length > 0 ? comments.join('\n') : null;
  }

  /** Read the header of the first section, in which the format itself can be wrong. */
  start(): Step {
    const step = this.readBlock(new Packet());
    return step === NEXT ? Step.Record : step;
  }

  read(packet: Packet): Step {
    return this.readUsual(packet) ? RECORD : this.readAny(packet);
  }

  /** A block of the usual kind; false, nothing touched, for others. */
  private readUsual(packet: Packet): boolean {
    const { window } = this;
    const { view, at } = window;
    const next = this.usualEnd(at);
    if (next === 0) return false;
    const data = at + PACKET_DATA;
    const captured = view.getInt32(at + CAPTURED, true);
    const device = this.interfaces[view.getInt32(at + PACKET_INTERFACE, true) + this.firstInterface]!;
    window.at = next;
    this.aim(packet, device, data, captured, view.getUint32(at + WIRE, true));
    device.timescale.apply(packet, view.getUint32(at + TIME_HIGH, true), view.getUint32(at + TIME_LOW, true));
    this.lastUs = packet.nowUs;
    this.lastNs = packet.remainderNs;
    this.optionsAt = data + ((captured + 3) & ~3);
    this.optionsEnd = next - TRAILER;
    return true;
  }

  /** Where the block at `at` ends, if it is an enhanced packet block, little-endian, whole and sound, of an interface that is accepted; else 0. */
  private usualEnd(at: number): number {
    const { view, limit } = this.window;
    if (at + SHORTEST > limit || !this.littleEndian || view.getInt32(at, true) !== ENHANCED_BLOCK || this.skipped.active) return 0;
    const length = view.getInt32(at + LENGTH, true);
    const next = at + length;
    if (length < SHORTEST || length > this.maxBlock || next > limit || (length & 3) !== 0) return 0;
    if (view.getInt32(next - TRAILER, true) !== length) return 0;
    const captured = view.getInt32(at + CAPTURED, true);
    if (captured < 0 || captured > this.options.maxCaptured || at + PACKET_DATA + captured > next - TRAILER) return 0;
    const number = view.getInt32(at + PACKET_INTERFACE, true) + this.firstInterface;
    return number < this.firstInterface || number >= this.interfaces.length || !this.interfaces[number]!.accepted ? 0 : next;
  }

  ahead(batch: FrameBatch): CaptureInterface {
    const { window, passing } = this;
    const { view } = window;
    const { words, times, remainders, capacity } = batch;
    let device: SectionInterface | null = null;
    let count = 0;
    for (let at = window.at; count < capacity; ) {
      const next = this.usualEnd(at);
      if (next === 0) break;
      const own = this.interfaces[view.getInt32(at + PACKET_INTERFACE, true) + this.firstInterface]!;
      if (own !== device && device !== null) break;
      device = own;
      const captured = view.getInt32(at + CAPTURED, true);
      const wire = view.getInt32(at + WIRE, true);
      if (wire < 0) break;
      const word = count * FRAME;
      words[word + FRAME_START] = at + PACKET_DATA;
      words[word + FRAME_END] = at + PACKET_DATA + captured;
      words[word + FRAME_WIRE] = wire > captured ? wire : captured;
      words[word + FRAME_RECORD] = at;
      device.timescale.apply(passing, view.getUint32(at + TIME_HIGH, true), view.getUint32(at + TIME_LOW, true));
      times[count] = passing.nowUs;
      remainders[count] = passing.remainderNs;
      count++;
      at = next;
    }
    batch.view = view;
    batch.bytes = window.bytes;
    batch.base = window.base;
    batch.count = count;
    return device ?? NO_INTERFACE;
  }

  private readAny(packet: Packet): Step {
    let step: BlockStep = NEXT;
    while (step === NEXT) step = this.skipped.active ? this.skipOn() : this.readBlock(packet);
    return step;
  }

  private readBlock(packet: Packet): BlockStep {
    const { window } = this;
    const { view, at } = window;
    if (window.available < MIN_BLOCK_LEN) return this.shortOf(MIN_BLOCK_LEN);
    const type = view.getUint32(at, this.littleEndian);
    if (type === BlockType.Section && !this.readByteOrder(at))
      return this.fail('ERR_CAPTURE_FORMAT', 'section header without byte-order mark');
    const { littleEndian } = this;
    const length = view.getUint32(at + LENGTH, littleEndian);
    if (length < MIN_BLOCK_LEN || (length & 3) !== 0)
      return this.fail('ERR_CAPTURE_FORMAT', `block length ${length}: not a multiple of 4 from 12 on`);
    if (!isRead(type)) {
      this.skipped.begin(length, window.offset);
      return this.skipOn();
    }
    if (length > this.maxBlock) return this.fail('ERR_LIMIT', `block of ${length} octets: more than the limit of ${this.maxBlock}`);
    if (window.available < length) return this.shortOf(length);
    if (view.getUint32(at + length - TRAILER_LEN, littleEndian) !== length) return this.unequalLengths();
    const step = this.take(packet, type, at, length);
    if (step !== Step.End) window.at = at + length;
    return step;
  }

  private take(packet: Packet, type: number, at: number, length: number): BlockStep {
    switch (type) {
      case BlockType.Enhanced:
        return this.takePacket(packet, this.window.view.getUint32(at + PACKET_INTERFACE, this.littleEndian), at, length);
      case BlockType.OldPacket:
        return this.takePacket(packet, this.window.view.getUint16(at + PACKET_INTERFACE, this.littleEndian), at, length);
      case BlockType.Simple:
        return this.takeSimple(packet, at, length);
      case BlockType.Interface:
        return this.takeInterface(at, length);
      default:
        return this.takeSection(at, length);
    }
  }

  private takePacket(packet: Packet, number: number, at: number, length: number): BlockStep {
    const { view } = this.window;
    const { littleEndian } = this;
    const end = at + length - TRAILER_LEN;
    const data = at + PACKET_DATA;
    if (data > end) return this.tooShort(length);
    const device = this.interfaces[this.firstInterface + number];
    if (device === undefined) return this.noInterface(number);
    const captured = view.getUint32(at + CAPTURED, littleEndian);
    if (captured > this.options.maxCaptured) return this.tooLong(captured);
    if (data + captured > end) return this.tooShort(length);
    if (!device.accepted) return this.refuse(device);

    const wire = view.getUint32(at + WIRE, littleEndian);
    this.aim(packet, device, data, captured, wire);
    device.timescale.apply(packet, view.getUint32(at + TIME_HIGH, littleEndian), view.getUint32(at + TIME_LOW, littleEndian));
    this.lastUs = packet.nowUs;
    this.lastNs = packet.remainderNs;
    this.optionsAt = data + padded(captured);
    this.optionsEnd = end;
    return Step.Record;
  }

  private takeSimple(packet: Packet, at: number, length: number): BlockStep {
    const end = at + length - TRAILER_LEN;
    const data = at + SIMPLE.span;
    if (data > end) return this.tooShort(length);
    const device = this.interfaces[this.firstInterface];
    if (device === undefined) return this.noInterface(0);
    const wire = this.window.view.getUint32(at + SIMPLE_WIRE, this.littleEndian);
    const captured = Math.min(wire, device.snapLength);
    if (captured > this.options.maxCaptured) return this.tooLong(captured);
    if (data + captured > end) return this.tooShort(length);
    if (!device.accepted) return this.refuse(device);

    this.aim(packet, device, data, captured, wire);
    packet.nowUs = this.lastUs;
    packet.remainderNs = this.lastNs;
    this.optionsEnd = 0;
    return Step.Record;
  }

  private aim(packet: Packet, device: SectionInterface, data: number, captured: number, wire: number): void {
    packet.view = this.window.view;
    packet.bytes = this.window.bytes;
    packet.start = data;
    packet.end = data + captured;
    packet.wireLength = wire > captured ? wire : captured;
    this.current = device;
  }

  private takeInterface(at: number, length: number): BlockStep {
    if (!this.inSection) return this.fail('ERR_CAPTURE_FORMAT', 'interface description in front of any section header');
    const id = this.interfaces.length;
    if (id >= MAX_INTERFACES) return this.fail('ERR_LIMIT', `more than ${MAX_INTERFACES} interfaces`);
    const { view } = this.window;
    const device = readInterface({ view, littleEndian: this.littleEndian, at, length }, id, this.options);
    if (typeof device === 'string') return this.fail('ERR_CAPTURE_FORMAT', device);
    this.interfaces.push(device);
    return NEXT;
  }

  private takeSection(at: number, length: number): BlockStep {
    const { view } = this.window;
    if (length < SECTION.span + TRAILER_LEN) return this.fail('ERR_CAPTURE_FORMAT', `section header of ${length} octets: too short`);
    const major = view.getUint16(at + MAJOR, this.littleEndian);
    const minor = view.getUint16(at + MINOR, this.littleEndian);
    if (major !== VERSION_MAJOR || !VERSIONS_MINOR.includes(minor)) {
      return this.fail('ERR_CAPTURE_FORMAT', `pcapng version ${major}.${minor} is not supported: 1.0 is`);
    }
    this.inSection = true;
    this.firstInterface = this.interfaces.length;
    return NEXT;
  }

  /** Take the byte order of the section that starts at `at`. */
  private readByteOrder(at: number): boolean {
    const mark = this.window.view.getUint32(at + BYTE_ORDER, true);
    this.littleEndian = mark === BYTE_ORDER_MARK;
    return this.littleEndian || mark === SWAPPED_BYTE_ORDER_MARK;
  }

  private skipOn(): BlockStep {
    const { window, skipped } = this;
    if (!skipped.advance(window)) {
      if (!window.ended) return Step.More;
      return this.fail(
        'ERR_CAPTURE_TRUNCATED',
        `block cut: ${skipped.length} octets needed, ${window.offset + window.available - skipped.offset} left`,
      );
    }
    if (window.view.getUint32(window.at, this.littleEndian) !== skipped.length) return this.unequalLengths();
    window.at += TRAILER_LEN;
    skipped.active = false;
    return NEXT;
  }

  private refuse(device: SectionInterface): BlockStep {
    this.refusals.add(device.linkType, this.window.offset);
    return NEXT;
  }

  private shortOf(needed: number): Step {
    const { window } = this;
    if (!window.ended) return Step.More;
    if (window.available > 0) return this.fail('ERR_CAPTURE_TRUNCATED', `block cut: ${needed} octets needed, ${window.available} left`);
    if (this.refusals.packets > 0) this.damage ??= this.error('ERR_LINK_TYPE', this.refusals.offset, this.refusals.describe());
    return Step.End;
  }

  private noInterface(number: number): Step {
    const known = this.interfaces.length - this.firstInterface;
    return this.fail('ERR_CAPTURE_FORMAT', `packet of interface ${number}, of which there is no description (${known} are described)`);
  }

  private tooLong(captured: number): Step {
    return this.fail('ERR_CAPTURE_FORMAT', `packet of ${captured} captured octets: more than the limit of ${this.options.maxCaptured}`);
  }

  private tooShort(length: number): Step {
    return this.fail('ERR_CAPTURE_FORMAT', `block of ${length} octets is too short for what it says it holds`);
  }

  private unequalLengths(): Step {
    return this.fail('ERR_CAPTURE_FORMAT', 'block lengths in front and behind differ');
  }

  private fail(code: ErrorCode, reason: string): Step {
    const offset = this.skipped.active ? this.skipped.offset : this.window.offset;
    this.damage ??= this.error(code, offset, reason);
    return Step.End;
  }

  private error(code: ErrorCode, offset: number, reason: string): CaptureError {
    return new CaptureError(code, this.options.file, offset, reason);
  }
}

/** Whether a block is read; others are skipped. */
function isRead(type: number): boolean {
  return (
    type === BlockType.Enhanced ||
    type === BlockType.Simple ||
    type === BlockType.OldPacket ||
    type === BlockType.Interface ||
    type === BlockType.Section
  );
}
