/** The table against a naive one: a Map of strings that is searched by walking it. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Direction } from '../../../src/conntrack/ctinfo.ts';
import { EntryTable, Own } from '../../../src/conntrack/entry-table.ts';
import { Tuple } from '../../../src/conntrack/tuple.ts';
import { TupleIndex } from '../../../src/conntrack/tuple-index.ts';
import { invertTuple } from '../../../src/conntrack/tuple-of.ts';
import { Random } from '../../../src/inet/random.ts';

function tupleOf(id: number, family: number): Tuple {
  const tuple = new Tuple();
  tuple.family = family;
  tuple.protocol = 17;
  // few addresses, so that much is alike
  tuple.src0 = (id & 3) << 30;
  tuple.dst0 = (id >> 2) & 3;
  tuple.src3 = family === 6 ? (id >> 4) & 1 : 0;
  tuple.dst2 = family === 6 ? (id >> 5) & 1 : 0;
  tuple.srcL4 = (id >> 6) & 0xff;
  tuple.dstL4 = 53;
  return tuple;
}

interface Model {
  /** Entry by tuple text and zone. */
  readonly entries: Map<string, number>;
}

interface Real {
  readonly table: EntryTable;
  readonly index: TupleIndex;
}

const key = (id: number, family: number, zone: number): string => {
  const t = tupleOf(id, family);
  return [t.family, t.src0, t.src3, t.dst0, t.dst2, t.srcL4, zone].join();
};

class Insert implements fc.Command<Model, Real> {
  readonly id: number;
  readonly family: number;
  readonly zone: number;

  constructor(id: number, family: number, zone: number) {
    this.id = id;
    this.family = family;
    this.zone = zone;
  }

  check(model: Readonly<Model>): boolean {
    return !model.entries.has(key(this.id, this.family, this.zone));
  }

  run(model: Model, { table, index }: Real): void {
    const tuple = tupleOf(this.id, this.family);
    const reply = new Tuple();
    invertTuple(tuple, reply);
    const entry = table.take(tuple, reply);
    table.setZones(entry, this.zone, this.zone);
    table.setBits(entry, Own.IndexedOriginal | Own.IndexedReply);
    index.insert(entry, Direction.Original);
    index.insert(entry, Direction.Reply);
    model.entries.set(key(this.id, this.family, this.zone), entry);
  }

  toString(): string {
    return `insert(${this.id}, IPv${this.family}, zone ${this.zone})`;
  }
}

class Remove implements fc.Command<Model, Real> {
  readonly pick: number;

  constructor(pick: number) {
    this.pick = pick;
  }

  check(model: Readonly<Model>): boolean {
    return model.entries.size > 0;
  }

  run(model: Model, { table, index }: Real): void {
    const [name, entry] = [...model.entries][this.pick % model.entries.size]!;
    index.remove(entry, Direction.Original);
    index.remove(entry, Direction.Reply);
    table.give(entry);
    model.entries.delete(name);
  }

  toString(): string {
    return `remove(${this.pick})`;
  }
}

class Find implements fc.Command<Model, Real> {
  readonly id: number;
  readonly family: number;
  readonly zone: number;

  constructor(id: number, family: number, zone: number) {
    this.id = id;
    this.family = family;
    this.zone = zone;
  }

  check(): boolean {
    return true;
  }

  run(model: Model, { index, table }: Real): void {
    const tuple = tupleOf(this.id, this.family);
    const reply = new Tuple();
    invertTuple(tuple, reply);
    const wanted = model.entries.get(key(this.id, this.family, this.zone)) ?? -1;
    const node = index.find(tuple, this.zone, 3);
    const mirrored = index.find(reply, this.zone, 3);
    expect(node).toBe(wanted < 0 ? -1 : wanted * 2);
    expect(mirrored).toBe(wanted < 0 ? -1 : wanted * 2 + 1);
    expect(index.size).toBe(model.entries.size * 2);
    expect(table.count).toBe(model.entries.size);
    if (wanted >= 0) expect(table.readTuple(wanted, Direction.Reply, new Tuple())).toEqual(reply);
  }

  toString(): string {
    return `find(${this.id}, IPv${this.family}, zone ${this.zone})`;
  }
}

const family = fc.constantFrom(4, 6);
const zone = fc.constantFrom(0, 0, 1);
const id = fc.nat(400);

describe('the connection table', () => {
  it('does what a map of strings does', () => {
    const commands = fc.commands(
      [
        fc.tuple(id, family, zone).map(([a, b, c]) => new Insert(a, b, c)),
        fc.tuple(id, family, zone).map(([a, b, c]) => new Find(a, b, c)),
        fc.nat().map((pick) => new Remove(pick)),
      ],
      { maxCommands: 300, size: 'max' },
    );
    fc.assert(
      fc.property(commands, (list) => {
        fc.modelRun(() => {
          const table = new EntryTable();
          return { model: { entries: new Map() }, real: { table, index: new TupleIndex(table, new Random(3)) } };
        }, list);
      }),
    );
  });

  it('finds all of many, and none of the removed', () => {
    const table = new EntryTable();
    const index = new TupleIndex(table, new Random(9));
    const make = (i: number): Tuple => {
      const tuple = tupleOf(0, 4);
      tuple.src0 = i;
      tuple.srcL4 = i & 0xffff;
      return tuple;
    };
    const reply = new Tuple();
    const count = 20_000;
    for (let i = 0; i < count; i++) {
      const tuple = make(i);
      invertTuple(tuple, reply);
      const entry = table.take(tuple, reply);
      index.insert(entry, Direction.Original);
      index.insert(entry, Direction.Reply);
    }
    for (let i = 0; i < count; i += 2) {
      index.remove(i, Direction.Original);
      index.remove(i, Direction.Reply);
    }
    for (let i = 0; i < count; i++) expect(index.find(make(i), 0, 3)).toBe(i % 2 === 0 ? -1 : i * 2);
  });

  it('stays fast when tuples are chosen to collide', () => {
    const table = new EntryTable();
    const index = new TupleIndex(table, new Random(1));
    const reply = new Tuple();
    const started = process.cpuUsage().user;
    // only the upper octets of the words differ: what a sum of products would send to few slots
    for (let i = 0; i < 30_000; i++) {
      const tuple = tupleOf(0, 4);
      tuple.src0 = (i & 0xff) << 24;
      tuple.dst0 = ((i >> 8) & 0xff) << 24;
      invertTuple(tuple, reply);
      const entry = table.take(tuple, reply);
      index.insert(entry, Direction.Original);
      index.insert(entry, Direction.Reply);
    }
    expect(index.size).toBe(60_000);
    expect(process.cpuUsage().user - started).toBeLessThan(3e6);
  });
});
