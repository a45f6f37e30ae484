/**
 * An interface description block of a pcapng file, read: link type, snap length, name, unit and offset of its timestamps.
 * @module
 */
import { SectionInterface } from './capture-interface.ts';
import { INTERFACE } from './layouts.ts';
import { isDecodable } from './link-name.ts';
import { OptionWalk } from './option.ts';
import { boundedSnapLength } from './pcap-header.ts';
import { OptionCode, TRAILER_LEN } from './pcapng-code.ts';
import type { ReaderOptions } from './record-reader.ts';
import { DEFAULT_RESOLUTION, isResolution, Timescale } from './timescale.ts';

const LINK_TYPE = INTERFACE.offsetOf('linkType');
const SNAP_LENGTH = INTERFACE.offsetOf('snapLength');

/** Octets kept of a name; Linux allows 15. */
const MAX_NAME = 255;
const RESOLUTION_LEN = 1;
const OFFSET_LEN = 8;
const TWO_32 = 0x1_0000_0000;

/** Where a block stands. */
export interface BlockPlace {
  readonly view: DataView;
  readonly littleEndian: boolean;
  readonly at: number;
  readonly length: number;
}

interface Described {
  name: string;
  resolution: number;
  offsetSec: number;
}

/** The interface number `id` that a block describes, or a sentence that says what is wrong with it. */
export function readInterface(block: BlockPlace, id: number, options: ReaderOptions): SectionInterface | string {
  const { view, littleEndian, at, length } = block;
  if (length < INTERFACE.span + TRAILER_LEN) return `interface description of ${length} octets: too short`;
  const described = readOptions(block);
  if (typeof described === 'string') return described;
  const { name, resolution, offsetSec } = described;
  const linkType = view.getUint16(at + LINK_TYPE, littleEndian);
  const snapLength = boundedSnapLength(view.getUint32(at + SNAP_LENGTH, littleEndian), options.maxCaptured);
  const accepted = options.anyLinkType || isDecodable(linkType);
  return new SectionInterface({ id, name, linkType, snapLength }, new Timescale(resolution, offsetSec), accepted);
}

function readOptions({ view, littleEndian, at, length }: BlockPlace): Described | string {
  const found: Described = { name: '', resolution: DEFAULT_RESOLUTION, offsetSec: 0 };
  const walk = new OptionWalk(view, littleEndian, at + INTERFACE.span, at + length - TRAILER_LEN);
  while (walk.next()) {
    const wrong = readOption(walk, view, littleEndian, found);
    if (wrong !== null) return wrong;
  }
  return walk.overrun ? `option ${walk.code} of an interface description leaves its block` : found;
}

function readOption(walk: OptionWalk, view: DataView, littleEndian: boolean, found: Described): string | null {
  switch (walk.code) {
    case OptionCode.InterfaceName:
      found.name = walk.text(MAX_NAME);
      return null;
    case OptionCode.TimeResolution:
      if (walk.length !== RESOLUTION_LEN) return `if_tsresol of ${walk.length} octets: 1 expected`;
      found.resolution = view.getUint8(walk.value);
      return isResolution(found.resolution) ? null : `if_tsresol 0x${found.resolution.toString(16)}: the unit is too fine`;
    case OptionCode.TimeOffset:
      if (walk.length !== OFFSET_LEN) return `if_tsoffset of ${walk.length} octets: 8 expected`;
      found.offsetSec = signed64(view, walk.value, littleEndian);
      return null;
    default:
      return null;
  }
}

function signed64(view: DataView, at: number, littleEndian: boolean): number {
  const high = view.getInt32(littleEndian ? at + 4 : at, littleEndian);
  const low = view.getUint32(littleEndian ? at : at + 4, littleEndian);
  return high * TWO_32 + low;
}
