/**
 * The headers of capture files, declared once; readers and writers take their offsets from here. Byte order is the file's, so
 * the offsets hold for both.
 *
 *   pcap     file header, then per packet: record header, captured octets
 *   pcapng   blocks: type, total length, body padded to 32 bits, total length again
 *
 * References: draft-ietf-opsawg-pcap, draft-ietf-opsawg-pcapng.
 * @module
 */
import { HeaderLayout, u16, u32 } from '../wire/layout.ts';

/** The 24 octets a classic capture starts with. */
export const PCAP_FILE: HeaderLayout = new HeaderLayout([
  u32('magic'),
  u16('major'),
  u16('minor'),
  u32('zone'),
  u32('accuracy'),
  u32('snapLength'),
  u32('linkType'),
]);

/** In front of each packet. `fraction` counts what the magic says, microseconds or nanoseconds. */
export const PCAP_RECORD: HeaderLayout = new HeaderLayout([u32('seconds'), u32('fraction'), u32('captured'), u32('wire')]);

/** The same in files of a patched libpcap (magic 0xa1b2cd34): eight octets more, about the interface; they are not used. */
export const PCAP_PATCHED_RECORD: HeaderLayout = new HeaderLayout([
  u32('seconds'),
  u32('fraction'),
  u32('captured'),
  u32('wire'),
  u32('interface'),
  u16('protocol'),
  u16('packetType'),
]);

/** In front of every block of a pcapng file. */
export const BLOCK: HeaderLayout = new HeaderLayout([u32('type'), u32('length')]);

/** Section header block; the section's length (64 bits) is not trusted. */
export const SECTION: HeaderLayout = new HeaderLayout([
  u32('type'),
  u32('length'),
  u32('byteOrder'),
  u16('major'),
  u16('minor'),
  u32('sectionHigh'),
  u32('sectionLow'),
]);

/** Interface description block. */
export const INTERFACE: HeaderLayout = new HeaderLayout([u32('type'), u32('length'), u16('linkType'), u16('reserved'), u32('snapLength')]);

/** Enhanced packet block. */
export const ENHANCED: HeaderLayout = new HeaderLayout([
  u32('type'),
  u32('length'),
  u32('interface'),
  u32('timeHigh'),
  u32('timeLow'),
  u32('captured'),
  u32('wire'),
]);

/** Packet block, obsolete: as the enhanced one, with 16 bits of interface number. */
export const OLD_PACKET: HeaderLayout = new HeaderLayout([
  u32('type'),
  u32('length'),
  u16('interface'),
  u16('drops'),
  u32('timeHigh'),
  u32('timeLow'),
  u32('captured'),
  u32('wire'),
]);

/** Simple packet block: no interface, no time. */
export const SIMPLE: HeaderLayout = new HeaderLayout([u32('type'), u32('length'), u32('wire')]);

/** In front of every option of a block. */
export const OPTION: HeaderLayout = new HeaderLayout([u16('code'), u16('length')]);
