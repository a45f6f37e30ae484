/**
 * mac: texts as iptables-legacy 1.8.9 answered them; answers as a Linux 6.18 router gave them.
 */
import { describe } from 'vitest';
import { ethernet, ipv4, packetOf } from '../../../support/frames.ts';
import { checkAnswers, checkTexts } from '../../../support/match-lab.ts';

describe('text of mac', () => {
  // biome-ignore format: a table
  checkTexts([
  ['-m mac --mac-source 42:01:02:aB:04:05', '-m mac --mac-source 42:01:02:ab:04:05', 'MAC 42:01:02:ab:04:05'],
  ['-m mac ! --mac-source 42:01:02:03:04:05', '=', 'MAC ! 42:01:02:03:04:05'],
  ['-m mac --mac-source 42:01:02:03:04', 'FAIL', 'Invalid MAC address specified'],
  ['-m mac --mac-source 42:01:02:03:04:05:06', 'FAIL', 'Invalid MAC address specified'],
  ['-m mac --mac-source 4:1:2:3:4:5', '-m mac --mac-source 04:01:02:03:04:05', 'MAC 04:01:02:03:04:05'],
  ['-m mac --mac-source 42-01-02-03-04-05', 'FAIL', 'Invalid MAC address specified'],
  ['-m mac', 'FAIL', 'mac: option "--mac-source" must be specified'],
  ['-m mac --mac-source 42:01:02:03:04:0', '-m mac --mac-source 42:01:02:03:04:00', 'MAC 42:01:02:03:04:00'],
  ['-m mac --mac-source 042:01:02:03:04:05', 'FAIL', 'Invalid MAC address specified'],
  ['-m mac --mac-source 142:01:02:03:04:05', 'FAIL', 'Invalid MAC address specified'],
  ['-m mac --mac-source 1:01:02:03:04:005', 'FAIL', 'Invalid MAC address specified'],
  ['-m mac --mac-source 0x1:01:02:03:04:05', 'FAIL', 'Invalid MAC address specified'],
]);
  // biome-ignore format: a table
  checkTexts([
  ['-m mac --mac-source 42:01:02:03:04:05', 'FAIL', 'mac match: used from hooks OUTPUT, but only usable from PREROUTING/INPUT/FORWARD'],
], { chain: 'OUTPUT' });
  // biome-ignore format: a table
  checkTexts([
  ['-m mac --mac-source 42:01:02:03:04:05', 'FAIL', 'mac match: used from hooks POSTROUTING, but only usable from PREROUTING/INPUT/FORWARD'],
], { table: 'mangle', chain: 'POSTROUTING' });
  // biome-ignore format: a table
  checkTexts([
  ['-m mac --mac-source 42:01:02:03:04:05', '=', 'MAC 42:01:02:03:04:05'],
], { table: 'mangle', chain: 'PREROUTING' });
  // biome-ignore format: a table
  checkTexts([
  ['-m mac --mac-source 42:01:02:03:04:05', '=', 'MAC 42:01:02:03:04:05'],
], { chain: 'INPUT' });
});

describe('answers of mac', () => {
  const mac = [2, 0, 0, 0, 0x10, 2];
  const link = ethernet(mac, [2, 0, 0, 0, 0, 1], 0x0800);
  checkAnswers([
    ['-m mac --mac-source 02:00:00:00:10:02', packetOf(ipv4({}), { indev: 1 }, link), true, 'that address'],
    ['-m mac ! --mac-source 02:00:00:00:10:02', packetOf(ipv4({}), { indev: 1 }, link), false, 'that address'],
    ['-m mac --mac-source 02:00:00:00:10:03', packetOf(ipv4({}), { indev: 1 }, link), false, 'another, in its last octet'],
    ['-m mac ! --mac-source 03:00:00:00:10:02', packetOf(ipv4({}), { indev: 1 }, link), true, 'another, in its first octet'],
    ['-m mac ! --mac-source 02:00:00:00:10:03', packetOf(ipv4({}), { indev: 1 }), false, 'no Ethernet header'],
    ['-m mac ! --mac-source 02:00:00:00:10:03', packetOf(ipv4({}), { indev: 0 }, link), false, 'over lo'],
  ]);
});
