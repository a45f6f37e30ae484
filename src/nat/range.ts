/**
 * NatRange: what a NAT rule offers: addresses, ports, and how to choose among them. Plain data; made when a rule is read.
 * Kernel counterpart: struct nf_nat_range2.
 * @module
 */
import type { Tuple } from '../conntrack/tuple.ts';
import { GRE, ICMP, ICMPV6, SCTP, TCP, UDP, UDPLITE } from '../inet/protocol.ts';

/** Which side of a tuple is rewritten. */
export const Manip = { Source: 0, Destination: 1 } as const;
export type Manip = (typeof Manip)[keyof typeof Manip];

/** Bits of NatRange.flags (the kernel's NF_NAT_RANGE_*). */
export const RangeFlag = {
  MapIps: 1,
  ProtoSpecified: 2,
  ProtoRandom: 4,
  Persistent: 8,
  ProtoRandomFully: 16,
  ProtoOffset: 32,
  Netmap: 64,
} as const;

/** Either kind of random port. */
export const PROTO_RANDOM_ALL: number = RangeFlag.ProtoRandom | RangeFlag.ProtoRandomFully;

export interface NatRange {
  readonly flags: number;
  /** Lowest and highest address, as words; IPv4 in the first. */
  readonly min0: number;
  readonly min1: number;
  readonly min2: number;
  readonly min3: number;
  readonly max0: number;
  readonly max1: number;
  readonly max2: number;
  readonly max3: number;
  readonly minProto: number;
  readonly maxProto: number;
  /** For ProtoOffset: the port that is mapped to minProto. */
  readonly baseProto: number;
}

/** A range that offers nothing but what is there; spread it and name what is offered. */
export const EMPTY_RANGE: NatRange = {
  flags: 0,
  min0: 0,
  min1: 0,
  min2: 0,
  min3: 0,
  max0: 0,
  max1: 0,
  max2: 0,
  max3: 0,
  minProto: 0,
  maxProto: 0,
  baseProto: 0,
};

/** A range that NAT makes for one packet (null binding, MASQUERADE ...): made once and filled anew. */
export class RangeScratch implements NatRange {
  flags = 0;
  min0 = 0;
  min1 = 0;
  min2 = 0;
  min3 = 0;
  max0 = 0;
  max1 = 0;
  max2 = 0;
  max3 = 0;
  minProto = 0;
  maxProto = 0;
  baseProto = 0;

  copyFrom(other: NatRange): this {
    this.flags = other.flags;
    this.min0 = other.min0;
    this.min1 = other.min1;
    this.min2 = other.min2;
    this.min3 = other.min3;
    this.max0 = other.max0;
    this.max1 = other.max1;
    this.max2 = other.max2;
    this.max3 = other.max3;
    this.minProto = other.minProto;
    this.maxProto = other.maxProto;
    this.baseProto = other.baseProto;
    return this;
  }

  /** Offer one address, with flags and ports of another range (null: nothing else). */
  aim(w0: number, w1: number, w2: number, w3: number, ports: NatRange | null): this {
    this.flags = RangeFlag.MapIps | (ports === null ? 0 : ports.flags);
    this.min0 = w0;
    this.min1 = w1;
    this.min2 = w2;
    this.min3 = w3;
    this.max0 = w0;
    this.max1 = w1;
    this.max2 = w2;
    this.max3 = w3;
    this.minProto = ports === null ? 0 : ports.minProto;
    this.maxProto = ports === null ? 0 : ports.maxProto;
    this.baseProto = 0;
    return this;
  }
}

/** Whether the source of a tuple lies between the lowest and the highest address. */
export function hasAddress(range: NatRange, tuple: Tuple): boolean {
  if (tuple.family !== 6) return tuple.src0 >>> 0 >= range.min0 >>> 0 && tuple.src0 >>> 0 <= range.max0 >>> 0;
  const { src0, src1, src2, src3 } = tuple;
  const low = order(src0, range.min0) || order(src1, range.min1) || order(src2, range.min2) || order(src3, range.min3);
  const high = order(src0, range.max0) || order(src1, range.max1) || order(src2, range.max2) || order(src3, range.max3);
  return low >= 0 && high <= 0;
}

/** Whether the range has one address only. */
export function hasOneAddress(range: NatRange): boolean {
  return range.min0 === range.max0 && range.min1 === range.max1 && range.min2 === range.max2 && range.min3 === range.max3;
}

function order(a: number, b: number): number {
  return (a >>> 0) - (b >>> 0);
}

/** Whether the source side of a tuple is within what a rule offers. */
export function isInRange(tuple: Tuple, range: NatRange): boolean {
  if ((range.flags & RangeFlag.MapIps) !== 0 && !hasAddress(range, tuple)) return false;
  return (range.flags & RangeFlag.ProtoSpecified) === 0 || isPortInRange(tuple, range, Manip.Source);
}

/** Whether the port (ICMP id, GRE key) of the side that is rewritten is offered; protocols without ports always are. */
export function isPortInRange(tuple: Tuple, range: NatRange, manip: Manip): boolean {
  let value: number;
  switch (tuple.protocol) {
    case ICMP:
    case ICMPV6:
      value = tuple.srcL4;
      break;
    case GRE:
    case TCP:
    case UDP:
    case UDPLITE:
    case SCTP:
      value = manip === Manip.Source ? tuple.srcL4 : tuple.dstL4;
      break;
    default:
      return true;
  }
  return value >= range.minProto && value <= range.maxProto;
}
