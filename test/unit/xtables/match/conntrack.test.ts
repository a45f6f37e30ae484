/**
 * conntrack: texts as iptables-legacy 1.8.9 answered them; answers as a Linux 6.18 router gave them.
 */
import { describe, expect, it } from 'vitest';
import type { Conntrack } from '../../../../src/conntrack/conntrack.ts';
import { CtInfo, type Direction, StateBit, Status } from '../../../../src/conntrack/ctinfo.ts';
import { parseAddress } from '../../../../src/inet/address.ts';
import type { Packet } from '../../../../src/packet/packet.ts';
import { icmp, ipv4, packetOf, tcp, udp } from '../../../support/frames.ts';
import { ConntrackMachine } from '../../../support/conntrack-machine.ts';
import { answerOf, checkAnswers, checkTexts, matchOf } from '../../../support/match-lab.ts';

describe('text of conntrack', () => {
  // biome-ignore format: a table
  checkTexts([
  ['-m conntrack', 'FAIL', 'conntrack: At least one option is required'],
  ['-m conntrack --ctstate NEW', '=', 'ctstate NEW'],
  ['-m conntrack --ctstate new,rel', '-m conntrack --ctstate NEW,RELATED', 'ctstate NEW,RELATED'],
  ['-m conntrack --ctstate DNAT,SNAT,UNTRACKED,RELATED,INVALID,ESTABLISHED,NEW', '-m conntrack --ctstate INVALID,NEW,RELATED,ESTABLISHED,UNTRACKED,SNAT,DNAT', 'ctstate INVALID,NEW,RELATED,ESTABLISHED,UNTRACKED,SNAT,DNAT'],
  ['-m conntrack ! --ctstate NEW,INVALID', '-m conntrack ! --ctstate INVALID,NEW', '! ctstate INVALID,NEW'],
  ['-m conntrack --ctstate NEW,', 'FAIL', 'Bad ctstate ""'],
  ['-m conntrack --ctstate ""', 'FAIL', 'Bad ctstate ""'],
  ['-m conntrack --ctstate wrong', 'FAIL', 'Bad ctstate "wrong"'],
  ['-m conntrack --ctproto tcp', '-m conntrack --ctproto 6', 'ctproto 6'],
  ['-m conntrack --ctproto all', '-m conntrack --ctproto 0', 'ctproto 0'],
  ['-m conntrack --ctproto 0', '=', 'ctproto 0'],
  ['-m conntrack ! --ctproto 0', '=', '! ctproto 0'],
  ['-m conntrack ! --ctproto 17', '=', '! ctproto 17'],
  ['-m conntrack --ctproto 256', 'FAIL', 'unknown protocol "256" specified'],
  ['-m conntrack --ctproto nosuch', 'FAIL', 'unknown protocol "nosuch" specified'],
  ['-m conntrack --ctproto TCP', '-m conntrack --ctproto 6', 'ctproto 6'],
  ['-m conntrack --ctorigsrc 1.2.3.4', '=', 'ctorigsrc 1.2.3.4'],
  ['-m conntrack --ctorigsrc 1.2.3.4/24', '=', 'ctorigsrc 1.2.3.4/24'],
  ['-m conntrack --ctorigsrc 1.2.3.4/255.0.255.0', '-m conntrack --ctorigsrc 1.2.3.4', 'ctorigsrc 1.2.3.4'],
  ['-m conntrack --ctorigsrc 0.0.0.0/0', '=', 'ctorigsrc 0.0.0.0/0'],
  ['-m conntrack --ctorigsrc 1.2.3.4,1.2.3.5', 'FAIL', 'conntrack: "1.2.3.4,1.2.3.5" is no address (names are not looked up)'],
  ['-m conntrack --ctorigsrc x', 'FAIL', 'conntrack: "x" is no address (names are not looked up)'],
  ['-m conntrack ! --ctorigdst 1.2.3.4/8 ! --ctreplsrc 2.2.2.2 ! --ctrepldst 3.3.3.3 ! --ctorigsrc 4.4.4.4', '-m conntrack ! --ctorigsrc 4.4.4.4 ! --ctorigdst 1.2.3.4/8 ! --ctreplsrc 2.2.2.2 ! --ctrepldst 3.3.3.3', '! ctorigsrc 4.4.4.4 ! ctorigdst 1.2.3.4/8 ! ctreplsrc 2.2.2.2 ! ctrepldst 3.3.3.3'],
  ['-m conntrack --ctorigsrcport 1', '=', 'ctorigsrcport 1'],
  ['-m conntrack --ctorigsrcport 1:2', '=', 'ctorigsrcport 1:2'],
  ['-m conntrack --ctorigsrcport :', '-m conntrack --ctorigsrcport 0:65535', 'ctorigsrcport 0:65535'],
  ['-m conntrack --ctorigsrcport ssh', '-m conntrack --ctorigsrcport 22', 'ctorigsrcport 22'],
  ['-m conntrack --ctorigsrcport x', 'FAIL', 'Port "x" does not resolve to anything'],
  ['-m conntrack --ctorigsrcport 65536', '-m conntrack --ctorigsrcport 0', 'ctorigsrcport 0'],
  ['-m conntrack --ctorigsrcport 4:3', 'FAIL', 'invalid range "4:3" (min > max)'],
  ['-m conntrack ! --ctorigsrcport 1 ! --ctorigdstport 2:3 ! --ctreplsrcport 4 ! --ctrepldstport 5', '=', '! ctorigsrcport 1 ! ctorigdstport 2:3 ! ctreplsrcport 4 ! ctrepldstport 5'],
  ['-m conntrack --ctstatus NONE', '=', 'ctstatus NONE'],
  ['-m conntrack --ctstatus CONFIRMED,ASSURED,EXPECTED,SEEN_REPLY', '-m conntrack --ctstatus EXPECTED,SEEN_REPLY,ASSURED,CONFIRMED', 'ctstatus EXPECTED,SEEN_REPLY,ASSURED,CONFIRMED'],
  ['-m conntrack ! --ctstatus ASSURED', '=', '! ctstatus ASSURED'],
  ['-m conntrack --ctstatus assured', '-m conntrack --ctstatus ASSURED', 'ctstatus ASSURED'],
  ['-m conntrack --ctstatus NONE,ASSURED', '-m conntrack --ctstatus ASSURED', 'ctstatus ASSURED'],
  ['-m conntrack --ctstatus x', 'FAIL', 'Bad ctstatus "x"'],
  ['-m conntrack --ctexpire 5', '=', 'ctexpire 5'],
  ['-m conntrack --ctexpire 5:10', '=', 'ctexpire 5:10'],
  ['-m conntrack ! --ctexpire 5:10', '=', '! ctexpire 5:10'],
  ['-m conntrack --ctexpire :10', '-m conntrack --ctexpire 0:10', 'ctexpire 0:10'],
  ['-m conntrack --ctexpire 10:', '-m conntrack --ctexpire 10:4294967295', 'ctexpire 10:4294967295'],
  ['-m conntrack --ctexpire :', '-m conntrack --ctexpire 0:4294967295', 'ctexpire 0:4294967295'],
  ['-m conntrack --ctexpire 4:3', 'FAIL', 'invalid range "4:3" (min > max)'],
  ['-m conntrack --ctexpire 42949672956', 'FAIL', 'conntrack: bad value for option "--ctexpire" near "42949672956", or out of range (0-4294967295)'],
  ['-m conntrack --ctexpire -1', 'FAIL', 'conntrack: bad value for option "--ctexpire" near "-1", or out of range (0-4294967295)'],
  ['-m conntrack --ctexpire 0x10', '-m conntrack --ctexpire 16', 'ctexpire 16'],
  ['-m conntrack --ctdir ORIGINAL', '=', 'ctdir ORIGINAL'],
  ['-m conntrack --ctdir REPLY', '=', 'ctdir REPLY'],
  ['-m conntrack ! --ctdir REPLY', 'FAIL', 'conntrack: option "--ctdir" cannot be inverted'],
  ['-m conntrack --ctdir reply', '-m conntrack --ctdir REPLY', 'ctdir REPLY'],
  ['-m conntrack --ctdir orig', 'FAIL', 'conntrack: Bad value for "--ctdir" option: "orig"'],
  ['-m conntrack --ctdir x', 'FAIL', 'conntrack: Bad value for "--ctdir" option: "x"'],
  ['-m conntrack --ctstate NEW --ctstate INVALID', 'FAIL', 'conntrack: option "--ctstate" can only be used once'],
  ['-m conntrack --ctstate NEW --ctproto 6 --ctorigsrc 1.1.1.1 --ctorigdst 2.2.2.2 --ctreplsrc 3.3.3.3 --ctrepldst 4.4.4.4 --ctorigsrcport 1 --ctorigdstport 2 --ctreplsrcport 3 --ctrepldstport 4 --ctstatus ASSURED --ctexpire 5 --ctdir REPLY', '=', 'ctstate NEW ctproto 6 ctorigsrc 1.1.1.1 ctorigdst 2.2.2.2 ctreplsrc 3.3.3.3 ctrepldst 4.4.4.4 ctorigsrcport 1 ctorigdstport 2 ctreplsrcport 3 ctrepldstport 4 ctstatus ASSURED ctexpire 5 ctdir REPLY'],
  ['-m conntrack --ctorigsrcport " 5"', '-m conntrack --ctorigsrcport 5', 'ctorigsrcport 5'],
  ['-m conntrack --ctorigsrcport 70000:70001', '-m conntrack --ctorigsrcport 4464:4465', 'ctorigsrcport 4464:4465'],
  ['-m conntrack --ctorigsrcport -1', 'FAIL', 'Port "-1" does not resolve to anything'],
  ['-m conntrack --ctorigsrcport 0x10', 'FAIL', 'Port "0x10" does not resolve to anything'],
  ['-m conntrack --ctorigsrcport ssh:domain', '-m conntrack --ctorigsrcport 22:53', 'ctorigsrcport 22:53'],
  ['-m conntrack --ctorigsrcport 1:2:3', 'FAIL', 'conntrack: Too many components for option "--ctorigsrcport" (max: 2)'],
  ['-m conntrack --ctorigsrcport ""', '-m conntrack --ctorigsrcport 0', 'ctorigsrcport 0'],
  ['-m conntrack --ctorigsrcport 5x', 'FAIL', 'Port "5x" does not resolve to anything'],
  ['-m conntrack --ctorigsrcport ntp', '-m conntrack --ctorigsrcport 123', 'ctorigsrcport 123'],
  ['-m conntrack --ctproto 0x6', '-m conntrack --ctproto 6', 'ctproto 6'],
  ['-m conntrack --ctproto ""', 'FAIL', 'unknown protocol "" specified'],
  ['-m conntrack --ctproto 6x', 'FAIL', 'unknown protocol "6x" specified'],
  ['-m conntrack --ctorigsrc 1.2.3.4/', 'FAIL', 'conntrack: bad value for option "--ctorigsrc", neither a valid network mask nor valid CIDR (0-32)'],
  ['-m conntrack --ctorigsrc 1.2.3.4/x', 'FAIL', 'conntrack: bad value for option "--ctorigsrc", neither a valid network mask nor valid CIDR (0-32)'],
  ['-m conntrack --ctorigsrc ""', 'FAIL', 'conntrack: "" is no address (names are not looked up)'],
  ['-m conntrack --ctorigsrc 1.2.3.4/32', '-m conntrack --ctorigsrc 1.2.3.4', 'ctorigsrc 1.2.3.4'],
  ['-m conntrack --ctorigsrc 1.2.3.4/0', '=', 'ctorigsrc 1.2.3.4/0'],
  ['-m conntrack --ctorigsrc 1.2.3.4/255.255.0.0', '-m conntrack --ctorigsrc 1.2.3.4/16', 'ctorigsrc 1.2.3.4/16'],
  ['-m conntrack --ctstatus ""', 'FAIL', 'Bad ctstatus ""'],
  ['-m conntrack --ctstatus A', '-m conntrack --ctstatus ASSURED', 'ctstatus ASSURED'],
  ['-m conntrack --ctstatus ASSURED,', 'FAIL', 'Bad ctstatus ""'],
  ['-m conntrack --ctstatus NON', '-m conntrack --ctstatus NONE', 'ctstatus NONE'],
  ['-m conntrack ! --ctstatus NONE', '=', '! ctstatus NONE'],
  ['-m conntrack --ctexpire ""', '-m conntrack --ctexpire 0', 'ctexpire 0'],
  ['-m conntrack --ctexpire 1:2:3', 'FAIL', 'conntrack: Too many components for option "--ctexpire" (max: 2)'],
  ['-m conntrack --ctorigsrc 1.2.3.4/255.255.255.255', '-m conntrack --ctorigsrc 1.2.3.4', 'ctorigsrc 1.2.3.4'],
  ['-m conntrack --ctorigsrc 1.2.3.4/-1', 'FAIL', 'conntrack: bad value for option "--ctorigsrc", neither a valid network mask nor valid CIDR (0-32)'],
  ['-m conntrack --ctorigsrc 1.2.3.4/0x10', '-m conntrack --ctorigsrc 1.2.3.4/16', 'ctorigsrc 1.2.3.4/16'],
  ['-m conntrack --ctproto ip', '-m conntrack --ctproto 0', 'ctproto 0'],
  ['-m conntrack --ctproto 262', 'FAIL', 'unknown protocol "262" specified'],
  ['-m conntrack --ctstatus NONE,EXPECTED', '-m conntrack --ctstatus EXPECTED', 'ctstatus EXPECTED'],
]);
  // biome-ignore format: a table
  checkTexts([
  ['-m conntrack --ctorigsrc 2001:db8::1', '=', 'ctorigsrc 2001:db8::1'],
  ['-m conntrack --ctorigsrc 2001:db8::1/64 --ctdir ORIGINAL', '=', 'ctorigsrc 2001:db8::1/64 ctdir ORIGINAL'],
  ['-m conntrack ! --ctrepldst ::/0', '=', '! ctrepldst ::/0'],
  ['-m conntrack --ctrepldst ::1/ffff::', '-m conntrack --ctrepldst ::1/16', 'ctrepldst ::1/16'],
  ['-m conntrack --ctorigsrc 1.2.3.4', 'FAIL', 'conntrack: "1.2.3.4" is no address (names are not looked up)'],
  ['-m conntrack --ctorigsrc ::1/129', 'FAIL', 'conntrack: bad value for option "--ctorigsrc", neither a valid network mask nor valid CIDR (0-128)'],
  ['-m conntrack --ctorigsrc ::1/x', 'FAIL', 'conntrack: bad value for option "--ctorigsrc", neither a valid network mask nor valid CIDR (0-128)'],
  ['-m conntrack --ctorigsrc x', 'FAIL', 'conntrack: "x" is no address (names are not looked up)'],
  ['-m conntrack --ctorigsrc ::1/ffff:0:ffff::', '-m conntrack --ctorigsrc ::1', 'ctorigsrc ::1'],
], { family: 6 });
});

/** Rules of the recorded run; below, the numbers of those that matched. */
const RULES = [
  '-m conntrack --ctstate NEW --ctexpire 0',
  '-m conntrack --ctexpire 29:30',
  '-m conntrack ! --ctexpire 0',
  '-m conntrack --ctstatus NONE',
  '-m conntrack ! --ctstatus NONE',
  '-m conntrack --ctstatus CONFIRMED',
  '-m conntrack --ctstatus SEEN_REPLY',
  '-m conntrack --ctdir ORIGINAL',
  '-m conntrack --ctdir REPLY',
  '-m conntrack --ctproto 17',
  '-m conntrack ! --ctproto 17',
  '-m conntrack --ctorigsrcport 1 --ctorigdstport 2 --ctreplsrcport 2 --ctrepldstport 1',
  '-m conntrack --ctorigsrc 10.0.0.2/24 --ctreplsrc 10.1.0.0/16',
  '-m conntrack --ctstate INVALID --ctorigsrc 1.2.3.4',
  '-m conntrack --ctorigsrc 1.2.3.4',
  '-m connmark --mark 0',
  '-m connmark ! --mark 0',
  '-m connmark ! --mark 1',
  '-m helper ! --helper ftp',
  '-m helper --helper ftp',
  '-m helper --helper ""',
  '-m conntrack ! --ctstate NEW',
  '-m conntrack --ctproto 0',
  '-m conntrack ! --ctproto 0',
  '-m conntrack --ctorigsrcport 5 --ctorigdstport 2048',
  '-m conntrack --ctrepldstport 5 --ctreplsrcport 0',
];
const A = '10.0.0.2';
const B = '10.1.0.2';

describe('answers of conntrack, connmark and helper, as recorded', () => {
  const machine = new ConntrackMachine({ checksum: 0 });
  const echo = (type: number): number[] => icmp(type, 0, [0, 5, 0, 1, 100]);
  it.each<[string, number[], number[]]>([
    ['a UDP flow begins', ipv4({ src: A, dst: B, protocol: 17 }, udp(1, 2)), [1, 5, 8, 10, 12, 13, 16, 18, 19, 24]],
    ['its answer', ipv4({ src: B, dst: A, protocol: 17 }, udp(2, 1)), [2, 3, 5, 6, 7, 9, 10, 12, 13, 16, 18, 19, 22, 24]],
    ['on it goes', ipv4({ src: A, dst: B, protocol: 17 }, udp(1, 2)), [2, 3, 5, 6, 7, 8, 10, 12, 13, 16, 18, 19, 22, 24]],
    ['a reset out of nowhere', ipv4({ src: A, dst: B }, tcp({ flags: 4 })), [14, 19, 22]],
    ['an echo request', ipv4({ src: A, dst: B, protocol: 1 }, echo(8)), [1, 5, 8, 11, 13, 16, 18, 19, 24, 25]],
    ['its reply', ipv4({ src: B, dst: A, protocol: 1 }, echo(0)), [2, 3, 5, 6, 7, 9, 11, 13, 16, 18, 19, 22, 24, 25]],
  ])('%s', (_, octets, expected) => {
    const packet = machine.enter(Uint8Array.from(octets));
    const { conntrack } = machine;
    const matched = RULES.flatMap((rule, i) => (answerOf(matchOf(rule, { conntrack }), packet) === true ? [i + 1] : []));
    machine.leave(packet);
    expect(matched).toEqual(expected);
  });
});

/** One translated IPv6 connection: fd00::2 port 1000 to fd00::9 port 80, which is fd01::7 port 8080. */
describe('answers of conntrack about a translated connection', () => {
  const words = (text: string) => [...parseAddress(text, 6)!];
  const tuples = [
    { src: words('fd00::2'), dst: words('fd00::9'), srcL4: 1000, dstL4: 80 },
    { src: words('fd01::7'), dst: words('fd00::2'), srcL4: 8080, dstL4: 1000 },
  ];
  const conntrack = {
    stateBit: () => StateBit.Established,
    status: () => Status.Confirmed | Status.DstNat,
    isConfirmed: () => true,
    timeoutSec: () => 100,
    protocol: () => 6,
    readTuple(_: number, direction: Direction, tuple: object) {
      const { src, dst, srcL4, dstL4 } = tuples[direction]!;
      const [src0, src1, src2, src3] = src;
      const [dst0, dst1, dst2, dst3] = dst;
      return Object.assign(tuple, { src0, src1, src2, src3, dst0, dst1, dst2, dst3, srcL4, dstL4 });
    },
  } as unknown as Conntrack;
  const packet: Packet = packetOf(ipv4({}), { ct: 0, ctinfo: CtInfo.EstablishedReply });
  checkAnswers(
    [
      ['-m conntrack --ctstate DNAT', packet, true, 'translated'],
      ['-m conntrack --ctstate SNAT', packet, false, 'but not its source'],
      ['-m conntrack ! --ctstate DNAT,ESTABLISHED', packet, false, 'one of the states'],
      ['-m conntrack --ctorigdst fd00::9 --ctreplsrc fd01::7', packet, true, 'both ends of the translation'],
      ['-m conntrack --ctreplsrc fd01::/64 --ctrepldst fd00::2', packet, true, 'under a mask'],
      ['-m conntrack ! --ctreplsrc fd01::/64', packet, false, 'under a mask'],
      ['-m conntrack --ctorigsrc fd00:0:0:1::2', packet, false, 'another by its second word'],
      ['-m conntrack --ctorigsrc fd00:0:0:1::2/ffff::ffff', packet, true, 'a mask with holes'],
      ['-m conntrack --ctorigdstport 80 --ctreplsrcport 8000:9000', packet, true, 'ports of both tuples'],
      ['-m conntrack ! --ctreplsrcport 8080', packet, false, 'that port'],
      ['-m conntrack --ctrepldstport 1000 --ctorigsrcport 999', packet, false, 'all must hold'],
      ['-m conntrack --ctexpire 100:', packet, true, 'first of the range'],
      ['-m conntrack --ctexpire :99', packet, false, 'outside'],
      ['-m conntrack ! --ctexpire :99', packet, true, 'outside'],
      ['-m conntrack --ctdir REPLY --ctproto 6', packet, true, 'direction and protocol'],
      ['-m conntrack ! --ctstatus CONFIRMED,ASSURED', packet, false, 'one of the bits'],
    ],
    { conntrack },
    { family: 6 },
  );
});
