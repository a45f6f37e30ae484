/**
 * What PPTP's helper asks of its NAT half, and what it remembers of a control connection. The memory is shared with NAT, which
 * gives the client another call id.
 * @module
 */
import type { Verdict } from '../../hook/verdict.ts';
import type { Packet } from '../../packet/packet.ts';
import type { Expectation } from '../expect.ts';

/** Words of a control connection's memory. */
export const PptpWord = { Session: 0, Call: 1, ClientCallId: 2, ServerCallId: 3, NatClientCallId: 4 } as const;
export const PPTP_WORDS = 5;

/** Control message types. RFC 2637 §2. */
export const PptpMessage = {
  StartRequest: 1,
  StartReply: 2,
  StopRequest: 3,
  StopReply: 4,
  EchoRequest: 5,
  EchoReply: 6,
  OutCallRequest: 7,
  OutCallReply: 8,
  InCallRequest: 9,
  InCallReply: 10,
  InCallConnect: 11,
  CallClearRequest: 12,
  CallDisconnect: 13,
  WanError: 14,
  SetLinkInfo: 15,
} as const;

/** Octets in front of a message's own fields. */
export const PPTP_HEADER_LEN = 12;

export interface NatPptp {
  /** A message of the client (PNS) or of the server (PAC), accepted by the tracker, of a translated connection. */
  outbound(packet: Packet, message: number, memory: Int32Array): Verdict;
  inbound(packet: Packet, message: number, memory: Int32Array): Verdict;
  /** Change what is expected of the tunnel's two directions, and bind them when they come. */
  expect(original: Expectation, reply: Expectation, memory: Int32Array): void;
}
