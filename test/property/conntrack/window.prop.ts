/** passTcpWindow() is checkTcpWindow() for the usual segment, written anew: both must leave the same words. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Core } from '../../../src/conntrack/core.ts';
import { Side } from '../../../src/conntrack/proto/tcp-segment.ts';
import { TcpClass } from '../../../src/conntrack/proto/tcp-table.ts';
import { checkTcpWindow, passTcpWindow, Window } from '../../../src/conntrack/proto/tcp-window.ts';
import { TcpWord } from '../../../src/conntrack/proto/tcp-words.ts';
import { FRAME_WORDS, FrameWord } from '../../../src/packet/frame-batch.ts';
import { Tuple } from '../../../src/conntrack/tuple.ts';
import { TCP } from '../../../src/inet/protocol.ts';
import { Random } from '../../../src/inet/random.ts';

const RUNS = Math.max(20_000, Number(process.env['FC_RUNS'] ?? 0));
const WORDS = 16;
const ACK = 0x10;
const PSH = 0x08;

/** Sequence numbers that are near each other, at the ends of the circle too; and any. */
const near = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: -70_000, max: 70_000 }) },
  { weight: 3, arbitrary: fc.integer({ min: -3, max: 3 }) },
  { weight: 1, arbitrary: fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }) },
);
const window = fc.oneof(fc.constantFrom(0, 1, 66_000, 65_535, 0x7fff_ffff, -1), fc.integer({ min: 0, max: 2 ** 24 }));
const flags = fc.integer({ min: 0, max: 0x3f }).chain((bits) => fc.nat(14).map((scale) => bits | (scale << 8)));
const side = fc.tuple(near, near, window, near, flags);

interface Case {
  readonly base: number;
  readonly sides: readonly [readonly number[], readonly number[]];
  readonly last: readonly number[];
  readonly direction: number;
  readonly seq: number;
  readonly ack: number;
  readonly length: number;
  readonly window: number;
  /** The last segment was this one. */
  readonly again: boolean;
}

const cases: fc.Arbitrary<Case> = fc.record({
  base: fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
  sides: fc.tuple(side, side),
  last: fc.tuple(fc.nat(11), fc.nat(0xff), near, near, near, fc.nat(0xff_ffff)),
  direction: fc.nat(1),
  seq: near,
  ack: near,
  length: fc.oneof(fc.constant(0), fc.nat(1460)),
  window: fc.oneof(fc.constant(0), fc.nat(0xffff)),
  again: fc.boolean(),
});

function wordsOf({ base, sides, last, direction, seq, ack, length, window: told, again }: Case): number[] {
  const words = sides.flatMap(([end, maxEnd, maxWin, maxAck, bits]) => [end! + base, maxEnd! + base, maxWin!, maxAck! + base, bits!]);
  const [packet, options, lastSeq, lastAck, lastEnd, lastWin] = last;
  if (again) return [...words, direction | 6, options!, base + seq, base + ack, base + seq + length, told | (lastWin! & 0xff_0000)];
  return [...words, packet!, options!, base + lastSeq!, base + lastAck!, base + lastEnd!, lastWin!];
}

function judged(given: Case): 'passed' | 'left' {
  const core = new Core({ random: new Random(1) });
  const tuple = new Tuple();
  tuple.protocol = TCP;
  const entry = core.table.take(tuple, tuple);
  const at = core.table.protoAt(entry);
  const { words } = core.table.proto;
  const before = Int32Array.from(wordsOf(given));
  words.set(before, at);
  const { direction, base, length, window: told } = given;
  const [seq, ack] = [(base + given.seq) | 0, (base + given.ack) | 0];

  const quick = before.slice();
  const frame = new Int32Array(FRAME_WORDS);
  frame[FrameWord.Sequence] = seq;
  frame[FrameWord.SequenceEnd] = seq + length;
  frame[FrameWord.Acknowledged] = ack;
  frame[FrameWord.Flags] = (5 << 28) | ((ACK | PSH) << 16) | told;
  const passed = passTcpWindow(quick, 0, direction, frame, 0);
  const { segment } = core;
  segment.take(new DataView(new ArrayBuffer(64)), 0, 20 + length, seq, ack, (5 << 28) | ((ACK | PSH) << 16) | told);
  if (!passed) expect(quick).toEqual(before);
  // a sender that is not known yet begins here: that is for the long one alone
  if (before[direction * 5 + 2] === 0) {
    expect(passed).toBe(false);
    return 'left';
  }
  // one that is liberal passes whatever the bounds say, and nothing is learned of it
  const verdict = checkTcpWindow(core, entry, at, direction);
  const isStrict = (before[direction * 5 + 4]! & Side.Liberal) === 0;
  if (isStrict) expect(passed).toBe(verdict === Window.Accept);
  if (!passed) return 'left';
  words[at + TcpWord.LastPacket] = (TcpClass.Ack << 1) | direction;
  expect(Array.from(quick)).toEqual(Array.from(words.subarray(at, at + WORDS)));
  return 'passed';
}

describe('the window check of the usual segment', () => {
  it('is that of all segments', () => {
    const counts = { passed: 0, left: 0 };
    fc.assert(
      fc.property(cases, (given) => {
        counts[judged(given)]++;
      }),
      { numRuns: RUNS },
    );
    expect(counts.passed).toBeGreaterThan(RUNS / 50);
    expect(counts.left).toBeGreaterThan(RUNS / 50);
  });
});
