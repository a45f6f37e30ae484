import fc from 'fast-check';
import { describe, it } from 'vitest';
import { type BpfProgram, checkProgram } from '../../../src/xtables/bpf-code.ts';
import { BpfMachine } from '../../../src/xtables/bpf-vm.ts';

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
const programs = (): fc.Arbitrary<BpfProgram> =>
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

/** A second opinion: registers as BigInt, octets read one by one, every rule written down apart. */
function reference({ code, jt, jf, k }: BpfProgram, octets: Uint8Array): bigint {
  const u32 = (value: bigint): bigint => BigInt.asUintN(32, value);
  const words = Array.from({ length: 16 }, () => 0n);
  let [a, x] = [0n, 0n];
  const load = (at: bigint, count: number): bigint | null => {
    if (at < 0n || at + BigInt(count) > BigInt(octets.length)) return null;
    return octets.subarray(Number(at), Number(at) + count).reduce((sum, octet) => sum * 256n + BigInt(octet), 0n);
  };
  const signed = (value: bigint): bigint => BigInt.asIntN(32, value);
  for (let pc = 0; ; pc++) {
    const [op, operand] = [code[pc]!, u32(BigInt(k[pc]!))];
    const right = (op & 8) === 0 ? operand : x;
    const size = [4, 2, 1][(op & 0x18) >> 3]!;
    let loaded: bigint | null = 0n;
    switch (op & 7) {
      case 0:
        if ((op & 0xe0) === 0x20) loaded = load(signed(operand), size);
        else if ((op & 0xe0) === 0x40) loaded = load(signed(u32(operand + x)), size);
        else loaded = (op & 0xe0) === 0x80 ? BigInt(octets.length) : (op & 0xe0) === 0x60 ? words[Number(operand)]! : operand;
        if (loaded === null) return 0n;
        a = loaded;
        break;
      case 1:
        if ((op & 0xe0) === 0xa0) {
          loaded = load(signed(operand), 1);
          if (loaded === null) return 0n;
          x = (loaded & 15n) * 4n;
        } else x = (op & 0xe0) === 0x80 ? BigInt(octets.length) : (op & 0xe0) === 0x60 ? words[Number(operand)]! : operand;
        break;
      case 2:
        words[Number(operand)] = a;
        break;
      case 3:
        words[Number(operand)] = x;
        break;
      case 4: {
        const kind = op & 0xf0;
        if ((kind === 0x30 || kind === 0x90) && right === 0n) return 0n;
        const results: Record<number, () => bigint> = {
          0x00: () => a + right,
          0x10: () => a - right,
          0x20: () => a * right,
          0x30: () => a / right,
          0x40: () => a | right,
          0x50: () => a & right,
          0x60: () => a << (right & 31n),
          0x70: () => a >> (right & 31n),
          0x80: () => -a,
          0x90: () => a % right,
          0xa0: () => a ^ right,
        };
        a = u32(results[kind]!());
        break;
      }
      case 5: {
        if (op === 5) {
          pc += Number(operand);
          break;
        }
        const kind = op & 0xf0;
        const holds = kind === 0x10 ? a === right : kind === 0x20 ? a > right : kind === 0x30 ? a >= right : (a & right) !== 0n;
        pc += holds ? jt[pc]! : jf[pc]!;
        break;
      }
      case 6:
        return op === 0x16 ? a : operand;
      default:
        if (op === 0x07) x = a;
        else a = x;
    }
  }
}

describe('classic BPF', () => {
  it('runs every checked program as the reference does, and stays inside the packet', () => {
    fc.assert(
      fc.property(programs(), fc.uint8Array({ maxLength: 64 }), (program, octets) => {
        fc.pre(checkProgram(program) === null && !program.k.some((k, i) => (program.code[i]! & 0xe7) === 0x20 && k < 0 && k >= -0x1000));
        // Exactly as large as the packet: a read beyond it would throw.
        const view = new DataView(octets.slice().buffer);
        const machine = new BpfMachine(program).aim(view, 0, octets.length);
        return BigInt(machine.run() >>> 0) === reference(program, octets);
      }),
      { numRuns: 1000 },
    );
  });

  it('runs any checked program on any octets, wherever the headers are', () => {
    fc.assert(
      fc.property(programs(), fc.uint8Array({ maxLength: 64 }), fc.nat(64), fc.nat(64), (program, octets, network, link) => {
        fc.pre(checkProgram(program) === null);
        const machine = new BpfMachine(program, (fact, a, x) => fact ^ a ^ x).aim(new DataView(octets.slice().buffer), 0, octets.length);
        machine.network = network;
        machine.link = link;
        machine.run();
      }),
    );
  });

  it('checks any numbers at all without throwing', () => {
    const any = fc.record({ code: fc.nat(0xffff), jt: fc.nat(255), jf: fc.nat(255), k: fc.integer() });
    fc.assert(
      fc.property(fc.array(any, { maxLength: 20 }), (lines) => {
        checkProgram({
          code: Uint16Array.from(lines, ({ code }) => code),
          jt: Uint8Array.from(lines, ({ jt }) => jt),
          jf: Uint8Array.from(lines, ({ jf }) => jf),
          k: Int32Array.from(lines, ({ k }) => k),
        });
      }),
    );
  });
});
