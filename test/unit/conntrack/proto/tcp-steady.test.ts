/** The quick way of a usual segment ends where the long one does: with the same time left, count and words. */
import { describe, expect, it } from 'vitest';
import { Core } from '../../../../src/conntrack/core.ts';
import { Status } from '../../../../src/conntrack/ctinfo.ts';
import { ENTRY_WORDS } from '../../../../src/conntrack/entry-table.ts';
import { HZ } from '../../../../src/conntrack/options.ts';
import { followSteadyTcp, followTcp } from '../../../../src/conntrack/proto/tcp.ts';
import { Side } from '../../../../src/conntrack/proto/tcp-segment.ts';
import { TcpState } from '../../../../src/conntrack/proto/tcp-table.ts';
import { RETRANS_SHIFT } from '../../../../src/conntrack/proto/tcp-words.ts';
import { Track } from '../../../../src/conntrack/track-result.ts';
import { Tuple } from '../../../../src/conntrack/tuple.ts';
import { TCP } from '../../../../src/inet/protocol.ts';
import { Random } from '../../../../src/inet/random.ts';
import { FRAME_WORDS, FrameWord } from '../../../../src/packet/frame-batch.ts';

const WORDS = 16;
const OFFSET_AND_ACK = (5 << 28) | (0x10 << 16);
const OCTETS = 1000;
const STEADY = Status.Confirmed | Status.SeenReply | Status.Assured;

interface Given {
  /** How often the last segment came again, and whether this one is that. */
  readonly retrans?: number;
  readonly again?: boolean;
  readonly window?: number;
  /** Flags of either side beside what both have. */
  readonly flags?: readonly [number, number];
  readonly direction?: 0 | 1;
  readonly status?: number;
  readonly state?: number;
  readonly ack?: number;
}

interface Left {
  readonly seconds: number;
  readonly counted: readonly number[];
  readonly words: readonly number[];
}

/** Two connections that are the same, one by each way; null: the quick one leaves it to the other. */
function ways(given: Given): { quick: Left | null; long: Left } {
  const { retrans = 0, again = false, window = 500, flags = [0, 0], direction = 0, status = STEADY, state = TcpState.Established } = given;
  const [seq, ack] = [1000, given.ack ?? 2000];
  const made = [0, 1].map(() => {
    const core = new Core({ random: new Random(1), acct: 1 });
    core.clock = 12_345;
    const tuple = Object.assign(new Tuple(), { family: 4, protocol: TCP });
    // not the first, so that no row stands at 0
    core.table.take(tuple, tuple);
    const entry = core.table.take(tuple, tuple);
    const at = core.table.protoAt(entry);
    core.table.setState(entry, state);
    core.table.setBits(entry, status);
    core.table.setDeadline(entry, 777);
    const side = (end: number, bits: number): number[] => [end, end + 60_000, 60_000, end, bits | Side.MaxAckSet];
    const sides = direction === 0 ? [side(1000, flags[0]), side(2000, flags[1])] : [side(2000, flags[0]), side(1000, flags[1])];
    const last = again ? [direction | 6, 0, seq, ack, seq, window] : [6, 0, 1, 2, 3, 4];
    last[5]! |= retrans << RETRANS_SHIFT;
    core.table.proto.words.set([...sides.flat(), ...last], at);
    return { core, entry, at };
  });
  const left = ({ core, entry, at }: (typeof made)[number]): Left => ({
    seconds: (core.table.deadline(entry) - core.clock) / HZ,
    counted: [0, 1].flatMap((which) => [core.table.packets(entry, which as 0 | 1), core.table.octets(entry, which as 0 | 1)]),
    words: Array.from(core.table.proto.words.subarray(at, at + WORDS)),
  });
  const [one, other] = made as [(typeof made)[number], (typeof made)[number]];
  const frame = new Int32Array(FRAME_WORDS * 2);
  const of = FRAME_WORDS;
  frame[of + FrameWord.Sequence] = seq;
  frame[of + FrameWord.SequenceEnd] = seq;
  frame[of + FrameWord.Acknowledged] = ack;
  frame[of + FrameWord.Flags] = OFFSET_AND_ACK | window;
  frame[of + FrameWord.Octets] = (0xb8 << 16) | OCTETS;
  const before = left(one);
  const isQuick = followSteadyTcp(one.core, one.entry * ENTRY_WORDS, direction, frame, of);
  if (!isQuick) expect(left(one)).toEqual(before);
  other.core.segment.take(new DataView(new ArrayBuffer(64)), 0, 20, seq, ack, OFFSET_AND_ACK | window);
  expect(followTcp(other.core, other.entry, direction, OCTETS)).toBe(Track.Accept);
  return { quick: isQuick ? left(one) : null, long: left(other) };
}

describe('a usual segment of an established connection', () => {
  const U = Side.Unacknowledged;
  // biome-ignore format: a table
  it.each([
    ['plain', {}, 432_000],
    ['from the other side', { direction: 1 }, 432_000],
    ['seen twice', { again: true, retrans: 0 }, 432_000],
    ['seen three times', { again: true, retrans: 1 }, 432_000],
    ['sent again as often as it may be', { again: true, retrans: 2 }, 300],
    ['sent again more often', { again: true, retrans: 3 }, 300],
    ['that is new, whatever the last one was', { retrans: 9 }, 432_000],
    ['that closes the window', { window: 0 }, 300],
    ['that opens it by one octet', { window: 1 }, 432_000],
    ['with octets of its sender unacknowledged', { flags: [U, 0] }, 300],
    ['that acknowledges all of the other side', { flags: [0, U] }, 432_000],
    ['that does not acknowledge all of the other side', { flags: [0, U], ack: 1999 }, 300],
    ['that does not acknowledge all of this side', { flags: [U, 0], ack: 1999, direction: 1 }, 300],
  ] as const)('%s', (_, given, seconds) => {
    const { quick, long } = ways(given);
    expect(long.seconds).toBe(seconds);
    expect(quick).toEqual(long);
    const direction = 'direction' in given ? given.direction : 0;
    expect(long.counted).toEqual(direction === 0 ? [1, OCTETS, 0, 0] : [0, 0, 1, OCTETS]);
  });

  // biome-ignore format: a table
  it.each([
    ['is not ASSURED', { status: STEADY & ~Status.Assured }],
    ['has seen no answer', { status: STEADY & ~Status.SeenReply }],
    ['has a timeout that does not move', { status: STEADY | Status.FixedTimeout }],
    ['is about to close', { state: TcpState.FinWait }],
  ] as const)('is left to the long way when its connection %s', (_, given) => {
    expect(ways(given).quick).toBeNull();
  });
});
