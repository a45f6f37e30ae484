/**
 * connlabel: texts as iptables-legacy 1.8.9 answered them, answers by hand-made packets.
 */
import { describe, expect, it } from 'vitest';
import type { Conntrack } from '../../../../src/conntrack/conntrack.ts';
import type { Packet } from '../../../../src/packet/packet.ts';
import { ipv4, packetOf } from '../../../support/frames.ts';
import { answerOf, checkAnswers, checkTexts, matchOf } from '../../../support/match-lab.ts';

describe('text of connlabel', () => {
  // biome-ignore format: a table
  checkTexts([
    ['-m connlabel --label foo', 'FAIL', "label 'foo' not found or invalid value"],
    ['-m connlabel --label 0', '-m connlabel --label "0"', 'connlabel 0'],
    ['-m connlabel --label 127', '-m connlabel --label "127"', 'connlabel 127'],
    ['-m connlabel --label 128', 'FAIL', 'connlabel: a connection has labels 0 to 127'],
    ['-m connlabel --label 40 --set', '-m connlabel --label "40" --set', 'connlabel 40 set'],
    ['-m connlabel ! --label 40', '-m connlabel ! --label "40"', 'connlabel ! 40'],
    ['-m connlabel ! --label 40 --set', '-m connlabel ! --label "40" --set', 'connlabel ! 40 set'],
    ['-m connlabel --set', 'FAIL', 'connlabel: option "--label" must be specified'],
  ]);
});

describe('answers of connlabel', () => {
  const labels = new Map<number, Int32Array>([[1, Int32Array.of(0, 1 << 8, 0, -1)]]);
  const conntrack = {
    labels: (entry: number) => labels.get(entry) ?? null,
    setLabel: (entry: number, bit: number) => {
      const words = labels.get(entry) ?? new Int32Array(4);
      words[bit >> 5]! |= 1 << (bit & 31);
      labels.set(entry, words);
    },
  } as Partial<Conntrack> as Conntrack;
  const of = (ct: number): Packet => packetOf(ipv4({}), { ct });
  checkAnswers(
    [
      ['-m connlabel --label 40', of(1), true, 'it has it'],
      ['-m connlabel --label 127', of(1), true, 'it has the last one'],
      ['-m connlabel --label 41', of(1), false, 'it has it not'],
      ['-m connlabel ! --label 41', of(1), true, 'it has it not'],
      ['-m connlabel --label 40', of(2), false, 'it has none'],
      ['-m connlabel ! --label 40', of(-1), true, 'no connection'],
      ['-m connlabel --label 40', of(-1), false, 'no connection'],
    ],
    { conntrack },
  );

  it('--set gives the label and holds', () => {
    const [set, has] = [matchOf('-m connlabel --label 5 --set', { conntrack }), matchOf('-m connlabel --label 5', { conntrack })];
    expect([answerOf(has, of(3)), answerOf(set, of(3)), answerOf(has, of(3)), answerOf(set, of(-1))]).toEqual([false, true, true, false]);
  });
});
