/**
 * Classic BPF instructions, and the check a program must pass before it runs. McCanne and Jacobson, "The BSD Packet Filter",
 * 1993; the numbers are those of every libpcap (`tcpdump -ddd`).
 *
 *   code (16 bits): class | size or operation | mode or source     jt, jf: jumps     k: constant
 *
 * A checked program ends with a return, jumps only forward and inside, reads only scratch words that were written before, and
 * never divides by a constant 0: running it terminates and touches nothing but its own words and the packet.
 * Kernel counterpart: bpf_check_classic in net/core/filter.c (behaviour only).
 * @module
 */

/** Instructions as parallel arrays. */
export interface BpfProgram {
  readonly code: Uint16Array;
  readonly jt: Uint8Array;
  readonly jf: Uint8Array;
  readonly k: Int32Array;
}

/** Most instructions a program may have (BPF_MAXINSNS). */
export const MAX_INSTRUCTIONS = 4096;
/** Words of scratch memory. */
export const SCRATCH_WORDS = 16;

/** Classes: the low three bits of a code. */
export const LD = 0;
export const LDX = 1;
export const ST = 2;
export const STX = 3;
export const ALU = 4;
export const JMP = 5;
export const RET = 6;
export const MISC = 7;

/** Sizes of a load. */
export const W = 0x00;
export const H = 0x08;
export const B = 0x10;

/** Modes of a load. */
export const IMM = 0x00;
export const ABS = 0x20;
export const IND = 0x40;
export const MEM = 0x60;
export const LEN = 0x80;
export const MSH = 0xa0;

/** The second operand: the constant or register X. */
export const K = 0x00;
export const X = 0x08;

/** Operations. */
export const ADD = 0x00;
export const SUB = 0x10;
export const MUL = 0x20;
export const DIV = 0x30;
export const OR = 0x40;
export const AND = 0x50;
export const LSH = 0x60;
export const RSH = 0x70;
export const NEG = 0x80;
export const MOD = 0x90;
export const XOR = 0xa0;

/** Jumps. */
export const JA = 0x00;
export const JEQ = 0x10;
export const JGT = 0x20;
export const JGE = 0x30;
export const JSET = 0x40;

/** What a return gives back: the constant or A. */
export const RET_A = 0x10;

export const TAX = 0x00;
export const TXA = 0x80;

/** Load addresses at and above this mean facts about the packet, not octets (Linux's SKF_AD_OFF). */
export const AD_OFF = -0x1000;
/** Octets counted from the network header. */
export const NET_OFF = -0x100000;
/** Octets counted from the link header. */
export const LL_OFF = -0x200000;

/** Facts beyond AD_OFF, by Linux's numbers. */
export const Ancillary = {
  Protocol: 0,
  PktType: 4,
  IfIndex: 8,
  NlAttr: 12,
  NlAttrNest: 16,
  Mark: 20,
  Queue: 24,
  HaType: 28,
  RxHash: 32,
  Cpu: 36,
  AluXorX: 40,
  VlanTag: 44,
  VlanTagPresent: 48,
  PayOffset: 52,
  Random: 56,
  VlanTpid: 60,
} as const;
const LAST_ANCILLARY = 60;

const LOADS: readonly number[] = [
  ...[W, H, B].flatMap((size) => [LD | size | ABS, LD | size | IND]),
  LD | W | LEN,
  LD | IMM,
  LD | MEM,
  LDX | W | LEN,
  LDX | B | MSH,
  LDX | IMM,
  LDX | MEM,
];
const OPERATIONS: readonly number[] = [ADD, SUB, MUL, DIV, OR, AND, LSH, RSH, MOD, XOR].flatMap((op) => [ALU | op | K, ALU | op | X]);
const BRANCHES: readonly number[] = [JEQ, JGT, JGE, JSET].flatMap((op) => [JMP | op | K, JMP | op | X]);
const OTHERS: readonly number[] = [ST, STX, ALU | NEG, JMP | JA, RET | K, RET | RET_A, MISC | TAX, MISC | TXA];
const ALLOWED: ReadonlySet<number> = new Set([...LOADS, ...OPERATIONS, ...BRANCHES, ...OTHERS]);

/** Why a program may not run, or null when it may. */
export function checkProgram(program: BpfProgram): string | null {
  const { length } = program.code;
  if (length === 0 || length > MAX_INSTRUCTIONS) return `a program has 1 to ${MAX_INSTRUCTIONS} instructions`;
  for (let pc = 0; pc < length; pc++) {
    const refusal = checkInstruction(program, pc);
    if (refusal !== null) return `instruction ${pc}: ${refusal}`;
  }
  const last = program.code[length - 1]!;
  if (last !== (RET | K) && last !== (RET | RET_A)) return 'the last instruction is no return';
  return checkScratch(program);
}

function checkInstruction(program: BpfProgram, pc: number): string | null {
  const code = program.code[pc]!;
  const k = program.k[pc]!;
  if (!ALLOWED.has(code)) return `unknown code ${code}`;
  switch (code & 7) {
    case ALU:
      return checkOperand(code, k);
    case JMP:
      return checkJump(program, pc);
    case ST:
    case STX:
      return checkWord(k);
    default:
      if (code === (LD | MEM) || code === (LDX | MEM)) return checkWord(k);
      return (code & 0xe7) === (LD | ABS) && k >= AD_OFF && k < 0 ? checkAncillary(k) : null;
  }
}

function checkOperand(code: number, k: number): string | null {
  if (code === (ALU | DIV | K) || code === (ALU | MOD | K)) return k === 0 ? 'division by 0' : null;
  if (code === (ALU | LSH | K) || code === (ALU | RSH | K)) return k >>> 0 >= 32 ? 'shift by 32 or more' : null;
  return null;
}

function checkJump(program: BpfProgram, pc: number): string | null {
  const room = program.code.length - pc - 1;
  if (program.code[pc] === (JMP | JA)) return program.k[pc]! >>> 0 >= room ? 'jump out of the program' : null;
  return program.jt[pc]! >= room || program.jf[pc]! >= room ? 'jump out of the program' : null;
}

function checkWord(k: number): string | null {
  return k >>> 0 >= SCRATCH_WORDS ? `no scratch word ${k >>> 0}` : null;
}

function checkAncillary(k: number): string | null {
  const fact = k - AD_OFF;
  return fact <= LAST_ANCILLARY && fact % 4 === 0 ? null : `unknown fact ${fact}`;
}

/** Every scratch word that is read was written on each way there. Jumps go forward, so one pass is enough. */
function checkScratch(program: BpfProgram): string | null {
  const { code, jt, jf, k } = program;
  const written = new Int32Array(code.length).fill(-1);
  let now = 0;
  for (let pc = 0; pc < code.length; pc++) {
    now &= written[pc]!;
    switch (code[pc]) {
      case ST:
      case STX:
        now |= 1 << k[pc]!;
        break;
      case LD | MEM:
      case LDX | MEM:
        if ((now & (1 << k[pc]!)) === 0) return `instruction ${pc}: scratch word ${k[pc]} is read before it is written`;
        break;
      case JMP | JA:
        written[pc + 1 + k[pc]!]! &= now;
        now = -1;
        break;
      default:
        if ((code[pc]! & 7) !== JMP) break;
        written[pc + 1 + jt[pc]!]! &= now;
        written[pc + 1 + jf[pc]!]! &= now;
        now = -1;
    }
  }
  return null;
}
