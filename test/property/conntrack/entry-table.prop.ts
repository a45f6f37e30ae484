/** The words of a row hold what objects would: every setter of every entry, in any order, seen through every getter. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Status } from '../../../src/conntrack/ctinfo.ts';
import { EntryTable, Own } from '../../../src/conntrack/entry-table.ts';
import { Tuple } from '../../../src/conntrack/tuple.ts';

type Side = 0 | 1;
const SIDES = [0, 1] as const;
const WORD = 2 ** 32;

interface Flow {
  protocol: number;
  family: 4 | 6;
  tuples: [Tuple, Tuple];
  state: number;
  bits: number;
  zones: [number, number];
  mark: number;
  plans: [number, number];
  references: number;
  deadline: number;
  extra: number;
  packets: [number, number];
  octets: [number, number];
  /** Words of protocol state, or null before they are asked for. */
  proto: number[] | null;
  since: number;
}

const word = fc.oneof(fc.constantFrom(0, 1, -1, 0x7fffffff, -0x80000000), fc.integer());
const u16 = fc.oneof(fc.constantFrom(0, 1, 0x7fff, 0x8000, 0xffff), fc.nat(0xffff));
const words = fc.tuple(word, word, word, word);
const tuples = fc.tuple(words, words, u16, u16);

function tupleOf(
  family: 4 | 6,
  protocol: number,
  [[a, b, c, d], [e, f, g, h], srcL4, dstL4]: readonly [number[], number[], number, number],
): Tuple {
  const v6 = family === 6;
  return Object.assign(new Tuple(), {
    family,
    protocol,
    srcL4,
    dstL4,
    src0: a,
    dst0: e,
    ...(v6 ? { src1: b, src2: c, src3: d, dst1: f, dst2: g, dst3: h } : {}),
  });
}

const hasProto = ({ protocol }: Flow): boolean => protocol === 6 || protocol === 132;
/** Bits that mean something by themselves: what is live is the table's business, and references stand above. */
const BITS = 0x7ffff;

/** Everything that can be asked of an entry. */
function told(table: EntryTable, entry: number, { protocol }: Flow): object {
  const each = <T>(ask: (side: Side) => T): [T, T] => [ask(0), ask(1)];
  return {
    protocol: table.protocol(entry),
    family: table.family(entry),
    tuples: each((side) => table.readTuple(entry, side, new Tuple())),
    words: each((side) => [0, 1, 2].map((which) => table.word(entry, side, which))),
    state: table.state(entry),
    status: table.status(entry),
    bits: table.bits(entry) & 0xfffff,
    confirmed: table.isConfirmed(entry),
    live: table.isLive(entry),
    zones: each((side) => table.zone(entry, side)),
    zoneless: table.isZoneless(entry * 16),
    mark: table.mark(entry),
    plans: each((side) => table.plan(entry, side)),
    references: table.references(entry),
    deadline: table.deadline(entry),
    extra: table.extra(entry),
    packets: each((side) => table.packets(entry, side)),
    octets: each((side) => table.octets(entry, side)),
    since: protocol === 17 ? table.since(entry) : 0,
  };
}

function due(flow: Flow): object {
  const { protocol, family, tuples: both, state, bits, zones, mark, plans, references, deadline, extra, packets, octets, since } = flow;
  return {
    protocol,
    family,
    tuples: both,
    state,
    zones,
    mark,
    plans,
    references,
    deadline,
    extra,
    packets,
    octets,
    words: both.map(({ src0, dst0, srcL4, dstL4 }) => [src0, dst0, (srcL4 << 16) | dstL4]),
    status: bits & 0xffff,
    bits: bits | Own.Live,
    confirmed: (bits & Status.Confirmed) !== 0,
    live: true,
    zoneless: zones[0] === 0 && zones[1] === 0,
    since: protocol === 17 ? since : 0,
  };
}

type Act = (table: EntryTable, entry: number, flow: Flow) => void;

/** What forgets the plans. */
const forgetting =
  (act: Act): Act =>
  (table, entry, flow) => {
    const { changes } = table;
    act(table, entry, flow);
    flow.plans = [0, 0];
    expect(table.changes).toBe(changes + 1);
  };

const side = fc.constantFrom(...SIDES);
const acts: fc.Arbitrary<Act> = fc.oneof(
  fc.nat(0x7f).map(
    (state): Act =>
      (table, entry, flow) =>
        table.setState(entry, (flow.state = state)),
  ),
  fc.nat(BITS).map(
    (bits): Act =>
      (table, entry, flow) => {
        table.setBits(entry, bits);
        flow.bits |= bits;
      },
  ),
  fc.nat(BITS).map(
    (bits): Act =>
      (table, entry, flow) => {
        table.clearBits(entry, bits);
        flow.bits &= ~bits;
      },
  ),
  fc.tuple(u16, u16).map(([a, b]) =>
    forgetting((table, entry, flow) => {
      table.setZones(entry, a, b);
      flow.zones = [a, b];
    }),
  ),
  word.map((mark) => forgetting((table, entry, flow) => table.setMark(entry, (flow.mark = mark)))),
  fc.integer({ min: -1, max: 1e6 }).map((extra) => forgetting((table, entry, flow) => table.setExtra(entry, (flow.extra = extra)))),
  fc.tuple(side, u16).map(
    ([which, plan]): Act =>
      (table, entry, flow) =>
        table.setPlan(entry, which, (flow.plans[which] = plan)),
  ),
  fc.constant(forgetting((table, entry) => table.forgetPlans(entry))),
  fc.constant<Act>((table, entry, flow) => {
    table.addReference(entry);
    flow.references++;
  }),
  fc.constant<Act>((table, entry, flow) => {
    if (flow.references > 1) expect(table.dropReference(entry)).toBe(--flow.references);
  }),
  word.map(
    (deadline): Act =>
      (table, entry, flow) =>
        table.setDeadline(entry, (flow.deadline = deadline)),
  ),
  fc.tuple(side, fc.nat(0xffff)).map(
    ([which, size]): Act =>
      (table, entry, flow) => {
        table.account(entry, which, size);
        flow.packets[which]++;
        flow.octets[which] += size;
      },
  ),
  fc.tuple(side, fc.constantFrom(0, 7, WORD - 1, WORD, 2 ** 40), fc.constantFrom(0, 9, WORD - 5, 2 ** 41 - 1)).map(
    ([which, packets, octets]): Act =>
      (table, entry, flow) => {
        table.setCounters(entry, which, packets, octets);
        flow.packets[which] = packets;
        flow.octets[which] = octets;
      },
  ),
  fc.tuple(side, tuples).map(([which, given]) =>
    forgetting((table, entry, flow) => {
      flow.tuples[which] = tupleOf(flow.family, flow.protocol, given);
      table.writeTuple(entry, which, flow.tuples[which]);
    }),
  ),
  fc.tuple(fc.nat(15), word).map(
    ([which, value]): Act =>
      (table, entry, flow) => {
        if (!hasProto(flow)) return;
        const at = table.protoAt(entry);
        expect([table.protoAt(entry), table.protoOffset(entry * 16)]).toEqual([at, at]);
        flow.proto ??= Array.from({ length: 16 }, () => 0);
        flow.proto[which] = value;
        table.proto.words[at + which] = value;
      },
  ),
  word.map(
    (jiffies): Act =>
      (table, entry, flow) => {
        if (!hasProto(flow)) table.setSince(entry, (flow.since = jiffies));
      },
  ),
);

const fresh = fc.record({
  protocol: fc.constantFrom(6, 17, 132, 47),
  family: fc.constantFrom(4 as const, 6 as const),
  original: tuples,
  reply: tuples,
});
type Step =
  | { readonly pick: number; readonly act: Act }
  | { readonly pick: number; readonly give: true }
  | { readonly make: typeof fresh extends fc.Arbitrary<infer T> ? T : never };
const steps: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ pick: fc.nat(), act: acts }) },
  { weight: 1, arbitrary: fc.record({ pick: fc.nat(), give: fc.constant(true as const) }) },
  { weight: 2, arbitrary: fc.record({ make: fresh }) },
);

describe('a row', () => {
  it('holds what an object holds', () => {
    fc.assert(
      fc.property(fc.array(steps, { size: 'max', maxLength: 120 }), (list) => {
        const table = new EntryTable();
        table.startCounting();
        const model = new Map<number, Flow>();
        for (const step of list) {
          if ('make' in step) {
            const { protocol, family, original, reply } = step.make;
            const both: [Tuple, Tuple] = [tupleOf(family, protocol, original), tupleOf(family, protocol, reply)];
            const entry = table.take(both[0], both[1]);
            expect(model.has(entry)).toBe(false);
            model.set(entry, {
              protocol,
              family,
              tuples: both,
              state: 0,
              bits: 0,
              zones: [0, 0],
              mark: 0,
              plans: [0, 0],
              references: 1,
              deadline: 0,
              extra: -1,
              packets: [0, 0],
              octets: [0, 0],
              proto: null,
              since: 0,
            });
          } else if (model.size > 0) {
            const [entry, flow] = [...model][step.pick % model.size]!;
            if ('give' in step) {
              table.give(entry);
              model.delete(entry);
              expect(table.isLive(entry)).toBe(false);
            } else step.act(table, entry, flow);
          }
          expect(table.count).toBe(model.size);
        }
        for (const [entry, flow] of model) {
          expect(told(table, entry, flow)).toEqual(due(flow));
          const at = table.protoOffset(entry * 16);
          if (flow.proto === null) expect(at).toBe(0);
          else expect(Array.from(table.proto.words.subarray(at, at + 16))).toEqual(flow.proto);
          for (const which of SIDES) for (const spoil of SPOILS) expectTuple(table, entry, which, flow.tuples[which], spoil);
        }
        table.forgetAllPlans();
        for (const entry of model.keys()) expect(SIDES.map((which) => table.plan(entry, which))).toEqual([0, 0]);
        expect([table.isLive(-1), table.isLive(table.rowsUsed)]).toEqual([false, false]);
      }),
      { numRuns: 200 },
    );
  });

  const SPOILS = ['src0', 'src1', 'src2', 'src3', 'dst0', 'dst1', 'dst2', 'dst3', 'srcL4', 'dstL4', 'protocol', 'family'] as const;

  function expectTuple(table: EntryTable, entry: number, which: Side, tuple: Tuple, spoil: (typeof SPOILS)[number]): void {
    expect(table.hasTuple(entry, which, tuple)).toBe(true);
    const other = new Tuple().copyFrom(tuple);
    other[spoil] = spoil === 'family' ? 10 - other.family : other[spoil] ^ 1;
    const counts = tuple.family === 6 || !/[123]$/.test(spoil);
    expect(table.hasTuple(entry, which, other), spoil).toBe(!counts);
  }

  it('is used again with all that hung on it', () => {
    const table = new EntryTable();
    const tuple = tupleOf(6, 6, [[1, 2, 3, 4], [5, 6, 7, 8], 9, 10]);
    const live: number[] = [];
    for (let i = 0; i < 3000; i++) {
      const entry = table.take(tuple, tuple);
      table.protoAt(entry);
      table.setMark(entry, 7);
      live.push(entry);
      if (live.length > 20) table.give(live.shift()!);
    }
    // no more of them than ever lived at once
    expect(table.rowsUsed).toBe(21);
    expect(table.proto.words.length).toBeLessThan(100 * 16);
    expect(Math.max(...live.map((entry) => table.protoAt(entry)))).toBeLessThanOrEqual(21 * 16);
  });

  it('counts nothing until it is told to', () => {
    const table = new EntryTable();
    const tuple = tupleOf(4, 17, [[1, 0, 0, 0], [2, 0, 0, 0], 3, 4]);
    const [entry, other] = [table.take(tuple, tuple), table.take(tuple, tuple)];
    const all = (): number[] => SIDES.flatMap((which) => [table.packets(entry, which), table.octets(entry, which)]);
    table.account(entry, 0, 100);
    table.setCounters(entry, 1, 5, 6);
    table.merge(other, entry, 0);
    expect(all()).toEqual([0, 0, 0, 0]);
    table.startCounting();
    expect(all()).toEqual([0, 0, 0, 0]);
    table.account(entry, 0, 100);
    table.setCounters(other, 0, 3, WORD);
    table.setCounters(other, 1, 4, 50);
    table.merge(other, entry, 0);
    expect(all()).toEqual([4, WORD + 100, 0, 0]);
  });
});
