/**
 * Fields: what of a packet the proof looks at, and all values each may have. A value of its own stands for "there is none" where
 * a packet may lack the field (ports of a later fragment, the protocol behind a broken header chain).
 * @module
 */
import type { Intervals } from './intervals.ts';

export const Field = {
  Protocol: 0,
  Src: 1,
  Dst: 2,
  SrcPort: 3,
  DstPort: 4,
  Icmp: 5,
  TcpFlags: 6,
  Indev: 7,
  Outdev: 8,
  State: 9,
  Fragment: 10,
  Mark: 11,
  PacketType: 12,
  Length: 13,
  Hops: 14,
  Class: 15,
  /** 1: a whole header of its protocol (TCP, UDP, ICMP) is there to be judged, in a first piece. */
  Judged: 16,
} as const;

/** Numbers from here on stand for matches that are only known by their text: 1 where they hold. */
export const FIRST_OPAQUE = 17;

/** One value a field more than there are, for packets that lack it. */
export const NO_PORT = 65_536;
export const NO_PROTOCOL = 256;

const U32: Intervals = [0, 4_294_967_296];
const NAMES: Intervals = ['', '\uffff'];
const BIT: Intervals = [0, 2];
const DOMAINS: readonly Intervals[] = [
  [0, NO_PROTOCOL + 1],
  U32,
  U32,
  [0, NO_PORT + 1],
  [0, NO_PORT + 1],
  [0, 65_537],
  [0, 257],
  NAMES,
  NAMES,
  [0, 5],
  BIT,
  U32,
  [0, 8],
  [0, 131_072],
  [0, 256],
  [0, 256],
  BIT,
];
const ADDRESSES6: Intervals = [0n, 1n << 128n];

/** All values of a field, for packets of a family. */
export function domainOf(family: 4 | 6): (field: number) => Intervals {
  return (field) => {
    if (field >= FIRST_OPAQUE) return BIT;
    return family === 6 && (field === Field.Src || field === Field.Dst) ? ADDRESSES6 : DOMAINS[field]!;
  };
}
