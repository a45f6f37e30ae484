/**
 * devgroup: texts as iptables-legacy 1.8.9 answered them; answers as a Linux 6.18 router gave them.
 */
import { describe } from 'vitest';
import { ipv4, packetOf } from '../../../support/frames.ts';
import { checkAnswers, checkTexts } from '../../../support/match-lab.ts';

describe('text of devgroup', () => {
  // biome-ignore format: a table
  checkTexts([
  ['-m devgroup --src-group 1', '-m devgroup --src-group 0x1', 'src-group 0x1'],
  ['-m devgroup ! --src-group 1/3 ! --dst-group 0x5', '-m devgroup ! --src-group 0x1/0x3 ! --dst-group 0x5', '! src-group 0x1/0x3 ! dst-group 0x5'],
  ['-m devgroup --src-group default', '=', 'src-group 0x0'],
  ['-m devgroup --src-group x', 'FAIL', 'devgroup: could not map name x to an integer value for option "--src-group"'],
  ['-m devgroup', 'FAIL', "devgroup match: You must specify either '--src-group' or '--dst-group'"],
  ['-m devgroup --src-group 0', '-m devgroup --src-group default', 'src-group 0x0'],
  ['-m devgroup --src-group 0/0', '-m devgroup --src-group 0x0/0x0', 'src-group 0x0/0x0'],
  ['-m devgroup --src-group 4294967296', 'FAIL', 'devgroup: bad integer value for option "--src-group", or out of range'],
  ['-m devgroup ! --src-group default --dst-group default', '=', '! src-group 0x0 dst-group 0x0'],
  ['-m devgroup --src-group 0xffffffff/0xffffffff', '-m devgroup --src-group 0xffffffff', 'src-group 0xffffffff'],
  ['-m devgroup --src-group 5/', 'FAIL', 'devgroup: bad integer value for option "--src-group", or out of range'],
]);
  // biome-ignore format: a table
  checkTexts([
  ['-m devgroup --dst-group 1', 'FAIL', 'devgroup match: used from hooks INPUT, but only usable from FORWARD/OUTPUT/POSTROUTING'],
], { chain: 'INPUT' });
  // biome-ignore format: a table
  checkTexts([
  ['-m devgroup --src-group 1', 'FAIL', 'devgroup match: used from hooks OUTPUT, but only usable from PREROUTING/INPUT/FORWARD'],
], { chain: 'OUTPUT' });
});

describe('answers of devgroup, where all devices are in group 0', () => {
  const packet = packetOf(ipv4({}));
  checkAnswers([
    ['-m devgroup --src-group default', packet, true, 'that group'],
    ['-m devgroup --src-group 1', packet, false, 'another'],
    ['-m devgroup ! --src-group 1', packet, true, 'not another'],
    ['-m devgroup --src-group 2/1', packet, true, 'no bit under the mask'],
    ['-m devgroup --src-group 0 --dst-group 1', packet, false, 'both must hold'],
  ]);
});
