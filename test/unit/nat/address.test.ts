import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { Tuple } from '../../../src/conntrack/tuple.ts';
import { formatAddress, parseAddress } from '../../../src/inet/address.ts';
import { AddressChooser } from '../../../src/nat/address.ts';
import { EMPTY_RANGE, type NatRange, RangeFlag } from '../../../src/nat/range.ts';

type Row = [src: string, dst: string, low: string, high: string, persistent: boolean, side: 'src' | 'dst', chosen: string];

const { rows } = JSON.parse(readFileSync(new URL('address-range.json', import.meta.url), 'utf8')) as { rows: Row[] };

function words(text: string): [number, number, number, number] {
  const address = parseAddress(text, text.includes(':') ? 6 : 4)!;
  return [address[0]!, address[1] ?? 0, address[2] ?? 0, address[3] ?? 0];
}

function rangeOf(low: string, high: string, flags: number): NatRange {
  const [min0, min1, min2, min3] = words(low);
  const [max0, max1, max2, max3] = words(high);
  return { ...EMPTY_RANGE, flags: RangeFlag.MapIps | flags, min0, min1, min2, min3, max0, max1, max2, max3 };
}

function choose(row: Row, zone = 0): string {
  const [src, dst, low, high, persistent, side] = row;
  const tuple = new Tuple();
  tuple.family = src.includes(':') ? 6 : 4;
  [tuple.src0, tuple.src1, tuple.src2, tuple.src3] = words(src);
  [tuple.dst0, tuple.dst1, tuple.dst2, tuple.dst3] = words(dst);
  new AddressChooser().choose(tuple, rangeOf(low, high, persistent ? RangeFlag.Persistent : 0), side === 'src', zone);
  const { src0, src1, src2, src3, dst0, dst1, dst2, dst3 } = tuple;
  const all = side === 'src' ? [src0, src1, src2, src3] : [dst0, dst1, dst2, dst3];
  return formatAddress(Int32Array.from(tuple.family === 6 ? all : all.slice(0, 1)));
}

describe('AddressChooser', () => {
  it('picks what the kernel picked', () => {
    expect(rows.length).toBeGreaterThan(150);
    for (const row of rows) expect(choose(row), row.join(' ')).toBe(row[6]);
  });

  it('gives a persistent source the same address towards every destination', () => {
    const towards = (dst: string): string => choose(['10.0.0.9', dst, '192.0.2.0', '192.0.2.255', true, 'src', '']);
    expect(towards('8.8.8.8')).toBe(towards('9.9.9.9'));
  });

  it('lets the zone take part', () => {
    const row: Row = ['10.0.0.9', '8.8.8.8', '192.0.2.0', '192.0.3.255', false, 'src', ''];
    expect(new Set([0, 1, 2, 3, 4].map((zone) => choose(row, zone))).size).toBeGreaterThan(1);
  });

  it('lets every word of an IPv6 source take part, of its destination as well unless the choice is to last', () => {
    const [src, dst] = ['fd0:1:2:3:4:5:6:7', '201:db8:1:2:3:4:5:6'];
    // each with another group changed: two in a word
    const others = (text: string): string[] => text.split(':').map((group, at, all) => all.with(at, `${group}9`).join(':'));
    for (const persistent of [false, true]) {
      const chosen = (from: string, to: string): string => choose([from, to, 'fd99::', 'fd99::ffff:fffe', persistent, 'src', '']);
      const plain = chosen(src, dst);
      for (const other of others(src)) expect(chosen(other, dst), other).not.toBe(plain);
      for (const other of others(dst)) expect(chosen(src, other) === plain, other).toBe(persistent);
    }
  });

  it('takes the only address there is', () => {
    expect(choose(['10.0.0.9', '8.8.8.8', '192.0.2.7', '192.0.2.7', false, 'src', ''])).toBe('192.0.2.7');
    expect(choose(['fd00::9', 'fd00::8', '2001:db8::7', '2001:db8::7', false, 'dst', ''])).toBe('2001:db8::7');
  });
});
