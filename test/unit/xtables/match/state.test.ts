/**
 * state: texts as iptables-legacy 1.8.9 answered them, answers by hand-made packets.
 */
import { describe, expect, it } from 'vitest';
import type { Conntrack } from '../../../../src/conntrack/conntrack.ts';
import { StateBit } from '../../../../src/conntrack/ctinfo.ts';
import { ipv4, packetOf } from '../../../support/frames.ts';
import { answers, checkTexts } from '../../../support/match-lab.ts';

describe('text of state', () => {
  // biome-ignore format: a table
  checkTexts([
  ['-m state --state NEW', '=', 'state NEW'],
  ['-m state --state INVALID,NEW,RELATED,ESTABLISHED,UNTRACKED', '=', 'state INVALID,NEW,RELATED,ESTABLISHED,UNTRACKED'],
  ['-m state ! --state NEW', '=', '! state NEW'],
  ['-m state ! --state NEW,ESTABLISHED', '=', '! state NEW,ESTABLISHED'],
  ['-m state --state new', '-m state --state NEW', 'state NEW'],
  ['-m state --state N', '-m state --state NEW', 'state NEW'],
  ['-m state --state NEW,', 'FAIL', 'Bad state ""'],
  ['-m state --state ""', 'FAIL', 'Bad state ""'],
  ['-m state --state SNAT', 'FAIL', 'Bad state "SNAT"'],
  ['-m state --state wrong', 'FAIL', 'Bad state "wrong"'],
  ['-m state', 'FAIL', 'state: option "--state" must be specified'],
]);
});

describe('answers of state', () => {
  it.each<[keyof typeof StateBit, string, boolean]>([
    ['New', '--state NEW', true],
    ['New', '! --state NEW', false],
    ['New', '--state RELATED,ESTABLISHED', false],
    ['Established', '--state RELATED,ESTABLISHED', true],
    ['Invalid', '! --state NEW', true],
    ['Invalid', '--state INVALID', true],
    ['Untracked', '--state UNTRACKED', true],
    ['Untracked', '--state INVALID', false],
  ])('%s packet, %s: %s', (name, rule, expected) => {
    const conntrack = { stateBit: () => StateBit[name] } as Partial<Conntrack> as Conntrack;
    expect(answers(`-m state ${rule}`, [packetOf(ipv4({}))], { conntrack })).toEqual([expected]);
  });
});
