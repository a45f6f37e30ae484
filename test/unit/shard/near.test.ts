import { describe, expect, it } from 'vitest';
import { parseAddress } from '../../../src/inet/address.ts';
import { Random } from '../../../src/inet/random.ts';
import { Home } from '../../../src/shard/home.ts';
import { Near } from '../../../src/shard/near.ts';

function word(text: string): number {
  return parseAddress(text, 4)![0]!;
}

describe('Near', () => {
  it.each<readonly [string, readonly (readonly [string, number])[]]>([
    ['nothing', []],
    ['everything', [['0.0.0.0', 0]]],
    ['networks of all lengths', [4, 8, 12, 16, 17, 24, 31].map((length) => [`${length + 1}.20.30.40`, -1 << (32 - length)] as const)],
    [
      'single addresses',
      [
        ['10.0.0.1', -1],
        ['0.0.0.0', -1],
        ['255.255.255.255', -1],
      ],
    ],
    [
      'networks within networks',
      [
        ['10.1.2.0', -256],
        ['10.0.0.0', -1 << 24],
        ['10.1.2.3', -1],
      ],
    ],
    ['a mask with a hole', [['10.0.1.0', 0xff00ff00 | 0]]],
  ])('knows the addresses of its networks: %s', (_name, list) => {
    const v4 = list.map(([address, mask]) => [word(address) & mask, mask] as const);
    const near = new Near({ v4, v6: [] });
    const random = new Random(1);
    const ends = v4.flatMap(([network, mask]) =>
      [network, network - 1, network + 1, network | ~mask, (network | ~mask) + 1].map((each) => each | 0),
    );
    const others = Array.from({ length: 2000 }, () => (random.u16() << 16) | random.u16());
    for (const address of [...ends, ...others]) {
      const expected = v4.some(([network, mask]) => (address & mask) === network) ? 1 : 0;
      expect(near.has4(address), (address >>> 0).toString(16)).toBe(expected);
    }
  });
});

describe('Home', () => {
  it('is the far address where one is near, and the pair where none or both are', () => {
    const home = new Home(16, new Near({ v4: [[word('10.0.0.0'), -1 << 24]], v6: [] }));
    const [near, other, far, remote] = ['10.0.0.2', '10.9.9.9', '198.51.100.1', '192.0.2.7'].map(word) as [number, number, number, number];
    expect(home.of4(near, far)).toBe(home.of4(other, far));
    expect(home.of4(far, near)).toBe(home.of4(near, far));
    const homes = new Set(Array.from({ length: 64 }, (_, i) => home.of4(near, far + i)));
    expect(homes.size).toBe(16);
    for (const [a, b] of [
      [near, other],
      [far, remote],
    ] as const) {
      expect(home.of4(a, b)).toBe(home.of4(b, a));
      expect(new Set(Array.from({ length: 64 }, (_, i) => home.of4(a, b + i))).size).toBe(16);
    }
  });
});
