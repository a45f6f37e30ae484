/**
 * Ethernet II header view. IEEE 802.3 clause 3.
 *
 *    0                 6                 12       14
 *   +-----------------+-----------------+--------+
 *   |   destination   |     source      |  type  |
 *   +-----------------+-----------------+--------+
 *
 * A `type` below 1536 is the length of an 802.3 frame, and an LLC header follows. Addresses are 48-bit numbers here; formatMac
 * of inet writes them from the octets.
 * @module
 */
import { getUint48, HeaderView, setUint48 } from './header-view.ts';
import { HeaderLayout, mac, octet, u16, u24 } from './layout.ts';

export const ETHERNET_LAYOUT: HeaderLayout = new HeaderLayout([mac('destination'), mac('source'), u16('type')]);

const DESTINATION = ETHERNET_LAYOUT.offsetOf('destination');
const SOURCE = ETHERNET_LAYOUT.offsetOf('source');
const TYPE = ETHERNET_LAYOUT.offsetOf('type');

export const ETHERNET_HEADER_LEN: number = ETHERNET_LAYOUT.span;

/** Smallest value of the type field that is a type and not a length. */
export const MIN_ETHER_TYPE = 0x0600;

/** Types this library follows or names. IEEE registration authority. */
export const EtherType = {
  Ipv4: 0x0800,
  Arp: 0x0806,
  TransparentBridging: 0x6558,
  Rarp: 0x8035,
  Vlan: 0x8100,
  Ipv6: 0x86dd,
  MplsUnicast: 0x8847,
  PppoeDiscovery: 0x8863,
  PppoeSession: 0x8864,
  Eapol: 0x888e,
  ServiceVlan: 0x88a8,
  Lldp: 0x88cc,
} as const;
export type EtherType = (typeof EtherType)[keyof typeof EtherType];

export class EthernetView extends HeaderView {
  get destination(): number {
    return getUint48(this.view, this.offset + DESTINATION);
  }
  get source(): number {
    return getUint48(this.view, this.offset + SOURCE);
  }
  get type(): number {
    return this.view.getUint16(this.offset + TYPE);
  }

  set destination(address: number) {
    setUint48(this.view, this.offset + DESTINATION, address);
  }
  set source(address: number) {
    setUint48(this.view, this.offset + SOURCE, address);
  }
  set type(type: number) {
    this.view.setUint16(this.offset + TYPE, type);
  }
}

/**
 * LLC header with SNAP extension. IEEE 802.2, RFC 1042.
 *
 *    0        1        2        3                 6        8
 *   +--------+--------+--------+-----------------+--------+
 *   | DSAP aa| SSAP aa| ctrl 03|   OUI 00 00 00  |  type  |
 *   +--------+--------+--------+-----------------+--------+
 */
export const SNAP_LAYOUT: HeaderLayout = new HeaderLayout([octet('dsap'), octet('ssap'), octet('control'), u24('oui'), u16('type')]);

/** Octets of DSAP, SSAP and a one-octet control field. */
export const LLC_HEADER_LEN: number = SNAP_LAYOUT.offsetOf('oui');
export const SNAP_HEADER_LEN: number = SNAP_LAYOUT.span;
/** DSAP, SSAP and control of a frame with a SNAP extension, and the upper octet of the OUI that means "a type follows". */
export const SNAP_START: number = 0xaaaa0300 | 0;
