/**
 * How a packet relates to its connection (the kernel's enum ip_conntrack_info) and the state bits rules ask for.
 * @module
 */
export const CtInfo = { Established: 0, Related: 1, New: 2, EstablishedReply: 3, RelatedReply: 4, Untracked: 7 } as const;
export type CtInfo = (typeof CtInfo)[keyof typeof CtInfo];

/** Bits of `-m state` and `-m conntrack --ctstate`; SNAT and DNAT are conntrack's own additions. */
export const StateBit = { Invalid: 1, Established: 2, Related: 4, New: 8, Untracked: 64, Snat: 128, Dnat: 256 } as const;

/** Status bits of an entry (IPS_* of the kernel). */
export const Status = {
  Expected: 0x1,
  SeenReply: 0x2,
  Assured: 0x4,
  Confirmed: 0x8,
  SrcNat: 0x10,
  DstNat: 0x20,
  SeqAdjust: 0x40,
  SrcNatDone: 0x80,
  DstNatDone: 0x100,
  Dying: 0x200,
  FixedTimeout: 0x400,
  Template: 0x800,
  NatClash: 0x1000,
  Helper: 0x2000,
} as const;

export const Direction = { Original: 0, Reply: 1 } as const;
export type Direction = (typeof Direction)[keyof typeof Direction];

/** The direction a packet runs in: ctinfo's own encoding. */
export function directionOf(ctinfo: number): Direction {
  return ctinfo >= CtInfo.EstablishedReply && ctinfo !== CtInfo.Untracked ? Direction.Reply : Direction.Original;
}
