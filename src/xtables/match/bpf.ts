/**
 * bpf: a classic BPF program that runs on the packet from its IP header; anything but 0 matches.
 *
 *   -m bpf --bytecode "4,48 0 0 9,21 0 1 6,6 0 0 1,6 0 0 0"          (what `tcpdump -ddd` or nfbpf_compile prints)
 *
 * Programs pinned in the bpf file system (--object-pinned) are not part of a rule set and are refused.
 * Reference: iptables-extensions(8), "bpf". Kernel counterpart: net/netfilter/xt_bpf.c (behaviour only).
 * @module
 */
import { type BpfProgram, checkProgram } from '../../bpf/code.ts';
import { BpfMachine } from '../../bpf/machine.ts';
import type { MatchModule } from '../match.ts';
import type { GivenOption } from '../options.ts';
import { PacketFacts } from './bpf-facts.ts';
import { scanDecimal } from './option-value.ts';

/** Instructions one rule may hold. */
const MAX_INSTRUCTIONS = 64;

export interface BpfInfo {
  readonly program: BpfProgram;
}

export const bpf: MatchModule<BpfInfo> = {
  name: 'bpf',
  scope: 'stateless',
  options: [{ name: 'bytecode' }, { name: 'object-pinned' }],

  parse(options) {
    if (options.has('object-pinned')) options.unsupported('bpf: a pinned program is not part of a rule set');
    const given = options.get('bytecode');
    if (given === undefined) return options.fail('bpf: one of --bytecode or --pinned is required');
    const program = parseProgram(given);
    const refusal = checkProgram(program);
    if (refusal !== null) given.fail(`bpf: ${refusal}`);
    return { program };
  },

  print({ program }) {
    return `--bytecode "${program.code.length},${format(program)}"`;
  },

  listTight: true,
  list({ program }) {
    return `match bpf ${format(program)}`;
  },

  compile({ program }, services) {
    const facts = new PacketFacts(services);
    const machine = new BpfMachine(program, (fact, a, x) => facts.answer(fact, a, x));
    return (packet) => {
      facts.packet = packet;
      machine.aim(packet.view, packet.network, packet.networkEnd);
      machine.network = packet.network;
      machine.link = packet.link;
      return machine.run() !== 0;
    };
  },
};

function format({ code, jt, jf, k }: BpfProgram): string {
  return Array.from(code, (op, i) => `${op} ${jt[i]} ${jf[i]} ${k[i]! >>> 0}`).join(',');
}

/** `count,op jt jf k,op jt jf k...`; anything behind the fourth number of an instruction is not read. */
function parseProgram(given: GivenOption): BpfProgram {
  const [head, ...lines] = given.value.split(',');
  if (lines.length === 0 || !/^[0-9]{1,9}$/.test(head!)) given.fail('bpf: error parsing program length');
  const length = Number(head);
  if (length === 0) given.fail('bpf: illegal zero length program');
  if (length > MAX_INSTRUCTIONS) given.fail('bpf: number of instructions exceeds maximum');
  if (lines.at(-1) === '') lines.pop();
  const program = makeProgram(length);
  for (let i = 0; i < lines.length; i++) {
    if (i === length) given.fail('bpf: real program length exceeds encoded length parameter');
    const numbers = fourNumbers(lines[i]!);
    if (numbers === null) return given.fail(`bpf: error at instr ${i}`);
    program.code[i] = Number(BigInt.asUintN(16, numbers[0]));
    program.jt[i] = Number(BigInt.asUintN(8, numbers[1]));
    program.jf[i] = Number(BigInt.asUintN(8, numbers[2]));
    program.k[i] = Number(BigInt.asIntN(32, numbers[3]));
  }
  if (lines.length < length) given.fail('bpf: parsed program length is less than the encoded length parameter');
  return program;
}

function makeProgram(length: number): BpfProgram {
  return { code: new Uint16Array(length), jt: new Uint8Array(length), jf: new Uint8Array(length), k: new Int32Array(length) };
}

function fourNumbers(text: string): readonly [bigint, bigint, bigint, bigint] | null {
  const numbers: bigint[] = [];
  let at = 0;
  for (let i = 0; i < 4; i++) {
    const scanned = scanDecimal(text, at);
    if (scanned === null) return null;
    numbers.push(scanned.value);
    at = scanned.end;
  }
  return [numbers[0]!, numbers[1]!, numbers[2]!, numbers[3]!];
}
