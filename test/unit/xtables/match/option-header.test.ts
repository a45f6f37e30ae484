/**
 * hbh and dst: texts as iptables-legacy 1.8.9 answered them, answers by hand-made packets.
 */
import { describe } from 'vitest';
import type { Packet } from '../../../../src/packet/packet.ts';
import { ipv6, packetOf, udp } from '../../../support/frames.ts';
import { checkAnswers, checkTexts } from '../../../support/match-lab.ts';

describe('text of hbh (IPv6)', () => {
  // biome-ignore format: a table
  checkTexts([
    ['-m hbh --hbh-len 8', '=', 'hbh length:8'],
    ['-m hbh ! --hbh-len 8', '=', 'hbh length:!8'],
    ['-m hbh --hbh-opts 5', '=', 'hbh opts 5'],
    ['-m hbh --hbh-opts 5:2,0x1e:4,1', '-m hbh --hbh-opts 5:2,30:4,1', 'hbh opts 5:2,30:4,1'],
    ['-m hbh ! --hbh-opts 5:2', 'FAIL', 'hbh: option "--hbh-opts" cannot be inverted'],
    ['-m hbh --hbh-opts 300', '-m hbh --hbh-opts 44', 'hbh opts 44'],
    ['-m hbh --hbh-opts 5:300', '-m hbh --hbh-opts 5:44', 'hbh opts 5:44'],
    ['-m hbh --hbh-opts 5:255', '-m hbh --hbh-opts 5', 'hbh opts 5'],
    ['-m hbh --hbh-opts 5:256', '-m hbh --hbh-opts 5:0', 'hbh opts 5:0'],
    ['-m hbh --hbh-opts 5:', 'FAIL', "hbh: no valid digits in length `'"],
    ['-m hbh --hbh-opts foo', 'FAIL', "hbh: no valid digits in opt `foo'"],
    ['-m hbh --hbh-opts ""', 'FAIL', "hbh: no valid digits in opt `'"],
    ['-m hbh --hbh-len 65536', '=', 'hbh length:65536'],
    ['-m hbh --hbh-not-strict', 'FAIL', 'unknown option "--hbh-not-strict"'],
    ['-m hbh --hbh-opts 0:2', 'FAIL', 'PAD0 has not got length'],
    ['-m hbh --hbh-opts 0', '=', 'hbh opts 0'],
    ['-m hbh --hbh-opts 256', '-m hbh --hbh-opts 0', 'hbh opts 0'],
    ['-m hbh --hbh-opts 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16', '=', 'hbh opts 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16'],
    ['-m hbh --hbh-opts 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17', 'FAIL', 'too many addresses specified'],
    ['-m hbh --hbh-opts 1,,2', 'FAIL', "hbh: no valid digits in opt `'"],
    ['-m hbh --hbh-opts 1:2:3', 'FAIL', "hbh: error parsing length `2:3'"],
    ['-m hbh --hbh-opts 0x05:0x3', '-m hbh --hbh-opts 5:3', 'hbh opts 5:3'],
    ['-m hbh --hbh-opts 1,', 'FAIL', "hbh: no valid digits in opt `'"],
    ['-m hbh --hbh-opts 5x', 'FAIL', "hbh: error parsing opt `5x'"],
    ['-m hbh', '=', 'hbh'],
    ['-m hbh --hbh-opts 1,,', 'FAIL', "hbh: no valid digits in opt `'"],
    ['-m hbh --hbh-opts 1:300,2', '-m hbh --hbh-opts 1:44,2', 'hbh opts 1:44,2'],
  ], { family: 6 });
});

describe('text of dst (IPv6)', () => {
  // biome-ignore format: a table
  checkTexts([
    ['-m dst --dst-len 8', '=', 'dst length:8'],
    ['-m dst --dst-opts 5:4 --dst-len 3', '-m dst --dst-len 3 --dst-opts 5:4', 'dst length:3 opts 5:4'],
    ['-m dst ! --dst-opts 5:4', 'FAIL', 'dst: option "--dst-opts" cannot be inverted'],
    ['-m dst --dst-opts 5:256', '-m dst --dst-opts 5:0', 'dst opts 5:0'],
    ['-m dst --dst-opts 0:0,149:92', 'FAIL', "PAD0 hasn't got length"],
    ['-m dst --dst-not-strict', 'FAIL', 'unknown option "--dst-not-strict"'],
    ['-m dst --dst-opts 1 --dst-not-strict', 'FAIL', 'unknown option "--dst-not-strict"'],
    ['-m dst --dst-opts 300:4', '-m dst --dst-opts 44:4', 'dst opts 44:4'],
    ['-m dst --dst-opts 65536', '-m dst --dst-opts 0', 'dst opts 0'],
    ['-m dst --dst-opts 5:65536', '-m dst --dst-opts 5:0', 'dst opts 5:0'],
    ['-m dst --dst-opts foo', 'FAIL', "dst: no valid digits in opt `foo'"],
    ['-m dst --dst-opts 5:foo', 'FAIL', "dst: no valid digits in length `foo'"],
    ['-m dst --dst-len 70000', '=', 'dst length:70000'],
    ['-m dst --dst-opts 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17', 'FAIL', 'too many addresses specified'],
    ['-m dst', '=', 'dst'],
  ], { family: 6 });
});

/** Hop-by-hop options in front of UDP. */
const hop = (options: readonly number[]): Packet =>
  packetOf(ipv6({ next: 0 }, [17, (options.length + 2) / 8 - 1, ...options, ...udp(1, 2)]));
const SIX = { family: 6 } as const;
const alert = hop([5, 2, 0, 0, 1, 0]);

describe('answers of hbh and dst', () => {
  checkAnswers(
    [
      ['-m hbh', alert, true, 'there is one'],
      ['-m hbh', packetOf(ipv6({ next: 17 }, udp(1, 2))), false, 'there is none'],
      ['-m dst', alert, false, 'the other kind'],
      ['-m dst', packetOf(ipv6({ next: 60 }, [17, 0, 1, 4, 0, 0, 0, 0, ...udp(1, 2)])), true, 'there is one'],
      ['-m hbh --hbh-len 8', alert, true, 'its length in octets'],
      ['-m hbh ! --hbh-len 8', alert, false, 'its length in octets'],
      ['-m hbh --hbh-opts 5', alert, true, 'the first option'],
      ['-m hbh --hbh-opts 5:2', alert, true, 'with its length'],
      ['-m hbh --hbh-opts 5:4', alert, false, 'with another length'],
      ['-m hbh --hbh-opts 5:2,1:0', alert, true, 'all of them'],
      ['-m hbh --hbh-opts 5,1,1', alert, false, 'one more than there are'],
      ['-m hbh --hbh-opts 1', alert, false, 'not the first'],
      ['-m hbh --hbh-opts 0,0,5', hop([0, 0, 5, 2, 0, 0]), true, 'padding octets are options of one octet'],
      ['-m hbh --hbh-opts 1:9', hop([1, 9, 0, 0, 0, 0]), true, 'the last one need not fit'],
      ['-m hbh --hbh-opts 1:9,0', hop([1, 9, 0, 0, 0, 0]), false, 'any other must'],
      ['-m hbh', packetOf(ipv6({ next: 0 }, [17])), 'hotdrop', 'cut off'],
      ['-m dst', packetOf(ipv6({ next: 60 }, [17, 1, 0, 0, 0, 0, 0, 0])), 'hotdrop', 'shorter than it says'],
    ],
    {},
    SIX,
  );
});
