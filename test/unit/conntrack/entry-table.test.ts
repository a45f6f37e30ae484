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
