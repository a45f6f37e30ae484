/**
 * helper: texts as iptables-legacy 1.8.9 answered them, answers by hand-made packets.
 */
import { describe } from 'vitest';
import type { Conntrack } from '../../../../src/conntrack/conntrack.ts';
import type { Packet } from '../../../../src/packet/packet.ts';
import { ipv4, packetOf } from '../../../support/frames.ts';
import { checkAnswers, checkTexts } from '../../../support/match-lab.ts';

describe('text of helper', () => {
  // biome-ignore format: a table
  checkTexts([
  ['-m helper --helper ftp', '=', 'helper match "ftp"'],
  ['-m helper ! --helper ftp', '=', 'helper match ! "ftp"'],
  ['-m helper --helper ""', '=', 'helper match ""'],
  ['-m helper --helper "a b"', '=', 'helper match "a b"'],
  ['-m helper --helper xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx', '-m helper --helper xxxxxxxxxxxxxxxxxxxxxxxxxxxxx', 'helper match "xxxxxxxxxxxxxxxxxxxxxxxxxxxxx"'],
  ['-m helper --helper ftp-2121', '=', 'helper match "ftp-2121"'],
  ['-m helper', 'FAIL', 'helper: option "--helper" must be specified'],
]);
});

describe('answers of helper', () => {
  // Entry 1 was announced by entry 0, which has a helper; entry 2 by entry 3, which has none; entry 0 by nobody.
  const masters = [-1, 0, 3, -1];
  const conntrack = {
    master: (entry: number) => masters[entry]!,
    helperName: (entry: number) => (entry === 0 ? 'ftp' : null),
  } as Partial<Conntrack> as Conntrack;
  const of = (ct: number): Packet => packetOf(ipv4({}), { ct });
  checkAnswers(
    [
      ['-m helper --helper ftp', of(1), true, 'announced by ftp'],
      ['-m helper ! --helper ftp', of(1), false, 'announced by ftp'],
      ['-m helper --helper tftp', of(1), false, 'another helper'],
      ['-m helper --helper ftp-2121', of(1), true, 'only as many letters as the name has are compared'],
      ['-m helper --helper ft', of(1), false, 'a part of the name'],
      ['-m helper --helper ""', of(1), true, 'any helper'],
      ['-m helper --helper ftp', of(2), false, 'announced by a connection without helper'],
      ['-m helper ! --helper ftp', of(2), true, 'announced by a connection without helper'],
      ['-m helper --helper ""', of(0), false, 'not announced'],
      ['-m helper ! --helper ""', of(0), true, 'not announced'],
      ['-m helper ! --helper ftp', of(-1), true, 'no connection'],
      ['-m helper --helper ftp', of(-2), false, 'untracked'],
    ],
    { conntrack },
  );
});
