/**
 * Conditions to classic BPF. Instructions are put down from the last to the first, so that both ways a test may go are there
 * already when it is written; what is further away than a jump reaches (255) gets a step in between.
 * @module
 */
import * as bpf from '../bpf/code.ts';
import type { Condition, Value } from './condition.ts';

/** What a filter returns for a packet it selects: as many octets as any packet has. */
const WHOLE_PACKET = 262_144;
const FARTHEST = 255;

interface Instruction {
  readonly code: number;
  /** Places in the list from the back, for jumps. */
  readonly jt: number;
  readonly jf: number;
  readonly k: number;
}

/** Why a filter cannot be a program. */
export class TooLarge extends Error {
  override readonly name: string = 'TooLarge';
}

/** @throws TooLarge: more instructions or scratch words than a program may have */
export function emit(condition: Condition, firstFreeSlot: number): bpf.BpfProgram {
  const writer = new Writer(firstFreeSlot);
  const reject = writer.put(bpf.RET | bpf.K, 0);
  const accept = writer.put(bpf.RET | bpf.K, WHOLE_PACKET);
  const start = writer.condition(condition, accept, reject);
  if (start === reject) return programOf([writer.list[reject]!]);
  // a let that is not reached leaves 0: the words a path may read are set first
  for (let slot = firstFreeSlot - 1; slot >= 0; slot--) writer.put(bpf.ST, slot);
  if (firstFreeSlot > 0) writer.put(bpf.LD | bpf.IMM, 0);
  return programOf(start === accept ? [writer.list[accept]!] : writer.list);
}

function programOf(list: readonly Instruction[]): bpf.BpfProgram {
  const { length } = list;
  const program = {
    code: new Uint16Array(length),
    jt: new Uint8Array(length),
    jf: new Uint8Array(length),
    k: new Int32Array(length),
  };
  for (let place = 0; place < length; place++) {
    const { code, jt, jf, k } = list[place]!;
    const at = length - 1 - place;
    program.code[at] = code;
    const jumps = (code & 7) === bpf.JMP && code !== (bpf.JMP | bpf.JA);
    program.jt[at] = jumps ? place - jt - 1 : 0;
    program.jf[at] = jumps ? place - jf - 1 : 0;
    program.k[at] = code === (bpf.JMP | bpf.JA) ? place - k - 1 : k;
  }
  return program;
}

class Writer {
  readonly list: Instruction[] = [];
  private readonly firstFree: number;
  private code: Instruction[] = [];

  constructor(firstFree: number) {
    this.firstFree = firstFree;
  }

  put(code: number, k: number, jt = 0, jf = 0): number {
    if (this.list.length >= bpf.MAX_INSTRUCTIONS) throw new TooLarge(`more than ${bpf.MAX_INSTRUCTIONS} instructions`);
    return this.list.push({ code, jt, jf, k }) - 1;
  }

  /** Where the condition begins, when what follows it begins at `yes` and `no`. */
  condition(what: Condition, yes: number, no: number): number {
    switch (what.kind) {
      case 'always':
        return what.holds ? yes : no;
      case 'not':
        return this.condition(what.of, no, yes);
      case 'all': {
        let next = yes;
        for (let i = what.parts.length - 1; i >= 0; i--) next = this.condition(what.parts[i]!, next, no);
        return next;
      }
      case 'any': {
        let next = no;
        for (let i = what.parts.length - 1; i >= 0; i--) next = this.condition(what.parts[i]!, yes, next);
        return next;
      }
      case 'let':
        this.step(yes);
        return this.before(() => {
          this.value(what.value, this.firstFree);
          this.add(bpf.ST, what.slot);
        });
      default:
        return this.test(what.jump, what.left, what.right, yes, no);
    }
  }

  private test(jump: number, left: Value, right: Value, yes: number, no: number): number {
    const byX = right.kind !== 'number';
    const jt = this.reachable(yes, 2);
    const jf = this.reachable(no, 1);
    this.put(bpf.JMP | jump | (byX ? bpf.X : bpf.K), byX ? 0 : right.value, jt, jf);
    return this.before(() => {
      if (!byX) this.value(left, this.firstFree);
      else this.pair(left, right, this.firstFree);
    });
  }

  /** What comes next begins at `place`. */
  private step(place: number): void {
    if (place !== this.list.length - 1) this.put(bpf.JMP | bpf.JA, place);
  }

  /** `place`, or a jump to it that is near enough for a test that comes up to `more` instructions later. */
  private reachable(place: number, more: number): number {
    return this.list.length + more - place - 1 > FARTHEST ? this.put(bpf.JMP | bpf.JA, place) : place;
  }

  /** Writes a straight piece of code in front; its beginning. */
  private before(make: () => void): number {
    this.code = [];
    make();
    for (const { code, k } of this.code.toReversed()) this.put(code, k);
    return this.list.length - 1;
  }

  private add(code: number, k = 0): void {
    this.code.push({ code, jt: 0, jf: 0, k });
  }

  /** A value into A; words from `free` on may be used. */
  private value(what: Value, free: number): void {
    switch (what.kind) {
      case 'number':
        this.add(bpf.LD | bpf.IMM, what.value);
        break;
      case 'length':
        this.add(bpf.LD | bpf.W | bpf.LEN);
        break;
      case 'word':
        this.add(bpf.LD | bpf.MEM, what.slot);
        break;
      case 'load':
        this.load(what, free);
        break;
      default:
        if (what.right.kind === 'number' && canBeConstant(what.operation, what.right.value)) {
          this.value(what.left, free);
          this.add(bpf.ALU | what.operation | bpf.K, what.right.value);
        } else {
          this.pair(what.left, what.right, free);
          this.add(bpf.ALU | what.operation | bpf.X);
        }
    }
  }

  /** `left` into A, `right` into X. */
  private pair(left: Value, right: Value, free: number): void {
    if (free >= bpf.SCRATCH_WORDS) throw new TooLarge(`a calculation that needs more than ${bpf.SCRATCH_WORDS} words`);
    this.value(left, free);
    this.add(bpf.ST, free);
    this.value(right, free + 1);
    this.add(bpf.MISC | bpf.TAX);
    this.add(bpf.LD | bpf.MEM, free);
  }

  private load({ size, offset, slot, header, index }: Value & { kind: 'load' }, free: number): void {
    const width = size === 4 ? bpf.W : size === 2 ? bpf.H : bpf.B;
    if (header < 0 && slot < 0 && (index === null || index.kind === 'number')) {
      this.fixed(width, (offset + (index === null ? 0 : index.value)) | 0);
      return;
    }
    if (index === null && slot < 0) {
      this.add(bpf.LDX | bpf.B | bpf.MSH, header);
      this.add(bpf.LD | width | bpf.IND, offset);
      return;
    }
    // the address, piece by piece, in A
    if (index === null) this.add(bpf.LD | bpf.IMM, 0);
    else this.value(index, free);
    if (slot >= 0) {
      this.add(bpf.LDX | bpf.MEM, slot);
      this.add(bpf.ALU | bpf.ADD | bpf.X);
    }
    if (header >= 0) this.addHeaderLength(header, slot, free);
    this.add(bpf.MISC | bpf.TAX);
    this.add(bpf.LD | width | bpf.IND, offset);
  }

  /** A place in front of the packet is one beyond it, as every place is that no packet has. */
  private fixed(width: number, offset: number): void {
    if (offset < 0) {
      this.add(bpf.LDX | bpf.W | bpf.IMM, offset);
      this.add(bpf.LD | width | bpf.IND, 0);
    } else this.add(bpf.LD | width | bpf.ABS, offset);
  }

  /** A += length of the IPv4 header at `header` plus the word `slot`. */
  private addHeaderLength(header: number, slot: number, free: number): void {
    if (slot < 0) {
      this.add(bpf.LDX | bpf.B | bpf.MSH, header);
      this.add(bpf.ALU | bpf.ADD | bpf.X);
      return;
    }
    if (free >= bpf.SCRATCH_WORDS) throw new TooLarge(`a calculation that needs more than ${bpf.SCRATCH_WORDS} words`);
    this.add(bpf.ST, free);
    this.add(bpf.LDX | bpf.MEM, slot);
    this.add(bpf.LD | bpf.B | bpf.IND, header);
    this.add(bpf.ALU | bpf.AND | bpf.K, 0xf);
    this.add(bpf.ALU | bpf.LSH | bpf.K, 2);
    this.add(bpf.MISC | bpf.TAX);
    this.add(bpf.LD | bpf.MEM, free);
    this.add(bpf.ALU | bpf.ADD | bpf.X);
  }
}

/** The check of programs refuses these as constants; in a register they are defined. */
function canBeConstant(operation: number, value: number): boolean {
  if (operation === bpf.DIV || operation === bpf.MOD) return value !== 0;
  return (operation !== bpf.LSH && operation !== bpf.RSH) || value >>> 0 < 32;
}
