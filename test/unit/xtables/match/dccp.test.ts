/**
 * dccp: texts as iptables-legacy 1.8.9 answered them, answers by hand-made packets.
 */
import { describe, expect, it } from 'vitest';
import type { Packet } from '../../../../src/packet/packet.ts';
import { ipv4, packetOf } from '../../../support/frames.ts';
import { checkAnswers, checkTexts, matchOf } from '../../../support/match-lab.ts';

describe('text of dccp', () => {
  // biome-ignore format: a table
  checkTexts([
    ['-p dccp --sport http', '-p dccp -m dccp --sport 80', 'dccp spt:80'],
    ['-p dccp --dport 80:443', '-p dccp -m dccp --dport 80:443', 'dccp dpts:80:443'],
    ['-p dccp -m dccp --dport 4:3', 'FAIL', 'invalid range "4:3" (min > max)'],
    ['-p dccp -m dccp --sport 65536', '-p dccp -m dccp --sport 0', 'dccp spt:0'],
    ['-p dccp -m dccp --dccp-types REQUEST,DATA', '=', 'dccp 0,2'],
    ['-p dccp -m dccp --dccp-types request', '-p dccp -m dccp --dccp-types REQUEST', 'dccp 0'],
    ['-p dccp -m dccp ! --dccp-types REQUEST,INVALID', '=', 'dccp ! 0,10,11,12,13,14,15'],
    ['-p dccp -m dccp --dccp-types FOO', 'FAIL', "Unknown DCCP type `FOO'"],
    ['-p dccp -m dccp --dccp-types ""', '-p dccp -m dccp --dccp-types ', 'dccp '],
    ['-p dccp -m dccp --dccp-option 5', '=', 'dccp option=5'],
    ['-p dccp -m dccp ! --dccp-option 5', '=', 'dccp option=!5'],
    ['-p dccp -m dccp --dccp-option 0', 'FAIL', 'dccp: bad value for option "--dccp-option", or out of range (1-255)'],
    ['-p dccp -m dccp --dccp-option 256', 'FAIL', 'dccp: bad value for option "--dccp-option", or out of range (1-255)'],
    ['-p dccp -m dccp --dccp-option 255', '=', 'dccp option=255'],
    ['-p dccp -m dccp --source-port 5 --destination-port 6 --dccp-types DATA --dccp-option 9', '-p dccp -m dccp --sport 5 --dport 6 --dccp-types DATA --dccp-option 9', 'dccp spt:5 dpt:6 2 option=9'],
    ['-p dccp -m dccp ! --source-port 5:9 ! --destination-port 6 ! --dccp-types DATA ! --dccp-option 9', '-p dccp -m dccp ! --sport 5:9 ! --dport 6 ! --dccp-types DATA ! --dccp-option 9', 'dccp spts:!5:9 dpt:!6 ! 2 option=!9'],
    ['-p dccp -m dccp ! --sport :', '-p dccp -m dccp ! --sport 0:65535', 'dccp spts:!0:65535'],
    ['-m dccp --sport 1', 'FAIL', 'dccp match: only valid for protocol dccp'],
    ['-p tcp -m dccp --sport 1', 'FAIL', 'dccp match: only valid for protocol dccp'],
    ['-p dccp -m dccp', '=', 'dccp'],
    ['-p dccp -m dccp --sport foo', 'FAIL', 'Port "foo" does not resolve to anything'],
    ['-p dccp -m dccp --sport :', '-p dccp -m dccp --sport 0:65535', 'dccp'],
    ['-p dccp -m dccp --sport 4:', '-p dccp -m dccp --sport 4:65535', 'dccp spts:4:65535'],
    ['-p dccp -m dccp --sport 1:2:3', 'FAIL', 'dccp: Too many components for option "--source-port" (max: 2)'],
    ['-p dccp -m dccp --sport -1', 'FAIL', 'Port "-1" does not resolve to anything'],
    ['-p dccp -m dccp --dccp-types REQUEST,RESPONSE,DATA,ACK,DATAACK,CLOSEREQ,CLOSE,RESET,SYNC,SYNCACK,INVALID', '=', 'dccp 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15'],
    ['-p dccp -m dccp --dccp-types DATA,', '-p dccp -m dccp --dccp-types DATA', 'dccp 2'],
    ['-p dccp -m dccp --dccp-types ,DATA', '-p dccp -m dccp --dccp-types DATA', 'dccp 2'],
  ]);
});

/** A header with the ports 5 and 6. `words`: what it says its length is. */
const header = (type: number, words: number, rest: readonly number[] = [], x = 0): number[] => [
  0,
  5,
  0,
  6,
  words,
  0,
  0,
  0,
  (type << 1) | x,
  0,
  0,
  0,
  ...rest,
];
const of = (octets: readonly number[], fields: { fragOffset?: number } = {}): Packet => packetOf(ipv4({ protocol: 33, ...fields }, octets));
const DATA = 2;
const ACK_TYPE = 3;

describe('answers of dccp', () => {
  checkAnswers([
    ['-p dccp -m dccp --sport 5 --dport 6', of(header(DATA, 3)), true, 'both ports'],
    ['-p dccp -m dccp --sport 6', of(header(DATA, 3)), false, 'the other port'],
    ['-p dccp -m dccp ! --sport 6:9', of(header(DATA, 3)), true, 'not in the range'],
    ['-p dccp -m dccp --dccp-types DATA,ACK', of(header(DATA, 3)), true, 'one of two'],
    ['-p dccp -m dccp ! --dccp-types DATA', of(header(DATA, 3)), false, 'the one'],
    ['-p dccp -m dccp --dccp-types INVALID', of(header(13, 3)), true, 'a type nobody has'],
    ['-p dccp -m dccp', of([...header(DATA, 3)].slice(0, 11)), 'hotdrop', 'cut off'],
    ['-p dccp -m dccp', of([1, 2], { fragOffset: 8 }), false, 'a later fragment'],
    ['-p dccp -m dccp --dccp-option 33', of(header(DATA, 4, [0, 33, 3, 9])), true, 'behind a padding octet'],
    ['-p dccp -m dccp --dccp-option 33', of(header(DATA, 4, [32, 4, 33, 0])), false, 'inside another option'],
    ['-p dccp -m dccp --dccp-option 33', of(header(DATA, 3)), false, 'no options'],
    ['-p dccp -m dccp ! --dccp-option 33', of(header(DATA, 3)), true, 'no options'],
    [
      '-p dccp -m dccp --dccp-option 33',
      of(header(ACK_TYPE, 6, [0, 0, 0, 0, 0, 0, 0, 0, 33, 3, 0, 0])),
      true,
      'behind the acknowledgement',
    ],
    ['-p dccp -m dccp --dccp-option 33', of(header(DATA, 5, [0, 0, 0, 0, 33, 3, 0, 0], 1)), true, 'behind a long sequence number'],
    ['-p dccp -m dccp --dccp-option 33', of(header(ACK_TYPE, 3)), 'hotdrop', 'shorter than its type'],
    ['-p dccp -m dccp --dccp-option 33', of(header(DATA, 5, [1, 1, 1, 1])), 'hotdrop', 'options cut off'],
  ]);

  it('an inverted option holds where it cannot look, and drops all the same', () => {
    const packet = of(header(DATA, 5, [1, 1, 1, 1]));
    const match = matchOf('-p dccp -m dccp ! --dccp-option 33');
    expect([match(packet), packet.hotdrop]).toEqual([true, true]);
  });
});
