/**
 * Numbers of the link layer that only filters ask for. IEEE and IANA registries.
 * @module
 */

/** Service access points of 802.2. */
export const Lsap = { Ip: 0x06, Stp: 0x42, Ipx: 0xe0, Netbeui: 0xf0, Iso: 0xfe } as const;

/** Ethernet types that also have another encapsulation. */
export const TypeNumber = { Ipx: 0x8137, AppleTalk: 0x809b, AppleTalkArp: 0x80f3 } as const;

/** Organisations of SNAP headers. */
export const SnapOui = { Apple: 0x080007 } as const;

/** A tag type of old switches. */
export const QUICK_VLAN = 0x9100;

/** PPP's protocol numbers for Ethernet types and service access points. */
export const PppType: ReadonlyMap<number, number> = new Map([
  [0x0800, 0x0021],
  [0x86dd, 0x0057],
  [0x6003, 0x0027],
  [0x809b, 0x0029],
  [0x0600, 0x0025],
  [Lsap.Iso, 0x0023],
  [Lsap.Stp, 0x0031],
  [Lsap.Ipx, 0x002b],
]);

/** Protocols of ISO, by the octet behind LLC. */
export const Iso = { Clnp: 0x81, EsIs: 0x82, IsIs: 0x83 } as const;
