/**
 * physdev: texts as iptables-legacy 1.8.9 answered them; answers as a Linux 6.18 router gave them.
 */
import { describe } from 'vitest';
import { ipv4, packetOf } from '../../../support/frames.ts';
import { checkAnswers, checkTexts } from '../../../support/match-lab.ts';

describe('text of physdev', () => {
  // biome-ignore format: a table
  checkTexts([
  ['-m physdev', 'FAIL', 'PHYSDEV: no physdev option specified'],
  ['-m physdev --physdev-in eth0', '=', 'PHYSDEV match --physdev-in eth0'],
  ['-m physdev ! --physdev-in eth+ --physdev-out eth1', '=', 'PHYSDEV match ! --physdev-in eth+ --physdev-out eth1'],
  ['-m physdev --physdev-is-in', '=', 'PHYSDEV match --physdev-is-in'],
  ['-m physdev ! --physdev-is-in --physdev-is-out ! --physdev-is-bridged', '=', 'PHYSDEV match ! --physdev-is-in --physdev-is-out ! --physdev-is-bridged'],
  ['-m physdev --physdev-is-bridged', '=', 'PHYSDEV match --physdev-is-bridged'],
  ['-m physdev --physdev-is-bridged --physdev-out eth1', '-m physdev --physdev-out eth1 --physdev-is-bridged', 'PHYSDEV match --physdev-out eth1 --physdev-is-bridged'],
  ['-m physdev ! --physdev-is-bridged --physdev-out eth1', '-m physdev --physdev-out eth1 ! --physdev-is-bridged', 'PHYSDEV match --physdev-out eth1 ! --physdev-is-bridged'],
  ['-m physdev --physdev-in xxxxxxxxxxxxxxxxxx', 'FAIL', "interface name `xxxxxxxxxxxxxxxxxx' must be shorter than IFNAMSIZ (15)"],
  ['-m physdev --physdev-in ""', '-m physdev --physdev-in ', 'PHYSDEV match --physdev-in '],
  ['-m physdev --physdev-in eth0 --physdev-in eth1', 'FAIL', 'physdev: option "--physdev-in" can only be used once'],
  ['-m physdev --physdev-in eth0 --physdev-is-in', '-m physdev --physdev-is-in --physdev-in eth0', 'PHYSDEV match --physdev-is-in --physdev-in eth0'],
  ['-m physdev --physdev-in +', '=', 'PHYSDEV match --physdev-in +'],
  ['-m physdev --physdev-in "eth 0"', '-m physdev --physdev-in eth 0', 'PHYSDEV match --physdev-in eth 0'],
  ['-m physdev --physdev-in "eth/0"', '-m physdev --physdev-in eth/0', 'PHYSDEV match --physdev-in eth/0'],
  ['-m physdev --physdev-in "eth0:1"', '-m physdev --physdev-in eth0:1', 'PHYSDEV match --physdev-in eth0:1'],
  ['-m physdev ! --physdev-in eth0 --physdev-is-out', '=', 'PHYSDEV match ! --physdev-in eth0 --physdev-is-out'],
  ['-m physdev ! --physdev-is-out', '=', 'PHYSDEV match ! --physdev-is-out'],
  ['-m physdev --physdev-is-out --physdev-out eth1', '=', 'PHYSDEV match --physdev-is-out --physdev-out eth1'],
  ['-m physdev --physdev-is-in --physdev-in a --physdev-is-out --physdev-out b --physdev-is-bridged', '=', 'PHYSDEV match --physdev-is-in --physdev-in a --physdev-is-out --physdev-out b --physdev-is-bridged'],
]);
  // biome-ignore format: a table
  checkTexts([
  ['-m physdev --physdev-out eth1', '=', 'PHYSDEV match --physdev-out eth1'],
], { chain: 'INPUT' });
  // biome-ignore format: a table
  checkTexts([
  ['-m physdev --physdev-out eth1', 'FAIL', 'physdev match: used from hooks OUTPUT, but only usable from PREROUTING/INPUT/FORWARD/POSTROUTING'],
  ['-m physdev --physdev-is-bridged --physdev-out eth1', '-m physdev --physdev-out eth1 --physdev-is-bridged', 'PHYSDEV match --physdev-out eth1 --physdev-is-bridged'],
  ['-m physdev --physdev-is-out', 'FAIL', 'physdev match: used from hooks OUTPUT, but only usable from PREROUTING/INPUT/FORWARD/POSTROUTING'],
], { chain: 'OUTPUT' });
  // biome-ignore format: a table
  checkTexts([
  ['-m physdev --physdev-out eth1', '=', 'PHYSDEV match --physdev-out eth1'],
], { table: 'mangle', chain: 'POSTROUTING' });
});

describe('answers of physdev, where no bridge is', () => {
  const packet = packetOf(ipv4({}));
  checkAnswers([
    ['-m physdev --physdev-in eth0', packet, false, 'asked'],
    ['-m physdev ! --physdev-in eth0', packet, true, 'asked and inverted'],
    ['-m physdev ! --physdev-in eth0 --physdev-is-bridged', packet, false, 'one of two inverted'],
    ['-m physdev ! --physdev-is-in ! --physdev-is-out', packet, true, 'both inverted'],
  ]);
});
