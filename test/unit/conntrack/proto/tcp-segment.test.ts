/** What a segment tells: its numbers, and its options against a list of them, whole or damaged. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SCALE_SHIFT, Segment, Side } from '../../../../src/conntrack/proto/tcp-segment.ts';

const [SYN, FIN, ACK] = [2, 1, 0x10];
const MAX_SCALE = 14;

const word = (value: number): number[] => [24, 16, 8, 0].map((shift) => (value >>> shift) & 0xff);

interface Option {
  readonly octets: readonly number[];
  /** What it says to who opens. */
  readonly side?: (before: number) => number;
  /** Right edges of its SACK blocks. */
  readonly edges?: readonly number[];
  /** Nothing behind it is read. */
  readonly ends?: true;
}

const block = fc.tuple(fc.integer(), fc.integer({ min: -50, max: 50 }));
const good: fc.Arbitrary<Option> = fc.oneof(
  fc.constant({ octets: [1] }),
  fc.constant({ octets: [4, 2], side: (before: number): number => before | Side.SackPermitted }),
  fc.nat(255).map((shift) => ({
    octets: [3, 3, shift],
    side: (before: number): number => (before & 0xff) | Side.WindowScale | (Math.min(shift, MAX_SCALE) << SCALE_SHIFT),
  })),
  fc.constant({ octets: [8, 10, 1, 2, 3, 4, 5, 6, 7, 8] }),
  fc.constant({ octets: [2, 4, 5, 180] }),
  fc.array(block, { minLength: 1, maxLength: 3 }).map((blocks) => ({
    octets: [5, 2 + 8 * blocks.length, ...blocks.flatMap(([left, right]) => [...word(left), ...word(right)])],
    edges: blocks.map(([, right]) => right),
  })),
);
/** Of a wrong size, or cut off by the end of the header: `size` octets are there. */
const odd: fc.Arbitrary<Option> = fc.oneof(
  fc.constantFrom<Option>(
    { octets: [0], ends: true },
    { octets: [4, 3, 0] },
    { octets: [3, 2] },
    { octets: [3, 4, 7, 7] },
    { octets: [5, 2] },
    { octets: [5, 9, 1, 1, 1, 1, 1, 1, 1] },
    { octets: [5, 11, 0, 0, 0, 0, 0, 0, 0, 9, 0] },
    { octets: [9, 0], ends: true },
    { octets: [9, 1], ends: true },
  ),
);
const options = fc.array(fc.oneof({ weight: 4, arbitrary: good }, odd), { maxLength: 8 });

/** A segment with these options, filled up with NOPs or cut at forty octets; and which of them can be read. */
function segmentOf(list: readonly Option[], flags: number, ack = 0): { segment: Segment; read: Option[] } {
  const all = list.flatMap(({ octets }) => octets);
  const size = Math.min(40, (all.length + 3) & ~3);
  const octets = Array.from({ length: size }, (_, i) => all[i] ?? 1);
  const read: Option[] = [];
  let at = 0;
  for (const option of list) {
    at += option.octets.length;
    if (at > size) break;
    read.push(option);
    if (option.ends === true) break;
  }
  // octets behind the header that no option may reach
  const bytes = Uint8Array.from([
    ...Array.from({ length: 7 + 20 }, () => 0xa5),
    ...octets,
    4,
    2,
    3,
    3,
    7,
    5,
    10,
    0x7f,
    0xff,
    0xff,
    0xff,
    0x7f,
    0xff,
    0xff,
    0xff,
  ]);
  const view = new DataView(bytes.buffer);
  view.setUint32(7 + 4, 1000);
  view.setInt32(7 + 8, ack);
  view.setUint32(7 + 12, ((20 + size) << 26) | (flags << 16) | 500);
  const segment = new Segment();
  segment.read(view, 7, bytes.length - 7);
  return { segment, read };
}

describe('a segment', () => {
  it('has the numbers of its header, and takes one each for SYN and FIN', () => {
    for (const [flags, extra] of [
      [ACK, 0],
      [SYN, 1],
      [FIN | ACK, 1],
      [SYN | FIN, 2],
      [0, 0],
    ] as const) {
      const { segment } = segmentOf([{ octets: [1] }], flags, -7);
      expect(segment).toMatchObject({ seq: 1000, ack: -7, flags, window: 500, headerLength: 24, end: 1000 + 15 + extra });
      expect(segment.hasAck).toBe((flags & ACK) !== 0);
    }
  });

  it('comes round at 2^32', () => {
    const { segment } = segmentOf([], ACK);
    segment.view.setUint32(7 + 4, 0xfffffff8);
    segment.read(segment.view, 7, 40);
    expect([segment.seq, segment.end]).toEqual([-8, 12]);
  });
});

describe('the options of a SYN', () => {
  it('tell what the side can do, as far as they can be read', () => {
    fc.assert(
      fc.property(options, fc.nat(0xfff), (list, before) => {
        const { segment, read } = segmentOf(list, SYN);
        if (segment.headerLength === 20) expect(segment.readOptions(before)).toBe(before);
        else expect(segment.readOptions(before)).toBe(read.reduce((side, option) => option.side?.(side) ?? side, before & Side.Liberal));
      }),
      { numRuns: 1000 },
    );
  });
});

describe('the highest octet acknowledged', () => {
  it('is that of the first SACK option with blocks, or the acknowledgement', () => {
    fc.assert(
      fc.property(options, fc.integer({ min: -60, max: 60 }), (list, ack) => {
        const { segment, read } = segmentOf(list, ACK, ack);
        const edges = read.find((option) => option.edges !== undefined)?.edges ?? [];
        expect(segment.highestSack()).toBe(Math.max(ack, ...edges));
      }),
      { numRuns: 1000 },
    );
  });

  it('is looked for in no segment that has a time stamp alone', () => {
    const stamp = [1, 1, 8, 10, 0, 0, 0, 1, 0, 0, 0, 2];
    expect(segmentOf([{ octets: stamp }], ACK, 5).segment.highestSack()).toBe(5);
    // one octet of it another, and it is a SACK option
    const sack = [1, 1, 5, 10, 0, 0, 0, 1, 0, 0, 0, 9];
    expect(segmentOf([{ octets: sack }], ACK, 5).segment.highestSack()).toBe(9);
  });
});

describe('options at the end of a header', () => {
  const optionsOf = (header: readonly number[], payload: readonly number[]): number => {
    const view = new DataView(Uint8Array.of(...Array<number>(20).fill(0), ...header, ...payload).buffer);
    const segment = new Segment();
    segment.take(view, 0, view.byteLength, 0, 0, ((5 + header.length / 4) << 28) | (SYN << 16));
    return segment.readOptions(0);
  };

  it.each([
    ['a size', [1, 1, 1, 4], [2]],
    ['a scale', [1, 1, 3, 3], [7]],
    ['an octet of an option', [1, 4, 4, 2], [0, 0]],
    ['a kind', [1, 1, 1, 1], [4, 2]],
  ])('want %s that the payload seems to have, and go without', (_what, header, payload) => {
    const whole = header[1] === 4 ? 0 : Side.SackPermitted | Side.WindowScale;
    expect(optionsOf(header, payload) & (Side.SackPermitted | Side.WindowScale)).toBe(0);
    // were they of the header, they would be read
    expect(optionsOf([...header, ...payload, ...Array<number>(4 - payload.length).fill(1)], []) & whole).toBe(
      whole & (header.includes(3) ? Side.WindowScale : Side.SackPermitted),
    );
  });

  it('may be a kind alone, behind which there is nothing to read', () => {
    expect(optionsOf([1, 1, 1, 4], []) & Side.SackPermitted).toBe(0);
  });
});
