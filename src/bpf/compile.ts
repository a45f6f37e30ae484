/**
 * A checked classic BPF program as one JavaScript function, in libpcap's dialect (machine.ts): what a capture filter runs, once
 * a packet.
 *
 * The source is put together from the numbers of the program alone. Jumps only go forward, so that every target becomes the
 * end of a labelled block; a program with more targets than nest well, or an environment that allows no code from text, gets
 * the interpreter. Proof: test/property/bpf/compile.prop.ts compares the two.
 * @module
 */
import * as bpf from './code.ts';
import { BpfMachine } from './machine.ts';

/** What a program returns for the octets from `data` to `end` of `view`, of a packet of `length` octets on the wire. int32. */
export type BpfFunction = (view: DataView, data: number, end: number, length: number) => number;

/** Blocks inside each other: more than any real filter has, less than a parser minds. */
const MAX_TARGETS = 512;

/** Needs: checkProgram(program) === null, and no load of facts (addresses below 0 leave the packet). */
export function compileProgram(program: bpf.BpfProgram): BpfFunction {
  const targets = targetsOf(program);
  if (targets.length > MAX_TARGETS) return interpreted(program);
  try {
    // eslint-disable-next-line no-new-func, typescript/no-implied-eval -- made of numbers only
    return new Function('view', 'data', 'end', 'length', sourceOf(program, targets)) as BpfFunction;
  } catch {
    return interpreted(program);
  }
}

/** The same by the interpreter. */
export function interpreted(program: bpf.BpfProgram): BpfFunction {
  const machine = new BpfMachine(program, undefined, 'libpcap');
  return (view, data, end, length) => {
    machine.aim(view, data, end).length = length;
    return machine.run();
  };
}

/** Places that are jumped to, in order. */
function targetsOf({ code, jt, jf, k }: bpf.BpfProgram): number[] {
  const targets = new Set<number>();
  for (let pc = 0; pc < code.length; pc++) {
    if ((code[pc]! & 7) !== bpf.JMP) continue;
    if (code[pc] === (bpf.JMP | bpf.JA)) targets.add(pc + 1 + k[pc]!);
    else targets.add(pc + 1 + jt[pc]!).add(pc + 1 + jf[pc]!);
  }
  return [...targets].sort((a, b) => a - b);
}

function sourceOf(program: bpf.BpfProgram, targets: readonly number[]): string {
  const words = Array.from({ length: bpf.SCRATCH_WORDS }, (_, i) => `m${i} = 0`).join(', ');
  const lines = [`'use strict'; let a = 0, x = 0, i = 0, ${words};`];
  for (const target of targets.toReversed()) lines.push(`L${target}: {`);
  const ends = new Set(targets);
  for (let pc = 0; pc < program.code.length; pc++) {
    if (ends.has(pc)) lines.push('}');
    lines.push(statement(program, pc));
  }
  return lines.join('\n');
}

function statement({ code, jt, jf, k }: bpf.BpfProgram, pc: number): string {
  const op = code[pc]!;
  const operand = Number(k[pc]);
  switch (op & 7) {
    case bpf.LD:
      return load(op, operand);
    case bpf.LDX:
      return loadX(op, operand);
    case bpf.ST:
      return `m${operand} = a;`;
    case bpf.STX:
      return `m${operand} = x;`;
    case bpf.ALU:
      return calculation(op, (op & bpf.X) === 0 ? `(${operand})` : 'x');
    case bpf.JMP:
      if (op === (bpf.JMP | bpf.JA)) return `break L${pc + 1 + operand};`;
      return branch(condition(op & 0xf0, (op & bpf.X) === 0 ? `(${operand})` : 'x'), pc + 1, jt[pc]!, jf[pc]!);
    case bpf.RET:
      return (op & 0x18) === bpf.RET_A ? 'return a;' : `return ${operand};`;
    default:
      return (op & 0xf8) === bpf.TAX ? 'x = a;' : 'a = x;';
  }
}

function branch(holds: string, next: number, jt: number, jf: number): string {
  if (jt === 0) return `if (!(${holds})) break L${next + jf};`;
  return jf === 0 ? `if (${holds}) break L${next + jt};` : `if (${holds}) break L${next + jt}; else break L${next + jf};`;
}

function load(op: number, k: number): string {
  switch (op & 0xe0) {
    case bpf.IMM:
      return `a = ${k};`;
    case bpf.MEM:
      return `a = m${k};`;
    case bpf.LEN:
      return 'a = length | 0;';
    case bpf.IND:
      return `i = data + ${k >>> 0} + (x >>> 0); ${octets(op & 0x18)}`;
    default:
      return `i = data + ${k >>> 0}; ${octets(op & 0x18)}`;
  }
}

function octets(size: number): string {
  const [count, method] = size === bpf.W ? [4, 'getInt32'] : size === bpf.H ? [2, 'getUint16'] : [1, 'getUint8'];
  return `if (i + ${count} > end) return 0; a = view.${method}(i);`;
}

function loadX(op: number, k: number): string {
  switch (op & 0xe0) {
    case bpf.IMM:
      return `x = ${k};`;
    case bpf.MEM:
      return `x = m${k};`;
    case bpf.LEN:
      return 'x = length | 0;';
    default:
      return `i = data + ${k >>> 0}; if (i + 1 > end) return 0; x = (view.getUint8(i) & 15) << 2;`;
  }
}

function calculation(op: number, b: string): string {
  switch (op & 0xf0) {
    case bpf.ADD:
      return `a = (a + ${b}) | 0;`;
    case bpf.SUB:
      return `a = (a - ${b}) | 0;`;
    case bpf.MUL:
      return `a = Math.imul(a, ${b});`;
    case bpf.DIV:
      return `if (${b} === 0) return 0; a = ((a >>> 0) / (${b} >>> 0)) | 0;`;
    case bpf.MOD:
      return `if (${b} === 0) return 0; a = ((a >>> 0) % (${b} >>> 0)) | 0;`;
    case bpf.OR:
      return `a |= ${b};`;
    case bpf.AND:
      return `a &= ${b};`;
    case bpf.LSH:
      return `a = ${b} >>> 0 > 31 ? 0 : a << ${b};`;
    case bpf.RSH:
      return `a = ${b} >>> 0 > 31 ? 0 : (a >>> ${b}) | 0;`;
    case bpf.XOR:
      return `a ^= ${b};`;
    default:
      return 'a = -a | 0;';
  }
}

function condition(op: number, b: string): string {
  switch (op) {
    case bpf.JEQ:
      return `a === ${b}`;
    case bpf.JGT:
      return `a >>> 0 > ${b} >>> 0`;
    case bpf.JGE:
      return `a >>> 0 >= ${b} >>> 0`;
    default:
      return `(a & ${b}) !== 0`;
  }
}
