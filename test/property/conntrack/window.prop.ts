/**
 * passTcpWindow() is checkTcpWindow() for the usual segment, written anew: both must leave the same words. And checkTcpWindow() is four bounds in
 * plain numbers, that come round at 2^32.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Core } from '../../../src/conntrack/core.ts';
import { Invalid } from '../../../src/conntrack/invalid.ts';
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
  /** The last segment was this one; or it was but for one of its numbers. */
  readonly again: boolean;
  readonly but: number;
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
  but: fc.nat(9),
});

function wordsOf({ base, sides, last, direction, seq, ack, length, window: told, again, but }: Case): number[] {
  const words = sides.flatMap(([end, maxEnd, maxWin, maxAck, bits]) => [end! + base, maxEnd! + base, maxWin!, maxAck! + base, bits!]);
  const [packet, options, lastSeq, lastAck, lastEnd, lastWin] = last;
  if (again) {
    const same = [direction | 6, options!, base + seq, base + ack, base + seq + length, told | (lastWin! & 0xff_0000)];
    return [...words, ...same.map((word, i) => (i === but && i !== 1 ? word ^ 1 : word))];
  }
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

/** What is known of a side, in plain numbers. */
interface PlainSide {
  end: number;
  maxEnd: number;
  maxWin: number;
  maxAck: number;
  flags: number;
}

interface PlainSegment {
  readonly seq: number;
  readonly end: number;
  readonly ack: number;
  readonly sack: number;
  readonly window: number;
  readonly hasAck: boolean;
}

interface Judgement {
  readonly verdict: Window;
  readonly reason: number;
  readonly numbers: readonly [number, number];
}

const ACCEPTED: Judgement = { verdict: Window.Accept, reason: Invalid.None, numbers: [0, 0] };
const LEAST_LAG = 66_000;

/** The window check in numbers that never come round, for all segments without SYN and RST; changes the sides. */
function judgePlainly(sender: PlainSide, receiver: PlainSide, given: PlainSegment, isLiberal: boolean): Judgement {
  const scale = sender.flags >> 8;
  let segment = given;
  if (sender.maxWin === 0) {
    sender.end = segment.end;
    sender.maxWin = segment.window << scale || 1;
    sender.maxEnd = segment.end + sender.maxWin;
    if (segment.sack === receiver.end + 1) receiver.end++;
  }
  if (!segment.hasAck) segment = { ...segment, ack: receiver.end, sack: receiver.end };
  const { seq, end, ack, sack, window } = segment;
  const lowestEnd = sender.end - receiver.maxWin;
  const lowestAck = receiver.end - Math.max(sender.maxWin, LEAST_LAG);
  const isBelowMax = seq <= sender.maxEnd;
  const isSeen = sack <= receiver.end;
  const isAboveLeast = receiver.maxWin === 0 || end >= lowestEnd;
  const isFreshAck = sack >= lowestAck;
  if (!(isBelowMax && isSeen && isAboveLeast && isFreshAck)) {
    const told = blame();
    return isLiberal ? { ...told, verdict: Window.Accept, reason: Invalid.None } : told;
  }
  const offer = window << scale;
  sender.maxWin = Math.max(sender.maxWin, offer + sack - ack);
  if (end > sender.end) {
    sender.end = end;
    sender.flags |= Side.Unacknowledged;
  }
  if (given.hasAck) {
    if ((sender.flags & Side.MaxAckSet) === 0 || ack > sender.maxAck) sender.maxAck = ack;
    sender.flags |= Side.MaxAckSet;
  }
  if (receiver.maxWin !== 0 && end > sender.maxEnd) receiver.maxWin += end - sender.maxEnd;
  if (sack + offer >= receiver.maxEnd) receiver.maxEnd = sack + offer + (offer === 0 ? 1 : 0);
  if (ack === receiver.end) receiver.flags &= ~Side.Unacknowledged;
  return ACCEPTED;

  /** The first bound it is beyond; a little beyond the end of the window is not wrong. */
  function blame(): Judgement {
    const over = end - sender.maxEnd + 1;
    if (!isBelowMax) {
      if (receiver.maxWin === 0 || !isAboveLeast || over > receiver.maxWin || !isFreshAck || !isSeen)
        return { verdict: Window.Invalid, reason: Invalid.OverWindow, numbers: [over, receiver.maxWin] };
      sender.end = end;
      sender.flags |= Side.Unacknowledged;
      return { ...ACCEPTED, verdict: Window.Ignore };
    }
    if (!isSeen) return { verdict: Window.Invalid, reason: Invalid.AckUnseen, numbers: [sack - receiver.end, 0] };
    if (!isAboveLeast) return { verdict: Window.Ignore, reason: Invalid.SeqBelowWindow, numbers: [lowestEnd - end, 0] };
    return { verdict: Window.Ignore, reason: Invalid.AckBelowWindow, numbers: [lowestAck - sack, 0] };
  }
}

describe('the window check', () => {
  const FAR = 70_000;
  const place = fc.oneof({ weight: 3, arbitrary: fc.integer({ min: -5, max: 5 }) }, fc.integer({ min: -FAR, max: FAR }));
  const size = fc.oneof(fc.constantFrom(0, 1, 2, 3, LEAST_LAG - 1, LEAST_LAG, LEAST_LAG + 1), fc.nat(200_000));
  const sides = fc.record({ end: place, maxEnd: place, maxWin: size, maxAck: place, flags });
  /** Which bound a number is near, and how far from it. */
  const near = fc.tuple(fc.nat(3), fc.integer({ min: -2, max: 2 }));

  it('judges by four bounds, in plain numbers', () => {
    const told = new Map<string, number>();
    const lengths = fc.oneof(fc.nat(3), fc.nat(1460));
    const acks = fc.constantFrom(ACK, ACK, ACK | PSH, ACK | 1, 0, 1);
    const sackEdges = fc.option(fc.array(place, { maxLength: 3 }), { freq: 2 });
    const base = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
    const circumstances = fc.record({ base, direction: fc.nat(1), beLiberal: fc.constantFrom(0, 0, 0, 1) });
    fc.assert(
      fc.property(
        fc.tuple(sides, sides),
        fc.tuple(place, place, lengths, fc.nat(0xffff), acks, sackEdges),
        fc.tuple(near, near),
        circumstances,
        (pair, [far, ack, length, told16, bits, edges], [[seqBound, dSeq], [ackBound, dAck]], { base: zero, direction, beLiberal }) => {
          const sender = { ...pair[0] };
          const receiver = { ...pair[1] };
          const seq = [far, far, sender.maxEnd, sender.end - receiver.maxWin - length][seqBound]! + dSeq;
          const acked = [ack, ack, receiver.end, receiver.end - Math.max(sender.maxWin, LEAST_LAG)][ackBound]! + dAck;
          const core = new Core({ random: new Random(1), tcpBeLiberal: beLiberal });
          const tuple = new Tuple();
          tuple.protocol = TCP;
          const entry = core.table.take(tuple, tuple);
          const at = core.table.protoAt(entry);
          const { words } = core.table.proto;
          const put = (side: number, { end, maxEnd, maxWin, maxAck, flags: f }: PlainSide): void =>
            words.set([end + zero, maxEnd + zero, maxWin, maxAck + zero, f], at + side * TcpWord.Side);
          put(direction, sender);
          put(1 - direction, receiver);
          const options = edges === null ? [] : optionsOf(edges.map((edge) => edge + zero));
          const view = new DataView(Uint8Array.from({ length: 60 }, (_, i) => (i < 20 ? 0 : (options[i - 20] ?? 0))).buffer);
          const header = 20 + options.length;
          const hasAck = (bits & ACK) !== 0;
          core.segment.take(view, 0, header + length, (seq + zero) | 0, (acked + zero) | 0, ((header / 4) << 28) | (bits << 16) | told16);
          const end = seq + length + (bits & 1);
          const counts = edges !== null && edges.length > 0 && (receiver.flags & Side.SackPermitted) !== 0;
          const sack = counts ? Math.max(acked, ...edges) : acked;
          const isLiberal = beLiberal !== 0 || (sender.flags & Side.Liberal) !== 0;
          const due = judgePlainly(sender, receiver, { seq, end, ack: acked, sack, window: told16, hasAck }, isLiberal);
          const verdict = checkTcpWindow(core, entry, at, direction);
          const reason = `${due.verdict} ${due.reason}`;
          told.set(reason, (told.get(reason) ?? 0) + 1);
          expect([verdict, core.invalidReason]).toEqual([due.verdict, due.reason]);
          if (due.reason !== 0) expect([core.invalidA, core.invalidB]).toEqual(due.numbers);
          const side = (which: number): PlainSide => {
            const [e, maxEnd, maxWin, maxAck, f] = words.subarray(at + which * TcpWord.Side);
            const [near, most, highest] = [e!, maxEnd!, maxAck!].map((word) => (word - zero) | 0);
            return { end: near!, maxEnd: most!, maxWin: maxWin!, maxAck: highest!, flags: f! };
          };
          expect([side(direction), side(1 - direction)]).toEqual([sender, receiver]);
        },
      ),
      { numRuns: Math.round(RUNS / 3) },
    );
    // accepted; let through by tolerance; ignored and invalid for every reason there is
    const { OverWindow, AckUnseen, SeqBelowWindow, AckBelowWindow } = Invalid;
    for (const reason of ['0 0', '1 0', `2 ${OverWindow}`, `2 ${AckUnseen}`, `1 ${SeqBelowWindow}`, `1 ${AckBelowWindow}`])
      expect(told.get(reason) ?? 0, reason).toBeGreaterThan(20);
  });

  /** NOP NOP and SACK blocks of four octets each way; the left edges are below. */
  function optionsOf(edges: readonly number[]): number[] {
    const word = (value: number): number[] => [24, 16, 8, 0].map((shift) => (value >>> shift) & 0xff);
    if (edges.length === 0) return [1, 1, 1, 1];
    return [1, 1, 5, 2 + 8 * edges.length, ...edges.flatMap((edge) => [...word(edge - 1), ...word(edge)])];
  }
});
