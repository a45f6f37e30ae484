/**
 * The reader of packed encoding against messages written by the rules of X.691, type by type: what stands behind a component is found where
 * it was written, what is kept is what was written, and a message that lacks an octet is not used.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PerReader, Read } from '../../../../src/conntrack/helper/h323/per.ts';
import * as asn1 from '../../../../src/conntrack/helper/h323/schema.ts';
import { Value } from '../../../../src/conntrack/helper/h323/value.ts';

/** Bits in a row. */
class Bits {
  readonly bits: number[] = [];

  put(value: number, count: number): this {
    for (let i = count - 1; i >= 0; i--) this.bits.push(Math.floor(value / 2 ** i) & 1);
    return this;
  }

  align(): this {
    while (this.bits.length % 8 !== 0) this.bits.push(0);
    return this;
  }

  octets(values: readonly number[]): this {
    for (const value of values) this.put(value, 8);
    return this;
  }

  length(value: number): this {
    return value < 0x80 ? this.put(value, 8) : this.put(0x8000 | value, 16);
  }

  get at(): number {
    return this.bits.length / 8;
  }

  get bytes(): Uint8Array {
    this.align();
    return Uint8Array.from({ length: this.at }, (_, i) => Number.parseInt(this.bits.slice(8 * i, 8 * i + 8).join(''), 2));
  }
}

/** A type, a value of it, and what is to be known of the value when it is kept. */
interface Sample {
  readonly type: asn1.Type;
  /** Write the value; answers a check of what is kept of it. `kept`: it is of interest. */
  readonly write: (out: Bits, kept: boolean) => (value: Value | null) => void;
}

const nothing = (): void => {};
const plain = (type: asn1.Type, write: (out: Bits) => void): Sample => ({
  type,
  write: (out) => {
    write(out);
    return nothing;
  },
});

const octet = fc.nat(255);
const some = (max: number): fc.Arbitrary<number[]> => fc.array(octet, { maxLength: max });
const counted = (kind: 'octets' | 'wide' | 'digits', bits: number, least: number, units: readonly number[]): Sample => {
  const width = { octets: 8, wide: 16, digits: 4 }[kind];
  return plain({ kind, bits, least }, (out) => {
    if (bits === asn1.OCTET_LENGTH) out.align().put(units.length, 8);
    else out.put(units.length, bits);
    out.align();
    for (let i = 0; i < units.length + least; i++) out.put(units[i] ?? 0, width);
  });
};

const simple: fc.Arbitrary<Sample> = fc.oneof(
  fc.constant(plain(asn1.NULL, nothing)),
  fc.nat(1).map((bit) => plain(asn1.BOOLEAN, (out) => void out.put(bit, 1))),
  fc.tuple(fc.integer({ min: 1, max: 9 }), fc.nat(511)).map(([bits, value]) => plain(asn1.small(bits), (out) => void out.put(value, bits))),
  some(5).map((id) => plain(asn1.OID, (out) => void out.align().put(id.length, 8).octets(id))),
  octet.map((value) => plain(asn1.INT8, (out) => void out.align().put(value, 8))),
  fc.nat(0xffff).map((value) => plain(asn1.INT16, (out) => void out.align().put(value, 16))),
  fc.array(octet, { minLength: 1, maxLength: 4 }).map((number) => ({
    type: asn1.INT32,
    write: (out: Bits, kept: boolean) => {
      out
        .put(number.length - 1, 2)
        .align()
        .octets(number);
      if (!kept) return nothing;
      // a number that is kept is stepped over twice, as the kernel does
      out.octets(number.map((one) => one ^ 0xff));
      return (value: Value | null): void => expect(value!.at).toBe((number.reduce((sum, one) => sum * 256 + one, 0) + 1) % 2 ** 32);
    },
  })),
  fc.constantFrom(1, 2, 3, 4, 6, 16).map((length) => ({
    type: asn1.octets(length),
    write: (out: Bits, kept: boolean) => {
      if (length > 2) out.align();
      const { at } = out;
      out.octets(Array.from({ length }, (_, i) => 0xe0 + i));
      return kept && length > 2 ? (value: Value | null): void => expect(value!.at).toBe(at) : nothing;
    },
  })),
  fc.nat(20).map((count) => plain(asn1.bits(count), (out) => void out.align().put(0, count))),
  fc
    .oneof(
      some(6),
      fc.constantFrom(127, 128, 300).map((size) => Array.from({ length: size }, () => 7)),
    )
    .chain((data) =>
      fc.constantFrom(asn1.INTEGER, asn1.OCTETS).map((type) => plain(type, (out) => void out.align().length(data.length).octets(data))),
    ),
  fc
    .oneof(fc.nat(20), fc.constantFrom(127, 128, 300))
    .map((count) => plain(asn1.BITS, (out) => void out.align().length(count).put(0, count))),
  fc
    .oneof(fc.nat(20), fc.constantFrom(255, 256, 300))
    .map((count) => plain(asn1.WORD_BITS, (out) => void out.align().put(count, 16).put(0, count))),
  fc
    .tuple(
      fc.constantFrom('octets' as const, 'wide' as const, 'digits' as const),
      fc.constantFrom(asn1.OCTET_LENGTH, 3, 7, 8),
      fc.nat(3),
      some(6),
    )
    .map(([kind, bits, least, units]) =>
      counted(
        kind,
        // the length of digits is always in bits
        kind === 'digits' && bits === asn1.OCTET_LENGTH ? 4 : bits,
        least,
        units.map((unit) => unit & 15),
      ),
    ),
);

/** A component's sample: whether it is optional, there, and kept. */
interface Part {
  readonly sample: Sample;
  readonly optional: boolean;
  readonly present: boolean;
  readonly kept: boolean;
}

const keeping = (component: asn1.Component, kept: boolean): asn1.Component => (kept ? asn1.keep(component) : component);

const { any } = fc.letrec<{ any: Sample; sequence: Sample; list: Sample; choice: Sample; part: Part }>((tie) => ({
  any: fc.oneof({ maxDepth: 3, depthSize: 'small' }, simple, tie('sequence'), tie('list'), tie('choice')),
  part: fc.record({ sample: tie('any'), optional: fc.boolean(), present: fc.boolean(), kept: fc.boolean() }),

  sequence: fc
    .tuple(fc.array(tie('part'), { maxLength: 4 }), fc.boolean(), fc.array(tie('part'), { maxLength: 3 }), fc.nat(2), fc.boolean())
    .map(([root, isExtensible, more, newer, isExtended]) => {
      const there = (part: Part): boolean => !part.optional || part.present;
      const name = (i: number): string => `c${i}`;
      const rootComponents = root.map(({ sample, optional, kept }, i) =>
        keeping((optional ? asn1.may : asn1.must)(name(i), sample.type), kept),
      );
      const moreComponents = more.map(({ sample, kept }, i) => keeping(asn1.must(`m${i}`, sample.type), kept));
      const type: asn1.Sequence = {
        ...(isExtensible ? asn1.sequence : asn1.closed)(rootComponents, { more: moreComponents }),
        more: moreComponents,
      };
      const extends_ = isExtensible && isExtended && more.length + newer > 0;
      return {
        type,
        write: (out: Bits, keptAll: boolean) => {
          if (isExtensible) out.put(extends_ ? 1 : 0, 1);
          for (const part of root) if (part.optional) out.put(part.present ? 1 : 0, 1);
          const checks: ((value: Value | null) => void)[] = [];
          root.forEach((part, i) => {
            const kept = keptAll && part.kept;
            if (there(part)) {
              const check = part.sample.write(out, kept);
              checks.push((value) => (kept ? check(value!.part(name(i))) : expect(value!.part(name(i))).toBe(null)));
            } else checks.push((value) => expect(value!.part(name(i))).toBe(null));
          });
          if (extends_) {
            out.put(more.length + newer - 1, 7);
            for (const part of more) out.put(part.present ? 1 : 0, 1);
            for (let i = 0; i < newer; i++) out.put(1, 1);
            out.align();
            more.forEach((part, i) => {
              if (!part.present) return;
              const kept = keptAll && part.kept;
              const check = wrap(out, part.sample, kept);
              if (kept) checks.push((value) => check(value!.part(`m${i}`)));
            });
            for (let i = 0; i < newer; i++) out.align().length(3).octets([1, 2, 3]);
          }
          return (value: Value | null): void => {
            if (keptAll) for (const check of checks) check(value);
          };
        },
      };
    }),

  list: fc.tuple(tie('any'), fc.nat(4), fc.nat(3), fc.boolean(), fc.boolean()).map(([item, count, limit, isOpen, isKept]) => {
    const component = isOpen ? asn1.open(asn1.must('item', item.type)) : asn1.must('item', item.type);
    const type = isKept ? asn1.keptList(component, limit) : { ...asn1.list(item.type), item: component };
    return {
      type,
      write: (out: Bits, keptAll: boolean) => {
        out.align().length(count);
        const checks = Array.from({ length: count }, (_, i) => {
          const kept = keptAll && isKept && i < limit;
          return isOpen ? wrap(out, item, kept) : item.write(out, kept);
        });
        return (value: Value | null): void => {
          if (!keptAll) return;
          expect(value!.items).toHaveLength(isKept ? Math.min(count, limit) : 0);
          value!.items.forEach((one, i) => checks[i]!(one));
        };
      },
    };
  }),

  choice: fc
    .tuple(
      fc.array(tie('part'), { minLength: 1, maxLength: 5 }),
      fc.array(tie('part'), { maxLength: 3 }),
      fc.boolean(),
      fc.nat(),
      fc.boolean(),
    )
    .map(([root, more, isExtensible, pick, unknown]) => {
      const component =
        (prefix: string) =>
        ({ sample, kept }: Part, i: number): asn1.Component =>
          keeping(asn1.must(`${prefix}${i}`, sample.type), kept);
      const alternatives = root.map(component('r'));
      const type = { ...(isExtensible ? asn1.choice : asn1.closedChoice)(alternatives), more: more.map(component('m')) };
      const number = pick % (root.length + (isExtensible ? more.length + (unknown ? 1 : 0) : 0));
      const extension = number - root.length;
      const part = root[number] ?? more[extension];
      const name = extension < 0 ? `r${number}` : extension < more.length ? `m${extension}` : '';
      return {
        type,
        write: (out: Bits, keptAll: boolean) => {
          if (isExtensible) out.put(extension < 0 ? 0 : 1, 1);
          if (extension < 0) out.put(number, type.bits);
          else out.put(extension, 7);
          const kept = keptAll && part?.kept === true;
          let check: (value: Value | null) => void = nothing;
          if (part === undefined) out.align().length(2).octets([1, 2]);
          else check = extension < 0 ? part.sample.write(out, kept) : wrap(out, part.sample, kept);
          return (value: Value | null): void => {
            if (!keptAll) return;
            expect(value!.choice).toBe(name);
            if (kept) check(value!.chosen(name));
            else expect(value!.part(name)).toBe(null);
          };
        },
      };
    }),
}));

/** A value in a length of its own, with octets behind it that a newer version may have put there. */
function wrap(out: Bits, sample: Sample, kept: boolean): (value: Value | null) => void {
  out.align();
  // the places that are kept count from the message's start: measure, then write where it stands
  const size = 2 + measure(sample, kept);
  out.length(size);
  const begin = out.at;
  const check = sample.write(out, kept);
  out.align();
  // two at least: that many must be left for an extension
  while (out.at < begin + size) out.put(0x5a, 8);
  expect(out.at).toBe(begin + size);
  return check;
}

function measure(sample: Sample, kept: boolean): number {
  const out = new Bits();
  sample.write(out, kept);
  return out.align().at;
}

const MARK = asn1.keep(asn1.must('mark', asn1.octets(4)));

function reader(bytes: Uint8Array, end = bytes.length, limit = bytes.length, start = 0): PerReader {
  // in a buffer with other octets around
  const buffer = new Uint8Array(bytes.length + start + 40).fill(0xff);
  buffer.set(bytes, start);
  return new PerReader(new DataView(buffer.buffer), { start, from: start, end: start + end, limit: start + limit });
}

/** The sample behind so many bits, a mark of four octets behind it. */
function message(sample: Sample, lead: number, kept: boolean): { type: asn1.Type; bytes: Uint8Array; check: (value: Value) => void } {
  const out = new Bits();
  const lone = keeping(asn1.must('it', sample.type), kept);
  const type = asn1.closed([...Array.from({ length: lead }, (_, i) => asn1.must(`l${i}`, asn1.BOOLEAN)), lone, MARK]);
  out.put(0, lead);
  const inner = sample.write(out, kept);
  out.align();
  const { at } = out;
  out.octets([9, 8, 7, 6]);
  return {
    type,
    bytes: out.bytes,
    check: (value) => {
      if (kept) inner(value.part('it'));
      else expect(value.part('it')).toBe(null);
      expect(value.part('mark')?.at).toBe(at);
    },
  };
}

describe('PerReader', () => {
  it('finds what was written, wherever the message stands', () => {
    fc.assert(
      fc.property(any, fc.nat(8), fc.boolean(), fc.nat(9), (sample, lead, kept, start) => {
        const { type, bytes, check } = message(sample, lead, kept);
        const value = new Value();
        expect(reader(bytes, bytes.length, bytes.length, start).read(type, value)).toBe(Read.Done);
        check(value);
      }),
      { numRuns: 1500 },
    );
  });

  it('does not use a message that ends before its last component', () => {
    fc.assert(
      fc.property(any, fc.nat(8), fc.boolean(), fc.nat(), (sample, lead, kept, cut) => {
        const { type, bytes } = message(sample, lead, kept);
        const end = cut % bytes.length;
        expect(reader(bytes, end).read(type, new Value())).toBeLessThan(0);
      }),
      { numRuns: 1500 },
    );
  });

  it('takes octets behind the packet for zeros, up to the message’s end', () => {
    const type = asn1.closed([asn1.keep(asn1.must('number', asn1.INT32)), MARK]);
    const bytes = new Bits().put(3, 2).align().octets([1, 2, 3, 4, 5, 6, 7, 8]).octets([9, 8, 7, 6]).bytes;
    for (let there = 1; there <= bytes.length; there++) {
      const value = new Value();
      expect(reader(bytes, bytes.length, there).read(type, value)).toBe(Read.Done);
      const octets = [1, 2, 3, 4].map((one, i) => (i + 1 < there ? one : 0));
      expect(value.part('number')!.at).toBe(octets.reduce((sum, one) => sum * 256 + one, 0) + 1);
    }
    // bits too
    const flags = asn1.closed([
      asn1.may('a', asn1.INT8),
      asn1.keep(asn1.may('b', asn1.octets(3))),
      asn1.keep(asn1.must('mark', asn1.octets(4))),
    ]);
    const placed = (limit: number): number | undefined => {
      const value = new Value();
      expect(reader(new Uint8Array(9).fill(0xff), 9, limit).read(flags, value)).toBe(Read.Done);
      return value.part('mark')?.at;
    };
    expect([placed(1), placed(0)]).toEqual([5, 1]);
  });

  const EXTENDED = asn1.sequence([asn1.STOP]);

  it('ends a SEQUENCE at a stop, and goes on behind it as if it were read', () => {
    const type = asn1.closed([asn1.must('a', asn1.sequence([asn1.must('x', asn1.INT8), asn1.STOP, asn1.must('y', asn1.INT16)])), MARK]);
    const value = new Value();
    expect(reader(Uint8Array.of(0, 7, 1, 2, 3, 4)).read(type, value)).toBe(Read.Done);
    expect(value.part('mark')!.at).toBe(2);
    expect(reader(Uint8Array.of(0)).read(EXTENDED, null)).toBe(Read.Stopped);
    const more = asn1.sequence([], { more: [asn1.must('m0', asn1.INT8), asn1.STOP] });
    // two extensions, both there: the second is where reading ends; without it the first one does
    const extended = new Bits().put(1, 1).put(1, 7).put(3, 2).align().length(2).octets([5, 5]).length(2).octets([6, 6]).bytes;
    expect(reader(extended).read(more, null)).toBe(Read.Stopped);
    expect(reader(extended).read({ ...more, more: [] }, null)).toBe(Read.Done);
  });

  it('ends a CHOICE at a stop, with its name', () => {
    const type = asn1.choice([asn1.must('a', asn1.INT8), ...asn1.stop('b')], asn1.stop('c d'));
    const chosen = (...bits: readonly [value: number, count: number][]): [Read, string] => {
      const out = new Bits();
      for (const [value, count] of bits) out.put(value, count);
      const value = new Value();
      return [reader(Uint8Array.of(...out.bytes, 0, 0)).read(type, value), value.choice];
    };
    expect(chosen([0, 1], [0, 1])).toEqual([Read.Done, 'a']);
    expect(chosen([0, 1], [1, 1])).toEqual([Read.Stopped, 'b']);
    expect(chosen([1, 1], [0, 7])).toEqual([Read.Stopped, 'c']);
    expect(chosen([1, 1], [1, 7])).toEqual([Read.Stopped, 'd']);
    expect(chosen([1, 1], [2, 7])).toEqual([Read.Done, '']);
  });

  it('knows no alternative beyond the last, nor more than 32 extensions', () => {
    const three = asn1.closedChoice([asn1.must('a', asn1.NULL), asn1.must('b', asn1.NULL), asn1.must('c', asn1.NULL)]);
    const read = [0, 1, 2, 3].map((number) => reader(new Bits().put(number, 2).bytes).read(three, null));
    expect(read).toEqual([Read.Done, Read.Done, Read.Done, Read.OutOfRange]);
    const extensions = (count: number): Read => {
      const out = new Bits()
        .put(1, 1)
        .put(count - 1, 7)
        .put(0, count)
        .align();
      for (let i = 0; i < count; i++) out.length(1).octets([0]);
      return reader(out.bytes).read(asn1.sequence([]), null);
    };
    expect([1, 31, 32, 33].map(extensions)).toEqual([Read.Done, Read.Done, Read.Done, Read.OutOfRange]);
  });

  it('takes an extension that nobody knows to be there, whatever the map says', () => {
    const type = asn1.closed([asn1.must('it', asn1.sequence([], { more: [asn1.must('m0', asn1.NULL)] })), MARK]);
    const at = (map: number): number => {
      const value = new Value();
      const out = new Bits().put(1, 1).put(1, 7).put(map, 2).align().length(3).octets([1, 1, 1]).length(2).octets([2, 2]);
      expect(reader(out.octets([9, 9, 9, 9, 9, 9, 9, 9]).bytes).read(type, value)).toBe(Read.Done);
      return value.part('mark')!.at;
    };
    // the known one is there by its bit alone; the other always
    expect([0b11, 0b10, 0b01, 0b00].map(at)).toEqual([9, 9, 6, 6]);
  });

  it('needs two octets for an extension, but for an alternative nobody keeps of a known one none', () => {
    const known = asn1.choice([asn1.must('a', asn1.NULL)], [asn1.must('b', asn1.NULL)]);
    const read = (number: number, ...rest: readonly number[]): Read =>
      reader(Uint8Array.of(...new Bits().put(1, 1).put(number, 7).bytes, ...rest)).read(known, null);
    expect([read(0, 0), read(0, 1), read(0, 1, 5), read(0, 2, 5)]).toEqual([Read.Done, Read.TooShort, Read.Done, Read.TooShort]);
    expect([read(1, 0), read(1, 0, 0), read(1, 1, 5), read(1, 2, 5)]).toEqual([Read.TooShort, Read.Done, Read.Done, Read.TooShort]);
  });

  it('does a bounded amount of work', () => {
    const deep = Array.from({ length: 5 }).reduce<asn1.Type>((type) => asn1.list(type), asn1.NULL);
    // each list says 127 of the next: 3 * 10^10 types in all
    expect(reader(new Uint8Array(4000).fill(127)).read(deep, null)).toBe(Read.TooShort);
  });

  // biome-ignore format: a table
  it.each<[string, asn1.Type, number[], number]>([
    ['nothing', asn1.NULL, [], 0],
    ['a bit', asn1.BOOLEAN, [0], 1],
    ['nine bits', asn1.small(9), [0, 0], 2],
    ['an empty OID', asn1.OID, [0], 1],
    ['an OID', asn1.OID, [3, 1, 2, 3], 4],
    ['an octet', asn1.INT8, [0], 1],
    ['a word', asn1.INT16, [0, 0], 2],
    ['a number', asn1.INT32, [0, 7], 2],
    ['a long number', asn1.INT32, [0xc0, 7, 7, 7, 7], 5],
    ['an integer of no octets, which needs one more', asn1.INTEGER, [0, 0], 2],
    ['an integer', asn1.INTEGER, [2, 0, 0], 3],
    ['a long string', asn1.OCTETS, [0x80, 3, 0, 0, 0], 5],
    ['one octet', asn1.octets(1), [0], 1],
    ['three octets', asn1.octets(3), [0, 0, 0], 3],
    ['octets behind an octet of length', asn1.octetsOf(asn1.OCTET_LENGTH, 1), [1, 0, 0], 3],
    ['octets behind bits of length', asn1.octetsOf(3, 1), [0x20, 0, 0], 3],
    ['wide characters', asn1.wideOf(8), [1, 0, 0, 0, 0], 5],
    ['digits that end within an octet', asn1.digitsOf(4), [0x20, 0, 0], 3],
    ['digits that end with one', asn1.digitsOf(4), [0x30, 0, 0], 3],
    ['no bits of a number that is known', asn1.bits(0), [], 0],
    ['bits', asn1.bits(5), [0], 1],
    ['eight bits', asn1.bits(8), [0], 1],
    ['nine bits of a string', asn1.bits(9), [0, 0], 2],
    ['no bits behind a length, which needs one more', asn1.BITS, [0, 0], 2],
    ['nine bits behind a length', asn1.BITS, [9, 0, 0], 3],
    ['no bits behind a word', asn1.WORD_BITS, [0, 0], 2],
    ['nine bits behind a word', asn1.WORD_BITS, [0, 9, 0, 0], 4],
    ['more bits than an octet tells', asn1.WORD_BITS, [1, 0, ...Array.from({ length: 32 }, () => 0)], 34],
    ['an empty sequence, which needs an octet', asn1.closed([]), [0], 1],
    ['a sequence of a bit', asn1.sequence([asn1.must('a', asn1.BOOLEAN)]), [0], 1],
    ['a map of eight behind a bit', asn1.sequence('abcdefgh'.split('').map((name) => asn1.may(name, asn1.NULL))), [0, 0], 2],
    ['an empty list, which needs one octet more', asn1.list(asn1.NULL), [0, 0], 2],
    ['a list', asn1.list(asn1.INT8), [2, 0, 0], 3],
    ['a list of bits, each behind the other', asn1.list(asn1.small(6)), [3, 0, 0, 0], 4],
    ['an alternative', asn1.choice([asn1.must('a', asn1.NULL)]), [0], 1],
    ['the second of two', asn1.closedChoice([asn1.must('a', asn1.NULL), asn1.must('b', asn1.INT8)]), [0x80, 0], 2],
    ['the fifth of five', asn1.choice('abcde'.split('').map((name) => asn1.must(name, asn1.NULL))), [0x40], 1],
    ['an extension of the map alone', asn1.sequence([], { more: [asn1.must('m', asn1.NULL)] }), [0x80, 0x00], 2],
    ['seven bits of a count that begin within an octet', asn1.sequence([asn1.must('a', asn1.small(1))], { more: [asn1.must('m', asn1.NULL)] }), [0x80, 0], 2],
  ])('needs all of %s', (_, type, octets, need) => {
    for (let end = 0; end <= octets.length; end++) {
      const read = reader(Uint8Array.from(octets), end).read(type, null);
      if (end >= need) expect(read, `of ${end}`).toBe(Read.Done);
      else expect(read, `of ${end}`).toBeLessThan(0);
    }
    expect(need).toBe(octets.length);
  });

  it('needs a kept number twice', () => {
    const type = asn1.closed([asn1.keep(asn1.must('n', asn1.INT32))]);
    const reads = [1, 2, 3, 4].map((end) => reader(Uint8Array.of(0, 7, 0, 0), end).read(type, new Value()));
    expect(reads).toEqual([Read.TooShort, Read.TooShort, Read.Done, Read.Done]);
    const long = [8, 9].map((end) => reader(Uint8Array.of(0xc0, 1, 2, 3, 4, 0, 0, 0, 0), end).read(type, new Value()));
    expect(long).toEqual([Read.TooShort, Read.Done]);
  });
});
