/**
 * What SIP's helper asks of its NAT half. `false` and Drop: the packet cannot be changed, it is dropped.
 * @module
 */
import type { Verdict } from '../../hook/verdict.ts';
import type { Packet } from '../../packet/packet.ts';
import type { Expectation } from '../expect.ts';
import type { SdpLine } from './sip-sdp.ts';
import type { SipMessage } from './sip-message.ts';

/** A piece of a message. */
export interface SipPlace {
  readonly offset: number;
  readonly length: number;
}

export interface NatSip {
  /** Translate the addresses of the headers. */
  translate(message: SipMessage): boolean;
  /** Expect calls at the address by which the registering side is known, and write that into the contact at `place`. */
  expectCalls(message: SipMessage, expectation: Expectation, place: SipPlace): Verdict;
  /** Write an address into the first line of a kind behind `from`. */
  writeAddress(message: SipMessage, from: number, line: SdpLine, address: Int32Array): boolean;
  /** Write a medium's port. */
  writePort(message: SipMessage, place: SipPlace, port: number): boolean;
  /** Write the address into the session's own lines. */
  writeSession(message: SipMessage, from: number, address: Int32Array): boolean;
  /** Expect a medium at the translated address, which replaces `address`, and write its port at `place`. */
  expectMedia(message: SipMessage, pair: SipMedia, place: SipPlace): Verdict;
  /** The TCP segment's messages grew by `change` octets in all. */
  shift(packet: Packet, change: number): void;
}

/** The two streams of a medium, and the address they go to. */
export interface SipMedia {
  readonly rtp: Expectation;
  readonly rtcp: Expectation;
  readonly address: Int32Array;
}
