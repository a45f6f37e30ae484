/**
 * ARP view, for Ethernet and IPv4. RFC 826.
 *
 *    0                16               32
 *   +----------------+----------------+
 *   | hardware type  | protocol type  |
 *   +-------+--------+----------------+
 *   | h len | p len  |   operation    |
 *   +-------+--------+----------------+
 *   | sender MAC (6)  | sender IP (4) | target MAC (6) | target IP (4)
 *
 * The addresses stand where they do only when the lengths are 6 and 4, as `isEthernetIpv4` says.
 * @module
 */
import { getUint48, HeaderView, setUint48 } from './header-view.ts';
import { HeaderLayout, mac, octet, u16, word } from './layout.ts';

export const ARP_LAYOUT: HeaderLayout = new HeaderLayout([
  u16('hardwareType'),
  u16('protocolType'),
  octet('hardwareLength'),
  octet('protocolLength'),
  u16('operation'),
  mac('senderMac'),
  word('senderAddress'),
  mac('targetMac'),
  word('targetAddress'),
]);

const HARDWARE_TYPE = ARP_LAYOUT.offsetOf('hardwareType');
const PROTOCOL_TYPE = ARP_LAYOUT.offsetOf('protocolType');
const HARDWARE_LENGTH = ARP_LAYOUT.offsetOf('hardwareLength');
const PROTOCOL_LENGTH = ARP_LAYOUT.offsetOf('protocolLength');
const OPERATION = ARP_LAYOUT.offsetOf('operation');
const SENDER_MAC = ARP_LAYOUT.offsetOf('senderMac');
const SENDER_ADDRESS = ARP_LAYOUT.offsetOf('senderAddress');
const TARGET_MAC = ARP_LAYOUT.offsetOf('targetMac');
const TARGET_ADDRESS = ARP_LAYOUT.offsetOf('targetAddress');

/** Octets in front of the addresses. */
export const ARP_START_LEN: number = SENDER_MAC;
/** Octets of a packet for Ethernet and IPv4. */
export const ARP_LEN: number = ARP_LAYOUT.span;

export const ArpOperation = { Request: 1, Reply: 2, ReverseRequest: 3, ReverseReply: 4 } as const;
export type ArpOperation = (typeof ArpOperation)[keyof typeof ArpOperation];

export class ArpView extends HeaderView {
  get hardwareType(): number {
    return this.view.getUint16(this.offset + HARDWARE_TYPE);
  }
  get protocolType(): number {
    return this.view.getUint16(this.offset + PROTOCOL_TYPE);
  }
  get hardwareLength(): number {
    return this.view.getUint8(this.offset + HARDWARE_LENGTH);
  }
  get protocolLength(): number {
    return this.view.getUint8(this.offset + PROTOCOL_LENGTH);
  }
  get operation(): number {
    return this.view.getUint16(this.offset + OPERATION);
  }
  get senderMac(): number {
    return getUint48(this.view, this.offset + SENDER_MAC);
  }
  get senderAddress(): number {
    return this.view.getInt32(this.offset + SENDER_ADDRESS);
  }
  get targetMac(): number {
    return getUint48(this.view, this.offset + TARGET_MAC);
  }
  get targetAddress(): number {
    return this.view.getInt32(this.offset + TARGET_ADDRESS);
  }
  get isEthernetIpv4(): boolean {
    return this.hardwareLength === 6 && this.protocolLength === 4 && this.protocolType === 0x0800;
  }

  set hardwareType(type: number) {
    this.view.setUint16(this.offset + HARDWARE_TYPE, type);
  }
  set protocolType(type: number) {
    this.view.setUint16(this.offset + PROTOCOL_TYPE, type);
  }
  set hardwareLength(octets: number) {
    this.view.setUint8(this.offset + HARDWARE_LENGTH, octets);
  }
  set protocolLength(octets: number) {
    this.view.setUint8(this.offset + PROTOCOL_LENGTH, octets);
  }
  set operation(operation: number) {
    this.view.setUint16(this.offset + OPERATION, operation);
  }
  set senderMac(address: number) {
    setUint48(this.view, this.offset + SENDER_MAC, address);
  }
  set senderAddress(address: number) {
    this.view.setInt32(this.offset + SENDER_ADDRESS, address);
  }
  set targetMac(address: number) {
    setUint48(this.view, this.offset + TARGET_MAC, address);
  }
  set targetAddress(address: number) {
    this.view.setInt32(this.offset + TARGET_ADDRESS, address);
  }
}
