/** The hash of a tuple: every bit counts, none hides another, and what is alike is spread. What the index finds is test/property's business. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EntryTable } from '../../../src/conntrack/entry-table.ts';
import { Tuple } from '../../../src/conntrack/tuple.ts';
import { MAX_ENTRIES, TupleIndex } from '../../../src/conntrack/tuple-index.ts';
import { Random } from '../../../src/inet/random.ts';
import { FRAME_WORDS, FrameBatch, FrameKind, FrameWord } from '../../../src/packet/frame-batch.ts';

const WORDS4 = ['src0', 'dst0'] as const;
const WORDS6 = ['src0', 'src1', 'src2', 'src3', 'dst0', 'dst1', 'dst2', 'dst3'] as const;
const [PORT_BITS, PROTOCOL_BITS, ZONE_BITS] = [16, 8, 16];

function tupleOf(family: number, words: readonly number[], srcL4: number, dstL4: number, protocol: number): Tuple {
  const names = family === 6 ? WORDS6 : WORDS4;
  return Object.assign(new Tuple(), { family, srcL4, dstL4, protocol, ...Object.fromEntries(names.map((name, i) => [name, words[i]!])) });
}

const index = (seed: number): TupleIndex => new TupleIndex(new EntryTable(), new Random(seed));

describe('the hash of a tuple', () => {
  const sample = fc.record({
    family: fc.constantFrom(4, 6),
    words: fc.array(fc.integer(), { minLength: 8, maxLength: 8 }),
    srcL4: fc.nat(0xffff),
    dstL4: fc.nat(0xffff),
    protocol: fc.nat(0xff),
    zone: fc.nat(0xffff),
    seed: fc.nat(),
  });

  it('is another when one bit is', () => {
    fc.assert(
      fc.property(sample, ({ family, words, srcL4, dstL4, protocol, zone, seed }) => {
        const one = index(seed);
        const tuple = tupleOf(family, words, srcL4, dstL4, protocol);
        const hash = one.hash(tuple, zone);
        expect(one.hash(new Tuple().copyFrom(tuple), zone)).toBe(hash);
        const flip = (name: keyof Tuple & ('src0' | 'srcL4' | 'dstL4' | 'protocol'), bits: number): void => {
          for (let bit = 0; bit < bits; bit++) {
            const other = new Tuple().copyFrom(tuple);
            other[name] ^= 1 << bit;
            expect(one.hash(other, zone), `${name} ${bit}`).not.toBe(hash);
          }
        };
        for (const name of family === 6 ? WORDS6 : WORDS4) flip(name as 'src0', 32);
        flip('srcL4', PORT_BITS);
        flip('dstL4', PORT_BITS);
        flip('protocol', PROTOCOL_BITS);
        for (let bit = 0; bit < ZONE_BITS; bit++) expect(one.hash(tuple, zone ^ (1 << bit)), `zone ${bit}`).not.toBe(hash);
      }),
    );
  });

  it('is that of the words alone, for IPv4', () => {
    fc.assert(
      fc.property(sample, ({ words, srcL4, dstL4, protocol, seed }) => {
        const one = index(seed);
        const hash = one.hash(tupleOf(4, words, srcL4, dstL4, protocol), 0);
        expect(one.hash4(words[0]!, words[1]!, (srcL4 << 16) | dstL4, protocol)).toBe(hash);
      }),
    );
  });

  it('is another under other keys', () => {
    const tuple = tupleOf(6, [1, 2, 3, 4, 5, 6, 7, 8], 9, 10, 17);
    expect(new Set(Array.from({ length: 50 }, (_, seed) => index(seed).hash(tuple, 0))).size).toBe(50);
    expect(new Set(Array.from({ length: 50 }, (_, seed) => index(seed).hash(tupleOf(4, [1, 2], 3, 4, 6), 0))).size).toBe(50);
    // not even a single word, and nothing beside it, hides the first key
    for (const word of [0, 1, 3, -1]) {
      const hashes = Array.from({ length: 50 }, (_, seed) => index(seed).hash(tupleOf(4, [word, 0], 0, 0, 0), 0));
      expect(new Set(hashes).size, `${word}`).toBe(50);
    }
  });

  it('loses nothing on its way: what differs in one word has another hash, as often as by chance', () => {
    const COUNT = 65_536;
    for (const family of [4, 6]) {
      const names = family === 6 ? WORDS6 : WORDS4;
      for (let which = 0; which <= names.length; which++) {
        const one = index(which + 1);
        const hashes = new Set<number>();
        for (let i = 0; i < COUNT; i++) {
          const words = names.map((_, at) => (at === which ? Math.imul(i, 0x9e3779b1) : at));
          const ports = which === names.length ? i : 1000;
          hashes.add(one.hash(tupleOf(family, words, ports, 0xffff - ports, 6), 0));
        }
        // 65,536 of 2^32 numbers drawn at random are the same in 0.5 cases
        expect(COUNT - hashes.size, `word ${which} of IPv${family}`).toBeLessThan(8);
      }
    }
  });

  it('lets nobody make up for one word by the next: upper octets of both have another hash each time', () => {
    for (const family of [4, 6]) {
      const names = family === 6 ? WORDS6 : WORDS4;
      // in the order in which they are mixed in
      const order = ['src0', 'dst0', 'ports', ...names.filter((name) => name !== 'src0' && name !== 'dst0'), 'zone'];
      for (let which = 1; which < order.length; which++) {
        const one = index(which);
        const [before, after] = [order[which - 1]!, order[which]!];
        // a zone stands above eight bits of the protocol, so its upper octet is not that of the word
        const shift = after === 'zone' ? 16 : 24;
        const hashes = new Set<number>();
        for (let i = 0; i < 0x10000; i++) {
          const octet = (name: string): number => (name === before ? i >>> 8 : name === after ? i & 0xff : 1);
          const words = names.map((name) => octet(name) << shift);
          hashes.add(one.hash(tupleOf(family, words, octet('ports') << (shift - 16), 80, 6), octet('zone') << 8));
        }
        expect(0x10000 - hashes.size, `${before} and ${after} of IPv${family}`).toBeLessThan(8);
      }
    }
  });

  it('spreads tuples that count up in one field, in the low bits and in the tag', () => {
    const COUNT = 4096;
    const low = 0xfff;
    const count = (make: (i: number) => Tuple): void => {
      for (const seed of [1, 2, 3]) {
        const one = index(seed);
        const hashes = Array.from({ length: COUNT }, (_, i) => one.hash(make(i), 0));
        // thrown at random, 4096 balls leave 63.2 % of 4096 boxes in use
        expect(new Set(hashes.map((hash) => hash & low)).size / COUNT).toBeGreaterThan(0.55);
        expect(new Set(hashes.map((hash) => (hash >>> 20) & low)).size / COUNT).toBeGreaterThan(0.3);
        expect(new Set(hashes).size / COUNT).toBeGreaterThan(0.999);
      }
    };
    const plain = [10, 20, 30, 40, 50, 60, 70, 80];
    for (const family of [4, 6]) {
      const names = family === 6 ? WORDS6 : WORDS4;
      for (let which = 0; which < names.length; which++) {
        for (const shift of [0, 16])
          count((i) =>
            tupleOf(
              family,
              plain.map((word, at) => (at === which ? i << shift : word)),
              1000,
              80,
              6,
            ),
          );
      }
      count((i) => tupleOf(family, plain, i, 80, 6));
      count((i) => tupleOf(family, plain, 80, i, 6));
    }
  });
});

describe('what is touched for a batch', () => {
  /** The words a search will load, of which touch() answers the sum without carry. */
  interface Insides {
    readonly slots: Int32Array;
    readonly mask: number;
  }
  const NEARBY = 8;
  const NODE = 0xffffff;
  const KIND_WORD = 6;

  it('is the slot where each search begins, the row and protocol state it will come to, and where an answer will be looked for', () => {
    const table = new EntryTable();
    const one = new TupleIndex(table, new Random(5));
    const flows = Array.from({ length: 490 }, (_, i) => tupleOf(4, [i, 7], i, 80, i % 3 === 0 ? 17 : 6));
    flows.forEach((tuple, i) => {
      const entry = table.take(tuple, tupleOf(4, [7, i], 80, i, tuple.protocol));
      one.insertBoth(entry);
      if (tuple.protocol !== 6 || i % 5 === 0) return;
      const at = table.protoAt(entry);
      table.proto.words[at] = i * 7919;
      table.setState(entry, i % 7);
    });
    const { slots, mask } = one as unknown as Insides;
    const rowOf = (hash: number): number => {
      for (let step = 0; step < NEARBY; step++) {
        const slot = slots[(hash + step) & mask]!;
        if (slot === 0) return 0;
        if ((slot & ~NODE) === (hash & ~NODE)) return (((slot & NODE) - 1) >> 1) * 16;
      }
      return 0;
    };
    const touched = (hash: number, { src0, dst0, srcL4, dstL4 }: Tuple, opens: boolean): number => {
      const row = rowOf(hash);
      const answer = one.hash4(dst0, src0, (dstL4 << 16) | srcL4, FrameKind.Opening & 0xff);
      return (
        slots[hash & mask]! ^
        table.rows[row + KIND_WORD]! ^
        table.proto.words[table.protoOffset(row)]! ^
        (opens ? slots[answer & mask]! : 0)
      );
    };
    const batch = new FrameBatch();
    for (let from = 0; from < 700; from += 100) {
      let due = 0;
      for (let i = 0; i < 100; i++) {
        // known ones, and behind them some that nobody knows
        const tuple = flows[from + i] ?? tupleOf(4, [from, i], 1, 2, 6);
        const opens = i % 4 === 0;
        const at = i * FRAME_WORDS;
        batch.words[at + FrameWord.Source] = tuple.src0;
        batch.words[at + FrameWord.Target] = tuple.dst0;
        batch.words[at + FrameWord.Ports] = (tuple.srcL4 << 16) | tuple.dstL4;
        batch.words[at + FrameWord.Kind] = opens ? FrameKind.Opening : tuple.protocol;
        batch.count = i + 1;
        one.hashFrames(batch, i);
        due ^= touched(batch.words[at + FrameWord.Hash]!, tuple, opens);
        expect(one.touch(batch), `frame ${from + i}`).toBe(due);
      }
    }
  });
});

describe('the index', () => {
  it('has room for as many entries as its nodes can name', () => {
    // two nodes of an entry, one more so that 0 is none, in 24 bits
    expect(MAX_ENTRIES * 2 + 1 + 1).toBeLessThanOrEqual(0xffffff);
    expect((MAX_ENTRIES + 1) * 2 + 1 + 1).toBeGreaterThan(0xffffff);
  });

  it('keeps the marks of an entry: in it under one tuple, or both', () => {
    const table = new EntryTable();
    const one = new TupleIndex(table, new Random(1));
    const original = tupleOf(4, [1, 2], 3, 4, 6);
    const reply = tupleOf(4, [2, 1], 4, 3, 6);
    const entry = table.take(original, reply);
    const marks = (): number => (table.bits(entry) >>> 16) & 3;
    const found = (): number[] => [one.find(original, 0, 3), one.find(reply, 0, 3), one.find(original, 0, 1), one.find(original, 0, 2)];
    expect([marks(), one.size, ...found()]).toEqual([0, 0, -1, -1, -1, -1]);
    one.insert(entry, 0);
    expect([marks(), one.size, ...found()]).toEqual([1, 1, 0, -1, 0, -1]);
    one.insert(entry, 1);
    expect([marks(), one.size, ...found()]).toEqual([3, 2, 0, 1, 0, -1]);
    one.remove(entry, 0);
    expect([marks(), one.size, ...found()]).toEqual([2, 1, -1, 1, -1, -1]);
    one.remove(entry, 0);
    expect(one.size).toBe(1);
    one.remove(entry, 1);
    expect([marks(), one.size]).toEqual([0, 0]);
    one.insertBoth(entry);
    expect([marks(), one.size, ...found()]).toEqual([3, 2, 0, 1, 0, -1]);
  });

  it('lays itself out anew when too many begin at one slot, and finds them all', () => {
    const table = new EntryTable();
    const one = new TupleIndex(table, new Random(1));
    const [MANY, SLOTS] = [180, 1024];
    const reply = tupleOf(4, [0, 0], 0, 0, 6);
    const aimed: Tuple[] = [];
    for (let i = 0; aimed.length < MANY; i++) {
      const tuple = tupleOf(4, [i, 7], 1000, 80, 6);
      if ((one.hash(tuple, 0) & (SLOTS - 1)) === 5) aimed.push(tuple);
    }
    const { version } = one;
    aimed.forEach((tuple, i) => {
      const entry = table.take(tuple, reply);
      one.insert(entry, 0);
      expect(one.version - version, `${i} that begin at one slot`).toBe(i <= 128 ? 0 : 1);
    });
    expect(one.size).toBe(MANY);
    expect(aimed.map((tuple) => one.find(tuple, 0, 1))).toEqual(aimed.map((_, i) => i * 2));
  });
});
