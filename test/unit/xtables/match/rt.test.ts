/**
 * rt: texts as iptables-legacy 1.8.9 answered them, answers by hand-made packets.
 */
import { describe } from 'vitest';
import { parseIpv6 } from '../../../../src/inet/ipv6.ts';
import type { Packet } from '../../../../src/packet/packet.ts';
import { ipv6, packetOf, udp } from '../../../support/frames.ts';
import { checkAnswers, checkTexts } from '../../../support/match-lab.ts';

describe('text of rt (IPv6)', () => {
  // biome-ignore format: a table
  checkTexts([
    ['-m rt --rt-type 0', '=', 'rt type:0'],
    ['-m rt ! --rt-type 0', '=', 'rt type:!0'],
    ['-m rt --rt-type 4', '=', 'rt type:4'],
    ['-m rt --rt-segsleft 1:5', '=', 'rt segslefts:1:5'],
    ['-m rt ! --rt-segsleft 1:5', '=', 'rt segslefts:!1:5'],
    ['-m rt --rt-segsleft 5', '=', 'rt segsleft:5'],
    ['-m rt --rt-segsleft 0:', '-m rt', 'rt'],
    ['-m rt --rt-segsleft :', '-m rt', 'rt'],
    ['-m rt --rt-segsleft :5', '-m rt --rt-segsleft 0:5', 'rt segslefts:0:5'],
    ['-m rt ! --rt-segsleft :', '-m rt', 'rt segslefts:!0:4294967295'],
    ['-m rt --rt-segsleft 5:3', 'FAIL', 'invalid range'],
    ['-m rt --rt-len 24', '=', 'rt length:24'],
    ['-m rt ! --rt-len 24', '=', 'rt length:!24'],
    ['-m rt --rt-0-res', 'FAIL', "`--rt-type 0' required before `--rt-0-res'"],
    ['-m rt --rt-type 0 --rt-0-res', '=', 'rt type:0 reserved'],
    ['-m rt --rt-type 0 --rt-0-addrs ::1', '=', 'rt type:0 0-addrs ::1'],
    ['-m rt --rt-type 0 --rt-0-addrs ::1,fe80::2', '=', 'rt type:0 0-addrs ::1,fe80::2'],
    ['-m rt --rt-type 0 --rt-0-addrs ::1,fe80::2 --rt-0-not-strict', '=', 'rt type:0 0-addrs ::1,fe80::2 0-not-strict'],
    ['-m rt --rt-type 0 --rt-0-not-strict', 'FAIL', "`--rt-0-addr ...' required before `--rt-0-not-strict'"],
    ['-m rt --rt-0-addrs ::1', 'FAIL', "`--rt-type 0' required before `--rt-0-addrs'"],
    ['-m rt ! --rt-type 0 --rt-0-addrs ::1', 'FAIL', "`--rt-type 0' required before `--rt-0-addrs'"],
    ['-m rt --rt-type 0 --rt-0-addrs foo', 'FAIL', 'bad address: foo'],
    ['-m rt --rt-type 2 --rt-0-addrs ::1', 'FAIL', "`--rt-type 0' required before `--rt-0-addrs'"],
    ['-m rt --rt-type 0 --rt-segsleft 1 --rt-len 40 --rt-0-res --rt-0-addrs ::1,::2 --rt-0-not-strict', '=', 'rt type:0 segsleft:1 length:40 reserved 0-addrs ::1,::2 0-not-strict'],
    ['-m rt --rt-type 256', '=', 'rt type:256'],
    ['-m rt --rt-type 4294967296', 'FAIL', 'rt: bad value for option "--rt-type", or out of range (0-4294967295)'],
    ['-m rt --rt-type 0 --rt-0-addrs ::1,::1,::1,::1,::1,::1,::1,::1,::1,::1,::1,::1,::1,::1,::1,::1,::1', 'FAIL', 'too many addresses specified'],
    ['-m rt --rt-len 4294967295', '=', 'rt length:4294967295'],
    ['-m rt --rt-segsleft 1:2:3', 'FAIL', 'rt: Too many components for option "--rt-segsleft" (max: 2)'],
    ['-m rt --rt-type 0 --rt-0-addrs ::1,,::2', 'FAIL', 'bad address: '],
    ['-m rt --rt-type 0 --rt-0-addrs ""', 'FAIL', 'bad address: '],
  ], { family: 6 });
});

const address = (text: string): number[] =>
  [...parseIpv6(text)!].flatMap((word) => [word >>> 24, (word >>> 16) & 255, (word >>> 8) & 255, word & 255]);
/** A routing header in front of UDP. */
const of = (type: number, left: number, addresses: readonly string[], reserved = 0): Packet =>
  packetOf(ipv6({ next: 43 }, [17, addresses.length * 2, type, left, 0, 0, 0, reserved, ...addresses.flatMap(address), ...udp(1, 2)]));
const SIX = { family: 6 } as const;
const three = of(0, 2, ['::1', '::2', '::3']);

describe('answers of rt', () => {
  checkAnswers(
    [
      ['-m rt', three, true, 'a routing header'],
      ['-m rt', packetOf(ipv6({ next: 17 }, udp(1, 2))), false, 'none'],
      ['-m rt --rt-type 0', three, true, 'its type'],
      ['-m rt ! --rt-type 0', three, false, 'its type'],
      ['-m rt --rt-segsleft 1:2', three, true, 'segments left'],
      ['-m rt ! --rt-segsleft 2', three, false, 'segments left'],
      ['-m rt --rt-len 56', three, true, 'its length in octets'],
      ['-m rt --rt-type 0 --rt-0-res', three, true, 'nothing reserved is set'],
      ['-m rt --rt-type 0 --rt-0-res', of(0, 0, ['::1'], 1), false, 'something is'],
      ['-m rt --rt-type 0 --rt-0-addrs ::1,::2,::3', three, true, 'the same list'],
      ['-m rt --rt-type 0 --rt-0-addrs ::1,::2', three, false, 'a part of the list'],
      ['-m rt --rt-type 0 --rt-0-addrs ::1,::3 --rt-0-not-strict', three, true, 'a subsequence'],
      ['-m rt --rt-type 0 --rt-0-addrs ::3,::1 --rt-0-not-strict', three, false, 'in another order'],
      ['-m rt', packetOf(ipv6({ next: 43 }, [17, 0, 0])), 'hotdrop', 'cut off'],
      ['-m rt', packetOf(ipv6({ next: 43 }, [17, 2, 0, 1, 0, 0, 0, 0])), 'hotdrop', 'shorter than it says'],
    ],
    {},
    SIX,
  );
});
