/**
 * eui64: texts as iptables-legacy 1.8.9 answered them, answers by hand-made packets.
 */
import { describe } from 'vitest';
import type { Packet } from '../../../../src/packet/packet.ts';
import { ethernet, ipv6, packetOf, udp } from '../../../support/frames.ts';
import { checkAnswers, checkTexts } from '../../../support/match-lab.ts';

describe('text of eui64 (IPv6)', () => {
  // biome-ignore format: a table
  checkTexts([
    ['-m eui64', '='],
    ['-m eui64 -p tcp', '-p tcp -m eui64'],
  ], { family: 6 });
});

const SIX = { family: 6 } as const;
const link = ethernet([0x00, 0x11, 0x22, 0x33, 0x44, 0x55], [2, 0, 0, 0, 0, 1], 0x86dd);
const of = (src: string, frame: readonly number[] = link): Packet =>
  packetOf(ipv6({ src, next: 17 }, udp(1, 2)), frame.length > 0 ? { etherType: 0x86dd } : {}, frame);

describe('answers of eui64', () => {
  checkAnswers(
    [
      ['-m eui64', of('fd00::211:22ff:fe33:4455'), true, 'made from the Ethernet address'],
      ['-m eui64', of('fd00::11:22ff:fe33:4455'), false, 'without the universal bit turned over'],
      ['-m eui64', of('fd00::211:22ff:fe33:4456'), false, 'another address'],
      ['-m eui64', of('fd00::211:22ff:fe33:4455', []), false, 'no Ethernet header'],
    ],
    {},
    SIX,
  );
});
