/**
 * What the flow path writes into a packet: the decremented TTL, another TOS octet, other addresses and ports, all checksums amended in place. The
 * octets are those the long way leaves (forward4.ts, nat/rewrite.ts): one's complement sums do not mind the order of their terms.
 * @module
 */
import type { FlowTracker } from '../conntrack/flow-tracker.ts';
import { TCP } from '../inet/protocol.ts';
import type { FlowPlan } from './flow-plan.ts';

const IS_TCP = TCP;
const HEADER = 20;
/** Version, TOS, length. */
const TOS_WORD = 0;
/** TTL, protocol, checksum. */
const TTL_WORD = 8;
/** Of IPv6. */
const HOP_LIMIT = 7;
const SRC = 12;
const DST = 16;
const TCP_CHECKSUM = 16;
const UDP_CHECKSUM = 6;

/** One hop: TTL less one. Needs: a TTL of two or more, writable octets. */
export function decrementTtl(view: DataView, network: number): void {
  const word = view.getInt32(network + TTL_WORD);
  const before = word >>> 16;
  const after = before - 0x100;
  view.setInt32(network + TTL_WORD, (after << 16) | amended(word & 0xffff, (~before & 0xffff) + after));
}

/** The same of IPv6: the hop limit less one. */
export function decrementHopLimit(view: DataView, network: number): void {
  view.setUint8(network + HOP_LIMIT, view.getUint8(network + HOP_LIMIT) - 1);
}

/** Another TOS octet of IPv4. Needs: writable octets. */
export function rewriteTos(view: DataView, network: number, tos: number): void {
  const before = view.getUint16(network + TOS_WORD);
  const after = (before & 0xff00) | tos;
  const word = view.getInt32(network + TTL_WORD);
  view.setUint16(network + TOS_WORD, after);
  view.setInt32(network + TTL_WORD, (word & ~0xffff) | amended(word & 0xffff, (~before & 0xffff) + after));
}

/** The header of an Ethernet frame that leaves as a plan says. */
export function writeLinkHeader(view: DataView, at: number, { mac0, mac1, mac2, etherType }: FlowPlan): void {
  view.setInt32(at, mac0);
  view.setInt32(at + 4, mac1);
  view.setInt32(at + 8, mac2);
  view.setUint16(at + 12, etherType);
}

/** Give a plain TCP or UDP packet the addresses and ports its connection has on the other side. Needs: writable octets. */
export function rewriteAddresses(view: DataView, network: number, { newSource, newDestination, newPorts }: FlowTracker): void {
  const transport = network + HEADER;
  const ports = view.getInt32(transport);
  const word = view.getInt32(network + TTL_WORD);
  const taken = halves(~view.getInt32(network + SRC)) + halves(~view.getInt32(network + DST)) + halves(newSource) + halves(newDestination);
  view.setInt32(network + TTL_WORD, (word & ~0xffff) | amended(word & 0xffff, taken));
  view.setInt32(network + SRC, newSource);
  view.setInt32(network + DST, newDestination);
  view.setInt32(transport, newPorts);
  rewriteChecksum(view, transport, (word >>> 16) & 0xff, taken + halves(~ports) + halves(newPorts));
}

function rewriteChecksum(view: DataView, transport: number, protocol: number, change: number): void {
  if (protocol === IS_TCP) {
    view.setUint16(transport + TCP_CHECKSUM, amended(view.getUint16(transport + TCP_CHECKSUM), change));
    return;
  }
  const checksum = view.getUint16(transport + UDP_CHECKSUM);
  // an absent one stays absent, one that comes out as 0 is sent as its twin
  if (checksum !== 0) view.setUint16(transport + UDP_CHECKSUM, amended(checksum, change) || 0xffff);
}

/** A checksum (RFC 1624, equation 3) for which `change` is what was taken, complemented, and what was put. */
function amended(checksum: number, change: number): number {
  const sum = (~checksum & 0xffff) + change;
  const once = (sum >>> 16) + (sum & 0xffff);
  return ~((once >>> 16) + (once & 0xffff)) & 0xffff;
}

function halves(word: number): number {
  return (word >>> 16) + (word & 0xffff);
}
