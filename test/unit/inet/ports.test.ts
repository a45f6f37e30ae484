import { describe, expect, it } from 'vitest';
import { formatPortRanges, inRanges, parsePort, parsePortRange, parsePortRanges, slots } from '../../../src/inet/ports.ts';

describe('ports', () => {
  it('reads decimal ports only', () => {
    expect(['0', '22', '65535', '00080'].map(parsePort)).toEqual([0, 22, 65_535, 80]);
    expect(['', '65536', '-1', '0x16', 'ssh', '1 ', '1e3'].map(parsePort)).toEqual(Array.from({ length: 7 }, () => null));
  });

  it('reads ranges with open ends', () => {
    expect(parsePortRange('1:2')).toEqual(Uint16Array.of(1, 2));
    expect(parsePortRange(':5')).toEqual(Uint16Array.of(0, 5));
    expect(parsePortRange('5:')).toEqual(Uint16Array.of(5, 65_535));
    expect(parsePortRange('5')).toEqual(Uint16Array.of(5, 5));
    expect(parsePortRange('6:5')).toBeNull();
    expect(parsePortRange('1:2:3')).toBeNull();
  });

  it('prints the list it read and counts its slots', () => {
    const ranges = parsePortRanges('22,80,8000:8080')!;
    expect(formatPortRanges(ranges)).toBe('22,80,8000:8080');
    expect(slots(ranges)).toBe(4);
    expect(parsePortRanges('22,,80')).toBeNull();
  });

  it('includes both ends of a range', () => {
    const ranges = parsePortRanges('0,22,8000:8080,65535')!;
    const inside = [0, 22, 8000, 8040, 8080, 65_535];
    for (let port = 0; port <= 0xffff; port++) {
      const expected = inside.includes(port) || (port > 8000 && port < 8080);
      if (inRanges(ranges, port) !== expected) throw new Error(`port ${port}`);
    }
  });
});
