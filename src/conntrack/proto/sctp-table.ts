/**
 * SCTP's states as a tracker in the middle sees them, and how a chunk moves them. RFC 9260 §4.
 * @module
 */
export const SctpState = {
  None: 0,
  Closed: 1,
  CookieWait: 2,
  CookieEchoed: 3,
  Established: 4,
  ShutdownSent: 5,
  ShutdownRecd: 6,
  ShutdownAckSent: 7,
  HeartbeatSent: 8,
  Invalid: 9,
} as const;
export type SctpState = (typeof SctpState)[keyof typeof SctpState];

/** Chunk types that count. */
export const Chunk = {
  Data: 0,
  Init: 1,
  InitAck: 2,
  Heartbeat: 4,
  HeartbeatAck: 5,
  Abort: 6,
  Shutdown: 7,
  ShutdownAck: 8,
  Error: 9,
  CookieEcho: 10,
  CookieAck: 11,
  ShutdownComplete: 14,
} as const;

const STATES = 9;
const ROWS = 11;

/** Rows in this order of chunks. */
const ROW_OF: readonly (readonly [chunk: number, row: number])[] = [
  [Chunk.Init, 0],
  [Chunk.InitAck, 1],
  [Chunk.Abort, 2],
  [Chunk.Shutdown, 3],
  [Chunk.ShutdownAck, 4],
  [Chunk.Error, 5],
  [Chunk.CookieEcho, 6],
  [Chunk.CookieAck, 7],
  [Chunk.ShutdownComplete, 8],
  [Chunk.Heartbeat, 9],
  [Chunk.HeartbeatAck, 10],
];

/** Columns are old states in their order, `!` is invalid. */
const ORIGINAL = [
  'CL CL CW CE ES CL CL SA CW', // INIT
  'CL CL CW CE ES SS SR SA CL', // INIT ACK
  'CL CL CL CL CL CL CL CL CL', // ABORT
  'CL CL CW CE SS SS SR SA CL', // SHUTDOWN
  'SA CL CW CE ES SA SA SA SA', // SHUTDOWN ACK
  'CL CL CW CE ES SS SR SA CL', // ERROR
  'CL CL CE CE ES SS SR SA CL', // COOKIE ECHO
  'CL CL CW ES ES SS SR SA CL', // COOKIE ACK
  'CL CL CW CE ES SS SR CL CL', // SHUTDOWN COMPLETE
  'HS CL CW CE ES SS SR SA HS', // HEARTBEAT
  'CL CL CW CE ES SS SR SA HS', // HEARTBEAT ACK
] as const;

const REPLY = [
  '!  CL CW CE ES SS SR SA ! ', // INIT
  '!  CW CW CE ES SS SR SA ! ', // INIT ACK
  '!  CL CL CL CL CL CL CL ! ', // ABORT
  '!  CL CW CE SR SS SR SA ! ', // SHUTDOWN
  '!  CL CW CE ES SA SA SA ! ', // SHUTDOWN ACK
  '!  CL CW CL ES SS SR SA ! ', // ERROR
  '!  CL CE CE ES SS SR SA ! ', // COOKIE ECHO
  '!  CL CW ES ES SS SR SA ! ', // COOKIE ACK
  '!  CL CW CE ES SS SR CL ! ', // SHUTDOWN COMPLETE
  '!  CL CW CE ES SS SR SA HS', // HEARTBEAT
  '!  CL CW CE ES SS SR SA ES', // HEARTBEAT ACK
] as const;

const LETTERS: Readonly<Record<string, SctpState>> = {
  CL: SctpState.Closed,
  CW: SctpState.CookieWait,
  CE: SctpState.CookieEchoed,
  ES: SctpState.Established,
  SS: SctpState.ShutdownSent,
  SR: SctpState.ShutdownRecd,
  SA: SctpState.ShutdownAckSent,
  HS: SctpState.HeartbeatSent,
  '!': SctpState.Invalid,
};

function compile(): Uint8Array {
  const table = new Uint8Array(2 * ROWS * STATES);
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

const NO_ROW = 255;
const TABLE: Uint8Array = compile();
const ROW: Uint8Array = new Uint8Array(256).fill(NO_ROW);
for (const [chunk, row] of ROW_OF) ROW[chunk] = row;

/** The state after a chunk in `direction`; chunks that carry data or acknowledge it keep the state. */
export function nextSctpState(direction: number, chunk: number, state: number): number {
  const row = ROW[chunk]!;
  return row === NO_ROW ? state : TABLE[(direction * ROWS + row) * STATES + state]!;
}
