/**
 * string: texts as iptables-legacy 1.8.9 answered them, answers by hand-made packets.
 */
import { describe, expect, it } from 'vitest';
import type { Packet } from '../../../../src/packet/packet.ts';
import { ipv4, packetOf, udp } from '../../../support/frames.ts';
import { answers, checkAnswers, checkTexts } from '../../../support/match-lab.ts';

describe('text of string', () => {
  // biome-ignore format: a table
  checkTexts([
    ['-m string --string "te\\"st" --algo bm', '=', 'STRING match  "te\\"st" ALGO name bm'],
    ['-m string --string "a\\\\b" --algo bm', '=', 'STRING match  "a\\\\b" ALGO name bm'],
    ['-m string --string a|b --algo bm', '-m string --string "a|b" --algo bm', 'STRING match  "a|b" ALGO name bm'],
    ['-m string --string "a b" --algo bm', '=', 'STRING match  "a b" ALGO name bm'],
    ['-m string --hex-string "|de ad|beef" --algo kmp', '-m string --hex-string "|dead62656566|" --algo kmp', 'STRING match  "|dead62656566|" ALGO name kmp'],
    ['-m string --hex-string abc|61| --algo kmp', '-m string --string "abca" --algo kmp', 'STRING match  "abca" ALGO name kmp'],
    ['-m string --hex-string "|61 62 63|" --algo kmp', '-m string --string "abc" --algo kmp', 'STRING match  "abc" ALGO name kmp'],
    ['-m string --hex-string "|61 0a|" --algo kmp', '-m string --hex-string "|610a|" --algo kmp', 'STRING match  "|610a|" ALGO name kmp'],
    ['-m string --hex-string "GET |20|" --algo kmp', '-m string --string "GET  " --algo kmp', 'STRING match  "GET  " ALGO name kmp'],
    ['-m string --hex-string abc --algo kmp', '-m string --string "abc" --algo kmp', 'STRING match  "abc" ALGO name kmp'],
    ['-m string --hex-string "a\\\\|b" --algo kmp', '-m string --string "a|b" --algo kmp', 'STRING match  "a|b" ALGO name kmp'],
    ['-m string --hex-string |6 --algo kmp', 'FAIL', 'Odd number of hex digits'],
    ['-m string --hex-string |6| --algo kmp', 'FAIL', 'Invalid hex block'],
    ['-m string --hex-string "|6 1|" --algo kmp', 'FAIL', "Invalid hex char ' '"],
    ['-m string --hex-string |zz| --algo kmp', 'FAIL', "Invalid hex char 'z'"],
    ['-m string --hex-string "" --algo kmp', 'FAIL', 'STRING must contain at least one char'],
    ['-m string --string "" --algo kmp', 'FAIL', 'STRING must contain at least one char'],
    ['-m string --string foo --algo kmp --from 10', '-m string --string "foo" --algo kmp --from 10', 'STRING match  "foo" ALGO name kmp FROM 10'],
    ['-m string --string foo --algo kmp --to 10', '-m string --string "foo" --algo kmp --to 10', 'STRING match  "foo" ALGO name kmp TO 10'],
    ['-m string --string foo --algo kmp --from 10 --to 20', '-m string --string "foo" --algo kmp --from 10 --to 20', 'STRING match  "foo" ALGO name kmp FROM 10 TO 20'],
    ['-m string --string foo --algo kmp --from 20 --to 10', 'FAIL', 'string: --from 20 lies behind --to 10'],
    ['-m string --string foo --algo kmp --from 0', '-m string --string "foo" --algo kmp', 'STRING match  "foo" ALGO name kmp'],
    ['-m string --string foo --algo kmp --to 65535', '-m string --string "foo" --algo kmp', 'STRING match  "foo" ALGO name kmp'],
    ['-m string --string foo --algo kmp --to 65536', 'FAIL', 'string: bad value for option "--to", or out of range (0-65535)'],
    ['-m string --string foo --algo kmp --from 65535', '-m string --string "foo" --algo kmp --from 65535', 'STRING match  "foo" ALGO name kmp FROM 65535'],
    ['-m string --string foo --algo kmp --icase', '-m string --string "foo" --algo kmp --icase', 'STRING match  "foo" ALGO name kmp ICASE'],
    ['-m string ! --string foo --algo kmp --icase --from 3', '-m string ! --string "foo" --algo kmp --from 3 --icase', 'STRING match ! "foo" ALGO name kmp FROM 3 ICASE'],
    ['-m string ! --hex-string |00| --algo kmp --icase --from 3 --to 9', '-m string ! --hex-string "|00|" --algo kmp --from 3 --to 9 --icase', 'STRING match ! "|00|" ALGO name kmp FROM 3 TO 9 ICASE'],
    ['-m string --string foo --hex-string bar --algo bm', 'FAIL', 'string: option "--string" cannot be used together with "--hex-string"'],
    ['-m string --string foo', 'FAIL', 'string: option "--algo" must be specified'],
    ['-m string --string foo --algo BM', 'FAIL', 'string: no search algorithm "BM"'],
    ['-m string --string foo --algo fsm', 'FAIL', 'string: no search algorithm "fsm"'],
    ['-m string --algo bm --string "caf\\\\xc3"', '-m string --string "caf\\\\xc3" --algo bm', 'STRING match  "caf\\\\xc3" ALGO name bm'],
    ['-m string --algo bm --string "café"', '-m string --hex-string "|636166c3a9|" --algo bm', 'STRING match  "|636166c3a9|" ALGO name bm'],
    ['-m string --algo bm --string !foo', '-m string --string "!foo" --algo bm', 'STRING match  "!foo" ALGO name bm'],
    ['-m string --algo bm --hex-string "|20 41 42|"', '-m string --string " AB" --algo bm', 'STRING match  " AB" ALGO name bm'],
    ['-m string --algo bm --hex-string "|41 22 42|"', '-m string --string "A\\"B" --algo bm', 'STRING match  "A\\"B" ALGO name bm'],
    ['-m string --algo bm --hex-string "|41 7c|"', '-m string --string "A|" --algo bm', 'STRING match  "A|" ALGO name bm'],
    ['-m string --algo bm --hex-string "|41 5c 42|"', '-m string --string "A\\\\B" --algo bm', 'STRING match  "A\\\\B" ALGO name bm'],
    ['-m string --algo bm --hex-string |7f|', '-m string --hex-string "|7f|" --algo bm', 'STRING match  "|7f|" ALGO name bm'],
    ['-m string --algo bm --hex-string |80|', '-m string --hex-string "|80|" --algo bm', 'STRING match  "|80|" ALGO name bm'],
    ['-m string --algo bm --hex-string |ff41|', '-m string --hex-string "|ff41|" --algo bm', 'STRING match  "|ff41|" ALGO name bm'],
    ['-m string --algo bm --string "a!b#c$d"', '-m string --string "a!b#c$d" --algo bm', 'STRING match  "a!b#c$d" ALGO name bm'],
    ['-m string --algo bm --hex-string ab|4142|cd|45|ef', '-m string --string "abABcdEef" --algo bm', 'STRING match  "abABcdEef" ALGO name bm'],
    ['-m string --algo bm --hex-string "ab|41 42|"', '-m string --string "abAB" --algo bm', 'STRING match  "abAB" ALGO name bm'],
    ['-m string --algo bm --hex-string ab|0a0b', 'FAIL', 'Invalid hex block'],
    ['-m string --algo bm --hex-string "ab\\\\41"', '-m string --string "ab41" --algo bm', 'STRING match  "ab41" ALGO name bm'],
  ]);
});

const text = (value: string): number[] => [...new TextEncoder().encode(value)];
const of = (value: string | number[]): Packet =>
  packetOf(ipv4({ protocol: 17 }, udp(1, 2, typeof value === 'string' ? text(value) : value)));

describe('answers of string', () => {
  for (const algo of ['bm', 'kmp']) {
    checkAnswers([
      [`-m string --string "needle" --algo ${algo}`, of('hay needle hay'), true, 'in the middle'],
      [`-m string --string "needle" --algo ${algo}`, of('needle'), true, 'all of it'],
      [`-m string --string "needle" --algo ${algo}`, of('needl'), false, 'cut off'],
      [`-m string ! --string "needle" --algo ${algo}`, of('needl'), true, 'cut off'],
      [`-m string --string "aab" --algo ${algo}`, of('aaab'), true, 'a border is taken again'],
      [`-m string --string "abcabd" --algo ${algo}`, of('abcabcabd'), true, 'a longer border is taken again'],
      [`-m string --string "NEEDLE" --algo ${algo}`, of('needle'), false, 'case counts'],
      [`-m string --string "NEEDLE" --algo ${algo} --icase`, of('nEeDlE'), true, 'case does not count'],
      [`-m string --hex-string "|e4|" --algo ${algo} --icase`, of([0xc4]), true, 'nor does that of Latin-1'],
      [`-m string --hex-string "|f7|" --algo ${algo} --icase`, of([0xd7]), false, 'the division sign is no letter'],
      [`-m string --hex-string "|45 00|" --algo ${algo}`, of('x'), true, 'octets count from the IP header'],
      [`-m string --string "x" --algo ${algo} --from 28`, of('x'), true, 'from its first octet on'],
      [`-m string --string "x" --algo ${algo} --from 29`, of('x'), false, 'from behind it'],
      [`-m string --string "xy" --algo ${algo} --to 30`, of('xy'), true, 'to its end'],
      [`-m string --string "xy" --algo ${algo} --to 29`, of('xy'), false, 'to before its last octet'],
      [`-m string --string "x" --algo ${algo} --from 60000`, of('x'), false, 'from behind the packet'],
    ]);
  }

  it('looks no further than the IP packet', () => {
    const padded = packetOf([...ipv4({ protocol: 17 }, udp(1, 2)), ...text('needle')]);
    expect(answers('-m string --string "needle" --algo kmp', [padded])).toEqual([false]);
  });

  it('looks into later fragments', () => {
    expect(answers('-m string --string "x" --algo kmp', [packetOf(ipv4({ protocol: 17, fragOffset: 8 }, text('x')))])).toEqual([true]);
  });

  it('Boyer-Moore skips some letters that --icase folds, as the kernel does', () => {
    const packet = of([0x2e, 0xdf, 0xe4, 0x2e]);
    const hex = (algo: string): string => `-m string --hex-string "|bfe4|" --algo ${algo} --icase --from 28`;
    expect([answers(hex('bm'), [packet]), answers(hex('kmp'), [packet])]).toEqual([[false], [true]]);
  });
});
