/**
 * rateest: texts as iptables-legacy 1.8.9 answered them, answers by hand-made packets.
 */
import { describe, expect, it } from 'vitest';
import type { RateEstimator } from '../../../../src/xtables/rate-estimator.ts';
import type { Services } from '../../../../src/xtables/services.ts';
import { ipv4, packetOf } from '../../../support/frames.ts';
import { answerOf, checkAnswers, checkTexts, matchOf } from '../../../support/match-lab.ts';

describe('text of rateest', () => {
  // biome-ignore format: a table
  checkTexts([
    ['-m rateest --rateest RE1 --rateest-lt --rateest-bps 8bit', '=', 'rateest match RE1 bps 1 lt'],
    ['-m rateest --rateest RE1 --rateest-lt --rateest-bps 1', '-m rateest --rateest RE1 --rateest-lt --rateest-bps 0bit', 'rateest match RE1 bps 0 lt'],
    ['-m rateest --rateest RE1 --rateest-lt --rateest-bps 1kbit', '-m rateest --rateest RE1 --rateest-lt --rateest-bps 1000bit', 'rateest match RE1 bps 125 lt'],
    ['-m rateest --rateest RE1 --rateest-lt --rateest-bps 1Mibit', '-m rateest --rateest RE1 --rateest-lt --rateest-bps 1049Kbit', 'rateest match RE1 bps 131072 lt'],
    ['-m rateest --rateest RE1 --rateest-lt --rateest-bps 10mbps', '-m rateest --rateest RE1 --rateest-lt --rateest-bps 80000Kbit', 'rateest match RE1 bps 10000000 lt'],
    ['-m rateest --rateest RE1 --rateest-gt --rateest-bps 1gbit', '-m rateest --rateest RE1 --rateest-gt --rateest-bps 1000Mbit', 'rateest match RE1 bps 125000000 gt'],
    ['-m rateest --rateest RE1 --rateest-gt --rateest-bps 1tbit', '-m rateest --rateest RE1 --rateest-gt --rateest-bps 3568Mbit', 'rateest match RE1 bps 445948416 gt'],
    ['-m rateest --rateest RE1 --rateest-gt --rateest-bps 1.5kbit', '-m rateest --rateest RE1 --rateest-gt --rateest-bps 1496bit', 'rateest match RE1 bps 187 gt'],
    ['-m rateest --rateest RE1 --rateest-gt --rateest-bps foo', 'FAIL', "rateest: could not parse rate `foo'"],
    ['-m rateest --rateest RE1 --rateest-gt --rateest-pps 10', '=', 'rateest match RE1 pps gt 10'],
    ['-m rateest --rateest RE1 ! --rateest-gt --rateest-pps 10', '=', 'rateest match RE1 pps ! gt 10'],
    ['-m rateest --rateest RE1 ! --rateest-lt --rateest-pps 10', '=', 'rateest match RE1 pps ! lt 10'],
    ['-m rateest --rateest RE1 --rateest-eq --rateest-bps', '-m rateest --rateest RE1 --rateest-eq --rateest-bps 0bit', 'rateest match RE1 bps 0 eq'],
    ['-m rateest --rateest RE1 --rateest-eq', 'FAIL', 'rateest: needs an estimator, one of lt, gt and eq, and bps or pps'],
    ['-m rateest --rateest RE1 --rateest-bps 1', 'FAIL', 'rateest: needs an estimator, one of lt, gt and eq, and bps or pps'],
    ['-m rateest --rateest1 RE1 --rateest-lt --rateest-bps --rateest2 RE2', '=', 'rateest match RE1 bps lt RE2 bps'],
    ['-m rateest --rateest1 RE1 ! --rateest-lt --rateest-bps --rateest-pps --rateest2 RE2', '-m rateest --rateest1 RE1 ! --rateest-lt --rateest-bps ! --rateest-lt --rateest-pps --rateest2 RE2', 'rateest match RE1 bps pps ! lt RE2 bps pps'],
    ['-m rateest --rateest1 RE1 --rateest-lt --rateest2 RE2', 'FAIL', 'rateest: needs an estimator, one of lt, gt and eq, and bps or pps'],
    ['-m rateest --rateest1 RE1 --rateest-lt --rateest-bps1 5 --rateest-pps1 4 --rateest2 RE2', '-m rateest --rateest1 RE1 --rateest-lt --rateest-bps --rateest-lt --rateest-pps --rateest2 RE2', 'rateest match RE1 bps pps lt RE2 bps pps'],
    ['-m rateest --rateest1 RE1 --rateest-lt --rateest-bps1 5bit --rateest2 RE2 --rateest-bps2 9bit', '-m rateest --rateest1 RE1 --rateest-lt --rateest-bps --rateest2 RE2', 'rateest match RE1 bps lt RE2 bps'],
    ['-m rateest --rateest1 RE1 --rateest-delta --rateest-lt --rateest-bps1 50bit --rateest2 RE2 --rateest-bps2 90bit', '-m rateest --rateest-delta --rateest1 RE1 --rateest-bps1 48bit --rateest-lt --rateest-bps2 88bit --rateest2 RE2', 'rateest match RE1 delta bps 6 lt RE2 bps 11'],
    ['-m rateest --rateest-delta --rateest RE1 --rateest-bps1 8bit --rateest-lt --rateest-bps2 16bit', '=', 'rateest match RE1 delta bps 1 2 lt'],
    ['-m rateest --rateest-delta --rateest RE1 --rateest-bps1 8bit --rateest-lt --rateest-bps2 16bit --rateest-pps1 4 --rateest-pps2 5', '-m rateest --rateest-delta --rateest RE1 --rateest-bps1 8bit --rateest-lt --rateest-bps2 16bit --rateest-pps1 4 --rateest-lt --rateest-pps2 5', 'rateest match RE1 delta bps 1 2 lt pps 4 lt 5'],
    ['-m rateest --rateest-delta --rateest1 RE1 --rateest-pps1 0 --rateest-lt --rateest-pps2 42 --rateest2 RE2', '=', 'rateest match RE1 delta pps 0 lt RE2 pps 42'],
    ['-m rateest --rateest-delta ! --rateest RE1 --rateest-pps 9 --rateest-lt', 'FAIL', 'rateest: option "--rateest1" cannot be inverted'],
    ['-m rateest --rateest RE1 --rateest-pps 9 --rateest-lt --rateest-delta', '-m rateest --rateest-delta --rateest RE1 --rateest-pps1 0 --rateest-lt --rateest-pps2 9', 'rateest match RE1 delta pps 0 lt 9'],
    ['-m rateest --rateest RE1 --rateest-pps 9 --rateest-bps 8 --rateest-lt', '-m rateest --rateest RE1 --rateest-lt --rateest-bps 8bit --rateest-lt --rateest-pps 9', 'rateest match RE1 bps 1 lt pps lt 9'],
    ['-m rateest --rateest RE1 --rateest-pps1 9 --rateest-bps1 8 --rateest-pps2 9 --rateest-bps2 8 --rateest-lt', '-m rateest --rateest RE1 --rateest-lt --rateest-bps 8bit --rateest-lt --rateest-pps 9', 'rateest match RE1 bps 1 lt pps lt 9'],
    ['-m rateest', 'FAIL', 'rateest: needs an estimator, one of lt, gt and eq, and bps or pps'],
    ['-m rateest --rateest RE1 --rateest-lt --rateest-pps 4294967296', 'FAIL', "rateest: could not parse pps `4294967296'"],
    ['-m rateest --rateest RE1 --rateest-lt --rateest-pps1 4 --rateest-bps2 16', '-m rateest --rateest RE1 --rateest-lt --rateest-bps 16bit --rateest-lt --rateest-pps 0', 'rateest match RE1 bps 2 lt pps lt 0'],
    ['-m rateest --rateest RE1 --rateest-lt --rateest-bps 999kbit', '-m rateest --rateest RE1 --rateest-lt --rateest-bps 999000bit', 'rateest match RE1 bps 124875 lt'],
    ['-m rateest --rateest RE1 --rateest-lt --rateest-bps 999999', '-m rateest --rateest RE1 --rateest-lt --rateest-bps 999992bit', 'rateest match RE1 bps 124999 lt'],
    ['-m rateest --rateest RE1 --rateest-lt --rateest-bps 1000000', '-m rateest --rateest RE1 --rateest-lt --rateest-bps 1000Kbit', 'rateest match RE1 bps 125000 lt'],
    ['-m rateest --rateest RE1 --rateest-lt --rateest-bps 1048575', '-m rateest --rateest RE1 --rateest-lt --rateest-bps 1049Kbit', 'rateest match RE1 bps 131071 lt'],
    ['-m rateest --rateest RE1 --rateest-lt --rateest-bps 1048576', '-m rateest --rateest RE1 --rateest-lt --rateest-bps 1049Kbit', 'rateest match RE1 bps 131072 lt'],
    ['-m rateest --rateest RE1 --rateest-lt --rateest-bps 1500kbit', '-m rateest --rateest RE1 --rateest-lt --rateest-bps 1500Kbit', 'rateest match RE1 bps 187500 lt'],
    ['-m rateest --rateest RE1 --rateest-lt --rateest-bps 1024000bit', '-m rateest --rateest RE1 --rateest-lt --rateest-bps 1024Kbit', 'rateest match RE1 bps 128000 lt'],
    ['-m rateest --rateest RE1 --rateest-lt --rateest-bps 1023992bit', '-m rateest --rateest RE1 --rateest-lt --rateest-bps 1024Kbit', 'rateest match RE1 bps 127999 lt'],
    ['-m rateest --rateest RE1 --rateest-lt --rateest-bps 125000bps', '-m rateest --rateest RE1 --rateest-lt --rateest-bps 1000Kbit', 'rateest match RE1 bps 125000 lt'],
    ['-m rateest --rateest RE1 --rateest-lt --rateest-bps 999mbit', '-m rateest --rateest RE1 --rateest-lt --rateest-bps 999000Kbit', 'rateest match RE1 bps 124875000 lt'],
    ['-m rateest --rateest RE1 --rateest-lt --rateest-bps 1000mbit', '-m rateest --rateest RE1 --rateest-lt --rateest-bps 1000Mbit', 'rateest match RE1 bps 125000000 lt'],
    ['-m rateest --rateest RE1 --rateest-lt --rateest-bps 1024mbit', '-m rateest --rateest RE1 --rateest-lt --rateest-bps 1024Mbit', 'rateest match RE1 bps 128000000 lt'],
    ['-m rateest --rateest RE1 --rateest-lt --rateest-bps 1073741824bit', '-m rateest --rateest RE1 --rateest-lt --rateest-bps 1074Mbit', 'rateest match RE1 bps 134217728 lt'],
    ['-m rateest --rateest RE1 --rateest-lt --rateest-bps 2gbit', '-m rateest --rateest RE1 --rateest-lt --rateest-bps 2000Mbit', 'rateest match RE1 bps 250000000 lt'],
    ['-m rateest --rateest RE1 --rateest-lt --rateest-bps 10gbit', '-m rateest --rateest RE1 --rateest-lt --rateest-bps 10000Mbit', 'rateest match RE1 bps 1250000000 lt'],
    ['-m rateest --rateest RE1 --rateest-lt --rateest-bps 1K', 'FAIL', "rateest: could not parse rate `1K'"],
    ['-m rateest --rateest RE1 --rateest-lt --rateest-bps 1Kbit', '-m rateest --rateest RE1 --rateest-lt --rateest-bps 1000bit', 'rateest match RE1 bps 125 lt'],
    ['-m rateest --rateest RE1 --rateest-lt --rateest-bps 1.555555Mbit', '-m rateest --rateest RE1 --rateest-lt --rateest-bps 1556Kbit', 'rateest match RE1 bps 194444 lt'],
    ['-m rateest --rateest RE1 --rateest-lt --rateest-bps -8bit', 'FAIL', 'unknown option "-8"'],
    ['-m rateest --rateest RE1 --rateest-lt --rateest-bps "8 bit"', 'FAIL', "rateest: could not parse rate `8 bit'"],
    ['-m rateest --rateest RE1 --rateest-lt --rateest-bps 8.', '-m rateest --rateest RE1 --rateest-lt --rateest-bps 8bit', 'rateest match RE1 bps 1 lt'],
    ['-m rateest --rateest RE1 --rateest-lt --rateest-bps .8kbit', '-m rateest --rateest RE1 --rateest-lt --rateest-bps 800bit', 'rateest match RE1 bps 100 lt'],
    ['-m rateest --rateest RE1 --rateest-lt --rateest-bps 1e3', '-m rateest --rateest RE1 --rateest-lt --rateest-bps 1000bit', 'rateest match RE1 bps 125 lt'],
    ['-m rateest --rateest RE1 --rateest-lt --rateest-pps 0x10', '-m rateest --rateest RE1 --rateest-lt --rateest-pps 16', 'rateest match RE1 pps lt 16'],
    ['-m rateest --rateest RE1 --rateest-lt --rateest-pps foo', 'FAIL', "rateest: could not parse pps `foo'"],
    ['-m rateest --rateest RE1 --rateest-lt --rateest-gt --rateest-pps 5', '-m rateest --rateest RE1 --rateest-gt --rateest-pps 5', 'rateest match RE1 pps gt 5'],
    ['-m rateest --rateest RE1 --rateest-lt --rateest-lt --rateest-pps 5', 'FAIL', 'rateest: option "--rateest-lt" can only be used once'],
    ['-m rateest --rateest RE1 --rateest2 RE1 --rateest-lt --rateest-pps', '-m rateest --rateest1 RE1 --rateest-lt --rateest-pps --rateest2 RE1', 'rateest match RE1 pps lt RE1 pps'],
    ['-m rateest --rateest1 RE1 --rateest2 RE1 --rateest-lt --rateest-pps 5', '-m rateest --rateest1 RE1 --rateest-lt --rateest-pps --rateest2 RE1', 'rateest match RE1 pps lt RE1 pps'],
    ['-m rateest --rateest1 RE1 --rateest-lt --rateest-pps 5', '-m rateest --rateest RE1 --rateest-lt --rateest-pps 5', 'rateest match RE1 pps lt 5'],
    ['-m rateest --rateest RE1 --rateest RE1 --rateest-lt --rateest-pps 5', 'FAIL', 'rateest: option "--rateest1" can only be used once'],
    ['-m rateest --rateest RE1 --rateest-lt ! --rateest-pps 5', 'FAIL', 'rateest: option "--rateest-pps2" cannot be inverted'],
    ['-m rateest --rateest RE1 --rateest-delta --rateest-lt --rateest-pps', '-m rateest --rateest-delta --rateest RE1 --rateest-pps1 0 --rateest-lt --rateest-pps2 0', 'rateest match RE1 delta pps 0 lt 0'],
    ['-m rateest --rateest RE1 --rateest-lt --rateest-bps2', '-m rateest --rateest RE1 --rateest-lt --rateest-bps 0bit', 'rateest match RE1 bps 0 lt'],
    ['-m rateest --rateest RE1 --rateest-pps 5 --rateest-pps 6 --rateest-lt', 'FAIL', 'rateest: option "--rateest-pps2" can only be used once'],
    ['-m rateest --rateest RE1 ! --rateest-delta --rateest-pps 5 --rateest-lt', 'FAIL', 'rateest: option "--rateest-delta" cannot be inverted'],
    ['-m rateest --rateest RE1 --rateest-delta --rateest-delta --rateest-pps 5 --rateest-lt', 'FAIL', 'rateest: option "--rateest-delta" can only be used once'],
    ['-m rateest --rateest RE1 --rateest-delta --rateest-bps1 --rateest-bps2 9 --rateest-lt', '-m rateest --rateest-delta --rateest RE1 --rateest-bps1 0bit --rateest-lt --rateest-bps2 8bit', 'rateest match RE1 delta bps 0 1 lt'],
  ]);
});

describe('answers of rateest', () => {
  const estimator = { advance: () => undefined, bytesPerSec: 1000.9, packetsPerSec: 10 } as unknown as RateEstimator;
  const idle = { advance: () => undefined, bytesPerSec: 0, packetsPerSec: 0 } as unknown as RateEstimator;
  const services = { shared: (_kind: string, name: string) => (name === 'RE1' ? estimator : idle) } as unknown as Partial<Services>;
  const packet = packetOf(ipv4({}));
  checkAnswers(
    [
      ['-m rateest --rateest RE1 --rateest-eq --rateest-bps 8000bit', packet, true, 'whole octets'],
      ['-m rateest --rateest RE1 --rateest-lt --rateest-bps 8000bit', packet, false, 'not less'],
      ['-m rateest --rateest RE1 ! --rateest-lt --rateest-bps 8000bit', packet, true, 'not less'],
      ['-m rateest --rateest RE1 --rateest-gt --rateest-pps 9', packet, true, 'packets'],
      ['-m rateest --rateest RE1 --rateest-gt --rateest-pps 9 --rateest-bps 8kbit', packet, false, 'both must hold'],
      ['-m rateest --rateest1 RE1 --rateest-gt --rateest-pps --rateest2 RE2', packet, true, 'two estimators'],
      ['-m rateest --rateest-delta --rateest RE1 --rateest-pps1 12 --rateest-eq --rateest-pps2 2', packet, true, 'room left: 12 - 10'],
      ['-m rateest --rateest-delta --rateest RE1 --rateest-pps1 5 --rateest-eq --rateest-pps2 0', packet, true, 'no room left'],
      [
        '-m rateest --rateest-delta --rateest1 RE1 --rateest-pps1 12 --rateest-lt --rateest-pps2 3 --rateest2 RE2',
        packet,
        true,
        'room of both',
      ],
    ],
    services,
  );

  it('asks for the estimator with the first packet, when all rules are there', () => {
    let asked = 0;
    const late = { shared: () => (asked++, idle) } as unknown as Partial<Services>;
    const match = matchOf('-m rateest --rateest RE1 --rateest-eq --rateest-pps 0', late);
    expect(asked).toBe(0);
    expect([answerOf(match, packet), asked]).toEqual([true, 1]);
  });
});
