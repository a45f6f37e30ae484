/**
 * Packets that a 6.18 kernel asked its sets about, in mangle PREROUTING: which rules each one hit, and what `ipset list -sorted`
 * showed afterwards. Rules are `-m set --match-set` (m: name, words, options) and `-j SET` (t).
 */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { decodeNetwork } from '../../../../src/packet/decode.ts';
import { Packet } from '../../../../src/packet/packet.ts';
import { listSets, parseSets, PLAIN_TEST, type CounterOp, type SetStore, type SetTestOptions } from '../../../../src/xtables/set/store.ts';
import { TargetMachine } from '../../../support/target-machine.ts';

type Rule = readonly ['m', name: string, words: string[], options: string[]] | readonly ['t', target: string];
interface Recording {
  readonly sets: string[];
  readonly rules: Rule[];
  readonly packets: [hex: string, hits: number[], mark: number][];
  readonly list: string[];
}

const ETHERNET = '020000000001020000001002';

function frame(hex: string, family: 4 | 6, index: number): Packet {
  const octets = Buffer.from(`${ETHERNET}${family === 4 ? '0800' : '86dd'}${hex}`, 'hex');
  const packet = new Packet();
  packet.bytes = Uint8Array.from(octets);
  packet.view = new DataView(packet.bytes.buffer);
  packet.end = octets.length;
  packet.link = 0;
  packet.network = 14;
  packet.indev = 1;
  packet.nowUs = 1e15 + 1000 * index;
  decodeNetwork(packet);
  return packet;
}

/** `--packets-gt 5` and the like, as the set match reads them. */
function testOptions(words: readonly string[]): SetTestOptions {
  const counter = (name: string): SetTestOptions['packets'] => {
    const at = words.findIndex((word) => word.startsWith(`--${name}-`));
    return at < 0 ? null : { op: words[at]!.slice(-2) as CounterOp, value: Number(words[at + 1]) };
  };
  return {
    ...PLAIN_TEST,
    returnNomatch: words.includes('--return-nomatch'),
    updateCounters: !words.includes('--update-counters'),
    updateSubcounters: !words.includes('--update-subcounters'),
    packets: counter('packets'),
    bytes: counter('bytes'),
  };
}

/** Whether a packet hits each rule, in order. */
function compile(rules: readonly Rule[], sets: SetStore, machine: TargetMachine): ((packet: Packet) => boolean)[] {
  return rules.map((rule) => {
    if (rule[0] === 't') {
      const target = machine.target(`-j SET ${rule[1]}`, 'mangle', 'PREROUTING');
      return (packet) => {
        target(packet);
        return true;
      };
    }
    const set = sets.acquire(rule[1], machine.host)!;
    const flags = Uint8Array.from(rule[2], (word) => (word === 'src' ? 1 : 0));
    const options = testOptions(rule[3]);
    return (packet) => set.test(packet, flags, options);
  });
}

/** Without what the kernel picks or measures. */
function comparable(list: readonly string[]): string[] {
  return list.map((line) => line.replace(/timeout \d+|Size in memory: \d+|initval \w+/g, ''));
}

describe.each([
  [4, 'recorded-sets4.json'],
  [6, 'recorded-sets6.json'],
] as const)('IPv%i sets', (family, file) => {
  const recording = JSON.parse(readFileSync(new URL(`./${file}`, import.meta.url), 'utf8')) as Recording;

  it('answers as the kernel did, packet by packet, and ends with the same elements', () => {
    const sets = parseSets(recording.sets.join('\n'));
    const machine = new TargetMachine(family, { sets });
    const rules = compile(recording.rules, sets, machine);
    const answers: string[] = [];
    const expected: string[] = [];
    recording.packets.forEach(([hex, hits, mark], index) => {
      const packet = frame(hex, family, index);
      const mine = rules.flatMap((hit, i) => (hit(packet) ? [i + 1] : []));
      const name = (list: number[]): string => list.map((n) => `${n} ${JSON.stringify(recording.rules[n - 1])}`).join('\n  ');
      answers.push(`${index} ${hex} mark ${packet.mark}\n  ${name(mine)}`);
      expected.push(`${index} ${hex} mark ${mark}\n  ${name(hits)}`);
    });
    expect(answers).toEqual(expected);
    expect(comparable(listSets(sets).split('\n'))).toEqual(comparable(recording.list));
  });
});
