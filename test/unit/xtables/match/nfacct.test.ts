/**
 * nfacct: texts as iptables-legacy 1.8.9 answered them, answers by hand-made packets.
 */
import { describe } from 'vitest';
import { ipv4, packetOf } from '../../../support/frames.ts';
import { checkAnswers, checkTexts } from '../../../support/match-lab.ts';

describe('text of nfacct', () => {
  // biome-ignore format: a table
  checkTexts([
    ['-m nfacct --nfacct-name acct1', '-m nfacct --nfacct-name  acct1', 'nfacct-name  acct1'],
    ['-m nfacct --nfacct-name q1', '-m nfacct --nfacct-name  q1', 'nfacct-name  q1'],
    ['-m nfacct --nfacct-name acct1 --nfacct-name q1', 'FAIL', 'nfacct: option "--nfacct-name" can only be used once'],
    ['-m nfacct', 'FAIL', 'nfacct: option "--nfacct-name" must be specified'],
    ['-m nfacct ! --nfacct-name acct1', 'FAIL', 'nfacct: option "--nfacct-name" cannot be inverted'],
    ['-m nfacct --nfacct-name ""', 'FAIL', 'Argument must have a minimum length of 1 characters'],
  ]);
});

describe('answers of nfacct', () => {
  checkAnswers([['-m nfacct --nfacct-name acct1', packetOf(ipv4({})), true, 'it only counts']]);
});
