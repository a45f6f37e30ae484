/**
 * The reader of packed encoding beside a model of it that reads a text of zeros and ones: whatever the type and the octets are, and
 * wherever they end, both give up in the same way and have kept the same until then.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { USER_INFORMATION } from '../../../../src/conntrack/helper/h323/h225-signalling.ts';
import { CONTROL_MESSAGE } from '../../../../src/conntrack/helper/h323/h245-messages.ts';
import { PerReader, Read } from '../../../../src/conntrack/helper/h323/per.ts';
import { RAS_MESSAGE } from '../../../../src/conntrack/helper/h323/ras-messages.ts';
import * as asn1 from '../../../../src/conntrack/helper/h323/schema.ts';
import { Value } from '../../../../src/conntrack/helper/h323/value.ts';
import { PerWriter } from '../../../support/h323-writer.ts';
import { keptOf, type Outcome, readByModel, zerosAndOnes } from '../../../support/per-model.ts';

const LEAD = 3;

/** By the source: a message of `end` octets, `octets` are there; behind them stand ones, which nobody may read. */
function readBySource(type: asn1.Type, octets: Uint8Array, end: number, isKept = true): Outcome {
  const bytes = new Uint8Array(octets.length + LEAD + 9).fill(0xff);
  bytes.set(octets, LEAD);
  const place = { start: LEAD, from: LEAD, end: LEAD + end, limit: LEAD + octets.length };
  const value = isKept ? new Value() : null;
  const read = new PerReader(new DataView(bytes.buffer), place).read(type, value);
  return { read, kept: value === null ? null : keptOf(value, type) };
}

function agree(type: asn1.Type, octets: Uint8Array, ends: Iterable<number> = [octets.length], isKept = true): void {
  const text = zerosAndOnes(octets);
  for (const end of ends) {
    expect([end, readBySource(type, octets, end, isKept)]).toEqual([end, readByModel(type, text, end, isKept)]);
  }
}

const upTo = (last: number): number[] => Array.from({ length: last + 1 }, (_, i) => i);

/** Any octets; those that say a small length, none, or the longest of one octet are likelier. */
const octet = fc.oneof(fc.nat(255), fc.nat(4), fc.constantFrom(0x7f, 0x80, 0x81, 0xbf, 0xc0, 0xff));
const octets = (maxLength: number): fc.Arbitrary<Uint8Array> =>
  fc.array(octet, { maxLength, size: 'max' }).map((values) => Uint8Array.from(values));

const LEAVES: readonly asn1.Type[] = [
  asn1.NULL,
  asn1.BOOLEAN,
  asn1.OID,
  asn1.INT8,
  asn1.INT16,
  asn1.INT32,
  asn1.INTEGER,
  asn1.OCTETS,
  asn1.BITS,
  asn1.WORD_BITS,
  ...upTo(9).map((bits) => asn1.small(bits)),
  ...upTo(5).map((length) => asn1.octets(length)),
  ...[0, 1, 7, 8, 9, 16, 31].map((length) => asn1.bits(length)),
  ...[asn1.OCTET_LENGTH, 1, 3, 5, 7, 8].flatMap((bits) => [
    asn1.octetsOf(bits, 0),
    asn1.octetsOf(bits, 3),
    asn1.wideOf(bits),
    // a length of digits is always of bits
    ...(bits === asn1.OCTET_LENGTH ? [] : [asn1.digitsOf(bits), { kind: 'digits' as const, bits, least: 0 }]),
  ]),
];

/** Behind a type: bits where it ended, then a place in octets. */
const BIT_MARK = asn1.keep(asn1.must('bits', asn1.closedChoice(asn1.all(asn1.NULL, '00 01 10 11'))));
const PLACE_MARK = asn1.keep(asn1.must('place', asn1.octets(3)));
const MARKS = [BIT_MARK, PLACE_MARK];
const flags = (count: number): asn1.Component[] => upTo(count - 1).map((i) => asn1.must(`flag${i}`, asn1.BOOLEAN));

const leaf = fc.constantFrom(...LEAVES);
const component = fc.record({
  type: leaf,
  isOptional: fc.boolean(),
  isKept: fc.boolean(),
  isOpen: fc.boolean(),
  isEnd: fc.constant(false),
});

type Unnamed = Omit<asn1.Component, 'name'>;
const named = (components: readonly Unnamed[], prefix: string): asn1.Component[] =>
  components.map((one, i) => ({ ...one, name: `${prefix}${i}` }));

const { any } = fc.letrec<{ any: asn1.Type; sequence: asn1.Type; list: asn1.Type; choice: asn1.Type; part: Unnamed }>((tie) => ({
  any: fc.oneof({ maxDepth: 3, depthSize: 'small' }, leaf, tie('sequence'), tie('list'), tie('choice')),
  part: fc.record({
    type: tie('any'),
    isOptional: fc.boolean(),
    isKept: fc.boolean(),
    isOpen: fc.constant(false),
    isEnd: fc.oneof({ weight: 9, arbitrary: fc.constant(false) }, fc.constant(true)),
  }),
  sequence: fc
    .record({
      isExtensible: fc.boolean(),
      root: fc.array(fc.oneof({ weight: 4, arbitrary: tie('part') }, component), { maxLength: 5 }),
      more: fc.array(tie('part'), { maxLength: 4 }),
      unnamed: fc.nat(2),
    })
    .map(({ isExtensible, root, more, unnamed }) => ({
      kind: 'sequence',
      isExtensible,
      optionals: root.filter(({ isOptional }) => isOptional).length + unnamed,
      // what is wrapped in the first version is never kept
      root: named(root, 'r').map((one) => (one.isOpen ? { ...one, isKept: false } : one)),
      more: named(more, 'm'),
    })),
  list: fc.record({ item: tie('part'), isOpen: fc.boolean(), limit: fc.nat(3) }).map(({ item, isOpen, limit }) => ({
    kind: 'list',
    limit,
    // what is wrapped in a list is always kept
    item: { ...item, name: 'item', isOptional: false, isEnd: false, isOpen, isKept: isOpen || item.isKept },
  })),
  choice: fc
    .record({
      isExtensible: fc.boolean(),
      root: fc.array(tie('part'), { minLength: 1, maxLength: 6 }),
      more: fc.array(tie('part'), { maxLength: 3 }),
    })
    .map(({ isExtensible, root, more }) => ({
      ...asn1.choice(named(root, 'r'), named(more, 'm')),
      isExtensible,
    })),
}));

describe('the reader of packed encoding agrees with its model', () => {
  it('on every kind of field, behind any number of bits, and wherever the message ends', () => {
    for (const type of LEAVES) {
      const check = fc.property(octets(14), fc.boolean(), (bytes, isKept) => {
        for (const lead of [0, 1, 2, 5, 7, 8, 9]) {
          const it = asn1.must('it', type);
          agree(asn1.closed([...flags(lead), isKept ? asn1.keep(it) : it, ...MARKS]), bytes, upTo(bytes.length + 2));
        }
      });
      fc.assert(check, { numRuns: 20 });
    }
  });

  it('on every type, of any octets, wherever the message ends', () => {
    const check = fc.property(any, octets(40), fc.boolean(), fc.nat(8), (type, bytes, isKept, lead) => {
      agree(type, bytes, upTo(bytes.length + 2), isKept);
      agree(asn1.closed([...flags(lead), asn1.keep(asn1.must('it', type)), ...MARKS]), bytes, upTo(bytes.length));
    });
    fc.assert(check, { numRuns: 600 });
  });

  it('on lengths of one octet and of two, up to the longest', () => {
    const types = [asn1.INTEGER, asn1.OCTETS, asn1.BITS, asn1.WORD_BITS, asn1.list(asn1.NULL), asn1.list(asn1.small(3))];
    const LENGTHS = [0, 1, 126, 127, 128, 129, 255, 256, 300, 16_382, 16_383];
    for (const type of types) {
      for (const length of LENGTHS) {
        const head = type === asn1.WORD_BITS || length > 127 ? [length >> 8, length & 255] : [length];
        if (type !== asn1.WORD_BITS && length > 127) head[0]! |= 0x80;
        const bytes = new Uint8Array(head.length + length + 8).fill(0x69);
        bytes.set(head);
        const edges = [length >> 3, (length * 3) >> 3, length].flatMap((size) => upTo(9).map((more) => head.length + size + more - 1));
        agree(asn1.closed([asn1.must('it', type), ...MARKS]), bytes, new Set([...upTo(6), ...edges]));
      }
    }
  });

  it('on extensions of every number, up to more than there may be', () => {
    const check = fc.property(
      octets(60),
      fc.oneof(fc.nat(127), fc.integer({ min: 30, max: 32 })),
      fc.boolean(),
      fc.nat(7),
      (bytes, count, isKept, optionals) => {
        // an extended sequence: its bit, its map, seven bits of the count, then whatever comes
        const text = `1${'0'.repeat(optionals)}${count.toString(2).padStart(7, '0')}`.padEnd(16, '1');
        const message = Uint8Array.of(Number.parseInt(text.slice(0, 8), 2), Number.parseInt(text.slice(8, 16), 2), ...bytes);
        const more = [
          ...asn1.all(asn1.octets(3), 'a b c').map(asn1.keep),
          asn1.must('d', asn1.INT8),
          asn1.keep(asn1.must('e', asn1.INT32)),
        ];
        agree(asn1.sequence([], { optionals, more }), message, upTo(message.length), isKept);
      },
    );
    fc.assert(check, { numRuns: 500 });
  });

  it('on the work a message may ask for', () => {
    const type = asn1.list(asn1.list(asn1.NULL));
    const full = [0xbf, 0xff];
    const lists = (count: number, last: number): Uint8Array =>
      Uint8Array.of(0x80, count, ...Array.from({ length: count - 1 }, () => full).flat(), 0x80 | (last >> 8), last & 255);
    // one for the list, 2^14 for each in it
    const LONGEST = 0x3fff;
    expect(readBySource(type, lists(128, LONGEST - 1), 258).read).toBe(Read.Done);
    expect(readBySource(type, lists(128, LONGEST), 258).read).toBe(Read.TooShort);
  });
});

describe('the reader of packed encoding agrees with its model on messages of H.323', () => {
  it.each([
    ['RAS', RAS_MESSAGE],
    ['call signalling', USER_INFORMATION],
    ['H.245', CONTROL_MESSAGE],
  ])('%s: whole, cut anywhere, or changed', (_, type) => {
    const draws = fc.infiniteStream(fc.nat());
    const changes = fc.array(fc.tuple(fc.nat(), fc.oneof(fc.constantFrom(1, 2, 4, 8, 16, 32, 64, 128), fc.nat(255))), { maxLength: 3 });
    const check = fc.property(draws, changes, fc.nat(), (numbers, flips, size) => {
      const below = (limit: number): number => numbers.next().value % limit;
      const writer = new PerWriter({ below, endpoint: (length) => upTo(length + 1).map(() => below(256)) });
      writer.write(type);
      const message = writer.octets.slice(0, 600);
      agree(type, message, upTo(message.length + 1));
      // octets that are not there are zeros
      agree(type, message.slice(0, size % message.length), [message.length]);
      for (const [at, bits] of flips) message[at % message.length]! ^= bits;
      agree(type, message, upTo(message.length + 1));
    });
    fc.assert(check, { numRuns: 60 });
  });
});
