/**
 * VXLAN header view. RFC 7348 §5.
 *
 *    0        8                 24       31
 *   +--------+------------------+--------+
 *   |  flags |    reserved      |        |
 *   +--------+------------------+--------+
 *   |   network identifier (24) | reserved|
 *   +---------------------------+--------+
 *
 * An Ethernet frame without check sequence follows. The flag 0x08 says the identifier is valid.
 * @module
 */
import { HeaderView } from './header-view.ts';
import { HeaderLayout, octet, u24 } from './layout.ts';

export const VXLAN_LAYOUT: HeaderLayout = new HeaderLayout([octet('flags'), u24('reserved'), u24('vni'), octet('reservedEnd')]);

const FLAGS = VXLAN_LAYOUT.offsetOf('flags');
const RESERVED = VXLAN_LAYOUT.offsetOf('reserved');
const VNI = VXLAN_LAYOUT.offsetOf('vni');
const RESERVED_END = VXLAN_LAYOUT.offsetOf('reservedEnd');

export const VXLAN_HEADER_LEN: number = VXLAN_LAYOUT.span;
/** The flag without which a header is not VXLAN's. */
export const VXLAN_VALID = 0x08;
/** IANA's port, and the one Linux (and so flannel) takes unless told otherwise. */
export const VXLAN_PORT = 4789;
export const VXLAN_LINUX_PORT = 8472;

export class VxlanView extends HeaderView {
  get flags(): number {
    return this.view.getUint8(this.offset + FLAGS);
  }
  get reserved(): number {
    return this.view.getInt32(this.offset + RESERVED - 1) & 0xffffff;
  }
  get vni(): number {
    return this.view.getInt32(this.offset + VNI) >>> 8;
  }
  get reservedEnd(): number {
    return this.view.getUint8(this.offset + RESERVED_END);
  }

  set flags(flags: number) {
    this.view.setUint8(this.offset + FLAGS, flags);
  }
  set reserved(value: number) {
    this.view.setInt32(this.offset + FLAGS, (this.flags << 24) | (value & 0xffffff));
  }
  set vni(vni: number) {
    this.view.setInt32(this.offset + VNI, (vni << 8) | this.reservedEnd);
  }
  set reservedEnd(value: number) {
    this.view.setUint8(this.offset + RESERVED_END, value);
  }
}
