/**
 * VLAN tag view: the four octets between an Ethernet header's addresses and the type of what it carries. IEEE 802.1Q clause 9.
 *
 *    0   3 4            16              32
 *   +----+-+------------+---------------+
 *   |prio|d| identifier |     type      |
 *   +----+-+------------+---------------+
 *
 * Aimed behind the tag's own type (0x8100 or 0x88a8): `type` is that of what follows.
 * @module
 */
import { HeaderView } from './header-view.ts';
import { bits, HeaderLayout, u16 } from './layout.ts';

export const VLAN_LAYOUT: HeaderLayout = new HeaderLayout([bits(2, ['priority', 3], ['dropEligible', 1], ['identifier', 12]), u16('type')]);

const CONTROL = VLAN_LAYOUT.offsetOf('identifier');
const TYPE = VLAN_LAYOUT.offsetOf('type');
const PRIORITY_SHIFT = VLAN_LAYOUT.shiftOf('priority');
const PRIORITY_MASK = VLAN_LAYOUT.maskOf('priority');
const DROP_SHIFT = VLAN_LAYOUT.shiftOf('dropEligible');

/** Bits of the identifier in a tag's first two octets. */
export const VLAN_ID_MASK: number = VLAN_LAYOUT.maskOf('identifier');
export const VLAN_TAG_LEN: number = VLAN_LAYOUT.span;

export class VlanView extends HeaderView {
  private get control(): number {
    return this.view.getUint16(this.offset + CONTROL);
  }
  private set control(control: number) {
    this.view.setUint16(this.offset + CONTROL, control);
  }

  get priority(): number {
    return this.control >>> PRIORITY_SHIFT;
  }
  get dropEligible(): number {
    return (this.control >>> DROP_SHIFT) & 1;
  }
  get identifier(): number {
    return this.control & VLAN_ID_MASK;
  }
  get type(): number {
    return this.view.getUint16(this.offset + TYPE);
  }

  set priority(priority: number) {
    this.control = (this.control & ~(PRIORITY_MASK << PRIORITY_SHIFT)) | ((priority & PRIORITY_MASK) << PRIORITY_SHIFT);
  }
  set dropEligible(bit: number) {
    this.control = (this.control & ~(1 << DROP_SHIFT)) | ((bit & 1) << DROP_SHIFT);
  }
  set identifier(identifier: number) {
    this.control = (this.control & ~VLAN_ID_MASK) | (identifier & VLAN_ID_MASK);
  }
  set type(type: number) {
    this.view.setUint16(this.offset + TYPE, type);
  }
}
