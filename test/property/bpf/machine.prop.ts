import fc from 'fast-check';
import { describe, it } from 'vitest';
import { type BpfProgram, checkProgram } from '../../../src/bpf/code.ts';
import { BpfMachine } from '../../../src/bpf/machine.ts';
import { programs } from '../../support/bpf-arbitrary.ts';

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
