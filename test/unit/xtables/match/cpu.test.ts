/**
 * cpu: texts as iptables-legacy 1.8.9 answered them, answers by hand-made packets.
 */
import { describe } from 'vitest';
import { ipv4, packetOf } from '../../../support/frames.ts';
import { checkAnswers, checkTexts } from '../../../support/match-lab.ts';

describe('text of cpu', () => {
  // biome-ignore format: a table
  checkTexts([
    ['-m cpu --cpu 0x2', '-m cpu --cpu 2', 'cpu 2'],
    ['-m cpu --cpu abc', 'FAIL', 'cpu: bad value for option "--cpu", or out of range (0-4294967295)'],
    ['-m cpu ! --cpu 1', '=', 'cpu ! 1'],
  ]);
});

describe('answers of cpu', () => {
  const packet = packetOf(ipv4({}));
  checkAnswers([
    ['-m cpu --cpu 0', packet, true, 'a replay runs on processor 0'],
    ['-m cpu --cpu 1', packet, false, 'a replay runs on processor 0'],
    ['-m cpu ! --cpu 1', packet, true, 'a replay runs on processor 0'],
  ]);
});
