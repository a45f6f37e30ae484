/**
 * Link types of captures: what kind of header a frame starts with. Numbers are those of tcpdump.org/linktypes.html.
 * @module
 */
export const LinkType = {
  /** BSD loopback: address family in the byte order of the machine that captured. */
  Null: 0,
  Ethernet: 1,
  /** Raw IP under the numbers some systems write into files instead of 101. */
  RawBsd: 12,
  RawOpenBsd: 14,
  /** Raw IP, the version nibble says which. */
  Raw: 101,
  /** OpenBSD loopback: address family in network order. */
  Loop: 108,
  /** Linux "cooked" (`-i any`), 16 octets. */
  LinuxSll: 113,
  Ipv4: 228,
  Ipv6: 229,
  /** Linux "cooked" version 2, 20 octets. */
  LinuxSll2: 276,
} as const;
export type LinkType = (typeof LinkType)[keyof typeof LinkType];

const NAMES: ReadonlyMap<number, string> = new Map([
  [LinkType.Null, 'NULL'],
  [LinkType.Ethernet, 'EN10MB'],
  [LinkType.RawBsd, 'RAW'],
  [LinkType.RawOpenBsd, 'RAW'],
  [LinkType.Raw, 'RAW'],
  [LinkType.Loop, 'LOOP'],
  [LinkType.LinuxSll, 'LINUX_SLL'],
  [LinkType.Ipv4, 'IPV4'],
  [LinkType.Ipv6, 'IPV6'],
  [LinkType.LinuxSll2, 'LINUX_SLL2'],
]);

/** tcpdump's name of a link type decode() knows, or null. */
export function linkTypeName(linkType: number): string | null {
  return NAMES.get(linkType) ?? null;
}
