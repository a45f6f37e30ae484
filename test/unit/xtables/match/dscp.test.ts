/**
 * dscp: texts as iptables-legacy 1.8.9 answered them, answers by hand-made packets.
 */
import { describe } from 'vitest';
import { ipv4, ipv6, packetOf } from '../../../support/frames.ts';
import { checkAnswers, checkTexts } from '../../../support/match-lab.ts';

describe('text of dscp', () => {
  // biome-ignore format: a table
  checkTexts([
  ['-m dscp --dscp 0', '-m dscp --dscp 0x00', 'DSCP match 0x00'],
  ['-m dscp --dscp 0x3f', '=', 'DSCP match 0x3f'],
  ['-m dscp ! --dscp 10', '-m dscp ! --dscp 0x0a', 'DSCP match !0x0a'],
  ['-m dscp --dscp 64', 'FAIL', 'dscp: bad value for option "--dscp", or out of range (0-63)'],
  ['-m dscp --dscp-class EF', '-m dscp --dscp 0x2e', 'DSCP match 0x2e'],
  ['-m dscp --dscp-class ef', '-m dscp --dscp 0x2e', 'DSCP match 0x2e'],
  ['-m dscp ! --dscp-class CS1', '-m dscp ! --dscp 0x08', 'DSCP match !0x08'],
  ['-m dscp --dscp-class AF43', '-m dscp --dscp 0x26', 'DSCP match 0x26'],
  ['-m dscp --dscp-class BE', '-m dscp --dscp 0x00', 'DSCP match 0x00'],
  ['-m dscp --dscp-class CS8', 'FAIL', "Invalid DSCP value `CS8'"],
  ['-m dscp --dscp-class', 'FAIL', 'option "--dscp-class" requires an argument'],
  ['-m dscp --dscp 1 --dscp-class EF', 'FAIL', 'dscp: option "--dscp" cannot be used together with "--dscp-class"'],
  ['-m dscp --dscp x', 'FAIL', 'dscp: bad value for option "--dscp", or out of range (0-63)'],
  ['-m dscp', 'FAIL', 'DSCP match: Parameter --dscp is required'],
  ['-m dscp --dscp-class AF11', '-m dscp --dscp 0x0a', 'DSCP match 0x0a'],
  ['-m dscp --dscp-class AF12', '-m dscp --dscp 0x0c', 'DSCP match 0x0c'],
  ['-m dscp --dscp-class AF13', '-m dscp --dscp 0x0e', 'DSCP match 0x0e'],
  ['-m dscp --dscp-class AF21', '-m dscp --dscp 0x12', 'DSCP match 0x12'],
  ['-m dscp --dscp-class AF31', '-m dscp --dscp 0x1a', 'DSCP match 0x1a'],
  ['-m dscp --dscp-class AF33', '-m dscp --dscp 0x1e', 'DSCP match 0x1e'],
  ['-m dscp --dscp-class AF41', '-m dscp --dscp 0x22', 'DSCP match 0x22'],
  ['-m dscp --dscp-class CS0', '-m dscp --dscp 0x00', 'DSCP match 0x00'],
  ['-m dscp --dscp-class CS7', '-m dscp --dscp 0x38', 'DSCP match 0x38'],
]);
});

describe('answers of dscp', () => {
  checkAnswers([
    ['-m dscp --dscp-class EF', packetOf(ipv4({ tos: 0xb8 })), true, 'equal'],
    ['-m dscp --dscp-class EF', packetOf(ipv4({ tos: 0xbb })), true, 'ECN does not count'],
    ['-m dscp ! --dscp 46', packetOf(ipv4({ tos: 0xb8 })), false, 'equal'],
    ['-m dscp ! --dscp 46', packetOf(ipv4({ tos: 0x10 })), true, 'different'],
    ['-m dscp --dscp 46', packetOf(ipv6({ trafficClass: 0xb9 })), true, 'IPv6'],
  ]);
});
