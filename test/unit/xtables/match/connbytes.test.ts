/**
 * connbytes: texts as iptables-legacy 1.8.9 answered them, answers by hand-made packets.
 */
import { describe, expect, it } from 'vitest';
import type { Conntrack } from '../../../../src/conntrack/conntrack.ts';
import type { Packet } from '../../../../src/packet/packet.ts';
import { ipv4, packetOf } from '../../../support/frames.ts';
import { checkAnswers, checkTexts, matchOf } from '../../../support/match-lab.ts';

describe('text of connbytes', () => {
  // biome-ignore format: a table
  checkTexts([
    ['-m connbytes --connbytes 1000:2000 --connbytes-dir original --connbytes-mode packets', '-m connbytes --connbytes 1000:2000 --connbytes-mode packets --connbytes-dir original', 'connbytes 1000:2000 connbytes mode packets connbytes direction original'],
    ['-m connbytes ! --connbytes 1000:2000 --connbytes-dir reply --connbytes-mode avgpkt', '-m connbytes ! --connbytes 1000:2000 --connbytes-mode avgpkt --connbytes-dir reply', '! connbytes 1000:2000 connbytes mode avgpkt connbytes direction reply'],
    ['-m connbytes ! --connbytes 1000: --connbytes-dir both --connbytes-mode bytes', '-m connbytes ! --connbytes 1000 --connbytes-mode bytes --connbytes-dir both', '! connbytes 1000 connbytes mode bytes connbytes direction both'],
    ['-m connbytes ! --connbytes :1000 --connbytes-dir both --connbytes-mode bytes', '-m connbytes ! --connbytes 0:1000 --connbytes-mode bytes --connbytes-dir both', '! connbytes 0:1000 connbytes mode bytes connbytes direction both'],
    ['-m connbytes --connbytes :1000 --connbytes-dir both --connbytes-mode bytes', '-m connbytes --connbytes 0:1000 --connbytes-mode bytes --connbytes-dir both', 'connbytes 0:1000 connbytes mode bytes connbytes direction both'],
    ['-m connbytes --connbytes 0:0 --connbytes-dir both --connbytes-mode bytes', '-m connbytes --connbytes 0 --connbytes-mode bytes --connbytes-dir both', 'connbytes 0 connbytes mode bytes connbytes direction both'],
    ['-m connbytes --connbytes 2000:1000 --connbytes-dir both --connbytes-mode bytes', 'FAIL', '2000 should be less than 1000'],
    ['-m connbytes --connbytes 0xffffffffffffffff --connbytes-dir both --connbytes-mode bytes', '-m connbytes --connbytes 18446744073709551615 --connbytes-mode bytes --connbytes-dir both', 'connbytes 18446744073709551615 connbytes mode bytes connbytes direction both'],
    ['-m connbytes ! --connbytes 5:5 --connbytes-dir both --connbytes-mode bytes', '-m connbytes --connbytes 5:5 --connbytes-mode bytes --connbytes-dir both', 'connbytes 5:5 connbytes mode bytes connbytes direction both'],
    ['-m connbytes --connbytes 18446744073709551616 --connbytes-dir both --connbytes-mode bytes', 'FAIL', 'connbytes: bad value for option "--connbytes" near "18446744073709551616", or out of range (0-18446744073709551615)'],
    ['-m connbytes --connbytes 18446744073709551615 --connbytes-dir both --connbytes-mode bytes', '-m connbytes --connbytes 18446744073709551615 --connbytes-mode bytes --connbytes-dir both', 'connbytes 18446744073709551615 connbytes mode bytes connbytes direction both'],
    ['-m connbytes ! --connbytes 18446744073709551615 --connbytes-dir both --connbytes-mode bytes', '-m connbytes --connbytes 18446744073709551615 --connbytes-mode bytes --connbytes-dir both', 'connbytes 18446744073709551615 connbytes mode bytes connbytes direction both'],
    ['-m connbytes --connbytes 10 --connbytes-dir both', 'FAIL', 'connbytes: option "--connbytes-mode" must be specified'],
    ['-m connbytes --connbytes 10 --connbytes-mode bytes', 'FAIL', 'connbytes: option "--connbytes-dir" must be specified'],
    ['-m connbytes --connbytes-mode bytes', 'FAIL', 'connbytes: option "--connbytes" must be specified'],
    ['-m connbytes --connbytes 10 --connbytes-dir foo --connbytes-mode bytes', 'FAIL', "Unknown --connbytes-dir `foo'"],
    ['-m connbytes --connbytes 10 --connbytes-dir both --connbytes-mode foo', 'FAIL', "Unknown --connbytes-mode `foo'"],
    ['-m connbytes --connbytes 1:2:3 --connbytes-dir both --connbytes-mode bytes', 'FAIL', 'connbytes: Too many components for option "--connbytes" (max: 2)'],
    ['-m connbytes --connbytes 1x --connbytes-dir both --connbytes-mode bytes', 'FAIL', 'connbytes: Argument to "--connbytes" has unexpected characters near "x"'],
    ['-m connbytes --connbytes abc --connbytes-dir both --connbytes-mode bytes', 'FAIL', 'connbytes: bad value for option "--connbytes" near "abc", or out of range (0-18446744073709551615)'],
    ['-m connbytes --connbytes : --connbytes-dir both --connbytes-mode bytes', '-m connbytes --connbytes 0 --connbytes-mode bytes --connbytes-dir both', 'connbytes 0 connbytes mode bytes connbytes direction both'],
    ['-m connbytes --connbytes 10 --connbytes-dir both --connbytes-mode bytes', '-m connbytes --connbytes 10 --connbytes-mode bytes --connbytes-dir both', 'connbytes 10 connbytes mode bytes connbytes direction both'],
    ['-m connbytes ! --connbytes 10 --connbytes-dir both --connbytes-mode bytes', '-m connbytes ! --connbytes 10 --connbytes-mode bytes --connbytes-dir both', '! connbytes 10 connbytes mode bytes connbytes direction both'],
  ]);
});

describe('answers of connbytes', () => {
  let accounting = false;
  const conntrack = {
    enableAccounting: () => {
      accounting = true;
    },
    packets: (_entry: number, way: number) => (way === 0 ? 3 : 2),
    bytes: (entry: number, way: number) => (entry === 2 ? 0 : way === 0 ? 1000 : 100),
  } as Partial<Conntrack> as Conntrack;
  const of = (ct: number): Packet => packetOf(ipv4({}), { ct });
  const rule = (range: string, way: string, mode: string): string =>
    `-m connbytes ${range.startsWith('! ') ? '! ' : ''}--connbytes ${range.replace('! ', '')} --connbytes-dir ${way} --connbytes-mode ${mode}`;
  checkAnswers(
    [
      [rule('3:3', 'original', 'packets'), of(1), true, 'both ends are included'],
      [rule('4', 'original', 'packets'), of(1), false, 'too few'],
      [rule('! 4', 'original', 'packets'), of(1), true, 'outside of the range'],
      [rule('! 1:3', 'original', 'packets'), of(1), false, 'inside'],
      [rule('2:2', 'reply', 'packets'), of(1), true, 'the other direction'],
      [rule('5:5', 'both', 'packets'), of(1), true, 'both directions'],
      [rule('1100:1100', 'both', 'bytes'), of(1), true, 'octets'],
      [rule('333:333', 'original', 'avgpkt'), of(1), true, 'octets a packet, rounded down'],
      [rule('220:220', 'both', 'avgpkt'), of(1), true, 'octets a packet of both'],
      [rule('0', 'both', 'bytes'), of(2), true, 'nothing, and a range that has no end'],
      [rule('0', 'both', 'bytes'), of(-1), false, 'no connection'],
      [rule('! 5', 'both', 'bytes'), of(-1), false, 'no connection'],
    ],
    { conntrack },
  );

  it('turns accounting on', () => {
    accounting = false;
    matchOf(rule('1', 'both', 'bytes'), { conntrack });
    expect(accounting).toBe(true);
  });
});
