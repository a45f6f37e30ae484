/**
 * realm: texts as iptables-legacy 1.8.9 answered them; answers as a Linux 6.18 router gave them.
 */
import { describe } from 'vitest';
import { ipv4, packetOf } from '../../../support/frames.ts';
import { checkAnswers, checkTexts } from '../../../support/match-lab.ts';

describe('text of realm', () => {
  // biome-ignore format: a table
  checkTexts([
  ['-m realm --realm 1', '-m realm --realm 0x1', 'realm 0x1'],
  ['-m realm --realm 0x1/0x2a', '=', 'realm 0x1/0x2a'],
  ['-m realm ! --realm 0x1/0xffff', '=', '! realm 0x1/0xffff'],
  ['-m realm --realm x', 'FAIL', 'realm: could not map name x to an integer value for option "--realm"'],
  ['-m realm --realm cosmos', '=', 'realm 0x0'],
  ['-m realm --realm 65536', '-m realm --realm 0x10000', 'realm 0x10000'],
  ['-m realm', 'FAIL', 'realm: option "--realm" must be specified'],
  ['-m realm --realm 1/0', '-m realm --realm 0x1/0x0', 'realm 0x1/0x0'],
  ['-m realm --realm unknown', 'FAIL', 'realm: could not map name unknown to an integer value for option "--realm"'],
  ['-m realm --realm cosmos/5', 'FAIL', 'realm: could not map name cosmos/5 to an integer value for option "--realm"'],
  ['-m realm --realm 0', '-m realm --realm cosmos', 'realm 0x0'],
  ['-m realm --realm 4294967296', 'FAIL', 'realm: bad integer value for option "--realm", or out of range'],
  ['-m realm ! --realm cosmos', '=', '! realm 0x0'],
]);
  // biome-ignore format: a table
  checkTexts([
  ['-m realm --realm 1', 'FAIL', 'realm match: used from hooks PREROUTING, but only usable from INPUT/FORWARD/OUTPUT/POSTROUTING'],
], { table: 'mangle', chain: 'PREROUTING' });
  // biome-ignore format: a table
  checkTexts([
  ['-m realm --realm 1', 'FAIL', "match 'realm' is not evaluated for IPv6"],
], { family: 6 });
});

describe('answers of realm, where routes have none', () => {
  const packet = packetOf(ipv4({}));
  checkAnswers([
    ['-m realm --realm 0', packet, true, 'none is 0'],
    ['-m realm --realm 0/1', packet, true, 'under a mask'],
    ['-m realm --realm 1', packet, false, 'another'],
    ['-m realm ! --realm 1', packet, true, 'not another'],
  ]);
});
