/** The public surface of nat/. */
export { AsPeer, type AsPeerParts } from './as-peer.ts';
export { Nat, type NatChains, type NatOptions } from './nat.ts';
export { EMPTY_RANGE, type NatRange, RangeFlag } from './range.ts';
export { AddressChoice, describeReason, PortChoice, readReason } from './reason.ts';
