/**
 * Numbers of the pcapng format: block types, byte-order mark, option codes. draft-ietf-opsawg-pcapng §3-4.
 * @module
 */
export const BlockType = { Section: 0x0a0d0d0a, Interface: 1, OldPacket: 2, Simple: 3, Enhanced: 6 } as const;

/** Stands in each section header, written in the byte order of the section. */
export const BYTE_ORDER_MARK = 0x1a2b3c4d;
/** The same as the other byte order shows it. */
export const SWAPPED_BYTE_ORDER_MARK = 0x4d3c2b1a;

export const OptionCode = {
  End: 0,
  Comment: 1,
  /** opt 2 of an interface: its name. */
  InterfaceName: 2,
  /** opt 4 of a section: the application that wrote it. */
  Application: 4,
  /** opt 9 of an interface: the unit of its timestamps. */
  TimeResolution: 9,
  /** opt 14 of an interface: seconds to add to its timestamps. */
  TimeOffset: 14,
} as const;

/** Octets of a block behind its body: the total length once more. */
export const TRAILER_LEN = 4;
/** The smallest block there is: header and trailer. */
export const MIN_BLOCK_LEN = 12;

/** Length of a field on the 32-bit grid of blocks and options. */
export function padded(length: number): number {
  return (length + 3) & ~3;
}

/** Whether four octets start a pcapng file. */
export function isPcapng(view: DataView): boolean {
  return view.getUint32(0) === BlockType.Section;
}
