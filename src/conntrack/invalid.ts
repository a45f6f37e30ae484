/**
 * Why the last packet was found INVALID: which check, and two numbers that say by how much. Written by the trackers, read by
 * whoever explains; no strings are made until someone asks.
 * @module
 */

/** The check that failed. */
export const Invalid = {
  None: 0,
  NoTransport: 1,
  Fragment: 2,
  ShortHeader: 3,
  Checksum: 4,
  Length: 5,
  Flags: 6,
  NotNew: 7,
  PickupOff: 8,
  State: 9,
  OverWindow: 10,
  AckUnseen: 11,
  RstBelowAck: 12,
  IcmpType: 13,
  NoInverse: 14,
  QuoteUnreadable: 15,
  QuoteUnknown: 16,
  QuoteElsewhere: 17,
  NoChecksum: 18,
  Chunks: 19,
  VerificationTag: 20,
  Redirect: 21,
  WrongFamily: 22,
  GreProtocol: 23,
  SeqBelowWindow: 24,
  AckBelowWindow: 25,
} as const;
export type Invalid = (typeof Invalid)[keyof typeof Invalid];

const TCP_STATES = [
  'NONE',
  'SYN_SENT',
  'SYN_RECV',
  'ESTABLISHED',
  'FIN_WAIT',
  'CLOSE_WAIT',
  'LAST_ACK',
  'TIME_WAIT',
  'CLOSE',
  'SYN_SENT2',
] as const;

const SCTP_STATES = [
  'NONE',
  'CLOSED',
  'COOKIE_WAIT',
  'COOKIE_ECHOED',
  'ESTABLISHED',
  'SHUTDOWN_SENT',
  'SHUTDOWN_RECD',
  'SHUTDOWN_ACK_SENT',
  'HEARTBEAT_SENT',
] as const;

/** A TCP state as `conntrack -L` writes it. */
export function tcpStateName(state: number): string {
  return TCP_STATES[state] ?? 'NONE';
}

/** The number of a state's name, or -1. */
export function tcpStateNumber(name: string): number {
  return (TCP_STATES as readonly string[]).indexOf(name);
}

/** The same for SCTP. */
export function sctpStateNumber(name: string): number {
  return (SCTP_STATES as readonly string[]).indexOf(name);
}

/** An SCTP state as `conntrack -L` writes it. */
export function sctpStateName(state: number): string {
  return SCTP_STATES[state] ?? 'NONE';
}

const TCP_CLASSES = ['SYN', 'SYN|ACK', 'FIN', 'ACK', 'RST', 'no flag'] as const;

/** A reason in words. `a` and `b` are the two numbers kept with it. */
export function describeInvalidReason(reason: number, a: number, b: number): string {
  switch (reason) {
    case Invalid.NoTransport:
      return 'no transport header can be found';
    case Invalid.Fragment:
      return 'a later fragment';
    case Invalid.ShortHeader:
      return `the transport header is cut off: needs ${b} octets, ${a} are there`;
    case Invalid.Checksum:
      return `wrong transport checksum: ${hex16(a)}, ${hex16(b)} would be right`;
    case Invalid.Length:
      return `the length field says ${a}, ${b} octets are there`;
    case Invalid.Flags:
      return `an impossible combination of TCP flags (0x${a.toString(16).padStart(2, '0')})`;
    case Invalid.NotNew:
      return `no connection is known and ${TCP_CLASSES[a] ?? 'this'} cannot begin one`;
    case Invalid.PickupOff:
      return 'no connection is known and tcp_loose=0 forbids to pick one up in the middle';
    case Invalid.State:
      return `${TCP_CLASSES[a] ?? 'this'} does not fit TCP state ${tcpStateName(b)}`;
    case Invalid.OverWindow:
      return `${a} octets beyond the end of the window (${b} allowed)`;
    case Invalid.AckUnseen:
      return `acknowledges ${a} octets that were never seen`;
    case Invalid.RstBelowAck:
      return `a reset ${a} octets below what the peer has acknowledged`;
    case Invalid.IcmpType:
      return `ICMP type ${a} belongs to no connection and cannot begin one`;
    case Invalid.NoInverse:
      return `type ${a} has no answer, so it cannot begin a connection`;
    case Invalid.QuoteUnreadable:
      return 'the packet quoted by the ICMP error cannot be read';
    case Invalid.QuoteUnknown:
      return 'the packet quoted by the ICMP error belongs to no known connection';
    case Invalid.QuoteElsewhere:
      return 'the ICMP error is not addressed to the sender of the packet it quotes';
    case Invalid.NoChecksum:
      return 'a checksum of zero, which this protocol does not allow';
    case Invalid.Chunks:
      return 'SCTP chunks that may not stand together, or none';
    case Invalid.VerificationTag:
      return `SCTP verification tag 0x${(a >>> 0).toString(16)} where 0x${(b >>> 0).toString(16)} is due`;
    case Invalid.Redirect:
      return 'a malformed neighbour discovery redirect';
    case Invalid.WrongFamily:
      return 'an ICMP protocol of the other IP version';
    case Invalid.GreProtocol:
      return 'GRE version 1 that does not carry PPP';
    case Invalid.SeqBelowWindow:
      return `a sequence number ${a} octets below the window`;
    case Invalid.AckBelowWindow:
      return `an acknowledgement ${a} octets below the window`;
    default:
      return '';
  }
}

/** 0x and at least four digits. */
function hex16(number: number): string {
  return `0x${(number >>> 0).toString(16).padStart(4, '0')}`;
}
