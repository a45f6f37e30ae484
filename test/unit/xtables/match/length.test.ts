/**
 * length: texts as iptables-legacy 1.8.9 answered them, answers by hand-made packets.
 */
import { describe } from 'vitest';
import { ipv4, ipv6, packetOf } from '../../../support/frames.ts';
import { checkAnswers, checkTexts } from '../../../support/match-lab.ts';

describe('text of length', () => {
  // biome-ignore format: a table
  checkTexts([
  ['-m length --length 1', '=', 'length 1'],
  ['-m length --length 1:2', '=', 'length 1:2'],
  ['-m length ! --length 1:2', '=', 'length !1:2'],
  ['-m length --length :2', '-m length --length 0:2', 'length 0:2'],
  ['-m length --length 4:', '-m length --length 4:65535', 'length 4:65535'],
  ['-m length --length :', '-m length --length 0:65535', 'length 0:65535'],
  ['-m length --length 4:4', '-m length --length 4', 'length 4'],
  ['-m length --length 4:3', 'FAIL', 'invalid range "4:3" (min > max)'],
  ['-m length --length 0:65536', 'FAIL', 'length: bad value for option "--length" near "65536", or out of range (0-65535)'],
  ['-m length --length -1:65535', 'FAIL', 'length: bad value for option "--length" near "-1", or out of range (0-65535)'],
  ['-m length --length x', 'FAIL', 'length: bad value for option "--length" near "x", or out of range (0-65535)'],
  ['-m length --length 1:2:3', 'FAIL', 'length: Too many components for option "--length" (max: 2)'],
  ['-m length --length 0x10:0x20', '-m length --length 16:32', 'length 16:32'],
  ['-m length --length ""', '-m length --length 0', 'length 0'],
  ['-m length', 'FAIL', 'length: option "--length" must be specified'],
  ['-m length ! --length :', '-m length ! --length 0:65535', 'length !0:65535'],
  ['-m length --length " 5"', '-m length --length 5', 'length 5'],
  ['-m length --length +5', '-m length --length 5', 'length 5'],
  ['-m length --length 010', '-m length --length 8', 'length 8'],
  ['-m length --length 5x', 'FAIL', 'length: Argument to "--length" has unexpected characters near "x"'],
  ['-m length --length 5:x', 'FAIL', 'length: bad value for option "--length" near "x", or out of range (0-65535)'],
  ['-m length --length 5:6x', 'FAIL', 'length: Argument to "--length" has unexpected characters near "x"'],
]);
});

describe('answers of length', () => {
  const packet = packetOf(ipv4({ protocol: 17 }, new Uint8Array(9)));
  const cut = packetOf(ipv4({ protocol: 17 }, new Uint8Array(80)).slice(0, 60));
  checkAnswers([
    ['-m length --length 29', packet, true, 'IP header and payload'],
    ['-m length --length 30', packet, false, 'one more'],
    ['-m length --length 20:29', packet, true, 'last of the range'],
    ['-m length ! --length 20:29', packet, false, 'last of the range'],
    ['-m length --length 100', cut, true, 'what the header claims, not what was captured'],
    ['-m length --length 49', packetOf(ipv6({ next: 17 }, new Uint8Array(9))), true, 'the IPv6 header counts'],
  ]);
});
