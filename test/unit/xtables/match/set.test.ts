/**
 * set: texts as iptables-legacy 1.8.9 answered them, answers by hand-made packets.
 */
import { describe, expect, it } from 'vitest';
import type { Services } from '../../../../src/xtables/services.ts';
import { parseSets } from '../../../../src/xtables/set/restore.ts';
import { plainRouter } from '../../../../src/host/plain-router.ts';
import { SetStore } from '../../../../src/xtables/set/store.ts';
import { DoubtLab } from '../../../support/doubt-lab.ts';
import { ipv4, packetOf, tcp } from '../../../support/frames.ts';
import { answers, checkAnswers, checkTexts, matchOf } from '../../../support/match-lab.ts';

describe('text of set', () => {
  // biome-ignore format: a table
  checkTexts([
  ['-m set --match-set foo src,dst', '=', 'match-set foo src,dst'],
  ['-m set ! --match-set foo src', '=', '! match-set foo src'],
  ['-m set --match-set foo', 'FAIL', '--match-set requires two args'],
  ['-m set --set foo src', '-m set --match-set foo src', 'match-set foo src'],
  ['-m set --match-set fop src,dst', '=', 'match-set fop src,dst'],
  ['-m set --match-set fop src', '=', 'match-set fop src'],
  ['-m set --match-set foo srcx', '-m set --match-set foo src', 'match-set foo src'],
  ['-m set --match-set foo src,', 'FAIL', "You must specify (the comma separated list of) 'src' or 'dst'"],
  ['-m set --match-set foo ""', 'FAIL', '--match-set requires two args'],
  ['-m set --match-set foo src,src,src,src,src,src', '=', 'match-set foo src,src,src,src,src,src'],
  ['-m set --match-set foo src,src,src,src,src,src,src', 'FAIL', "Can't be more src/dst options than 6"],
  ['-m set --match-set foo dst,dst,dst', '=', 'match-set foo dst,dst,dst'],
  ['-m set --match-set foo SRC', 'FAIL', "You must specify (the comma separated list of) 'src' or 'dst'"],
  ['-m set --match-set foo src --return-nomatch', '=', 'match-set foo src return-nomatch'],
  ['-m set --match-set foo src ! --return-nomatch', 'FAIL', 'set: option "--return-nomatch" cannot be inverted'],
  ['-m set --match-set foo src ! --update-counters', '=', 'match-set foo src ! update-counters'],
  ['-m set --match-set foo src --update-counters', '-m set --match-set foo src', 'match-set foo src'],
  ['-m set --match-set foo src ! --update-subcounters', '=', 'match-set foo src ! update-subcounters'],
  ['-m set --match-set foo src ! --update-counters ! --update-subcounters', '=', 'match-set foo src ! update-counters ! update-subcounters'],
  ['-m set --match-set foo src --packets-eq 3', '=', 'match-set foo src packets-eq 3'],
  ['-m set --match-set foo src ! --packets-eq 3', '=', 'match-set foo src ! packets-eq 3'],
  ['-m set --match-set foo src --packets-lt 3 --bytes-gt 7', '=', 'match-set foo src packets-lt 3 bytes-gt 7'],
  ['-m set --match-set foo src ! --bytes-eq 3 --packets-gt 1', '-m set --match-set foo src --packets-gt 1 ! --bytes-eq 3', 'match-set foo src packets-gt 1 ! bytes-eq 3'],
  ['-m set --match-set foo src --packets-lt 3 --packets-gt 7', 'FAIL', 'only one of the --packets-[eq|lt|gt] is allowed'],
  ['-m set --match-set foo src ! --packets-lt 3', 'FAIL', 'set: option "--packets-lt" cannot be inverted'],
  ['-m set --match-set foo src --packets-eq x', 'FAIL', 'Cannot parse x as a counter value'],
  ['-m set --match-set foo src --packets-eq 18446744073709551615', '=', 'match-set foo src packets-eq 18446744073709551615'],
  ['-m set --match-set foo src --packets-eq 18446744073709551616', 'FAIL', 'Cannot parse 18446744073709551616 as a counter value'],
  ['-m set --match-set foo src --packets-eq 0x10', '-m set --match-set foo src --packets-eq 16', 'match-set foo src packets-eq 16'],
  ['-m set ! --match-set foo src --return-nomatch ! --update-counters --packets-eq 4 --bytes-lt 6', '=', '! match-set foo src return-nomatch ! update-counters packets-eq 4 bytes-lt 6'],
  ['-m set --match-set fl src --packets-eq 4', '=', 'match-set fl src packets-eq 4'],
  ['-m set', 'FAIL', "You must specify `--match-set' with proper arguments"],
  ['-m set --return-nomatch', 'FAIL', "You must specify `--match-set' with proper arguments"],
  ['-m set --packets-eq 3 --match-set foo src', '-m set --match-set foo src --packets-eq 3', 'match-set foo src packets-eq 3'],
  ['-m set --match-set foo src --match-set fop src', 'FAIL', 'set: option "--match-set" can only be used once'],
  ['-m set --match-set xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx src', 'FAIL', "setname `xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx' too long, max 31 characters"],
]);
});

describe('answers of set', () => {
  const services = (): Partial<Services> => ({
    host: plainRouter(),
    sets: parseSets(
      [
        'create foo hash:ip counters',
        'add foo 10.0.0.1 packets 5 bytes 500',
        'create both hash:ip,port',
        'add both 10.0.0.1,tcp:80',
        'create six hash:ip family inet6',
        'create nets hash:net',
        'add nets 10.0.0.0/24',
        'add nets 10.0.0.1 nomatch',
        '',
      ].join('\n'),
      'sets',
    ),
  });
  const packet = packetOf(ipv4({ src: '10.0.0.1', dst: '10.0.1.1' }, tcp({ sport: 1234, dport: 80 })));
  checkAnswers(
    [
      ['-m set --match-set foo src', packet, true, 'an element'],
      ['-m set --match-set foo dst', packet, false, 'no element'],
      ['-m set ! --match-set foo src', packet, false, 'an element'],
      ['-m set ! --match-set foo dst', packet, true, 'no element'],
      ['-m set --match-set both src,dst', packet, true, 'source address and destination port'],
      ['-m set --match-set both src,src', packet, false, 'source address and source port'],
      ['-m set --match-set both src', packet, false, 'fewer words than dimensions'],
      ['-m set ! --match-set both src', packet, true, 'fewer words than dimensions'],
      ['-m set --match-set nets src', packet, false, 'an exception'],
      ['-m set --match-set nets src --return-nomatch', packet, true, 'an exception, asked for'],
    ],
    services(),
  );

  it('counts the packet, then compares, as recorded', () => {
    const lent = services();
    const rules = [
      '--packets-eq 5 ! --update-counters',
      '--packets-eq 5',
      '--packets-gt 5 ! --update-counters',
      '! --packets-eq 6 ! --update-counters',
      '--packets-lt 6 ! --update-counters',
      '--packets-eq 6 ! --update-counters',
      '--packets-eq 99',
      '--packets-eq 7 ! --update-counters',
    ];
    const round = () =>
      rules.flatMap((rule, i) => (answers(`-m set --match-set foo src ${rule}`, [packet], lent)[0] === true ? [i + 1] : []));
    expect(round()).toEqual([1, 3, 6, 8]);
    expect(round()).toEqual([3, 4]);
  });

  it('refuses a set that is not there, or of the other family, when it is attached', () => {
    expect(() => matchOf('-m set --match-set missing src', services())).toThrow("Set missing doesn't exist");
    expect(() => matchOf('-m set --match-set six src', services())).toThrow('IPv6, which is not applicable');
  });
});

describe('set in doubt', () => {
  const packet = packetOf(ipv4({}, tcp({})));

  it.each([true, false])('takes the supposed answer, and needs no set: %s', (holds) => {
    const lab = new DoubtLab();
    lab.begin(holds);
    // what is supposed is of the match as written: nothing is inverted once more
    const rules = ['-m set --match-set gone src', '-m set ! --match-set gone src'];
    expect(rules.flatMap((rule) => answers(rule, [packet], { sets: new SetStore(), doubt: lab }))).toEqual([holds, holds]);
    expect(lab.asked).toBe(2);
  });

  it('is no excuse for a set that nothing is supposed of', () => {
    const doubt = { about: () => null };
    expect(() => matchOf('-m set --match-set gone src', { host: plainRouter(), sets: new SetStore(), doubt })).toThrow(
      "Set gone doesn't exist.",
    );
  });
});
