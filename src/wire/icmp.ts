/**
 * ICMP header view. RFC 792, RFC 1191 (next-hop MTU), RFC 4884 (length of the quote).
 *
 *    0        8        16                31
 *   +--------+--------+-----------------+
 *   |  type  |  code  |    checksum     |
 *   +--------+--------+-----------------+
 *   |     rest, by type                 |
 *   +-----------------------------------+
 *
 * Echo and its kin: identifier and sequence. Unreachable: the lower half is the next hop's MTU. Redirect: a gateway's address.
 * Errors quote the packet they are about behind these 8 octets.
 * @module
 */
import { replaceU16 } from '../inet/checksum.ts';
import { HeaderView } from './header-view.ts';
import { HeaderLayout, octet, u16 } from './layout.ts';

export const ICMP_LAYOUT: HeaderLayout = new HeaderLayout([
  octet('type'),
  octet('code'),
  u16('checksum'),
  u16('identifier'),
  u16('sequence'),
]);

const TYPE = ICMP_LAYOUT.offsetOf('type');
const CODE = ICMP_LAYOUT.offsetOf('code');
const CHECKSUM = ICMP_LAYOUT.offsetOf('checksum');
const IDENTIFIER = ICMP_LAYOUT.offsetOf('identifier');
const SEQUENCE = ICMP_LAYOUT.offsetOf('sequence');

export const ICMP_HEADER_LEN: number = ICMP_LAYOUT.span;
export const ICMP_CHECKSUM: number = CHECKSUM;
export const ICMP_REST: number = IDENTIFIER;

export const IcmpType = {
  EchoReply: 0,
  Unreachable: 3,
  SourceQuench: 4,
  Redirect: 5,
  Echo: 8,
  RouterAdvertisement: 9,
  RouterSolicitation: 10,
  TimeExceeded: 11,
  ParameterProblem: 12,
  Timestamp: 13,
  TimestampReply: 14,
  InfoRequest: 15,
  InfoReply: 16,
  MaskRequest: 17,
  MaskReply: 18,
} as const;
export type IcmpType = (typeof IcmpType)[keyof typeof IcmpType];

/** Whether a type is an error, which quotes the packet it is about. */
export function isIcmpError(type: number): boolean {
  return (
    type === IcmpType.Unreachable ||
    type === IcmpType.SourceQuench ||
    type === IcmpType.Redirect ||
    type === IcmpType.TimeExceeded ||
    type === IcmpType.ParameterProblem
  );
}

export class IcmpView extends HeaderView {
  get type(): number {
    return this.view.getUint8(this.offset + TYPE);
  }
  get code(): number {
    return this.view.getUint8(this.offset + CODE);
  }
  get checksum(): number {
    return this.view.getUint16(this.offset + CHECKSUM);
  }
  get identifier(): number {
    return this.view.getUint16(this.offset + IDENTIFIER);
  }
  get sequence(): number {
    return this.view.getUint16(this.offset + SEQUENCE);
  }
  /** Of an unreachable error with code 4: the same two octets as `sequence`. */
  get mtu(): number {
    return this.sequence;
  }
  /** Of a redirect: the better gateway. */
  get gateway(): number {
    return this.view.getInt32(this.offset + IDENTIFIER);
  }
  /** Of a parameter problem: the octet it is about. */
  get pointer(): number {
    return this.identifier >>> 8;
  }

  set type(type: number) {
    this.view.setUint8(this.offset + TYPE, type);
  }
  set code(code: number) {
    this.view.setUint8(this.offset + CODE, code);
  }
  set checksum(checksum: number) {
    this.view.setUint16(this.offset + CHECKSUM, checksum);
  }
  set identifier(identifier: number) {
    this.view.setUint16(this.offset + IDENTIFIER, identifier);
  }
  set sequence(sequence: number) {
    this.view.setUint16(this.offset + SEQUENCE, sequence);
  }

  /** Replace the identifier and keep the checksum true. */
  rewriteIdentifier(identifier: number): void {
    this.checksum = replaceU16(this.checksum, this.identifier, identifier);
    this.identifier = identifier;
  }
}
