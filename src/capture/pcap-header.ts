/**
 * The header of a classic capture: what follows from its magic, version and link type field. Accepted is what libpcap 1.10 accepts.
 *
 *   a1b2c3d4  microseconds     a1b23c4d  nanoseconds     a1b2cd34  microseconds, record headers of a patched libpcap
 *
 * The link type field holds more: octets of FCS in its top bits, which frames keep behind the IP packet, where they harm nobody.
 * @module
 */
import { CaptureError } from '../errors.ts';
import { PCAP_FILE, PCAP_PATCHED_RECORD, PCAP_RECORD } from './layouts.ts';

export const MAGIC_US = 0xa1b2c3d4;
export const MAGIC_NS = 0xa1b23c4d;
const MAGIC_PATCHED = 0xa1b2cd34;

export const VERSION_MAJOR = 2;
export const VERSION_MINOR = 4;
/** Before 2.3 the two lengths of a record stood in the other order; 2.3 was written both ways. */
const LENGTHS_TURNED = 3;
/** DG/UX tcpdump. */
const ODD_MAJOR = 543;

const LINK_TYPE_MASK = 0xffff;
const RESERVED_MASK = 0x03ff0000;
const MAX_SNAP_LENGTH = 0x7fffffff;

/** Octets of the file header. */
export const PCAP_FILE_LEN: number = PCAP_FILE.span;
const MAJOR = PCAP_FILE.offsetOf('major');
const MINOR = PCAP_FILE.offsetOf('minor');
const SNAP_LENGTH = PCAP_FILE.offsetOf('snapLength');
const LINK_TYPE = PCAP_FILE.offsetOf('linkType');

/** When the two lengths of a record must be exchanged. */
export const Turned = { Never: 0, WhenLarger: 1, Always: 2 } as const;
export type Turned = (typeof Turned)[keyof typeof Turned];

export interface PcapHeader {
  readonly littleEndian: boolean;
  readonly nanoseconds: boolean;
  /** Octets in front of each packet. */
  readonly recordLength: number;
  readonly turned: Turned;
  /** Packets are cut to this. */
  readonly snapLength: number;
  readonly linkType: number;
}

/** Whether four octets start a classic capture. */
export function isPcap(view: DataView): boolean {
  return isMagic(view.getUint32(0)) || isMagic(view.getUint32(0, true));
}

/**
 * The header at the start of `view`, which holds PCAP_FILE_LEN octets at least.
 * @throws CaptureError ERR_CAPTURE_FORMAT
 */
export function parsePcapHeader(view: DataView, file: string, maxCaptured: number): PcapHeader {
  const littleEndian = isMagic(view.getUint32(0, true));
  const magic = view.getUint32(0, littleEndian);
  const field = view.getUint32(LINK_TYPE, littleEndian);
  if ((field & RESERVED_MASK) !== 0) {
    const shown = (field & RESERVED_MASK).toString(16);
    throw new CaptureError('ERR_CAPTURE_FORMAT', file, LINK_TYPE, `reserved bits of the link type are set (0x${shown})`);
  }
  const snapLength = view.getUint32(SNAP_LENGTH, littleEndian);
  return {
    littleEndian,
    nanoseconds: magic === MAGIC_NS,
    recordLength: magic === MAGIC_PATCHED ? PCAP_PATCHED_RECORD.span : PCAP_RECORD.span,
    turned: turnedLengths(view, littleEndian, file),
    snapLength: boundedSnapLength(snapLength, maxCaptured),
    linkType: field & LINK_TYPE_MASK,
  };
}

/** A snap length of 0, or one that no signed number holds, sets no limit but ours. */
export function boundedSnapLength(length: number, maxCaptured: number): number {
  return length === 0 || length > MAX_SNAP_LENGTH ? maxCaptured : length;
}

function isMagic(word: number): boolean {
  return word === MAGIC_US || word === MAGIC_NS || word === MAGIC_PATCHED;
}

function turnedLengths(view: DataView, littleEndian: boolean, file: string): Turned {
  const major = view.getUint16(MAJOR, littleEndian);
  const minor = view.getUint16(MINOR, littleEndian);
  if (major === ODD_MAJOR && minor === 0) return Turned.Always;
  if (major !== VERSION_MAJOR || minor > VERSION_MINOR) {
    throw new CaptureError('ERR_CAPTURE_FORMAT', file, MAJOR, `version ${major}.${minor} is not supported: 2.0 to 2.4 are`);
  }
  if (minor > LENGTHS_TURNED) return Turned.Never;
  return minor === LENGTHS_TURNED ? Turned.WhenLarger : Turned.Always;
}
