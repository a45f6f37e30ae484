/**
 * time: texts as iptables-legacy 1.8.9 answered them, answers by hand-made packets.
 */
import { describe } from 'vitest';
import type { Packet } from '../../../../src/packet/packet.ts';
import { ipv4, packetOf } from '../../../support/frames.ts';
import { checkAnswers, checkTexts } from '../../../support/match-lab.ts';

describe('text of time', () => {
  // biome-ignore format: a table
  checkTexts([
    ['-m time --timestart 10:00 --timestop 08:30:15', '-m time --timestart 10:00:00 --timestop 08:30:15 --datestop 2038-01-19T03:14:07', 'TIME from 10:00:00 to 08:30:15 UTC'],
    ['-m time --timestop 08:30:15', '-m time --timestart 00:00:00 --timestop 08:30:15 --datestop 2038-01-19T03:14:07', 'TIME from 00:00:00 to 08:30:15 UTC'],
    ['-m time --timestart 00:00 --timestop 23:59:59', '-m time --datestop 2038-01-19T03:14:07', 'TIME UTC'],
    ['-m time --weekdays Mon,Tue', '-m time --weekdays Mon,Tue --datestop 2038-01-19T03:14:07', 'TIME on Mon,Tue UTC'],
    ['-m time ! --weekdays Mon,Tue', '-m time --weekdays Wed,Thu,Fri,Sat,Sun --datestop 2038-01-19T03:14:07', 'TIME on Wed,Thu,Fri,Sat,Sun UTC'],
    ['-m time --weekdays 1,2,Sunday', '-m time --weekdays Mon,Tue,Sun --datestop 2038-01-19T03:14:07', 'TIME on Mon,Tue,Sun UTC'],
    ['-m time --weekdays 0', 'FAIL', 'No, the week does NOT begin with Sunday.'],
    ['-m time --weekdays 8', '-m time --weekdays  --datestop 2038-01-19T03:14:07', 'TIME on  UTC'],
    ['-m time --weekdays Foo', 'FAIL', 'Foo is not a valid day specifier'],
    ['-m time --weekdays mon', 'FAIL', 'mon is not a valid day specifier'],
    ['-m time --monthdays 1,2,3,31,22', '-m time --monthdays 1,2,3,22,31 --datestop 2038-01-19T03:14:07', 'TIME on 1st,2nd,3rd,22nd,31st UTC'],
    ['-m time ! --monthdays 1', '-m time --monthdays 2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31 --datestop 2038-01-19T03:14:07', 'TIME on 2nd,3rd,4th,5th,6th,7th,8th,9th,10th,11st,12nd,13rd,14th,15th,16th,17th,18th,19th,20th,21st,22nd,23rd,24th,25th,26th,27th,28th,29th,30th,31st UTC'],
    ['-m time --monthdays 0', '-m time --monthdays  --datestop 2038-01-19T03:14:07', 'TIME on  UTC'],
    ['-m time --monthdays 32', 'FAIL', '32 is not a valid day for --monthdays'],
    ['-m time --datestart 2020', '-m time --datestart 2020-01-01T00:00:00 --datestop 2038-01-19T03:14:07', 'TIME starting from 2020-01-01 00:00:00 UTC'],
    ['-m time --datestart 2020-02', '-m time --datestart 2020-02-01T00:00:00 --datestop 2038-01-19T03:14:07', 'TIME starting from 2020-02-01 00:00:00 UTC'],
    ['-m time --datestart 2020-02-30', '-m time --datestart 2020-03-01T00:00:00 --datestop 2038-01-19T03:14:07', 'TIME starting from 2020-03-01 00:00:00 UTC'],
    ['-m time --datestart 2020-02-29T10:11', '-m time --datestart 2020-02-29T10:11:00 --datestop 2038-01-19T03:14:07', 'TIME starting from 2020-02-29 10:11:00 UTC'],
    ['-m time --datestart 2020-02-29T24', 'FAIL', 'Invalid date "2020-02-29T24" specified. Should be YYYY[-MM[-DD[Thh[:mm[:ss]]]]]'],
    ['-m time --datestart 1969', 'FAIL', 'Invalid date "1969" specified. Should be YYYY[-MM[-DD[Thh[:mm[:ss]]]]]'],
    ['-m time --datestart 1970', '-m time --datestop 2038-01-19T03:14:07', 'TIME UTC'],
    ['-m time --datestart 2039', 'FAIL', 'Invalid date "2039" specified. Should be YYYY[-MM[-DD[Thh[:mm[:ss]]]]]'],
    ['-m time --datestop 2038-01-19T03:14:07', '=', 'TIME UTC'],
    ['-m time --datestop 2038-12-31', '-m time --datestop 2038-12-31T00:00:00', 'TIME until date 2038-12-31 00:00:00 UTC'],
    ['-m time --datestop 2030-01-01T00:00:00 --kerneltz', '=', 'TIME until date 2030-01-01 00:00:00'],
    ['-m time --localtz', '-m time --datestop 2038-01-19T03:14:07 --kerneltz', 'TIME'],
    ['-m time --utc', '-m time --datestop 2038-01-19T03:14:07', 'TIME UTC'],
    ['-m time --utc --kerneltz', 'FAIL', 'time: option "--utc" cannot be used together with "--kerneltz"'],
    ['-m time --contiguous', 'FAIL', 'time: --contiguous only makes sense when stoptime is smaller than starttime'],
    ['-m time --timestart 22:00 --timestop 02:00 --contiguous --weekdays Mon', '-m time --timestart 22:00:00 --timestop 02:00:00 --weekdays Mon --datestop 2038-01-19T03:14:07 --contiguous', 'TIME from 22:00:00 to 02:00:00 on Mon UTC contiguous'],
    ['-m time --timestart 02:00 --timestop 22:00 --contiguous', 'FAIL', 'time: --contiguous only makes sense when stoptime is smaller than starttime'],
    ['-m time --timestart 02:00 --timestop 02:00 --contiguous', '-m time --timestart 02:00:00 --timestop 02:00:00 --datestop 2038-01-19T03:14:07 --contiguous', 'TIME from 02:00:00 to 02:00:00 UTC contiguous'],
    ['-m time --timestart 24:00', 'FAIL', 'invalid time "24:00" specified, should be hh:mm[:ss] format and within the boundaries'],
    ['-m time --timestart 2', 'FAIL', 'invalid time "2" specified, should be hh:mm[:ss] format and within the boundaries'],
    ['-m time --timestart 2:3:4', '-m time --timestart 02:03:04 --timestop 23:59:59 --datestop 2038-01-19T03:14:07', 'TIME from 02:03:04 to 23:59:59 UTC'],
    ['-m time --timestart 2:60', 'FAIL', 'invalid time "60" specified, should be hh:mm[:ss] format and within the boundaries'],
    ['-m time', '-m time --datestop 2038-01-19T03:14:07', 'TIME UTC'],
    ['-m time --weekdays Mon --monthdays 5 --datestart 2020 --datestop 2021 --timestart 1:00 --timestop 2:00 --kerneltz', '-m time --timestart 01:00:00 --timestop 02:00:00 --monthdays 5 --weekdays Mon --datestart 2020-01-01T00:00:00 --datestop 2021-01-01T00:00:00 --kerneltz', 'TIME from 01:00:00 to 02:00:00 on Mon on 5th starting from 2020-01-01 00:00:00 until date 2021-01-01 00:00:00'],
    ['-m time --datestart 2020-13', 'FAIL', 'Invalid date "2020-13" specified. Should be YYYY[-MM[-DD[Thh[:mm[:ss]]]]]'],
    ['-m time --datestart 2020-0', '-m time --datestart 2019-12-01T00:00:00 --datestop 2038-01-19T03:14:07', 'TIME starting from 2019-12-01 00:00:00 UTC'],
    ['-m time --datestart abc', 'FAIL', 'Invalid date "abc" specified. Should be YYYY[-MM[-DD[Thh[:mm[:ss]]]]]'],
    ['-m time ! --weekdays Mon,Tue,Wed,Thu,Fri,Sat,Sun', '-m time --weekdays  --datestop 2038-01-19T03:14:07', 'TIME on  UTC'],
    ['-m time --monthdays 5,', '-m time --monthdays 5 --datestop 2038-01-19T03:14:07', 'TIME on 5th UTC'],
    ['-m time --weekdays Mo', '-m time --weekdays Mon --datestop 2038-01-19T03:14:07', 'TIME on Mon UTC'],
    ['-m time --weekdays M', 'FAIL', 'M is not a valid day specifier'],
  ]);
});

const at = (date: string): Packet => packetOf(ipv4({}), { nowUs: Date.parse(`${date}Z`) * 1000 });

describe('answers of time', () => {
  checkAnswers([
    ['-m time --timestart 10:00 --timestop 11:00', at('2024-05-06T10:00:00'), true, 'the first second'],
    ['-m time --timestart 10:00 --timestop 11:00', at('2024-05-06T11:00:00'), true, 'the last second'],
    ['-m time --timestart 10:00 --timestop 11:00', at('2024-05-06T11:00:01'), false, 'the second behind'],
    ['-m time --timestart 10:00 --timestop 11:00', at('2024-05-06T09:59:59.999'), false, 'a millisecond before'],
    ['-m time --timestart 22:00 --timestop 06:00', at('2024-05-06T23:00:00'), true, 'before midnight'],
    ['-m time --timestart 22:00 --timestop 06:00', at('2024-05-06T06:00:00'), true, 'after midnight'],
    ['-m time --timestart 22:00 --timestop 06:00', at('2024-05-06T12:00:00'), false, 'noon'],
    ['-m time --timestart 08:00 --timestop 08:00', at('2024-05-06T12:00:00'), true, 'start and stop alike: all day'],
    ['-m time --weekdays Mon', at('2024-05-06T12:00:00'), true, 'a Monday'],
    ['-m time --weekdays Mon', at('2024-05-05T12:00:00'), false, 'a Sunday'],
    ['-m time ! --weekdays Mon', at('2024-05-05T12:00:00'), true, 'a Sunday'],
    ['-m time --weekdays 7', at('2024-05-05T12:00:00'), true, 'a Sunday is day 7'],
    ['-m time --weekdays Thu', at('1970-01-01T00:00:00'), true, 'the first day of all'],
    ['-m time --weekdays Tue --timestart 22:00 --timestop 02:00', at('2024-05-07T01:00:00'), true, 'Tuesday 1:00 without --contiguous'],
    [
      '-m time --weekdays Tue --timestart 22:00 --timestop 02:00 --contiguous',
      at('2024-05-07T01:00:00'),
      false,
      'Tuesday 1:00 belongs to Monday',
    ],
    [
      '-m time --weekdays Mon --timestart 22:00 --timestop 02:00 --contiguous',
      at('2024-05-07T01:00:00'),
      true,
      'Tuesday 1:00 belongs to Monday',
    ],
    ['-m time --weekdays Tue --timestart 22:00 --timestop 02:00 --contiguous', at('2024-05-07T22:00:00'), true, 'Tuesday 22:00'],
    ['-m time --monthdays 29', at('2024-02-29T00:00:00'), true, 'a leap day'],
    ['-m time --monthdays 1', at('2023-03-01T00:00:00'), true, 'the day behind February'],
    ['-m time ! --monthdays 31', at('2024-12-31T23:59:59'), false, 'the last of December'],
    [
      '-m time --monthdays 30 --timestart 23:00 --timestop 01:00 --contiguous',
      at('2024-05-01T00:30:00'),
      true,
      'after midnight counts to April 30',
    ],
    ['-m time --datestart 2024-05-06T12:00:00', at('2024-05-06T12:00:00'), true, 'the first second'],
    ['-m time --datestart 2024-05-06T12:00:00', at('2024-05-06T11:59:59'), false, 'a second before'],
    ['-m time --datestop 2024-05-06T12:00:00', at('2024-05-06T12:00:00.9'), true, 'within the last second'],
    ['-m time --datestop 2024-05-06T12:00:00', at('2024-05-06T12:00:01'), false, 'a second behind'],
    ['-m time', at('2038-01-19T03:14:08'), false, 'no end means 2038-01-19T03:14:07'],
    ['-m time --timestart 10:00 --timestop 11:00 --kerneltz', at('2024-05-06T10:30:00'), true, 'the zone of the kernel is UTC'],
  ]);
});
