/**
 * bpf: texts as iptables-legacy 1.8.9 answered them, answers by hand-made packets.
 */
import { describe } from 'vitest';
import { Hook } from '../../../../src/hook/hook.ts';
import { ipv4, packetOf, tcp } from '../../../support/frames.ts';
import { checkAnswers, checkTexts } from '../../../support/match-lab.ts';

describe('text of bpf', () => {
  // biome-ignore format: a table
  checkTexts([
    ['-m bpf --bytecode "4,48 0 0 9,21 0 1 6,6 0 0 1,6 0 0 0"', '='],
    ['-m bpf --bytecode "4,48 0 0 9,21 0 1 6,6 0 0 1,6 0 0 0,"', '-m bpf --bytecode "4,48 0 0 9,21 0 1 6,6 0 0 1,6 0 0 0"'],
    ['-m bpf --bytecode "4,48 0 0 9,21 0 1 6,6 0 0 1"', 'FAIL', 'bpf: parsed program length is less than the encoded length parameter'],
    ['-m bpf --bytecode 0,', 'FAIL', 'bpf: illegal zero length program'],
    ['-m bpf --bytecode "65,6 0 0 0"', 'FAIL', 'bpf: number of instructions exceeds maximum'],
    ['-m bpf --bytecode "1,6 0 0 4294967295"', '='],
    ['-m bpf --bytecode "1,6 0 0 0x10"', '-m bpf --bytecode "1,6 0 0 0"'],
    ['-m bpf --bytecode "1,6 0 0 -1"', '-m bpf --bytecode "1,6 0 0 4294967295"'],
    ['-m bpf --bytecode "1,22 0 0 0"', '='],
    ['-m bpf --bytecode "1,0 0 0 0"', 'FAIL', 'bpf: the last instruction is no return'],
    ['-m bpf --bytecode "2,21 5 0 0,6 0 0 0"', 'FAIL', 'bpf: instruction 0: jump out of the program'],
    ['-m bpf --bytecode "2,255 0 0 0,6 0 0 0"', 'FAIL', 'bpf: instruction 0: unknown code 255'],
    ['-m bpf --bytecode "2,96 0 0 3,6 0 0 0"', 'FAIL', 'bpf: instruction 0: scratch word 3 is read before it is written'],
    ['-m bpf --bytecode "2,52 0 0 0,6 0 0 0"', 'FAIL', 'bpf: instruction 0: division by 0'],
    ['-m bpf --bytecode "2,32 0 0 4294963200,6 0 0 1"', '='],
    ['-m bpf --bytecode "2,32 0 0 4294963204,22 0 0 1"', '='],
    ['-m bpf --bytecode "1,foo 0 0 1"', 'FAIL', 'bpf: error at instr 0'],
    ['-m bpf --bytecode 1', 'FAIL', 'bpf: error parsing program length'],
    ['-m bpf --bytecode x', 'FAIL', 'bpf: error parsing program length'],
    ['-m bpf --bytecode "1,6 0 0"', 'FAIL', 'bpf: error at instr 0'],
    ['-m bpf --bytecode "1,6 0 0 1 5"', '-m bpf --bytecode "1,6 0 0 1"'],
    ['-m bpf --bytecode " 1 , 6  0 0   1"', 'FAIL', 'bpf: error parsing program length'],
    ['-m bpf', 'FAIL', 'bpf: one of --bytecode or --pinned is required'],
    ['-m bpf --object-pinned /foo', 'FAIL', 'bpf: a pinned program is not part of a rule set'],
  ]);
});

const packet = packetOf(ipv4({ protocol: 6, src: '10.0.0.1' }, tcp({ dport: 22 })), { mark: 7, indev: 3, hook: Hook.Forward });
const later = packetOf(ipv4({ protocol: 6, fragOffset: 8 }, [0, 22, 0, 22]));
const PORT_22 = '-m bpf --bytecode "7,40 0 0 6,69 4 0 8191,177 0 0 0,72 0 0 2,21 0 1 22,6 0 0 1,6 0 0 0"';

describe('answers of bpf', () => {
  checkAnswers([
    ['-m bpf --bytecode "4,48 0 0 9,21 0 1 6,6 0 0 1,6 0 0 0"', packet, true, 'the protocol'],
    ['-m bpf --bytecode "4,48 0 0 9,21 0 1 17,6 0 0 1,6 0 0 0"', packet, false, 'the protocol'],
    [PORT_22, packet, true, 'the port behind the IP header'],
    [PORT_22, later, false, 'a later fragment'],
    ['-m bpf --bytecode "2,32 0 0 37,6 0 0 1"', packet, false, 'a load beyond the packet'],
    ['-m bpf --bytecode "2,32 0 0 36,6 0 0 1"', packet, true, 'the last word'],
    ['-m bpf --bytecode "4,32 0 0 4294963220,21 0 1 7,6 0 0 1,6 0 0 0"', packet, true, 'the mark'],
    ['-m bpf --bytecode "4,32 0 0 4294963208,21 0 1 3,6 0 0 1,6 0 0 0"', packet, true, 'the device'],
    ['-m bpf --bytecode "4,40 0 0 4294963200,21 0 1 2048,6 0 0 1,6 0 0 0"', packet, true, 'the protocol of the link'],
    ['-m bpf --bytecode "4,48 0 0 4293918729,21 0 1 6,6 0 0 1,6 0 0 0"', packet, true, 'an octet of the network header'],
    ['-m bpf --bytecode "2,48 0 0 4292870144,6 0 0 1"', packet, false, 'an octet of a link header that is not there'],
    ['-m bpf --bytecode "4,32 0 0 4294963252,21 0 1 40,6 0 0 1,6 0 0 0"', packet, true, 'where the payload starts'],
  ]);
});
