/** What the words of a row cannot hold by themselves. */
import { describe, expect, it } from 'vitest';
import { EntryTable, Own } from '../../../src/conntrack/entry-table.ts';
import { Status } from '../../../src/conntrack/ctinfo.ts';
import { Tuple } from '../../../src/conntrack/tuple.ts';
import { TCP } from '../../../src/inet/protocol.ts';

const ORIGINAL = 0;
const REPLY = 1;

function fresh(): { readonly table: EntryTable; readonly entry: number } {
  const table = new EntryTable();
  table.startCounting();
  const tuple = new Tuple();
  tuple.family = 4;
  tuple.protocol = TCP;
  table.take(tuple, tuple);
  return { table, entry: table.take(tuple, tuple) };
}

describe('counters of a connection', () => {
  it('go on past 2^32', () => {
    const { table, entry } = fresh();
    table.setCounters(entry, REPLY, 2 ** 32 - 1, 2 ** 40 - 10);
    table.account(entry, REPLY, 1500);
    expect([table.packets(entry, REPLY), table.octets(entry, REPLY)]).toEqual([2 ** 32, 2 ** 40 + 1490]);
    expect([table.packets(entry, ORIGINAL), table.octets(entry, ORIGINAL)]).toEqual([0, 0]);
    for (let i = 0; i < 3; i++) table.account(entry, ORIGINAL, 2 ** 31);
    expect([table.packets(entry, ORIGINAL), table.octets(entry, ORIGINAL)]).toEqual([3, 3 * 2 ** 31]);
  });

  it('are added up past 2^32', () => {
    const { table, entry } = fresh();
    table.setCounters(0, ORIGINAL, 1, 3 * 2 ** 31);
    table.setCounters(entry, ORIGINAL, 2, 2 ** 31);
    table.merge(0, entry, ORIGINAL);
    expect([table.packets(entry, ORIGINAL), table.octets(entry, ORIGINAL)]).toEqual([3, 2 ** 33]);
  });

  it('begin anew with the next connection in the row', () => {
    const { table, entry } = fresh();
    table.setCounters(entry, ORIGINAL, 2 ** 33, 2 ** 34);
    table.give(entry);
    const next = table.take(new Tuple(), new Tuple());
    expect(next).toBe(entry);
    expect([table.packets(next, ORIGINAL), table.octets(next, ORIGINAL)]).toEqual([0, 0]);
  });
});

describe('references', () => {
  it('go on past 2^16 and leave the rest of the row alone', () => {
    const { table, entry } = fresh();
    table.setState(entry, 9);
    table.setBits(entry, Status.Confirmed | Own.Stream);
    const many = 3 * 2 ** 16;
    for (let i = 0; i < many; i++) table.addReference(entry);
    expect(table.references(entry)).toBe(many + 1);
    expect([table.state(entry), table.protocol(entry), table.family(entry)]).toEqual([9, TCP, 4]);
    expect(table.status(entry)).toBe(Status.Confirmed);
    for (let i = 0; i < many; i++) expect(table.dropReference(entry)).toBe(many - i);
    expect(table.references(entry)).toBe(1);
    expect(table.isLive(entry)).toBe(true);
    expect(table.dropReference(entry)).toBe(0);
  });
});

describe('plans', () => {
  it('stand for each direction by themselves, and are forgotten together', () => {
    const { table, entry } = fresh();
    const told = (): number[] => [ORIGINAL, REPLY].map((direction) => table.plan(entry, direction));
    table.setPlan(entry, REPLY, 0x1234);
    expect(told()).toEqual([0, 0x1234]);
    table.setPlan(entry, ORIGINAL, 0xffff);
    expect(told()).toEqual([0xffff, 0x1234]);
    table.setPlan(entry, REPLY, 0xfffe);
    table.setPlan(entry, ORIGINAL, 1);
    expect(told()).toEqual([1, 0xfffe]);
    const { changes } = table;
    table.forgetPlans(0);
    expect([told(), table.changes]).toEqual([[1, 0xfffe], changes + 1]);
    table.forgetPlans(entry);
    expect(told()).toEqual([0, 0]);
    table.setPlan(entry, REPLY, 7);
    table.setPlan(0, ORIGINAL, 8);
    table.forgetAllPlans();
    expect([...told(), table.plan(0, ORIGINAL)]).toEqual([0, 0, 0]);
  });
});

describe('words that few rows have', () => {
  /** Where a table keeps them. */
  interface Insides {
    readonly rare: { readonly words: Int32Array };
  }
  const tuple = Object.assign(new Tuple(), { family: 4, protocol: TCP });

  it('are those of another once their row is given back', () => {
    const table = new EntryTable();
    const { rare } = table as unknown as Insides;
    const place = new Set<number>();
    const sizes = new Set<number>();
    for (let i = 0; i < 10_000; i++) {
      const entry = table.take(tuple, tuple);
      if (table.mark(entry) !== 0) throw new Error(`mark of another in round ${i}`);
      table.setMark(entry, i + 1);
      place.add(table.protoAt(entry));
      sizes.add(rare.words.length);
      table.give(entry);
    }
    expect([place.size, sizes.size]).toEqual([1, 1]);
  });

  it('are not given back by who has none', () => {
    const table = new EntryTable();
    table.give(table.take(tuple, tuple));
    const entries = [0, 1, 2].map(() => table.take(tuple, tuple));
    const places = entries.map((entry) => table.protoAt(entry));
    expect(new Set([0, ...places]).size).toBe(4);
    entries.forEach((entry, i) => table.setMark(entry, i + 1));
    expect(entries.map((entry) => table.mark(entry))).toEqual([1, 2, 3]);
  });
});
