/**
 * TCP's states as a tracker in the middle sees them, and how a segment moves them. RFC 9293 §3.3.2 seen from the path.
 *
 * The tracker sees a segment before its receiver does, so an entry is always a guess that the segment arrives. Where the guess
 * would be dangerous (a SYN inside a connection) the segment is ignored and the answer decides; what cannot occur is invalid.
 * Proof: test/unit/conntrack/proto/tcp-table.test.ts, every cell against the live kernel's recorded walk.
 * @module
 */

/** States of a connection, numbered as the kernel does. Ignore and Invalid are answers of the table, never states. */
export const TcpState = {
  None: 0,
  SynSent: 1,
  SynRecv: 2,
  Established: 3,
  FinWait: 4,
  CloseWait: 5,
  LastAck: 6,
  TimeWait: 7,
  Close: 8,
  SynSent2: 9,
  Ignore: 10,
  Invalid: 11,
} as const;
export type TcpState = (typeof TcpState)[keyof typeof TcpState];

/** What a segment is, by its flags: the first that fits of RST, SYN|ACK, SYN, FIN, ACK. */
export const TcpClass = { Syn: 0, SynAck: 1, Fin: 2, Ack: 3, Rst: 4, None: 5 } as const;
export type TcpClass = (typeof TcpClass)[keyof typeof TcpClass];

export const FIN = 0x01;
export const SYN = 0x02;
export const RST = 0x04;
export const ACK = 0x10;
export const URG = 0x20;

const STATES = 10;
const CLASSES = 6;

/** Columns are old states in their order; `-` ignore, `!` invalid, else the new state by two letters. */
const ORIGINAL = [
  'SS SS -  -  -  -  -  SS SS S2', // SYN: opens, or reopens what has ended
  '!  !  SR !  !  !  !  !  !  SR', // SYN|ACK: only as the second half of a simultaneous open
  '!  !  FW FW LA LA LA TW CL ! ', // FIN
  'ES !  ES ES CW CW TW TW CL ! ', // ACK: a first one picks up a connection in its middle
  '!  CL CL CL CL CL CL CL CL CL', // RST
  '!  !  !  !  !  !  !  !  !  ! ', // no flag
] as const;

const REPLY = [
  '!  S2 !  !  !  !  !  SS !  S2', // SYN: simultaneous open
  '!  SR -  -  -  -  -  -  -  SR', // SYN|ACK
  '!  !  FW FW LA LA LA TW CL ! ', // FIN
  '!  -  SR ES CW CW TW TW CL - ', // ACK
  '!  CL CL CL CL CL CL CL CL CL', // RST
  '!  !  !  !  !  !  !  !  !  ! ', // no flag
] as const;

const LETTERS: Readonly<Record<string, TcpState>> = {
  SS: TcpState.SynSent,
  SR: TcpState.SynRecv,
  ES: TcpState.Established,
  FW: TcpState.FinWait,
  CW: TcpState.CloseWait,
  LA: TcpState.LastAck,
  TW: TcpState.TimeWait,
  CL: TcpState.Close,
  S2: TcpState.SynSent2,
  '-': TcpState.Ignore,
  '!': TcpState.Invalid,
};

function compile(): Uint8Array {
  const table = new Uint8Array(2 * CLASSES * STATES);
  [...ORIGINAL, ...REPLY].forEach((row, line) => {
    row
      .trim()
      .split(/ +/)
      .forEach((cell, column) => {
        table[line * STATES + column] = LETTERS[cell]!;
      });
  });
  return table;
}

const TABLE: Uint8Array = compile();

/** The state after a segment of `kind` in `direction`, or Ignore, or Invalid. */
export function nextTcpState(direction: number, kind: number, state: number): number {
  return TABLE[(direction * CLASSES + kind) * STATES + state]!;
}

export function classifyTcp(flags: number): TcpClass {
  if ((flags & RST) !== 0) return TcpClass.Rst;
  if ((flags & SYN) !== 0) return (flags & ACK) !== 0 ? TcpClass.SynAck : TcpClass.Syn;
  if ((flags & FIN) !== 0) return TcpClass.Fin;
  return (flags & ACK) !== 0 ? TcpClass.Ack : TcpClass.None;
}

const JUDGED = FIN | SYN | RST | ACK | URG;
const VALID: ReadonlySet<number> = new Set([SYN, SYN | URG, SYN | ACK, RST, RST | ACK, FIN | ACK, FIN | ACK | URG, ACK, ACK | URG]);
const VALID_FLAGS: Uint8Array = Uint8Array.from({ length: 64 }, (_unused, flags) => (VALID.has(flags & JUDGED) ? 1 : 0));

/** Whether the flags may stand together; PSH, ECE and CWR may always be there. */
export function areTcpFlagsValid(flags: number): boolean {
  return VALID_FLAGS[flags & 63] === 1;
}
