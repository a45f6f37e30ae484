/**
 * A machine for checked classic BPF programs: two registers, sixteen words, the octets of one packet.
 *
 *   const machine = new BpfMachine(program);      // checkProgram(program) === null
 *   machine.aim(view, data, end).length = wireLength;
 *   if (machine.run() !== 0) ...                  // what the program returned, int32
 *
 * A load that leaves the packet ends the program with 0, as does a division by a register that is 0. Octets are counted from
 * `data`: the IP header for a rule, the link header for a capture filter. Nothing is allocated by run().
 * @module
 */
import * as bpf from './code.ts';

const NOWHERE = new DataView(new ArrayBuffer(0));

/** Answers a fact about the packet (code.ts, Ancillary) from A and X, or NaN to end the program with 0. */
export type AncillaryFunction = (fact: number, a: number, x: number) => number;

const NO_FACTS: AncillaryFunction = () => Number.NaN;

/**
 * Whose rules count where they differ. In the kernel an index may reach back (its sum wraps) and a shift takes five bits of its
 * count; in libpcap an index that wraps has left the packet, and a shift by 32 or more leaves 0.
 */
export type BpfDialect = 'kernel' | 'libpcap';

export class BpfMachine {
  private readonly code: Uint16Array;
  private readonly jt: Uint8Array;
  private readonly jf: Uint8Array;
  private readonly k: Int32Array;
  private readonly ancillary: AncillaryFunction;
  private readonly libpcap: boolean;
  private readonly scratch: Int32Array = new Int32Array(bpf.SCRATCH_WORDS);
  private view: DataView = NOWHERE;
  private data = 0;
  private end = 0;
  /** Set by a load that found nothing. */
  private failed = false;

  /** What the packet's length is told as. */
  length = 0;
  /** Where the network and link headers start; -1: there is none. */
  network = -1;
  link = -1;

  constructor(program: bpf.BpfProgram, ancillary: AncillaryFunction = NO_FACTS, dialect: BpfDialect = 'kernel') {
    this.code = program.code;
    this.jt = program.jt;
    this.jf = program.jf;
    this.k = program.k;
    this.ancillary = ancillary;
    this.libpcap = dialect === 'libpcap';
  }

  /** Octet 0 of the program is view[data]; octets from `end` on do not exist. */
  aim(view: DataView, data: number, end: number): this {
    this.view = view;
    this.data = data;
    this.end = end;
    this.length = end - data;
    return this;
  }

  /** Run to the return; what it returned, int32. Scratch words need no clearing: the check allows no read before a write. */
  run(): number {
    const { code, jt, jf, k, scratch } = this;
    let a = 0;
    let x = 0;
    this.failed = false;
    for (let pc = 0; pc < code.length; pc++) {
      const op = code[pc]!;
      const operand = k[pc]!;
      switch (op & 7) {
        case bpf.LD:
          a = this.load(op, operand, a, x);
          if (this.failed) return 0;
          break;
        case bpf.LDX:
          x = this.loadX(op, operand);
          if (this.failed) return 0;
          break;
        case bpf.ST:
          scratch[operand] = a;
          break;
        case bpf.STX:
          scratch[operand] = x;
          break;
        case bpf.ALU: {
          const right = (op & bpf.X) === 0 ? operand : x;
          if (right === 0 && ((op & 0xf0) === bpf.DIV || (op & 0xf0) === bpf.MOD)) return 0;
          a = this.libpcap && right >>> 0 > 31 && isShift(op) ? 0 : calculate(op & 0xf0, a, right);
          break;
        }
        case bpf.JMP:
          if (op === (bpf.JMP | bpf.JA)) pc += operand;
          else pc += holds(op & 0xf0, a, (op & bpf.X) === 0 ? operand : x) ? jt[pc]! : jf[pc]!;
          break;
        case bpf.RET:
          return (op & 0x18) === bpf.RET_A ? a : operand;
        default:
          if ((op & 0xf8) === bpf.TAX) x = a;
          else a = x;
      }
    }
    return 0;
  }

  private load(op: number, k: number, a: number, x: number): number {
    switch (op & 0xe0) {
      case bpf.IMM:
        return k;
      case bpf.MEM:
        return this.scratch[k]!;
      case bpf.LEN:
        return this.length;
      case bpf.IND:
        return this.octets(this.libpcap ? sumOf(k, x) : (k + x) | 0, op & 0x18);
      default:
        return k < 0 && k >= bpf.AD_OFF ? this.fact(k - bpf.AD_OFF, a, x) : this.octets(k, op & 0x18);
    }
  }

  private loadX(op: number, k: number): number {
    switch (op & 0xe0) {
      case bpf.IMM:
        return k;
      case bpf.MEM:
        return this.scratch[k]!;
      case bpf.LEN:
        return this.length;
      default:
        return (this.octets(k, bpf.B) & 0xf) << 2;
    }
  }

  private fact(fact: number, a: number, x: number): number {
    if (fact === bpf.Ancillary.AluXorX) return a ^ x;
    const value = this.ancillary(fact, a, x);
    if (Number.isNaN(value)) this.failed = true;
    return value | 0;
  }

  private octets(offset: number, size: number): number {
    const at = this.place(offset);
    const count = size === bpf.W ? 4 : size === bpf.H ? 2 : 1;
    if (at < 0 || at + count > this.end) {
      this.failed = true;
      return 0;
    }
    if (count === 4) return this.view.getInt32(at);
    return count === 2 ? this.view.getUint16(at) : this.view.getUint8(at);
  }

  /** Where an offset points to in the view, or -1. Negative ones count from a header. */
  private place(offset: number): number {
    if (offset >= 0) return this.data + offset;
    if (offset >= bpf.NET_OFF) return this.network < 0 ? -1 : this.network + offset - bpf.NET_OFF;
    if (offset >= bpf.LL_OFF) return this.link < 0 ? -1 : this.link + offset - bpf.LL_OFF;
    return -1;
  }
}

/** Unsigned; what has wrapped is beyond every packet. */
function sumOf(k: number, x: number): number {
  return Math.min((k >>> 0) + (x >>> 0), 0x7fffffff);
}

function isShift(op: number): boolean {
  return (op & 0xf0) === bpf.LSH || (op & 0xf0) === bpf.RSH;
}

/** A over B, both taken as unsigned where that matters. Divisors are not 0. */
function calculate(operation: number, a: number, b: number): number {
  switch (operation) {
    case bpf.ADD:
      return (a + b) | 0;
    case bpf.SUB:
      return (a - b) | 0;
    case bpf.MUL:
      return Math.imul(a, b);
    case bpf.DIV:
      return ((a >>> 0) / (b >>> 0)) | 0;
    case bpf.MOD:
      return ((a >>> 0) % (b >>> 0)) | 0;
    case bpf.OR:
      return a | b;
    case bpf.AND:
      return a & b;
    case bpf.LSH:
      return a << b;
    case bpf.RSH:
      return (a >>> b) | 0;
    case bpf.XOR:
      return a ^ b;
    default:
      return -a | 0;
  }
}

function holds(operation: number, a: number, b: number): boolean {
  switch (operation) {
    case bpf.JEQ:
      return a === b;
    case bpf.JGT:
      return a >>> 0 > b >>> 0;
    case bpf.JGE:
      return a >>> 0 >= b >>> 0;
    default:
      return (a & b) !== 0;
  }
}
