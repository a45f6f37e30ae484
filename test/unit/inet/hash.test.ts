import { describe, expect, it } from 'vitest';
import { jhash1word, jhash2, jhash2words, jhash3words, reciprocalScale } from '../../../src/inet/hash.ts';
import { parseIpv4 } from '../../../src/inet/ipv4.ts';
import { parseIpv6 } from '../../../src/inet/ipv6.ts';

/** A word as a little-endian machine loads it. */
function swapped(word: number): number {
  return (word >>> 24) | ((word >>> 8) & 0xff00) | ((word << 8) & 0xff0000) | (word << 24);
}

/**
 * Recorded from Linux 6.18: nftables `ct mark set jhash KEY mod 4294967295 seed S`, read with conntrack -L. The scaling by
 * 2^32 - 1 takes one off.
 */
const KERNEL_ONE = 3_099_117_200;
const KERNEL_TWO = 2_013_504_903;
const KERNEL_THREE = 492_927_612;
const KERNEL_FOUR = 2_292_000_738;
const KERNEL_EIGHT = 2_520_104_142;

describe('jhash', () => {
  const a = swapped(parseIpv4('10.1.2.3')!);
  const b = swapped(parseIpv4('192.168.77.5')!);
  const src = parseIpv6('2001:db8::5')!.map(swapped);
  const dst = parseIpv6('fd00:1:2:3::9')!.map(swapped);
  const scaled = (hash: number): number => reciprocalScale(hash, 0xffffffff);

  it('gives the values the kernel gave', () => {
    expect(scaled(jhash1word(a, 0x12345678))).toBe(KERNEL_ONE);
    expect(scaled(jhash2words(a, b, 0xdeadbeef))).toBe(KERNEL_TWO);
    expect(scaled(jhash3words(a, b, a, 7))).toBe(KERNEL_THREE);
    expect(scaled(jhash2(src, 4, 0xcafe))).toBe(KERNEL_FOUR);
    expect(scaled(jhash2(Int32Array.of(...src, ...dst), 8, 0x0badf00d))).toBe(KERNEL_EIGHT);
  });

  it('is one function however many words it is called with', () => {
    const words = Int32Array.of(a, b, -7);
    expect(jhash2(words, 1, 5)).toBe(jhash1word(a, 5));
    expect(jhash2(words, 2, 5)).toBe(jhash2words(a, b, 5));
    expect(jhash2(words, 3, 5)).toBe(jhash3words(a, b, -7, 5));
    expect(jhash2(words, 0, 5)).toBe((0xdeadbeef + 5) | 0);
  });
});

describe('reciprocalScale', () => {
  it('is the upper half of the product, exactly', () => {
    for (const value of [0, 1, 2, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff, 0x12345678, 0xdeadbeef]) {
      for (const range of [0, 1, 2, 3, 10, 64_512, 0xffff, 0x10000, 0x7fffffff, 0xfffffffe, 0xffffffff, 2 ** 32]) {
        const exact = Number((BigInt(value) * BigInt(range)) >> 32n);
        expect(reciprocalScale(value, range), `${value} ${range}`).toBe(exact);
        expect(reciprocalScale(value | 0, range)).toBe(exact);
      }
    }
  });
});
