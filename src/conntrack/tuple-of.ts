/**
 * Tuples of packets, and the tuple an answer would have (nf_ct_get_tuple, nf_ct_invert_tuple).
 *
 * Ports for TCP, UDP, UDP-Lite and SCTP; id and type/code for ICMP; the key for GRE version 1; nothing for the rest.
 * @module
 */
import { GRE, ICMP, ICMPV6, SCTP, TCP, UDP, UDPLITE } from '../inet/protocol.ts';
import type { Packet } from '../packet/packet.ts';
import type { Tuple } from './tuple.ts';

const PORTS_LEN = 4;
const ICMP_LEN = 8;
const ICMP_ID = 4;
const GRE_KEY_LEN = 8;
const GRE_VERSION = 7;
const GRE_PPTP = 1;
const GRE_PPP = 0x880b;
const GRE_CALL_ID = 6;

/** Whether the protocol's tuple has ports. */
export function hasPorts(protocol: number): boolean {
  return protocol === TCP || protocol === UDP || protocol === SCTP || protocol === UDPLITE;
}

/** The packet's own tuple; false when its transport header is too short for one. Needs: protocol known, no later fragment. */
export function readPacketTuple(packet: Packet, tuple: Tuple): boolean {
  tuple.family = packet.family;
  tuple.protocol = packet.protocol;
  tuple.src0 = packet.src0;
  tuple.src1 = packet.src1;
  tuple.src2 = packet.src2;
  tuple.src3 = packet.src3;
  tuple.dst0 = packet.dst0;
  tuple.dst1 = packet.dst1;
  tuple.dst2 = packet.dst2;
  tuple.dst3 = packet.dst3;
  return readTransport(packet.view, packet.transport, packet.transportLength, tuple);
}

/** The transport part, from `length` octets at `at`, by tuple.protocol. */
export function readTransport(view: DataView, at: number, length: number, tuple: Tuple): boolean {
  const { protocol } = tuple;
  tuple.srcL4 = 0;
  tuple.dstL4 = 0;
  if (hasPorts(protocol)) {
    if (length < PORTS_LEN) return false;
    const ports = view.getInt32(at);
    tuple.srcL4 = ports >>> 16;
    tuple.dstL4 = ports & 0xffff;
    return true;
  }
  if (protocol === ICMP || protocol === ICMPV6) {
    if (length < ICMP_LEN) return false;
    tuple.srcL4 = view.getUint16(at + ICMP_ID);
    tuple.dstL4 = view.getUint16(at);
    return true;
  }
  return protocol !== GRE || readGre(view, at, length, tuple);
}

/** Version 1 that carries PPP has a call id; a shorter header, and other versions, have no key that counts. The source key is that of PPTP's helper: none. */
function readGre(view: DataView, at: number, length: number, tuple: Tuple): boolean {
  if (length < GRE_KEY_LEN || (view.getUint8(at + 1) & GRE_VERSION) !== GRE_PPTP) return true;
  if (view.getUint16(at + 2) !== GRE_PPP) return false;
  tuple.dstL4 = view.getUint16(at + GRE_CALL_ID);
  return true;
}

/** The tuple of an answer; false when there can be none (an ICMP type that is no request or reply). `out` may not be `tuple`. */
export function invertTuple(tuple: Tuple, out: Tuple): boolean {
  out.family = tuple.family;
  out.protocol = tuple.protocol;
  out.src0 = tuple.dst0;
  out.src1 = tuple.dst1;
  out.src2 = tuple.dst2;
  out.src3 = tuple.dst3;
  out.dst0 = tuple.src0;
  out.dst1 = tuple.src1;
  out.dst2 = tuple.src2;
  out.dst3 = tuple.src3;
  if (tuple.protocol === ICMP || tuple.protocol === ICMPV6) return invertIcmp(tuple, out);
  out.srcL4 = tuple.dstL4;
  out.dstL4 = tuple.srcL4;
  return true;
}

function invertIcmp(tuple: Tuple, out: Tuple): boolean {
  const type = tuple.dstL4 >>> 8;
  const inverse = tuple.protocol === ICMP ? inverseType4(type) : inverseType6(type);
  if (inverse < 0) return false;
  out.srcL4 = tuple.srcL4;
  out.dstL4 = (inverse << 8) | (tuple.dstL4 & 0xff);
  return true;
}

function inverseType4(type: number): number {
  if (type === 8) return 0;
  if (type === 0) return 8;
  if (type === 13 || type === 15 || type === 17) return type + 1;
  if (type === 14 || type === 16 || type === 18) return type - 1;
  return -1;
}

function inverseType6(type: number): number {
  if (type === 128 || type === 139) return type + 1;
  if (type === 129 || type === 140) return type - 1;
  return -1;
}
