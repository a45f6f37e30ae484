import { describe, expect, it } from 'vitest';
import { type BpfProgram, checkProgram } from '../../../src/bpf/code.ts';
import { BpfMachine } from '../../../src/bpf/machine.ts';

/** Lines as `tcpdump -ddd` prints them, without the count. */
function program(text: string): BpfProgram {
  const lines = text.split(',').map((line) => line.trim().split(/\s+/).map(Number));
  return {
    code: Uint16Array.from(lines, ([code]) => code!),
    jt: Uint8Array.from(lines, ([, jt]) => jt!),
    jf: Uint8Array.from(lines, ([, , jf]) => jf!),
    k: Int32Array.from(lines, ([, , , k]) => k! | 0),
  };
}

const PACKET = Uint8Array.of(0x45, 0x00, 0x80, 0x01, 0xff, 0xff, 0xff, 0xfe, 0x10);

function run(text: string, facts?: (fact: number, a: number, x: number) => number): number {
  const checked = program(text);
  expect(checkProgram(checked)).toBeNull();
  const machine = new BpfMachine(checked, facts);
  machine.aim(new DataView(PACKET.buffer), 0, PACKET.length);
  machine.network = 4;
  return machine.run() >>> 0;
}

describe('the machine', () => {
  // biome-ignore format: a table
  it.each([
    ['ret #7', '6 0 0 7', 7],
    ['ret a', '0 0 0 9, 22 0 0 0', 9],
    ['ld [4]: unsigned on leaving', '32 0 0 4, 22 0 0 0', 0xfffffffe],
    ['ldh [2]', '40 0 0 2, 22 0 0 0', 0x8001],
    ['ldb [0]', '48 0 0 0, 22 0 0 0', 0x45],
    ['ldb [8]: the last octet', '48 0 0 8, 22 0 0 0', 0x10],
    ['ldb [9]: beyond', '48 0 0 9, 6 0 0 1', 0],
    ['ldh [8]: half beyond', '40 0 0 8, 6 0 0 1', 0],
    ['ldb [x + 1]', '1 0 0 7, 80 0 0 1, 22 0 0 0', 0x10],
    ['ldb [x - 1]', '1 0 0 1, 80 0 0 4294967295, 22 0 0 0', 0x45],
    ['ldb [x + k]: below 0 is a header', '1 0 0 0, 80 0 0 4294967295, 6 0 0 1', 0],
    ['ldb [network + 3]', '48 0 0 4293918723, 22 0 0 0', 0xfe],
    ['ldb [link + 0]: there is none', '48 0 0 4292870144, 6 0 0 1', 0],
    ['ldx 4 * ([0] & 0xf)', '177 0 0 0, 135 0 0 0, 22 0 0 0', 20],
    ['ld len', '128 0 0 0, 22 0 0 0', 9],
    ['ldx len', '129 0 0 0, 135 0 0 0, 22 0 0 0', 9],
    ['st, ld M[3]', '0 0 0 5, 2 0 0 3, 0 0 0 0, 96 0 0 3, 22 0 0 0', 5],
    ['stx, ldx M[15]', '1 0 0 6, 3 0 0 15, 1 0 0 0, 97 0 0 15, 135 0 0 0, 22 0 0 0', 6],
    ['add wraps', '0 0 0 4294967295, 4 0 0 2, 22 0 0 0', 1],
    ['sub wraps', '0 0 0 1, 20 0 0 2, 22 0 0 0', 0xffffffff],
    ['mul wraps', '0 0 0 65537, 36 0 0 65537, 22 0 0 0', 131073],
    ['div is unsigned', '0 0 0 4294967294, 52 0 0 2, 22 0 0 0', 0x7fffffff],
    ['mod is unsigned', '0 0 0 4294967295, 148 0 0 10, 22 0 0 0', 5],
    ['div by x = 0 ends with 0', '1 0 0 0, 0 0 0 4, 60 0 0 0, 6 0 0 9', 0],
    ['mod by x = 0 ends with 0', '1 0 0 0, 0 0 0 4, 156 0 0 0, 6 0 0 9', 0],
    ['or, and, xor', '0 0 0 12, 68 0 0 3, 84 0 0 6, 164 0 0 1, 22 0 0 0', 7],
    ['shifts', '0 0 0 2147483649, 116 0 0 31, 100 0 0 4, 22 0 0 0', 16],
    ['shift by x takes five bits', '1 0 0 33, 0 0 0 1, 108 0 0 0, 22 0 0 0', 2],
    ['neg', '0 0 0 1, 132 0 0 0, 22 0 0 0', 0xffffffff],
    ['jgt is unsigned', '0 0 0 4294967295, 37 0 1 1, 6 0 0 1, 6 0 0 2', 1],
    ['jge', '0 0 0 5, 53 0 1 5, 6 0 0 1, 6 0 0 2', 1],
    ['jeq x', '0 0 0 5, 1 0 0 6, 29 0 1 0, 6 0 0 1, 6 0 0 2', 2],
    ['jset', '0 0 0 6, 69 0 1 1, 6 0 0 1, 6 0 0 2', 2],
    ['ja', '5 0 0 1, 6 0 0 1, 6 0 0 2', 2],
    ['tax, txa', '0 0 0 8, 7 0 0 0, 0 0 0 0, 135 0 0 0, 22 0 0 0', 8],
    ['registers begin with 0', '12 0 0 0, 22 0 0 0', 0],
  ])('%s', (_name, text, expected) => {
    expect(run(text)).toBe(expected);
  });

  it('asks for facts by number, and ends with 0 where there is no answer', () => {
    expect(run('32 0 0 4294963220, 22 0 0 0', (fact) => fact)).toBe(20);
    expect(run('32 0 0 4294963220, 6 0 0 1')).toBe(0);
    expect(run('0 0 0 12, 1 0 0 10, 32 0 0 4294963240, 22 0 0 0')).toBe(6); // A ^= X
  });
});

describe('the check', () => {
  // biome-ignore format: a table
  it.each([
    ['the last instruction is no return', '0 0 0 0'],
    ['unknown code 255', '255 0 0 0, 6 0 0 0'],
    ['unknown code 14', '14 0 0 0'],
    ['division by 0', '52 0 0 0, 6 0 0 0'],
    ['division by 0', '148 0 0 0, 6 0 0 0'],
    ['shift by 32 or more', '100 0 0 32, 6 0 0 0'],
    ['jump out of the program', '21 1 0 0, 6 0 0 0'],
    ['jump out of the program', '21 0 1 0, 6 0 0 0'],
    ['jump out of the program', '5 0 0 1, 6 0 0 0'],
    ['jump out of the program', '5 0 0 4294967295, 6 0 0 0'],
    ['no scratch word 16', '2 0 0 16, 6 0 0 0'],
    ['no scratch word 16', '96 0 0 16, 6 0 0 0'],
    ['scratch word 2 is read before it is written', '96 0 0 2, 6 0 0 0'],
    ['scratch word 2 is read before it is written', '21 0 1 0, 2 0 0 2, 96 0 0 2, 6 0 0 0'],
    ['unknown fact 2', '32 0 0 4294963202, 6 0 0 0'],
    ['unknown fact 64', '32 0 0 4294963264, 6 0 0 0'],
  ])('%s: %s', (reason, text) => {
    expect(checkProgram(program(text))).toContain(reason);
  });

  it('takes a scratch word that was written on either way', () => {
    expect(checkProgram(program('21 0 2 0, 2 0 0 2, 5 0 0 1, 3 0 0 2, 96 0 0 2, 6 0 0 0'))).toBeNull();
  });

  it('takes 4096 instructions and no more, and not none', () => {
    const of = (count: number): BpfProgram => program(Array.from({ length: count }, () => '6 0 0 0').join(','));
    expect(checkProgram(of(4096))).toBeNull();
    expect(checkProgram(of(4097))).not.toBeNull();
    expect(checkProgram({ code: new Uint16Array(0), jt: new Uint8Array(0), jf: new Uint8Array(0), k: new Int32Array(0) })).not.toBeNull();
  });
});
