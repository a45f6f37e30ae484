/**
 * u32: texts as iptables-legacy 1.8.9 answered them, answers by hand-made packets.
 */
import { describe, expect, it } from 'vitest';
import { ipv4, packetOf } from '../../../support/frames.ts';
import { checkAnswers, checkTexts, matchOf } from '../../../support/match-lab.ts';

describe('text of u32', () => {
  // biome-ignore format: a table
  checkTexts([
    ['-m u32 --u32 "6&0xFF=1 && 4&0x3FFF=0 && 0>>22&0x3C@0>>24=0:3"', '-m u32 --u32 "0x6&0xff=0x1&&0x4&0x3fff=0x0&&0x0>>0x16&0x3c@0x0>>0x18=0x0:0x3"', 'u32 "0x6&0xff=0x1&&0x4&0x3fff=0x0&&0x0>>0x16&0x3c@0x0>>0x18=0x0:0x3"'],
    ['-m u32 ! --u32 0=1', '-m u32 ! --u32 "0x0=0x1"', 'u32 ! "0x0=0x1"'],
    ['-m u32 --u32 0=1,2,3:5', '-m u32 --u32 "0x0=0x1,0x2,0x3:0x5"', 'u32 "0x0=0x1,0x2,0x3:0x5"'],
    ['-m u32 --u32 "0 >> 2 = 1 , 4"', '-m u32 --u32 "0x0>>0x2=0x1,0x4"', 'u32 "0x0>>0x2=0x1,0x4"'],
    ['-m u32 --u32 0<<2&3@4=0x10:0x20', '-m u32 --u32 "0x0<<0x2&0x3@0x4=0x10:0x20"', 'u32 "0x0<<0x2&0x3@0x4=0x10:0x20"'],
    ['-m u32 --u32 010=010', '-m u32 --u32 "0x8=0x8"', 'u32 "0x8=0x8"'],
    ['-m u32 --u32 0', 'FAIL', 'u32: abrupt end of input after location specifier'],
    ['-m u32 --u32 0=', 'FAIL', 'u32: test ended with no value specified'],
    ['-m u32 --u32 0=5:', 'FAIL', 'u32: at char 4: not a number or out of range'],
    ['-m u32 --u32 0=:5', 'FAIL', 'u32: at char 2: not a number or out of range'],
    ['-m u32 --u32 0=5:3', '-m u32 --u32 "0x0=0x5:0x3"', 'u32 "0x0=0x5:0x3"'],
    ['-m u32 --u32 0&=5', 'FAIL', 'u32: at char 2: not a number or out of range'],
    ['-m u32 --u32 0=1&&', 'FAIL', 'u32: abrupt end of input after location specifier'],
    ['-m u32 --u32 0=1&&0', 'FAIL', 'u32: abrupt end of input after location specifier'],
    ['-m u32 --u32 =1', 'FAIL', 'u32: at char 0: location spec missing'],
    ['-m u32 --u32 "0=1 0=2"', 'FAIL', 'u32: at char 4: expected "," or "&&"'],
    ['-m u32 --u32 0=4294967296', 'FAIL', 'u32: at char 2: not a number or out of range'],
    ['-m u32 --u32 0=0xffffffff', '-m u32 --u32 "0x0=0xffffffff"', 'u32 "0x0=0xffffffff"'],
    ['-m u32 --u32 0=-1', 'FAIL', 'u32: at char 2: not a number or out of range'],
    ['-m u32 --u32 ""', 'FAIL', 'u32: abrupt end of input after location specifier'],
    ['-m u32 --u32 0=1&&0=1&&0=1&&0=1&&0=1&&0=1&&0=1&&0=1&&0=1&&0=1', '-m u32 --u32 "0x0=0x1&&0x0=0x1&&0x0=0x1&&0x0=0x1&&0x0=0x1&&0x0=0x1&&0x0=0x1&&0x0=0x1&&0x0=0x1&&0x0=0x1"', 'u32 "0x0=0x1&&0x0=0x1&&0x0=0x1&&0x0=0x1&&0x0=0x1&&0x0=0x1&&0x0=0x1&&0x0=0x1&&0x0=0x1&&0x0=0x1"'],
    ['-m u32 --u32 0=1&&0=1&&0=1&&0=1&&0=1&&0=1&&0=1&&0=1&&0=1&&0=1&&0=1', 'FAIL', 'u32: at char 53: too many "&&"s'],
    ['-m u32 --u32 0&1&1&1&1&1&1&1&1&1&1=1', 'FAIL', 'u32: at char 21: too many operators'],
    ['-m u32 --u32 0&1&1&1&1&1&1&1&1&1&1&1=1', 'FAIL', 'u32: at char 21: too many operators'],
    ['-m u32 --u32 0=1,2,3,4,5,6,7,8,9,10', '-m u32 --u32 "0x0=0x1,0x2,0x3,0x4,0x5,0x6,0x7,0x8,0x9,0xa"', 'u32 "0x0=0x1,0x2,0x3,0x4,0x5,0x6,0x7,0x8,0x9,0xa"'],
    ['-m u32 --u32 0=1,2,3,4,5,6,7,8,9,10,11', 'FAIL', 'u32: at char 25: too many ","s'],
    ['-m u32 --u32 0>1=1', 'FAIL', "u32: at char 2: a second '>' was expected"],
    ['-m u32 --u32 0&&1=1', 'FAIL', 'u32: at char 2: not a number or out of range'],
    ['-m u32', 'FAIL', 'u32: option "--u32" must be specified'],
  ]);
});

/** Words 0, 4, 8 ... of the packet: 45000020 00070000 40110000 0a000001 0a000101 00010002 00000000 deadbeef */
const packet = packetOf(ipv4({ protocol: 17 }, [0, 1, 0, 2, 0, 0, 0, 0, 0xde, 0xad, 0xbe, 0xef]));

describe('answers of u32', () => {
  checkAnswers([
    ['-m u32 --u32 "0=0x45000020"', packet, true, 'the first word'],
    ['-m u32 --u32 "6&0xff=17"', packet, true, 'the protocol, last octet of the word at 6'],
    ['-m u32 --u32 "0>>22&0x3c@4=0"', packet, true, 'four octets behind the IP header'],
    ['-m u32 --u32 "0>>22&0x3c@0>>16=1"', packet, true, 'the source port'],
    ['-m u32 --u32 "28=0xdeadbeef"', packet, true, 'the last word'],
    ['-m u32 --u32 "29=0"', packet, false, 'a load beyond the packet'],
    ['-m u32 ! --u32 "29=0"', packet, true, 'a load beyond the packet'],
    ['-m u32 --u32 "0>>22&0x3c@9=0"', packet, false, 'a second load beyond the packet'],
    ['-m u32 --u32 "28@0=0"', packet, false, 'a place beyond 32 bits'],
    ['-m u32 --u32 "28=0xdeadbee0:0xdeadbeff"', packet, true, 'a range'],
    ['-m u32 --u32 "28=1,2,0xdeadbeef"', packet, true, 'a list'],
    ['-m u32 --u32 "28=0xffffffff:0"', packet, false, 'a range that runs backwards'],
    ['-m u32 --u32 "28<<8=0xadbeef00"', packet, true, 'bits shifted out are lost'],
    ['-m u32 --u32 "28>>31=1"', packet, true, 'shifted without sign'],
    ['-m u32 --u32 "6&0xff=17&&28=1"', packet, false, 'the second test fails'],
    ['-m u32 --u32 "0=0:0xffffffff"', packetOf(ipv4({})), true, 'any word'],
  ]);

  it('refuses shifts the kernel refuses', () => {
    expect(() => matchOf('-m u32 --u32 "0>>32=0"')).toThrow('u32: at char 3: shift by more than 31');
  });
});
