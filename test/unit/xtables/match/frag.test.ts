/**
 * frag: texts as iptables-legacy 1.8.9 answered them, answers by hand-made packets.
 */
import { describe } from 'vitest';
import type { Packet } from '../../../../src/packet/packet.ts';
import { ipv6, packetOf, udp } from '../../../support/frames.ts';
import { checkAnswers, checkTexts } from '../../../support/match-lab.ts';

describe('text of frag (IPv6)', () => {
  // biome-ignore format: a table
  checkTexts([
    ['-m frag --fragid 5', '=', 'frag id:5'],
    ['-m frag ! --fragid 5:9', '=', 'frag ids:!5:9'],
    ['-m frag --fragid 5:9 --fraglast', '=', 'frag ids:5:9 last'],
    ['-m frag --fragid 0:4294967295', '-m frag', 'frag '],
    ['-m frag --fragid 9:5', 'FAIL', 'invalid range'],
    ['-m frag --fragid :', '-m frag', 'frag '],
    ['-m frag ! --fragid :', '-m frag', 'frag ids:!0:4294967295'],
    ['-m frag --fragid 3:', '-m frag --fragid 3:4294967295', 'frag ids:3:4294967295'],
    ['-m frag --fragfirst', '=', 'frag  first'],
    ['-m frag --fragmore', '=', 'frag  more'],
    ['-m frag --fragmore --fraglast', 'FAIL', 'frag: option "--fragmore" cannot be used together with "--fraglast"'],
    ['-m frag --fragres', '=', 'frag  reserved'],
    ['-m frag --fraglen 40', '=', 'frag  length:40'],
    ['-m frag ! --fraglen 40', '=', 'frag  length:!40'],
    ['-m frag --fragid 5 --fraglen 40 --fragres --fragfirst --fragmore', '=', 'frag id:5 length:40 reserved first more'],
    ['-m frag --fragid 5 --fragres --fraglast', '=', 'frag id:5 reserved last'],
    ['-m frag --fraglen 70000', '=', 'frag  length:70000'],
  ], { family: 6 });
});

/** A fragment header in front of UDP. */
const of = (offset: number, more: boolean, id = 7, reserved = 0): Packet =>
  packetOf(ipv6({ next: 44 }, [17, reserved, (offset >> 8) & 0xff, (offset & 0xf8) | (more ? 1 : 0), 0, 0, 0, id, ...udp(1, 2)]));
const SIX = { family: 6 } as const;

describe('answers of frag', () => {
  checkAnswers(
    [
      ['-m frag', of(0, true), true, 'a fragment'],
      ['-m frag', packetOf(ipv6({ next: 17 }, udp(1, 2))), false, 'none'],
      ['-m frag --fragid 7', of(0, true), true, 'the id'],
      ['-m frag ! --fragid 1:9', of(0, true), false, 'the id'],
      ['-m frag --fragfirst', of(0, true), true, 'the first'],
      ['-m frag --fragfirst', of(8, true), false, 'a later one'],
      ['-m frag --fragmore', of(8, true), true, 'more follow'],
      ['-m frag --fraglast', of(8, true), false, 'more follow'],
      ['-m frag --fraglast', of(8, false), true, 'the last'],
      ['-m frag --fragres', of(0, true), true, 'nothing reserved is set'],
      ['-m frag --fragres', of(0, true, 7, 1), false, 'the reserved octet is'],
      ['-m frag --fraglen 99', of(0, true), true, 'the length does not count'],
      ['-m frag', packetOf(ipv6({ next: 44 }, [17, 0, 0, 1])), 'hotdrop', 'cut off'],
      ['-m frag', packetOf(ipv6({ next: 44 }, [17])), 'hotdrop', 'cut off'],
      ['-m frag', packetOf(ipv6({ next: 60 }, [44, 0, 0, 0, 0, 0, 0, 0, 17, 0, 0, 1, 0, 0, 0, 7])), true, 'behind another header'],
    ],
    {},
    SIX,
  );
});
