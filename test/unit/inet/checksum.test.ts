import { describe, expect, it } from 'vitest';
import { crc32c, finish, pseudoHeaderSum, replaceU16, replaceU32, sum16 } from '../../../src/inet/checksum.ts';
import { after, before } from '../../../src/inet/seq.ts';

const viewOf = (bytes: readonly number[]): DataView => new DataView(Uint8Array.from(bytes).buffer);

describe('sum16', () => {
  it('adds the example of RFC 1071 §3', () => {
    expect(sum16(viewOf([0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7]), 0, 8)).toBe(0xddf2);
  });

  it('pads an odd last octet with zero and starts where it is told', () => {
    expect(sum16(viewOf([9, 0x12, 0x34, 0x56]), 1, 3)).toBe(0x1234 + 0x5600);
    expect(sum16(viewOf([0x12]), 0, 1)).toBe(0x1200);
    expect(sum16(viewOf([]), 0, 0)).toBe(0);
    expect(sum16(viewOf([]), 0, 0, 0x1ffff)).toBe(1);
  });

  it('folds until no carry is left, for 128 KiB of ones', () => {
    const ones = new DataView(new Uint8Array(131_072).fill(0xff).buffer);
    expect(sum16(ones, 0, 131_072)).toBe(0xffff);
    expect(sum16(ones, 0, 131_072, 0xffff)).toBe(0xffff);
  });
});

describe('replace', () => {
  it('keeps RFC 1624 §4: 0xdd2f with 0x5555 replaced by 0x3285 is 0x0000', () => {
    expect(replaceU16(0xdd2f, 0x5555, 0x3285)).toBe(0);
    expect(replaceU32(0xdd2f, 0x55550000, 0x32850000)).toBe(0);
    expect(replaceU32(0xdd2f, 0x00005555, 0x00003285)).toBe(0);
  });
});

describe('pseudoHeaderSum', () => {
  const from = { src0: 0x7f000001, src1: 0, src2: 0, src3: 0, dst0: 0x7f000001, dst1: 0, dst2: 0, dst3: 0 };

  it('is the partial sum an offloaded packet carries: 127.0.0.1, TCP, 44 octets', () => {
    expect(pseudoHeaderSum({ family: 4, ...from }, 6, 44)).toBe(0xfe34);
  });

  it('adds all words of IPv6 addresses and a length above 64 KiB', () => {
    const loopback = { family: 6, src0: 0, src1: 0, src2: 0, src3: 1, dst0: 0, dst1: 0, dst2: 0, dst3: 1 };
    expect(pseudoHeaderSum(loopback, 6, 44)).toBe(0x34);
    expect(pseudoHeaderSum(loopback, 6, 0x10002)).toBe(2 + 6 + 1 + 2);
    expect(pseudoHeaderSum({ ...loopback, src1: -1, dst2: 0x10000 }, 6, 44)).toBe(0x35);
  });
});

describe('crc32c', () => {
  it('gives the check value of the CRC catalogue', () => {
    expect(crc32c(new DataView(new TextEncoder().encode('123456789').buffer), 0, 9)).toBe(0xe3069283);
  });

  it('takes a hole for zeros', () => {
    const filled = viewOf([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(crc32c(filled, 0, 8, 2)).toBe(crc32c(viewOf([1, 2, 0, 0, 0, 0, 7, 8]), 0, 8));
    expect(finish(0xffff)).toBe(0);
  });
});

describe('sequence numbers', () => {
  it('are compared on a circle', () => {
    expect(before(1, 2)).toBe(true);
    expect(before(2, 2)).toBe(false);
    expect(before(0xffffffff, 0)).toBe(true);
    expect(after(0, 0xffffffff)).toBe(true);
    expect(after(0x7fffffff, 0)).toBe(true);
    expect(before(-1, 0x7ffffffe)).toBe(true);
    expect(after(5, 5)).toBe(false);
  });
});
