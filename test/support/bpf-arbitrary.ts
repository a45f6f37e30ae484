/**
 * Random classic BPF programs.
 */
import fc from 'fast-check';
import type { BpfProgram } from '../../src/bpf/code.ts';

interface Line {
  readonly code: number;
  readonly jt: number;
  readonly jf: number;
  readonly k: number;
}

const LOADS = [0x20, 0x28, 0x30, 0x40, 0x48, 0x50, 0x80, 0x00, 0x60, 0x81, 0xb1, 0x01, 0x61];
const OTHERS = [0x02, 0x03, 0x07, 0x87, 0x84, 0x05];
const OPERATIONS = [0x00, 0x10, 0x20, 0x30, 0x40, 0x50, 0x60, 0x70, 0x90, 0xa0].flatMap((op) => [0x04 | op, 0x0c | op]);
const JUMPS = [0x10, 0x20, 0x30, 0x40].flatMap((op) => [0x05 | op, 0x0d | op]);
const CODES = [...LOADS, ...OTHERS, ...OPERATIONS, ...JUMPS];
const number = (): fc.Arbitrary<number> => fc.oneof(fc.nat(15), fc.nat(70), fc.integer());
const line = (): fc.Arbitrary<Line> => fc.record({ code: fc.constantFrom(...CODES), jt: fc.nat(3), jf: fc.nat(3), k: number() });
const returning = (): fc.Arbitrary<Line> =>
  fc.record({ code: fc.constantFrom(0x06, 0x16), jt: fc.constant(0), jf: fc.constant(0), k: number() });

/** Instructions that pass the check or not, behind sixteen stores so that most do. */
export const programs = (): fc.Arbitrary<BpfProgram> =>
  fc.tuple(fc.array(line(), { maxLength: 12 }), returning()).map(([body, last]) => {
    const stores = Array.from({ length: 16 }, (_, k) => ({ code: 0x02, jt: 0, jf: 0, k }));
    const lines = [...stores, ...body, last];
    return {
      code: Uint16Array.from(lines, ({ code }) => code),
      jt: Uint8Array.from(lines, ({ jt }) => jt),
      jf: Uint8Array.from(lines, ({ jf }) => jf),
      k: Int32Array.from(lines, ({ k }) => k),
    };
  });
