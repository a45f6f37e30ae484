/**
 * limit: texts as iptables-legacy 1.8.9 answered them, answers by hand-made packets.
 */
import { describe, expect, it } from 'vitest';
import type { Packet } from '../../../../src/packet/packet.ts';
import { ipv4, packetOf } from '../../../support/frames.ts';
import { answerOf, answers, checkTexts, matchOf } from '../../../support/match-lab.ts';

describe('text of limit', () => {
  // biome-ignore format: a table
  checkTexts([
  ['-m limit', '-m limit --limit 3/hour', 'limit: avg 3/hour burst 5'],
  ['-m limit --limit 1/sec', '=', 'limit: avg 1/sec burst 5'],
  ['-m limit --limit 1/s', '-m limit --limit 1/sec', 'limit: avg 1/sec burst 5'],
  ['-m limit --limit 1/second', '-m limit --limit 1/sec', 'limit: avg 1/sec burst 5'],
  ['-m limit --limit 10/m', '-m limit --limit 10/min', 'limit: avg 10/min burst 5'],
  ['-m limit --limit 10/min', '=', 'limit: avg 10/min burst 5'],
  ['-m limit --limit 10/minute', '-m limit --limit 10/min', 'limit: avg 10/min burst 5'],
  ['-m limit --limit 10/minutes', 'FAIL', 'bad rate "10/minutes"'],
  ['-m limit --limit 10/h', '-m limit --limit 10/hour', 'limit: avg 10/hour burst 5'],
  ['-m limit --limit 10/d', '-m limit --limit 10/day', 'limit: avg 10/day burst 5'],
  ['-m limit --limit 10', '-m limit --limit 10/sec', 'limit: avg 10/sec burst 5'],
  ['-m limit --limit 0/sec', 'FAIL', 'bad rate "0/sec"'],
  ['-m limit --limit x/sec', 'FAIL', 'bad rate "x/sec"'],
  ['-m limit --limit /sec', 'FAIL', 'bad rate "/sec"'],
  ['-m limit --limit 10/', 'FAIL', 'bad rate "10/"'],
  ['-m limit --limit 10/x', 'FAIL', 'bad rate "10/x"'],
  ['-m limit --limit 10000/sec', '=', 'limit: avg 10000/sec burst 5'],
  ['-m limit --limit 10001/sec', 'FAIL', 'Rate too fast "10001/sec"'],
  ['-m limit --limit 9999/sec', '-m limit --limit 10000/sec', 'limit: avg 10000/sec burst 5'],
  ['-m limit --limit 20000/sec', 'FAIL', 'Rate too fast "20000/sec"'],
  ['-m limit --limit 3/sec', '=', 'limit: avg 3/sec burst 5'],
  ['-m limit --limit 7/min', '=', 'limit: avg 7/min burst 5'],
  ['-m limit --limit 333/hour', '=', 'limit: avg 333/hour burst 5'],
  ['-m limit --limit 1/day', 'FAIL', 'limit: a burst of 5 at this rate is out of range'],
  ['-m limit --limit 60/min', '-m limit --limit 1/sec', 'limit: avg 1/sec burst 5'],
  ['-m limit --limit 120/min', '-m limit --limit 2/sec', 'limit: avg 2/sec burst 5'],
  ['-m limit --limit 90/min', '=', 'limit: avg 90/min burst 5'],
  ['-m limit --limit 1/day --limit-burst 10', 'FAIL', 'limit: a burst of 10 at this rate is out of range'],
  ['-m limit --limit 1/day --limit-burst 10000', 'FAIL', 'limit: a burst of 10000 at this rate is out of range'],
  ['-m limit --limit 1/sec --limit-burst 10000', '=', 'limit: avg 1/sec burst 10000'],
  ['-m limit --limit 1/sec --limit-burst 10001', 'FAIL', 'limit: bad value for option "--limit-burst", or out of range (0-10000)'],
  ['-m limit --limit 1/sec --limit-burst 0', 'FAIL', 'limit: a burst of 0 at this rate is out of range'],
  ['-m limit --limit 1/sec --limit-burst x', 'FAIL', 'limit: bad value for option "--limit-burst", or out of range (0-10000)'],
  ['-m limit --limit-burst 7', '-m limit --limit 3/hour --limit-burst 7', 'limit: avg 3/hour burst 7'],
  ['-m limit ! --limit 1/sec', 'FAIL', 'limit: option "--limit" cannot be inverted'],
  ['-m limit --limit " 5/sec"', '-m limit --limit 5/sec', 'limit: avg 5/sec burst 5'],
  ['-m limit --limit 5/SEC', '-m limit --limit 5/sec', 'limit: avg 5/sec burst 5'],
  ['-m limit --limit 05/sec', '-m limit --limit 5/sec', 'limit: avg 5/sec burst 5'],
  ['-m limit --limit 5x/sec', '-m limit --limit 5/sec', 'limit: avg 5/sec burst 5'],
  ['-m limit --limit 4294967297/day', 'FAIL', 'limit: a burst of 5 at this rate is out of range'],
  ['-m limit --limit -5/sec', 'FAIL', 'Rate too fast "-5/sec"'],
  ['-m limit --limit 12/day', '=', 'limit: avg 12/day burst 5'],
  ['-m limit --limit 48/day', '-m limit --limit 2/hour', 'limit: avg 2/hour burst 5'],
  ['-m limit --limit 1/sec --limit-burst 5', '-m limit --limit 1/sec', 'limit: avg 1/sec burst 5'],
  ['-m limit --limit 999999999999/sec', 'FAIL', 'Rate too fast "999999999999/sec"'],
  ['-m limit --limit 2147483648/sec', 'FAIL', 'Rate too fast "2147483648/sec"'],
  ['-m limit --limit 600000/min', '-m limit --limit 10000/sec', 'limit: avg 10000/sec burst 5'],
  ['-m limit --limit 600001/min', 'FAIL', 'Rate too fast "600001/min"'],
  ['-m limit --limit 864000000/day', '-m limit --limit 10000/sec', 'limit: avg 10000/sec burst 5'],
  ['-m limit --limit 20000/min', '-m limit --limit 333/sec', 'limit: avg 333/sec burst 5'],
  ['-m limit --limit 7/hour', '=', 'limit: avg 7/hour burst 5'],
  ['-m limit --limit 11/day', '=', 'limit: avg 11/day burst 5'],
  ['-m limit --limit 13/hour --limit-burst 100', '=', 'limit: avg 13/hour burst 100'],
  ['-m limit --limit 2/day --limit-burst 3', '=', 'limit: avg 2/day burst 3'],
  ['-m limit --limit 2/day --limit-burst 10000', '=', 'limit: avg 2/day burst 10000'],
  ['-m limit --limit 3/day --limit-burst 9', '=', 'limit: avg 3/day burst 9'],
  ['-m limit --limit 5/day', '=', 'limit: avg 5/day burst 5'],
  ['-m limit --limit 37/day --limit-burst 300', '=', 'limit: avg 37/day burst 300'],
  ['-m limit --limit 1/hour --limit-burst 1000', '=', 'limit: avg 1/hour burst 1000'],
  ['-m limit --limit 1/min --limit-burst 9000', '=', 'limit: avg 1/min burst 9000'],
  ['-m limit --limit ""', 'FAIL', 'bad rate ""'],
  ['-m limit --limit 5/ s', 'FAIL', "Bad argument `s'"],
  ['-m limit --limit 3000/sec', '-m limit --limit 3333/sec', 'limit: avg 3333/sec burst 5'],
  ['-m limit --limit 6000/sec', '-m limit --limit 10000/sec', 'limit: avg 10000/sec burst 5'],
  ['-m limit --limit 7777/min', '-m limit --limit 129/sec', 'limit: avg 129/sec burst 5'],
  ['-m limit --limit 1/sec --limit-burst 0x10', '-m limit --limit 1/sec --limit-burst 16', 'limit: avg 1/sec burst 16'],
  ['-m limit --limit 1/sec --limit-burst 5x', 'FAIL', 'limit: bad value for option "--limit-burst", or out of range (0-10000)'],
]);
});

const START = 1_700_000_000_000_000;
const SECOND = 1_000_000;
/** Packets at these seconds behind the first. */
const at = (...seconds: readonly number[]): Packet[] => seconds.map((second) => packetOf(ipv4({}), { nowUs: START + second * SECOND }));
const marks = (rule: string, ...seconds: readonly number[]): string =>
  answers(rule, at(...seconds))
    .map((answer) => (answer === true ? 'y' : 'n'))
    .join('');

describe('answers of limit', () => {
  it('begins with a full bucket', () => {
    expect(marks('-m limit --limit 1/hour --limit-burst 3', 0, 0, 0, 0, 0)).toBe('yyynn');
  });

  it('refills with time and no further than full', () => {
    expect(marks('-m limit --limit 1/sec --limit-burst 2', 0, 0, 0.9, 1, 1.5, 2, 100, 100, 100)).toBe('yynynyyyn');
  });

  it('refills while it refuses', () => {
    expect(marks('-m limit --limit 1/sec --limit-burst 1', 0, 0.4, 0.8, 1.2, 1.6, 2)).toBe('ynnynn');
  });

  it('counts time in ticks of 4 ms', () => {
    expect(marks('-m limit --limit 250/sec --limit-burst 1', 0, 0.0039, 0.004, 0.0079, 0.008)).toBe('ynyny');
    expect(marks('-m limit --limit 1000/sec --limit-burst 1', 0, 0.001, 0.002, 0.003, 0.004, 0.005)).toBe('ynnnyn');
  });

  it('takes no credit for a packet that comes from the past', () => {
    expect(marks('-m limit --limit 1/sec --limit-burst 1', 10, 5, 10, 11)).toBe('ynny');
  });

  it('counts credits in 32 bits as the kernel does: after 2^25 ticks and one the refill is that of one', () => {
    const wrap = (2 ** 25 + 1) / 250;
    expect(marks('-m limit --limit 1/sec --limit-burst 1', 0, wrap)).toBe('yn');
    expect(marks('-m limit --limit 1/sec --limit-burst 1', 0, wrap + 1)).toBe('yy');
  });

  it('keeps a bucket for each rule', () => {
    const rule = '-m limit --limit 1/hour --limit-burst 1';
    const [one, other] = [matchOf(rule), matchOf(rule)];
    const packet = at(0)[0]!;
    expect([answerOf(one, packet), answerOf(one, packet), answerOf(other, packet)]).toEqual([true, false, true]);
  });
});
