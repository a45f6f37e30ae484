import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkProgram } from '../../../src/bpf/code.ts';
import { compileProgram, interpreted } from '../../../src/bpf/compile.ts';
import { programs } from '../../support/bpf-arbitrary.ts';

describe('compileProgram', () => {
  it('answers as the interpreter does, for every program that passes the check', () => {
    let ran = 0;
    const octets = fc.uint8Array({ maxLength: 80 });
    fc.assert(
      fc.property(programs(), octets, fc.nat(2000), fc.nat(8), (program, packet, wire, lead) => {
        if (checkProgram(program) !== null || loadsFacts(program.code, program.k)) return;
        const buffer = new Uint8Array(lead + packet.length + 8).fill(0xa5);
        buffer.set(packet, lead);
        const view = new DataView(buffer.buffer);
        const end = lead + packet.length;
        expect(compileProgram(program)(view, lead, end, wire)).toBe(interpreted(program)(view, lead, end, wire));
        ran++;
      }),
      { numRuns: 3000 },
    );
    expect(ran).toBeGreaterThan(500);
  });
});

/** Facts and header-relative loads are not for captures. */
function loadsFacts(code: Uint16Array, k: Int32Array): boolean {
  return code.some((op, i) => k[i]! < 0 && [0x20, 0x28, 0x30, 0xb1].includes(op));
}
