/**
 * Every cell of TCP's state table that a packet can reach, through the tracker, against what Linux 6.18 did (tcp-cells.json, recorded
 * by the oracle: state before, kind of segment and direction; then ctstate, TCP state after, and seconds left).
 */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ConntrackMachine, type Fate } from '../../../support/conntrack-machine.ts';
import { A, F, R, S, TcpTalk } from '../tcp-talk.ts';

type Step = readonly [fromServer: 0 | 1, flags: number, seq: number, ack: number];

/** A connection that opens and closes in order. */
const STEPS: readonly Step[] = [
  [0, S, 100, 0],
  [1, S | A, 500, 101],
  [0, A, 101, 501],
  [0, F | A, 101, 501],
  [1, A, 501, 102],
  [1, F | A, 501, 102],
  [0, A, 102, 502],
];
/** How to get into each state. */
const WAYS: Readonly<Record<string, readonly Step[]>> = {
  NONE: [],
  SYN_SENT: STEPS.slice(0, 1),
  SYN_RECV: STEPS.slice(0, 2),
  ESTABLISHED: STEPS.slice(0, 3),
  FIN_WAIT: STEPS.slice(0, 4),
  CLOSE_WAIT: STEPS.slice(0, 5),
  LAST_ACK: STEPS.slice(0, 6),
  TIME_WAIT: STEPS.slice(0, 7),
  CLOSE: [...STEPS.slice(0, 3), [0, R, 101, 0]],
  SYN_SENT2: [
    [0, S, 100, 0],
    [1, S, 500, 0],
  ],
};
const KINDS: Readonly<Record<string, number>> = { SYN: S, SYNACK: S | A, FIN: F | A, ACK: A, RST: R, NONE: 0 };

const cells = Object.entries(
  JSON.parse(readFileSync(new URL('tcp-cells.json', import.meta.url), 'utf8')) as Record<string, [string, string, number]>,
);

function walk(talk: TcpTalk, before: string, kind: string, fromServer: boolean): Fate {
  const next = [100, 500];
  const send = (server: boolean, flags: number, seq: number, ack: number): Fate =>
    server ? talk.s(flags, seq, { ack }) : talk.c(flags, seq, { ack });
  for (const [from, flags, seq, ack] of WAYS[before]!) {
    send(from === 1, flags, seq, ack);
    next[from] = seq + (flags & S ? 1 : 0) + (flags & F ? 1 : 0);
  }
  const flags = KINDS[kind]!;
  const from = fromServer ? 1 : 0;
  return send(fromServer, flags, next[from]!, flags & A ? next[1 - from]! : 0);
}

describe('the TCP state table', () => {
  it('has every cell', () => {
    expect(cells).toHaveLength(6 + 9 * 6 * 2);
  });

  it.each(cells)('%s', (name, [state, tcp, timeoutSec]) => {
    const [before, kind, direction] = name.split(' ') as [string, string, string];
    const talk = new TcpTalk(new ConntrackMachine());
    const fate = walk(talk, before, kind, direction === 'reply');
    expect(fate.state).toBe(state);
    const lines = talk.machine.conntrack.dump(0);
    expect(lines.map((line) => line.state)).toEqual(tcp === '' ? [] : [tcp]);
    if (tcp === '') return;
    // the recording takes a moment, and whole seconds are told
    expect(lines[0]!.timeoutSec - timeoutSec).toBeGreaterThanOrEqual(0);
    expect(lines[0]!.timeoutSec - timeoutSec).toBeLessThanOrEqual(2);
  });
});
