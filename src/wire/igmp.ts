/**
 * IGMP header view, versions 1 to 3. RFC 2236, RFC 9776.
 *
 *    0        8        16                31
 *   +--------+--------+-----------------+
 *   |  type  |max time|    checksum     |
 *   +--------+--------+-----------------+
 *   |          group address            |
 *   +-----------------------------------+
 *
 * A version 3 report (0x22) has a count of records in the lower half of the last word instead of a group.
 * @module
 */
import { HeaderView } from './header-view.ts';
import { HeaderLayout, octet, u16, word } from './layout.ts';

export const IGMP_LAYOUT: HeaderLayout = new HeaderLayout([octet('type'), octet('maxResponse'), u16('checksum'), word('group')]);

const TYPE = IGMP_LAYOUT.offsetOf('type');
const MAX_RESPONSE = IGMP_LAYOUT.offsetOf('maxResponse');
const CHECKSUM = IGMP_LAYOUT.offsetOf('checksum');
const GROUP = IGMP_LAYOUT.offsetOf('group');

export const IGMP_HEADER_LEN: number = IGMP_LAYOUT.span;

export const IgmpType = { Query: 0x11, ReportV1: 0x12, ReportV2: 0x16, Leave: 0x17, ReportV3: 0x22 } as const;
export type IgmpType = (typeof IgmpType)[keyof typeof IgmpType];

export class IgmpView extends HeaderView {
  get type(): number {
    return this.view.getUint8(this.offset + TYPE);
  }
  get maxResponse(): number {
    return this.view.getUint8(this.offset + MAX_RESPONSE);
  }
  get checksum(): number {
    return this.view.getUint16(this.offset + CHECKSUM);
  }
  get group(): number {
    return this.view.getInt32(this.offset + GROUP);
  }
  /** Of a version 3 report. */
  get recordCount(): number {
    return this.group & 0xffff;
  }

  set type(type: number) {
    this.view.setUint8(this.offset + TYPE, type);
  }
  set maxResponse(tenths: number) {
    this.view.setUint8(this.offset + MAX_RESPONSE, tenths);
  }
  set checksum(checksum: number) {
    this.view.setUint16(this.offset + CHECKSUM, checksum);
  }
  set group(address: number) {
    this.view.setInt32(this.offset + GROUP, address);
  }
}
