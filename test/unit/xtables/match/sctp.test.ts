/**
 * sctp: texts as iptables-legacy 1.8.9 answered them; answers as a Linux 6.18 router gave them.
 */
import { describe, expect, it } from 'vitest';
import type { Packet } from '../../../../src/packet/packet.ts';
import { type Ipv4Fields, ipv4, packetOf } from '../../../support/frames.ts';
import { answerOf, checkAnswers, checkTexts, matchOf } from '../../../support/match-lab.ts';

describe('text of sctp', () => {
  // biome-ignore format: a table
  checkTexts([
  ['-p sctp -m sctp --sport 1', '=', 'sctp spt:1'],
  ['-p sctp -m sctp ! --sport 1:2 ! --dport 3', '=', 'sctp spts:!1:2 dpt:!3'],
  ['-p sctp -m sctp', '=', 'sctp'],
  ['-p sctp -m sctp --sport :', '-p sctp -m sctp --sport 0:65535', 'sctp'],
  ['-p sctp -m sctp --sport ssh', 'FAIL', "invalid port/service `ssh' specified"],
  ['-p sctp -m sctp --sport 5:4', 'FAIL', 'invalid portrange (min > max)'],
  ['-p sctp -m sctp --sport 5:', '-p sctp -m sctp --sport 5:65535', 'sctp spts:5:65535'],
  ['-p sctp -m sctp --sport 65536', 'FAIL', "invalid port/service `65536' specified"],
  ['-p sctp -m sctp --chunk-types all DATA,INIT', '=', 'sctp all 0x0000,0x0001'],
  ['-p sctp -m sctp ! --chunk-types any INIT,ERROR', '=', 'sctp ! any 0x0001,0x0009'],
  ['-p sctp -m sctp --chunk-types only DATA:Be,ABORT:t', '=', 'sctp only 0x0000:Be,0x0006:t'],
  ['-p sctp -m sctp --chunk-types any DATA:iUBE', '=', 'sctp any 0x0000:iUBE'],
  ['-p sctp -m sctp --chunk-types any DATA:x', 'FAIL', 'Invalid flags for chunk type 0'],
  ['-p sctp -m sctp --chunk-types any ALL', '=', 'sctp any ALL'],
  ['-p sctp -m sctp --chunk-types any NONE', '=', 'sctp any NONE'],
  ['-p sctp -m sctp --chunk-types any data', '-p sctp -m sctp --chunk-types any DATA', 'sctp any 0x0000'],
  ['-p sctp -m sctp --chunk-types some DATA', 'FAIL', 'Match type has to be one of "ALL", "ANY" or "ONLY"'],
  ['-p sctp -m sctp --chunk-types any FOO', 'FAIL', "Unknown sctp chunk `FOO'"],
  ['-p sctp -m sctp --chunk-types any INIT:x', 'FAIL', 'Invalid flags for chunk type 1'],
  ['-p sctp -m sctp --chunk-types any SHUTDOWN_COMPLETE:T', '=', 'sctp any 0x000E:T'],
  ['-p sctp -m sctp --chunk-types any ABORT:', '-p sctp -m sctp --chunk-types any ABORT', 'sctp any 0x0006'],
  ['-p sctp -m sctp --chunk-types all INIT_ACK,SACK,HEARTBEAT,HEARTBEAT_ACK,SHUTDOWN,SHUTDOWN_ACK,COOKIE_ECHO,COOKIE_ACK,ECN_ECNE,ECN_CWR,ASCONF,ASCONF_ACK,FORWARD_TSN,SHUTDOWN_COMPLETE', '-p sctp -m sctp --chunk-types all INIT_ACK,SACK,HEARTBEAT,HEARTBEAT_ACK,SHUTDOWN,SHUTDOWN_ACK,COOKIE_ECHO,COOKIE_ACK,ECN_ECNE,ECN_CWR,SHUTDOWN_COMPLETE,ASCONF_ACK,FORWARD_TSN,ASCONF', 'sctp all 0x0002,0x0003,0x0004,0x0005,0x0007,0x0008,0x000A,0x000B,0x000C,0x000D,0x000E,0x0080,0x00C0,0x00C1'],
  ['-p sctp -m sctp --chunk-types all I_DATA', '=', 'sctp all 0x0040'],
  ['-p sctp -m sctp --chunk-types all RE_CONFIG', '=', 'sctp all 0x0082'],
  ['-p sctp -m sctp --chunk-types all PAD', '=', 'sctp all 0x0084'],
  ['-p sctp -m sctp --chunk-types all I_FORWARD_TSN', '=', 'sctp all 0x00C2'],
  ['-p sctp -m sctp --chunk-types all', 'FAIL', '--chunk-types requires two args'],
  ['-p sctp -m sctp --chunk-types all DATA --sport 5', '-p sctp -m sctp --sport 5 --chunk-types all DATA', 'sctp spt:5 all 0x0000'],
  ['-p sctp -m sctp --chunk-types all ALL:Be', 'FAIL', "Unknown sctp chunk `ALL'"],
  ['-p sctp -m sctp --chunk-types all DATA:Be,DATA:Ui', '-p sctp -m sctp --chunk-types all DATA:iUBe', 'sctp all 0x0000:iUBe'],
  ['-m sctp --sport 1', 'FAIL', 'sctp match: only valid for protocol sctp'],
  ['-p sctp -m sctp --sport 1: --dport :5', '-p sctp -m sctp --sport 1:65535 --dport 0:5', 'sctp spts:1:65535 dpts:0:5'],
  ['-p sctp -m sctp ! --sport : --dport :', '-p sctp -m sctp ! --sport 0:65535 --dport 0:65535', 'sctp spts:!0:65535'],
  ['-p sctp -m sctp ! --sport :', '-p sctp -m sctp ! --sport 0:65535', 'sctp spts:!0:65535'],
  ['-p sctp -m sctp --sport ""', 'FAIL', "invalid port/service `' specified"],
  ['-p sctp -m sctp --source-port 4 --destination-port 4', '-p sctp -m sctp --sport 4 --dport 4', 'sctp spt:4 dpt:4'],
  ['-p sctp -m sctp --chunk-types ALL DATA', '-p sctp -m sctp --chunk-types all DATA', 'sctp all 0x0000'],
  ['-p sctp -m sctp --chunk-types all ABORT:T,SHUTDOWN_COMPLETE:t', '=', 'sctp all 0x0006:T,0x000E:t'],
  ['-p sctp -m sctp --chunk-types all DATA:Bb', '-p sctp -m sctp --chunk-types all DATA:B', 'sctp all 0x0000:B'],
  ['-p sctp -m sctp --chunk-types all DATA:I', '=', 'sctp all 0x0000:I'],
  ['-p sctp -m sctp --chunk-types all DATA:i', '=', 'sctp all 0x0000:i'],
  ['-p sctp -m sctp --chunk-types all DATA,,INIT', '-p sctp -m sctp --chunk-types all DATA,INIT', 'sctp all 0x0000,0x0001'],
  ['-p sctp -m sctp --chunk-types all DATA,ALL', 'FAIL', "Unknown sctp chunk `ALL'"],
  ['-p sctp -m sctp --chunk-types all DATA,NONE', 'FAIL', "Unknown sctp chunk `NONE'"],
  ['-p sctp -m sctp --chunk-types only I_DATA:Be,INIT', '-p sctp -m sctp --chunk-types only INIT,I_DATA', 'sctp only 0x0001,0x0040'],
  ['-p sctp -m sctp --chunk-types any CWR,ECNE', 'FAIL', "Unknown sctp chunk `CWR'"],
  ['-p sctp -m sctp --sport amqp', '-p sctp -m sctp --sport 5672', 'sctp spt:5672'],
  ['-p sctp -m sctp --chunk-types any I_DATA:B', '-p sctp -m sctp --chunk-types any I_DATA', 'sctp any 0x0040'],
  ['-p sctp -m sctp --chunk-types any I_DATA:x', 'FAIL', 'Invalid flags for chunk type 64'],
  ['-p sctp -m sctp --chunk-types any I_DATA:I', '-p sctp -m sctp --chunk-types any I_DATA', 'sctp any 0x0040'],
  ['-p sctp -m sctp --chunk-types any I_FORWARD_TSN:x', 'FAIL', 'Invalid flags for chunk type 194'],
  ['-p sctp -m sctp --chunk-types any ERROR:', '-p sctp -m sctp --chunk-types any ERROR', 'sctp any 0x0009'],
  ['-p sctp -m sctp --chunk-types any DATA:B,ABORT:T,SHUTDOWN_COMPLETE:T', '=', 'sctp any 0x0000:B,0x0006:T,0x000E:T'],
  ['-p sctp -m sctp --chunk-types any DATA:B:e', 'FAIL', 'Invalid flags for chunk type 0'],
]);
  // biome-ignore format: a table
  checkTexts([
  ['-p sctp -m sctp --chunk-types any ECN_CWR', '=', 'sctp any 0x000D'],
], { family: 6 });
});

const HEADER = [0, 1, 0, 2, 0, 0, 0, 3, 0, 0, 0, 4];
const chunk = (type: number, flags: number, length: number): number[] => [type, flags, length >>> 8, length & 0xff];
const packet = (octets: readonly number[], fields: Ipv4Fields = {}): Packet => packetOf(ipv4({ protocol: 132, ...fields }, octets));
const padding = Array<number>(12).fill(0);

/** Rules of the recorded run; below, the numbers of those that matched. */
const RULES = [
  '--chunk-types any DATA',
  '--chunk-types all DATA,SACK',
  '--chunk-types only DATA,SACK',
  '! --chunk-types any DATA',
  '--chunk-types any DATA:Be',
  '--chunk-types only DATA:e',
  '--chunk-types any I_DATA:B',
  '--chunk-types any NONE',
  '--chunk-types all NONE',
  '--chunk-types only NONE',
  '--chunk-types all ALL',
  '--chunk-types only ALL',
  '--sport 1 ! --dport 3',
];

describe('answers of sctp', () => {
  it.each<[string, number[], number[]]>([
    ['DATA and SACK', [...chunk(0, 2, 16), ...padding, ...chunk(3, 0, 16), ...padding], [1, 2, 3, 5, 9, 12, 13]],
    ['INIT', chunk(1, 0, 4), [4, 9, 12, 13]],
    ['a length of 1 counts as 4', [...chunk(1, 0, 1), ...chunk(0, 0, 4)], [1, 9, 12, 13]],
    ['a length beyond the packet', chunk(0, 0, 400), [1, 3, 6, 9, 12, 13]],
    ['I_DATA: its flags do not count', chunk(64, 0, 4), [4, 7, 9, 12, 13]],
  ])('%s', (_, chunks, expected) => {
    const subject = packet([...HEADER, ...chunks]);
    const matched = RULES.flatMap((rule, i) => (answerOf(matchOf(`-p sctp -m sctp ${rule}`), subject) === true ? [i + 1] : []));
    expect(matched).toEqual(expected);
  });

  checkAnswers([
    ['-p sctp -m sctp --dport 2', packet([...HEADER]), true, 'that port'],
    ['-p sctp -m sctp --dport 3', packet([...HEADER]), false, 'another port'],
    ['-p sctp -m sctp --chunk-types any DATA', packet([...HEADER]), 'hotdrop', 'no chunk'],
    ['-p sctp -m sctp --chunk-types any DATA', packet([...HEADER, ...chunk(1, 0, 0)]), 'hotdrop', 'a chunk without length'],
    ['-p sctp -m sctp --dport 3 --chunk-types any DATA', packet([...HEADER]), false, 'ports are compared first'],
    ['-p sctp -m sctp --chunk-types any DATA', packet([...HEADER, ...chunk(0, 0, 4), 0, 0]), true, 'found before the end is reached'],
    ['-p sctp -m sctp --chunk-types all DATA', packet([...HEADER, ...chunk(0, 0, 4), 0, 0]), 'hotdrop', 'two octets are no chunk'],
    ['-p sctp -m sctp', packet(HEADER.slice(0, 11)), 'hotdrop', '11 octets'],
    ['-p sctp -m sctp ! --sport 5 ! --dport 5', packet([...HEADER, ...chunk(0, 0, 4)], { fragOffset: 16 }), false, 'a later fragment'],
  ]);

  it('forgets between packets what it met', () => {
    const rule = matchOf('-p sctp -m sctp --chunk-types all DATA,SACK');
    const data = packet([...HEADER, ...chunk(0, 0, 4)]);
    const sack = packet([...HEADER, ...chunk(3, 0, 4)]);
    expect([answerOf(rule, data), answerOf(rule, sack), answerOf(rule, data)]).toEqual([false, false, false]);
  });
});
