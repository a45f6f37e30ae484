/**
 * Values of the Internet: addresses, prefixes, ports, protocol numbers, checksums, sequence numbers, hashes.
 * @module
 */
export { type Family, formatAddress, parseAddress } from './address.ts';
export { type Addresses, crc32c, finish, pseudoHeaderSum, replaceU16, replaceU32, sum16 } from './checksum.ts';
export { jhash1word, jhash2, jhash2words, jhash3words, reciprocalScale } from './hash.ts';
export { formatIpv4, parseIpv4 } from './ipv4.ts';
export { formatIpv6, parseIpv6 } from './ipv6.ts';
export { formatMac, MAC_LEN, parseMac } from './mac.ts';
export {
  formatPortRanges,
  inRanges,
  parsePort,
  parsePortRange,
  parsePortRanges,
  type PortRanges,
  slots,
} from './ports.ts';
export { formatPrefix, makePrefix, maskOf, parsePrefix, type Prefix, prefixContains } from './prefix.ts';
export * as ipproto from './protocol.ts';
export { protocolName, protocolNumber } from './protocol.ts';
export { Random } from './random.ts';
export { after, before } from './seq.ts';
