/**
 * hashlimit: texts as iptables-legacy 1.8.9 answered them, answers by hand-made packets.
 */
import { describe, expect, it } from 'vitest';
import type { Packet } from '../../../../src/packet/packet.ts';
import { ipv4, ipv6, packetOf, udp } from '../../../support/frames.ts';
import { answerOf, answers, checkTexts, matchOf } from '../../../support/match-lab.ts';

describe('text of hashlimit', () => {
  // biome-ignore format: a table
  checkTexts([
    ['-m hashlimit --hashlimit 10/sec --hashlimit-name a', '-m hashlimit --hashlimit-upto 10/sec --hashlimit-burst 5 --hashlimit-name a', 'limit: up to 10/sec burst 5'],
    ['-m hashlimit ! --hashlimit-upto 10/sec --hashlimit-name a', '-m hashlimit --hashlimit-above 10/sec --hashlimit-burst 5 --hashlimit-name a', 'limit: above 10/sec burst 5'],
    ['-m hashlimit ! --hashlimit-above 10/sec --hashlimit-name a', '-m hashlimit --hashlimit-upto 10/sec --hashlimit-burst 5 --hashlimit-name a', 'limit: up to 10/sec burst 5'],
    ['-m hashlimit --hashlimit-upto 3/s --hashlimit-name a --hashlimit-burst 7 --hashlimit-mode srcip,dstport,dstip,srcport', '-m hashlimit --hashlimit-upto 3/sec --hashlimit-burst 7 --hashlimit-mode srcip,srcport,dstip,dstport --hashlimit-name a', 'limit: up to 3/sec burst 7 mode srcip-srcport-dstip-dstport'],
    ['-m hashlimit --hashlimit-upto 3/second --hashlimit-name a --hashlimit-mode dstip,srcip --hashlimit-srcmask 24 --hashlimit-dstmask 16', '-m hashlimit --hashlimit-upto 3/sec --hashlimit-burst 5 --hashlimit-mode srcip,dstip --hashlimit-name a --hashlimit-srcmask 24 --hashlimit-dstmask 16', 'limit: up to 3/sec burst 5 mode srcip-dstip srcmask 24 dstmask 16'],
    ['-m hashlimit --hashlimit-upto 3/minute --hashlimit-name a --hashlimit-mode srcip --hashlimit-srcmask 32', '-m hashlimit --hashlimit-upto 3/min --hashlimit-burst 5 --hashlimit-mode srcip --hashlimit-name a', 'limit: up to 3/min burst 5 mode srcip'],
    ['-m hashlimit --hashlimit-upto 3/hour --hashlimit-name a --hashlimit-srcmask 8', '-m hashlimit --hashlimit-upto 3/hour --hashlimit-burst 5 --hashlimit-name a --hashlimit-srcmask 8', 'limit: up to 3/hour burst 5 srcmask 8'],
    ['-m hashlimit --hashlimit-upto 60/min --hashlimit-name a', '-m hashlimit --hashlimit-upto 1/sec --hashlimit-burst 5 --hashlimit-name a --hashlimit-htable-expire 60000', 'limit: up to 1/sec burst 5 htable-expire 60000'],
    ['-m hashlimit --hashlimit-upto 120/min --hashlimit-name a', '-m hashlimit --hashlimit-upto 2/sec --hashlimit-burst 5 --hashlimit-name a --hashlimit-htable-expire 60000', 'limit: up to 2/sec burst 5 htable-expire 60000'],
    ['-m hashlimit --hashlimit-upto 7/min --hashlimit-name a', '-m hashlimit --hashlimit-upto 7/min --hashlimit-burst 5 --hashlimit-name a', 'limit: up to 7/min burst 5'],
    ['-m hashlimit --hashlimit-upto 3 --hashlimit-name a', '-m hashlimit --hashlimit-upto 3/sec --hashlimit-burst 5 --hashlimit-name a', 'limit: up to 3/sec burst 5'],
    ['-m hashlimit --hashlimit-upto 3/fortnight --hashlimit-name a', 'FAIL', 'hashlimit: Bad value for "--hashlimit-upto" option: "3/fortnight"'],
    ['-m hashlimit --hashlimit-upto 3/ --hashlimit-name a', 'FAIL', 'hashlimit: Bad value for "--hashlimit-upto" option: "3/"'],
    ['-m hashlimit --hashlimit-upto 0/s --hashlimit-name a', 'FAIL', 'hashlimit: Bad value for "--hashlimit-upto" option: "0/s"'],
    ['-m hashlimit --hashlimit-upto 1000000/s --hashlimit-name a', '-m hashlimit --hashlimit-upto 1000000/sec --hashlimit-burst 5 --hashlimit-name a', 'limit: up to 1000000/sec burst 5'],
    ['-m hashlimit --hashlimit-upto 1000001/s --hashlimit-name a', 'FAIL', 'Rate too fast "1000001/s"'],
    ['-m hashlimit --hashlimit-upto 10000000000/s --hashlimit-name a', 'FAIL', 'Rate too fast "10000000000/s"'],
    ['-m hashlimit --hashlimit-upto 70000/min --hashlimit-name a', '-m hashlimit --hashlimit-upto 1166/sec --hashlimit-burst 5 --hashlimit-name a --hashlimit-htable-expire 60000', 'limit: up to 1166/sec burst 5 htable-expire 60000'],
    ['-m hashlimit --hashlimit-upto 5/day --hashlimit-name a', '-m hashlimit --hashlimit-upto 5/day --hashlimit-burst 5 --hashlimit-name a', 'limit: up to 5/day burst 5'],
    ['-m hashlimit --hashlimit-upto 24/day --hashlimit-name a', '-m hashlimit --hashlimit-upto 1/hour --hashlimit-burst 5 --hashlimit-name a --hashlimit-htable-expire 86400000', 'limit: up to 1/hour burst 5 htable-expire 86400000'],
    ['-m hashlimit --hashlimit-upto 100/d --hashlimit-name a', '-m hashlimit --hashlimit-upto 100/day --hashlimit-burst 5 --hashlimit-name a', 'limit: up to 100/day burst 5'],
    ['-m hashlimit --hashlimit-upto 1kb/s --hashlimit-name a', '=', 'limit: up to 1kb/s'],
    ['-m hashlimit --hashlimit-upto 1000kb/s --hashlimit-name a', '=', 'limit: up to 1000kb/s'],
    ['-m hashlimit --hashlimit-upto 1024kb/s --hashlimit-name a', '-m hashlimit --hashlimit-upto 1mb/s --hashlimit-name a', 'limit: up to 1mb/s'],
    ['-m hashlimit --hashlimit-upto 1b/s --hashlimit-name a', '-m hashlimit --hashlimit-upto 0b/s --hashlimit-name a', 'limit: up to 0b/s'],
    ['-m hashlimit --hashlimit-upto 16b/s --hashlimit-name a', '=', 'limit: up to 16b/s'],
    ['-m hashlimit --hashlimit-upto 17b/s --hashlimit-name a', '-m hashlimit --hashlimit-upto 16b/s --hashlimit-name a', 'limit: up to 16b/s'],
    ['-m hashlimit --hashlimit-upto 1mb/s --hashlimit-burst 1mb --hashlimit-name a', '=', 'limit: up to 1mb/s burst 1mb'],
    ['-m hashlimit --hashlimit-upto 1mb/s --hashlimit-burst 10mb --hashlimit-name a', '=', 'limit: up to 1mb/s burst 10mb'],
    ['-m hashlimit --hashlimit-upto 1mb/s --hashlimit-burst 10 --hashlimit-name a', 'FAIL', 'burst cannot be smaller than 1048576b'],
    ['-m hashlimit --hashlimit-upto 1mb/s --hashlimit-burst 500kb --hashlimit-name a', 'FAIL', 'burst cannot be smaller than 1048576b'],
    ['-m hashlimit --hashlimit-upto 512kb/s --hashlimit-burst 1500kb --hashlimit-name a', '-m hashlimit --hashlimit-upto 512kb/s --hashlimit-burst 1mb --hashlimit-name a', 'limit: up to 512kb/s burst 1mb'],
    ['-m hashlimit --hashlimit-upto 10mb/min --hashlimit-name a', '-m hashlimit --hashlimit-upto 10/min --hashlimit-burst 5 --hashlimit-name a', 'limit: up to 10/min burst 5'],
    ['-m hashlimit --hashlimit-upto 10gb/s --hashlimit-name a', '-m hashlimit --hashlimit-upto 0b/s --hashlimit-name a', 'limit: up to 0b/s'],
    ['-m hashlimit --hashlimit-upto 1tb/s --hashlimit-name a', '-m hashlimit --hashlimit-upto 0b/s --hashlimit-name a', 'limit: up to 0b/s'],
    ['-m hashlimit --hashlimit-upto 100 --hashlimit-burst 0 --hashlimit-name a', 'FAIL', 'bad value for option "--hashlimit-burst", or out of range (1-1000000)'],
    ['-m hashlimit --hashlimit-upto 100/s --hashlimit-burst 1000000 --hashlimit-name a', '-m hashlimit --hashlimit-upto 100/sec --hashlimit-burst 1000000 --hashlimit-name a', 'limit: up to 100/sec burst 1000000'],
    ['-m hashlimit --hashlimit-upto 100/s --hashlimit-burst 1000001 --hashlimit-name a', 'FAIL', 'bad value for option "--hashlimit-burst", or out of range (1-1000000)'],
    ['-m hashlimit --hashlimit-upto 100/s --hashlimit-burst 1mb --hashlimit-name a', 'FAIL', 'bad value for option "--hashlimit-burst", or out of range (1-1000000)'],
    ['-m hashlimit --hashlimit-upto 1/day --hashlimit-burst 1000000 --hashlimit-name a', 'FAIL', 'hashlimit: overflow, try lower: 86400000000/1000000'],
    ['-m hashlimit --hashlimit-upto 1/s --hashlimit-name a --hashlimit-htable-size 1024 --hashlimit-htable-max 100 --hashlimit-htable-gcinterval 500 --hashlimit-htable-expire 777', '-m hashlimit --hashlimit-upto 1/sec --hashlimit-burst 5 --hashlimit-name a --hashlimit-htable-size 1024 --hashlimit-htable-max 100 --hashlimit-htable-gcinterval 500 --hashlimit-htable-expire 777', 'limit: up to 1/sec burst 5 htable-size 1024 htable-max 100 htable-gcinterval 500 htable-expire 777'],
    ['-m hashlimit --hashlimit-upto 1/s --hashlimit-name a --hashlimit-htable-size 0', '-m hashlimit --hashlimit-upto 1/sec --hashlimit-burst 5 --hashlimit-name a', 'limit: up to 1/sec burst 5'],
    ['-m hashlimit --hashlimit-upto 1/s --hashlimit-name a --hashlimit-htable-expire 0', 'FAIL', 'hashlimit: entries cannot expire after 0 ms'],
    ['-m hashlimit --hashlimit-upto 1/s --hashlimit-name a --hashlimit-htable-gcinterval 0', 'FAIL', 'hashlimit: a collector cannot run every 0 ms'],
    ['-m hashlimit --hashlimit-upto 1/s --hashlimit-name a --hashlimit-htable-gcinterval 2000', '-m hashlimit --hashlimit-upto 1/sec --hashlimit-burst 5 --hashlimit-name a --hashlimit-htable-gcinterval 2000', 'limit: up to 1/sec burst 5 htable-gcinterval 2000'],
    ['-m hashlimit --hashlimit-upto 1/s --hashlimit-name a --hashlimit-htable-expire 1000', '-m hashlimit --hashlimit-upto 1/sec --hashlimit-burst 5 --hashlimit-name a', 'limit: up to 1/sec burst 5'],
    ['-m hashlimit --hashlimit-upto 1/s --hashlimit-name a --hashlimit-htable-expire 10000', '-m hashlimit --hashlimit-upto 1/sec --hashlimit-burst 5 --hashlimit-name a --hashlimit-htable-expire 10000', 'limit: up to 1/sec burst 5 htable-expire 10000'],
    ['-m hashlimit --hashlimit-upto 1/min --hashlimit-name a --hashlimit-htable-expire 10000', '-m hashlimit --hashlimit-upto 1/min --hashlimit-burst 5 --hashlimit-name a --hashlimit-htable-expire 10000', 'limit: up to 1/min burst 5 htable-expire 10000'],
    ['-m hashlimit --hashlimit-upto 1/min --hashlimit-name a --hashlimit-htable-expire 60000', '-m hashlimit --hashlimit-upto 1/min --hashlimit-burst 5 --hashlimit-name a', 'limit: up to 1/min burst 5'],
    ['-m hashlimit --hashlimit-upto 40/min --hashlimit-name a --hashlimit-htable-expire 10000', '-m hashlimit --hashlimit-upto 40/min --hashlimit-burst 5 --hashlimit-name a --hashlimit-htable-expire 10000', 'limit: up to 40/min burst 5 htable-expire 10000'],
    ['-m hashlimit --hashlimit-upto 40/min --hashlimit-name a --hashlimit-htable-expire 1000', '-m hashlimit --hashlimit-upto 40/min --hashlimit-burst 5 --hashlimit-name a --hashlimit-htable-expire 1000', 'limit: up to 40/min burst 5 htable-expire 1000'],
    ['-m hashlimit --hashlimit-upto 10/s --hashlimit-name a --hashlimit-mode foo', 'FAIL', 'hashlimit: Bad value for "--hashlimit-mode" option: "foo"'],
    ['-m hashlimit --hashlimit-upto 10/s --hashlimit-name a --hashlimit-mode ""', '-m hashlimit --hashlimit-upto 10/sec --hashlimit-burst 5 --hashlimit-name a', 'limit: up to 10/sec burst 5'],
    ['-m hashlimit --hashlimit-upto 10/s --hashlimit-name a --hashlimit-mode srcip,srcip', '-m hashlimit --hashlimit-upto 10/sec --hashlimit-burst 5 --hashlimit-mode srcip --hashlimit-name a', 'limit: up to 10/sec burst 5 mode srcip'],
    ['-m hashlimit --hashlimit-upto 10/s --hashlimit-name a/b', 'FAIL', 'hashlimit: "a/b" cannot name a table'],
    ['-m hashlimit --hashlimit-upto 10/s --hashlimit-name ""', 'FAIL', 'Argument must have a minimum length of 1 characters'],
    ['-m hashlimit --hashlimit-upto 10/s --hashlimit-above 10/s --hashlimit-name a', 'FAIL', 'hashlimit: option "--hashlimit-upto" cannot be used together with "--hashlimit-above"'],
    ['-m hashlimit --hashlimit-upto 10/s --hashlimit-name a --hashlimit-srcmask 33', 'FAIL', 'hashlimit: the mask of "--hashlimit-srcmask" is no prefix'],
    ['-m hashlimit --hashlimit-upto 10/s --hashlimit-name a --hashlimit-srcmask 0 --hashlimit-mode srcip', '-m hashlimit --hashlimit-upto 10/sec --hashlimit-burst 5 --hashlimit-mode srcip --hashlimit-name a --hashlimit-srcmask 0', 'limit: up to 10/sec burst 5 mode srcip srcmask 0'],
    ['-m hashlimit --hashlimit-upto 10/s --hashlimit-name a --hashlimit-rate-match', '-m hashlimit --hashlimit-upto 10/sec --hashlimit-burst 5 --hashlimit-name a --hashlimit-rate-match', 'limit: up to 10/sec burst 5 rate-match'],
    ['-m hashlimit --hashlimit-upto 10/s --hashlimit-name a --hashlimit-rate-interval 3', '-m hashlimit --hashlimit-upto 10/sec --hashlimit-burst 5 --hashlimit-name a', 'limit: up to 200/min burst 5 htable-expire 1000'],
    ['-m hashlimit --hashlimit-upto 10/s --hashlimit-name a --hashlimit-rate-match --hashlimit-rate-interval 1', '-m hashlimit --hashlimit-upto 10/sec --hashlimit-burst 5 --hashlimit-name a --hashlimit-rate-match', 'limit: up to 10/sec burst 5 rate-match'],
    ['-m hashlimit --hashlimit-upto 10/s --hashlimit-name a --hashlimit-rate-match --hashlimit-rate-interval 0', 'FAIL', 'hashlimit: Bad value for "--hashlimit-rate-interval" option: "0"'],
    ['-m hashlimit --hashlimit-upto 10/min --hashlimit-name a --hashlimit-rate-match --hashlimit-rate-interval 3', '-m hashlimit --hashlimit-upto 10/sec --hashlimit-burst 5 --hashlimit-name a --hashlimit-htable-expire 60000 --hashlimit-rate-match --hashlimit-rate-interval 3', 'limit: up to 200/min burst 5 rate-match rate-interval 3'],
    ['-m hashlimit --hashlimit-upto 10mb/s --hashlimit-name a --hashlimit-rate-match --hashlimit-burst 20mb', '-m hashlimit --hashlimit-upto 10mb/s --hashlimit-burst 20mb --hashlimit-name a --hashlimit-rate-match', 'limit: up to 10mb/s burst 20mb rate-match'],
    ['-m hashlimit --hashlimit-above 10mb/s --hashlimit-name a --hashlimit-mode srcip --hashlimit-burst 20mb --hashlimit-srcmask 28', '-m hashlimit --hashlimit-above 10mb/s --hashlimit-burst 20mb --hashlimit-mode srcip --hashlimit-name a --hashlimit-srcmask 28', 'limit: above 10mb/s burst 20mb mode srcip srcmask 28'],
    ['-m hashlimit --hashlimit-above 10/s --hashlimit-name a --hashlimit-mode srcip,dstip,srcport,dstport --hashlimit-burst 20 --hashlimit-srcmask 28 --hashlimit-dstmask 30 --hashlimit-htable-size 10 --hashlimit-htable-max 20 --hashlimit-htable-gcinterval 30 --hashlimit-htable-expire 40 --hashlimit-rate-match --hashlimit-rate-interval 9', '-m hashlimit --hashlimit-above 10/sec --hashlimit-burst 20 --hashlimit-mode srcip,srcport,dstip,dstport --hashlimit-name a --hashlimit-htable-size 10 --hashlimit-htable-max 20 --hashlimit-htable-gcinterval 30 --hashlimit-htable-expire 40 --hashlimit-srcmask 28 --hashlimit-dstmask 30 --hashlimit-rate-match --hashlimit-rate-interval 9', 'limit: above 4000/hour burst 20 mode srcip-srcport-dstip-dstport htable-size 10 htable-max 20 htable-gcinterval 30 htable-expire 40 srcmask 28 dstmask 30 rate-match rate-interval 9'],
    ['-m hashlimit --hashlimit-upto 10/s --hashlimit-name a --hashlimit-srcmask 255.255.0.0 --hashlimit-mode srcip', '-m hashlimit --hashlimit-upto 10/sec --hashlimit-burst 5 --hashlimit-mode srcip --hashlimit-name a --hashlimit-srcmask 16', 'limit: up to 10/sec burst 5 mode srcip srcmask 16'],
    ['-m hashlimit --hashlimit-upto 10/s --hashlimit-name a --hashlimit-srcmask abc --hashlimit-mode srcip', 'FAIL', 'hashlimit: bad value for option "--hashlimit-srcmask", neither a valid network mask nor valid CIDR (0-32)'],
    ['-m hashlimit --hashlimit-upto 10/s --hashlimit-name a --hashlimit-srcmask 129 --hashlimit-mode srcip', 'FAIL', 'hashlimit: the mask of "--hashlimit-srcmask" is no prefix'],
    ['-m hashlimit --hashlimit-upto 10/s --hashlimit-name a --hashlimit-srcmask 0x10 --hashlimit-mode srcip', '-m hashlimit --hashlimit-upto 10/sec --hashlimit-burst 5 --hashlimit-mode srcip --hashlimit-name a --hashlimit-srcmask 16', 'limit: up to 10/sec burst 5 mode srcip srcmask 16'],
    ['-m hashlimit --hashlimit-name a', 'FAIL', 'You have to specify --hashlimit'],
    ['-m hashlimit --hashlimit-upto 4294967297/s --hashlimit-name a', 'FAIL', 'Rate too fast "4294967297/s"'],
    ['-m hashlimit --hashlimit-upto -5/s --hashlimit-name a', 'FAIL', 'Rate too fast "-5/s"'],
    ['-m hashlimit --hashlimit-upto " 5/s" --hashlimit-name a', '-m hashlimit --hashlimit-upto 5/sec --hashlimit-burst 5 --hashlimit-name a', 'limit: up to 5/sec burst 5'],
    ['-m hashlimit --hashlimit-upto 5x/s --hashlimit-name a', '-m hashlimit --hashlimit-upto 5/sec --hashlimit-burst 5 --hashlimit-name a', 'limit: up to 5/sec burst 5'],
    ['-m hashlimit --hashlimit-upto 5xb/s --hashlimit-name a', '-m hashlimit --hashlimit-upto 0b/s --hashlimit-name a', 'limit: up to 0b/s'],
    ['-m hashlimit --hashlimit-upto 5Kb/s --hashlimit-name a', '-m hashlimit --hashlimit-upto 0b/s --hashlimit-name a', 'limit: up to 0b/s'],
    ['-m hashlimit --hashlimit-upto 5/S --hashlimit-name a', '-m hashlimit --hashlimit-upto 5/sec --hashlimit-burst 5 --hashlimit-name a', 'limit: up to 5/sec burst 5'],
    ['-m hashlimit --hashlimit-upto 5/SECON --hashlimit-name a', '-m hashlimit --hashlimit-upto 5/sec --hashlimit-burst 5 --hashlimit-name a', 'limit: up to 5/sec burst 5'],
    ['-m hashlimit --hashlimit-upto 5/s --hashlimit-burst 5kfoo --hashlimit-name a', '-m hashlimit --hashlimit-upto 5/sec --hashlimit-burst 5120 --hashlimit-name a', 'limit: up to 5/sec burst 5120'],
    ['-m hashlimit --hashlimit-upto 5/s --hashlimit-burst 0x10 --hashlimit-name a', '-m hashlimit --hashlimit-upto 5/sec --hashlimit-burst 16 --hashlimit-name a', 'limit: up to 5/sec burst 16'],
    ['-m hashlimit --hashlimit-upto 0b/s --hashlimit-name a', 'FAIL', 'hashlimit: Bad value for "--hashlimit-upto" option: "0b/s"'],
    ['-m hashlimit --hashlimit-upto 1b/s --hashlimit-burst 5 --hashlimit-name a', 'FAIL', 'bad value for option "--hashlimit-burst", or out of range (1-1000000)'],
    ['-m hashlimit --hashlimit-upto 20b/s --hashlimit-burst 50 --hashlimit-name a', '-m hashlimit --hashlimit-upto 16b/s --hashlimit-burst 64b --hashlimit-name a', 'limit: up to 16b/s burst 64b'],
    ['-m hashlimit --hashlimit-upto 100mb/s --hashlimit-rate-match --hashlimit-name a', '-m hashlimit --hashlimit-upto 100mb/s --hashlimit-name a --hashlimit-rate-match', 'limit: up to 100mb/s rate-match'],
    ['-m hashlimit --hashlimit-upto 1/day --hashlimit-rate-match --hashlimit-name a', '-m hashlimit --hashlimit-upto 1/sec --hashlimit-burst 5 --hashlimit-name a --hashlimit-htable-expire 86400000 --hashlimit-rate-match --hashlimit-rate-interval 86400', 'limit: up to 1/day burst 5 rate-match rate-interval 86400'],
    ['-m hashlimit --hashlimit-upto 3000000000b/s --hashlimit-name a', '-m hashlimit --hashlimit-upto 2978mb/s --hashlimit-name a', 'limit: up to 2978mb/s'],
    ['-m hashlimit --hashlimit-upto 60000000000b/s --hashlimit-name a', 'FAIL', 'hashlimit: overflow, rate too high: 1'],
    ['-m hashlimit --hashlimit-upto 68000000000b/s --hashlimit-name a', 'FAIL', 'hashlimit: overflow, rate too high: 1'],
    ['-m hashlimit --hashlimit-upto 1000mb/s --hashlimit-name a', '-m hashlimit --hashlimit-upto 1008mb/s --hashlimit-name a', 'limit: up to 1008mb/s'],
    ['-m hashlimit --hashlimit-upto 700mb/s --hashlimit-name a', '-m hashlimit --hashlimit-upto 704mb/s --hashlimit-name a', 'limit: up to 704mb/s'],
    ['-m hashlimit --hashlimit-upto 3/min --hashlimit-rate-match --hashlimit-name a', '-m hashlimit --hashlimit-upto 3/sec --hashlimit-burst 5 --hashlimit-name a --hashlimit-htable-expire 60000 --hashlimit-rate-match --hashlimit-rate-interval 60', 'limit: up to 4320/day burst 5 htable-expire 60000 rate-match rate-interval 60'],
    ['-m hashlimit --hashlimit-upto 3/day --hashlimit-rate-match --hashlimit-name a', '-m hashlimit --hashlimit-upto 3/sec --hashlimit-burst 5 --hashlimit-name a --hashlimit-htable-expire 86400000 --hashlimit-rate-match --hashlimit-rate-interval 86400', 'limit: up to 3/day burst 5 rate-match rate-interval 86400'],
    ['-m hashlimit --hashlimit-upto 3/sec --hashlimit-rate-match --hashlimit-name a --hashlimit-burst 9', '-m hashlimit --hashlimit-upto 3/sec --hashlimit-burst 9 --hashlimit-name a --hashlimit-rate-match', 'limit: up to 3/sec burst 9 rate-match'],
  ]);
});

const START = 1_700_000_000_000_000;
const packet = (src: string, second: number, payload: number[] = udp(1000, 53)): Packet =>
  packetOf(ipv4({ src, protocol: 17 }, payload), { nowUs: START + second * 1e6 });

function shared(): { shared: <T>(kind: string, name: string, make: () => T) => T } {
  const made = new Map<string, unknown>();
  return {
    shared: <T>(kind: string, name: string, make: () => T): T => {
      if (!made.has(kind + name)) made.set(kind + name, make());
      return made.get(kind + name) as T;
    },
  };
}

const marks = (rule: string, packets: readonly Packet[]): string =>
  answers(`-m hashlimit ${rule} --hashlimit-name x`, packets, shared())
    .map((answer) => (answer === true ? 'y' : answer === false ? 'n' : 'H'))
    .join('');

describe('answers of hashlimit', () => {
  const burst = (seconds: readonly number[], src = '10.0.0.1'): Packet[] => seconds.map((second) => packet(src, second));

  it('begins full and refills with time', () => {
    const rate = (way: string): string => `--hashlimit-${way} 1/sec --hashlimit-burst 3 --hashlimit-htable-expire 100000`;
    expect(marks(rate('upto'), burst([0, 0, 0, 0, 1, 1, 9, 9, 9, 9]))).toBe('yyynynyyyn');
    expect(marks(rate('above'), burst([0, 0, 0, 0, 1, 1]))).toBe('nnnyny');
  });

  it('counts 64-bit credit exactly: 7/min is one packet in 8.571428 s', () => {
    const rule = '--hashlimit-upto 7/min --hashlimit-burst 1 --hashlimit-htable-expire 100000';
    expect(marks(rule, burst([0, 8.568]))).toBe('yn');
    expect(marks(rule, burst([0, 8.576]))).toBe('yy');
  });

  it('keeps a bucket for each address, masked', () => {
    const two = [packet('10.0.0.1', 0), packet('10.0.0.2', 0), packet('10.0.1.1', 0)];
    expect(marks('--hashlimit-upto 1/hour --hashlimit-burst 1 --hashlimit-mode srcip', two)).toBe('yyy');
    expect(marks('--hashlimit-upto 1/hour --hashlimit-burst 1 --hashlimit-mode srcip --hashlimit-srcmask 24', two)).toBe('yny');
    expect(marks('--hashlimit-upto 1/hour --hashlimit-burst 1', two)).toBe('ynn');
  });

  it('keeps a bucket for each port, and one for protocols without', () => {
    const ports = [packet('10.0.0.1', 0, udp(1, 53)), packet('10.0.0.1', 0, udp(2, 53)), packet('10.0.0.1', 0, udp(1, 54))];
    expect(marks('--hashlimit-upto 1/hour --hashlimit-burst 1 --hashlimit-mode srcport', ports)).toBe('yyn');
    expect(marks('--hashlimit-upto 1/hour --hashlimit-burst 1 --hashlimit-mode dstport', ports)).toBe('yny');
    const gre = [1, 2].map(() => packetOf(ipv4({ protocol: 47 }, [1, 2, 3, 4]), { nowUs: START }));
    expect(marks('--hashlimit-upto 1/hour --hashlimit-burst 1 --hashlimit-mode srcport', gre)).toBe('yn');
  });

  it('drops a packet whose ports are not there', () => {
    const short = packetOf(ipv4({ protocol: 17 }, [0, 1, 0]), { nowUs: START });
    expect(marks('--hashlimit-upto 1/hour --hashlimit-mode srcip,dstport', [short])).toBe('H');
    expect(marks('--hashlimit-upto 1/hour --hashlimit-mode srcip', [short])).toBe('y');
  });

  it('drops newcomers when the table is full', () => {
    const rule = '--hashlimit-upto 1/hour --hashlimit-mode srcip --hashlimit-htable-size 2 --hashlimit-htable-max 2';
    expect(
      marks(
        rule,
        ['10.0.0.1', '10.0.0.2', '10.0.0.3', '10.0.0.1'].map((src) => packet(src, 0)),
      ),
    ).toBe('yyHy');
  });

  it('forgets an address some time after its last packet, when the collector comes', () => {
    const rule = '--hashlimit-upto 1/hour --hashlimit-burst 1 --hashlimit-mode srcip --hashlimit-htable-expire 1500';
    expect(marks(rule, burst([0, 1, 2.4]))).toBe('ynn');
    expect(marks(rule, burst([0, 2.1]))).toBe('yy');
    expect(marks(rule, burst([0, 1.9]))).toBe('yn');
  });

  it('counts octets in sixteens: a packet of 28 costs 32', () => {
    const rule = '--hashlimit-upto 512b/s --hashlimit-mode srcip';
    expect(marks(rule, burst(Array.from({ length: 20 }, () => 0)))).toBe(`${'y'.repeat(16)}nnnn`);
    expect(marks(`${rule} --hashlimit-burst 1kb`, burst(Array.from({ length: 60 }, () => 0)))).toBe(`${'y'.repeat(48)}${'n'.repeat(12)}`);
  });

  it('refills octets with time but not the burst', () => {
    const rule = '--hashlimit-upto 32b/s --hashlimit-burst 32b';
    expect(marks(rule, burst([0, 0, 0, 0.5, 1, 1, 2]))).toBe('yynyyny');
  });

  it('--hashlimit-rate-match counts packets of an interval and remembers the last', () => {
    const rule = '--hashlimit-above 2/sec --hashlimit-burst 1 --hashlimit-rate-match';
    expect(marks(rule, burst([0, 0, 0, 0, 0.5, 1, 1.1, 2, 2.1]))).toBe('nnnyyyynn');
  });

  it('shares a table among rules of one name; above or below is each its own', () => {
    const services = shared();
    const upto = matchOf('-m hashlimit --hashlimit-upto 1/hour --hashlimit-burst 2 --hashlimit-name x', services);
    const above = matchOf('-m hashlimit --hashlimit-above 5/sec --hashlimit-burst 9 --hashlimit-name x', services);
    const one = packet('10.0.0.1', 0);
    expect([answerOf(upto, one), answerOf(above, one), answerOf(upto, one), answerOf(above, one)]).toEqual([true, false, false, true]);
  });

  it('reads IPv6 ports behind extension headers', () => {
    const of = (port: number): Packet => packetOf(ipv6({ next: 60 }, [17, 0, 1, 4, 0, 0, 0, 0, ...udp(port, 53)]), { nowUs: START });
    const rule = '-m hashlimit --hashlimit-upto 1/hour --hashlimit-burst 1 --hashlimit-mode srcport --hashlimit-name x';
    expect(answers(rule, [of(1), of(2), of(1)], shared(), { family: 6 })).toEqual([true, true, false]);
    const none = packetOf(ipv6({ next: 59 }, []), { nowUs: START });
    expect(answers(rule, [none], shared(), { family: 6 })).toEqual(['hotdrop']);
  });
});
