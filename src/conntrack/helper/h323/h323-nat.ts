/**
 * What the helpers of H.323 ask of their NAT half, and what a connection of theirs remembers.
 * @module
 */
import type { Expectation } from '../../expect.ts';
import type { H323Message } from './message.ts';
import type { Value } from './value.ts';

/** Words of memory; a pair is by direction: what that side said, and what the other was told. */
export const H323Word = {
  /** Port for call signalling or H.245. */
  SignalPort: 0,
  /** RAS: seconds of the registration. */
  Lifetime: 2,
  /** Octets announced by a TPKT header that came alone, by direction. */
  TpktLength: 2,
  /** Ports of media, a pair a stream. */
  RtpPort: 4,
} as const;
export const RTP_STREAMS = 4;
export const H323_WORDS: number = H323Word.RtpPort + 2 * RTP_STREAMS;

/** The two streams of a medium. */
export interface MediaPair {
  readonly rtp: Expectation;
  readonly rtcp: Expectation;
}

/**
 * All answer whether the packet may pass; the place and port last read from the message (H323Message.readAddress) are those of the
 * expectation. Where no port is free, the packet passes as it is.
 */
export interface NatH323 {
  /** Write an address and port over those last read. */
  writeAddress(message: H323Message, address: number, port: number): boolean;
  /** Translate the signalling address among these that is the sender's, or the receiver's. */
  writeSignalAddress(message: H323Message, addresses: readonly Value[]): boolean;
  /** Translate the RAS address among these that is the sender's. */
  writeRasAddress(message: H323Message, addresses: readonly Value[]): boolean;
  expectMedia(message: H323Message, pair: MediaPair): boolean;
  /** T.120's connection. */
  expectData(message: H323Message, expectation: Expectation): boolean;
  /** H.245's connection. */
  expectControl(message: H323Message, expectation: Expectation): boolean;
  /** Calls to the address `index` of a registration. */
  expectCalls(message: H323Message, expectation: Expectation, addresses: readonly Value[], index: number): boolean;
  expectForwardedCall(message: H323Message, expectation: Expectation): boolean;
}
