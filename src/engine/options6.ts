/**
 * Hop-by-hop and destination options (ip6_parse_tlv). RFC 8200 §4.2.
 *
 *   type 1, length 1, data      Pad1 is one octet of 0      top bits of an unknown type: 00 skip, 01 drop, 10 tell, 11 tell unless multicast
 *
 * @module
 */
import type { Packet } from '../packet/packet.ts';
import { isMulticast6 } from './address6.ts';
import type { Engine } from './engine.ts';

const PAD1 = 0;
const PADN = 1;
const ROUTER_ALERT = 5;
const JUMBO = 0xc2;
const MAX_PADDING = 7;
const MAX_OPTIONS = 8;
const PARAMETER_PROBLEM = 4;
const CALIPSO = 7;
const CODE_FIELD = 0;
const CODE_UNKNOWN_OPTION = 2;

/** Read the options of the header `at` octets behind the IPv6 header; false: the packet is dropped (and told of where due). */
export function readOptions6(engine: Engine, packet: Packet, at: number, kind: 'hop-by-hop' | 'destination'): boolean {
  const { bytes, network } = packet;
  if (at + 8 > packet.networkLength) return false;
  const end = at + ((bytes[network + at + 1]! + 1) << 3);
  if (end > packet.networkLength) return false;
  let padding = 0;
  let options = 0;
  for (let off = at + 2; off < end; ) {
    const type = bytes[network + off]!;
    if (type === PAD1) {
      if (++padding > MAX_PADDING) return false;
      off++;
      continue;
    }
    if (off + 2 > end) return false;
    const size = bytes[network + off + 1]! + 2;
    if (off + size > end) return false;
    if (type === PADN) {
      padding += size;
      if (padding > MAX_PADDING || !isZero(packet, off + 2, size - 2)) return false;
    } else {
      if (++options > MAX_OPTIONS) return false;
      padding = 0;
      const known = kind === 'hop-by-hop' ? readHopOption(engine, packet, type, off) : UNKNOWN;
      if (known === REFUSED) return false;
      if (known === UNKNOWN && !passUnknown(engine, packet, type, off)) return false;
    }
    off += size;
  }
  return true;
}

const PASSED = 0;
const UNKNOWN = 1;
const REFUSED = 2;

function isZero(packet: Packet, from: number, count: number): boolean {
  for (let i = 0; i < count; i++) if (packet.bytes[packet.network + from + i] !== 0) return false;
  return true;
}

function readHopOption(engine: Engine, packet: Packet, type: number, off: number): number {
  const length = packet.bytes[packet.network + off + 1]!;
  if (type === ROUTER_ALERT) return length === 2 ? PASSED : REFUSED;
  // a label of a domain of interpretation that this host was not told of
  if (type === CALIPSO) return REFUSED;
  if (type !== JUMBO) return UNKNOWN;
  if (length !== 4 || (off & 3) !== 2) return REFUSED;
  const size = packet.view.getUint32(packet.network + off + 2);
  if (size <= 0xffff) {
    engine.icmpv6Error(packet, PARAMETER_PROBLEM, CODE_FIELD, off + 2, 'stack');
    return REFUSED;
  }
  if (packet.view.getUint16(packet.network + 4) !== 0) {
    engine.icmpv6Error(packet, PARAMETER_PROBLEM, CODE_FIELD, off, 'stack');
  }
  return REFUSED;
}

/** ip6_tlvopt_unknown. */
function passUnknown(engine: Engine, packet: Packet, type: number, off: number): boolean {
  const action = type >> 6;
  if (action === 0) return true;
  if (action === 1 || (action === 3 && isMulticast6(packet.dst0))) return false;
  engine.icmpv6Error(packet, PARAMETER_PROBLEM, CODE_UNKNOWN_OPTION, off, 'stack');
  return false;
}
