/**
 * UDP header view. RFC 768. UDP-Lite has the same header with another word in the middle. RFC 3828.
 *
 *    0                16                31
 *   +-----------------+-----------------+
 *   |   source port   | destination port|
 *   +-----------------+-----------------+
 *   | length/coverage |    checksum     |
 *   +-----------------+-----------------+
 *
 * Lengths count octets. A UDP checksum of 0 means "none sent": legal over IPv4, not over IPv6 (RFC 8200 §8.1); judging that is
 * the caller's business. UDP-Lite's coverage of 0 means the whole packet, and its checksum is never absent.
 * @module
 */
import { replaceU16, replaceU32 } from '../inet/checksum.ts';
import { HeaderView } from './header-view.ts';
import { HeaderLayout, u16 } from './layout.ts';

export const UDP_LAYOUT: HeaderLayout = new HeaderLayout([u16('srcPort'), u16('dstPort'), u16('length'), u16('checksum')]);
export const UDPLITE_LAYOUT: HeaderLayout = new HeaderLayout([u16('srcPort'), u16('dstPort'), u16('coverage'), u16('checksum')]);

const SRC_PORT = UDP_LAYOUT.offsetOf('srcPort');
const DST_PORT = UDP_LAYOUT.offsetOf('dstPort');
const LENGTH = UDP_LAYOUT.offsetOf('length');
const CHECKSUM = UDP_LAYOUT.offsetOf('checksum');

/** Octets of a header; also the smallest legal value of UDP's length field. */
export const UDP_HEADER_LEN: number = UDP_LAYOUT.span;
export const UDP_LENGTH: number = LENGTH;
export const UDP_CHECKSUM: number = CHECKSUM;

/** What UDP and UDP-Lite share. RFC 768: a sum that comes out as 0 is sent as 0xffff, since 0 would mean "none". */
abstract class DatagramView extends HeaderView {
  get srcPort(): number {
    return this.view.getUint16(this.offset + SRC_PORT);
  }
  get dstPort(): number {
    return this.view.getUint16(this.offset + DST_PORT);
  }
  get checksum(): number {
    return this.view.getUint16(this.offset + CHECKSUM);
  }

  set srcPort(port: number) {
    this.view.setUint16(this.offset + SRC_PORT, port);
  }
  set dstPort(port: number) {
    this.view.setUint16(this.offset + DST_PORT, port);
  }
  set checksum(checksum: number) {
    this.view.setUint16(this.offset + CHECKSUM, checksum);
  }

  /** Replace a port and keep a present checksum true; an absent one (0) stays absent. */
  rewriteSrcPort(port: number): void {
    this.amend(this.srcPort, port);
    this.srcPort = port;
  }

  rewriteDstPort(port: number): void {
    this.amend(this.dstPort, port);
    this.dstPort = port;
  }

  /** An address word of the pseudo header changed. */
  amendAddress(before: number, after: number): void {
    if (this.checksum !== 0) this.checksum = replaceU32(this.checksum, before, after) || 0xffff;
  }

  private amend(before: number, after: number): void {
    if (this.checksum !== 0) this.checksum = replaceU16(this.checksum, before, after) || 0xffff;
  }
}

export class UdpView extends DatagramView {
  /** Header plus payload, in octets, as the sender claims it. */
  get length(): number {
    return this.view.getUint16(this.offset + LENGTH);
  }
  set length(octets: number) {
    this.view.setUint16(this.offset + LENGTH, octets);
  }
}

export class UdpLiteView extends DatagramView {
  /** Octets the checksum covers, header included; 0 for all. */
  get coverage(): number {
    return this.view.getUint16(this.offset + LENGTH);
  }
  set coverage(octets: number) {
    this.view.setUint16(this.offset + LENGTH, octets);
  }
}
