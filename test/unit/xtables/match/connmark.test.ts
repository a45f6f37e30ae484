/**
 * connmark: texts as iptables-legacy 1.8.9 answered them, answers by hand-made packets.
 */
import { describe } from 'vitest';
import type { Conntrack } from '../../../../src/conntrack/conntrack.ts';
import type { Packet } from '../../../../src/packet/packet.ts';
import { ipv4, packetOf } from '../../../support/frames.ts';
import { checkAnswers, checkTexts } from '../../../support/match-lab.ts';

describe('text of connmark', () => {
  // biome-ignore format: a table
  checkTexts([
  ['-m connmark --mark 1', '-m connmark --mark 0x1', 'connmark match  0x1'],
  ['-m connmark ! --mark 0x10/0xff', '=', 'connmark match ! 0x10/0xff'],
  ['-m connmark --mark 1/0', '-m connmark --mark 0x1/0x0', 'connmark match  0x1/0x0'],
  ['-m connmark --mark 4294967296', 'FAIL', 'connmark: bad integer value for option "--mark", or out of range'],
  ['-m connmark --mark -1', 'FAIL', 'connmark: bad integer value for option "--mark", or out of range'],
  ['-m connmark', 'FAIL', 'connmark: option "--mark" must be specified'],
]);
});

describe('answers of connmark', () => {
  const conntrack = { mark: (entry: number) => (entry === 3 ? 0x8000_0110 | 0 : 0) } as Partial<Conntrack> as Conntrack;
  const of = (ct: number): Packet => packetOf(ipv4({}), { ct, mark: 7 });
  checkAnswers(
    [
      ['-m connmark --mark 0x80000110', of(3), true, 'equal'],
      ['-m connmark --mark 0x10/0xff', of(3), true, 'equal under the mask'],
      ['-m connmark ! --mark 0x10/0xff', of(3), false, 'equal under the mask'],
      ['-m connmark --mark 7', of(0), false, 'the mark of the packet does not count'],
      ['-m connmark --mark 0', of(-1), false, 'no connection'],
      ['-m connmark ! --mark 5', of(-1), false, 'no connection'],
      ['-m connmark ! --mark 5', of(-2), false, 'untracked'],
    ],
    { conntrack },
  );
});
