/**
 * mark: texts as iptables-legacy 1.8.9 answered them, answers by hand-made packets.
 */
import { describe } from 'vitest';
import type { Packet } from '../../../../src/packet/packet.ts';
import { ipv4, packetOf } from '../../../support/frames.ts';
import { checkAnswers, checkTexts } from '../../../support/match-lab.ts';

describe('text of mark', () => {
  // biome-ignore format: a table
  checkTexts([
  ['-m mark --mark 1', '-m mark --mark 0x1', 'mark match 0x1'],
  ['-m mark ! --mark 0x10/0xff', '=', 'mark match ! 0x10/0xff'],
  ['-m mark --mark 1/0', '-m mark --mark 0x1/0x0', 'mark match 0x1/0x0'],
  ['-m mark --mark 0x1ff/0xff', '=', 'mark match 0x1ff/0xff'],
  ['-m mark --mark 010', '-m mark --mark 0x8', 'mark match 0x8'],
  ['-m mark --mark 4294967295', '-m mark --mark 0xffffffff', 'mark match 0xffffffff'],
  ['-m mark --mark 4294967296', 'FAIL', 'mark: bad integer value for option "--mark", or out of range'],
  ['-m mark --mark -1', 'FAIL', 'mark: bad integer value for option "--mark", or out of range'],
  ['-m mark --mark 1/', 'FAIL', 'mark: bad integer value for option "--mark", or out of range'],
  ['-m mark --mark 1/x', 'FAIL', 'mark: bad integer value for option "--mark", or out of range'],
  ['-m mark --mark 1/2/3', 'FAIL', 'mark: trailing garbage after value for option "--mark"'],
  ['-m mark --mark ""', 'FAIL', 'mark: bad integer value for option "--mark", or out of range'],
  ['-m mark --mark /5', 'FAIL', 'mark: bad integer value for option "--mark", or out of range'],
  ['-m mark', 'FAIL', 'mark: option "--mark" must be specified'],
  ['-m mark --mark 1 --mark 2', 'FAIL', 'mark: option "--mark" can only be used once'],
  ['-m mark ! --mark 1/0xffffffff', '-m mark ! --mark 0x1', 'mark match ! 0x1'],
]);
});

describe('answers of mark', () => {
  const marked = (mark: number): Packet => packetOf(ipv4({}), { mark: mark | 0 });
  checkAnswers([
    ['-m mark --mark 0x10', marked(0x10), true, 'equal'],
    ['-m mark --mark 0x10', marked(0x110), false, 'more bits'],
    ['-m mark --mark 0x10/0xff', marked(0x110), true, 'equal under the mask'],
    ['-m mark ! --mark 0x10/0xff', marked(0x110), false, 'equal under the mask'],
    ['-m mark --mark 0xffffffff', marked(0xffffffff), true, 'all bits'],
    ['-m mark --mark 0x80000000/0x80000000', marked(0xdeadbeef), true, 'the highest bit'],
    ['-m mark --mark 0x1ff/0xff', marked(0x1ff), false, 'a value outside its mask'],
    ['-m mark --mark 0/0', marked(7), true, 'no bit is compared'],
  ]);
});
