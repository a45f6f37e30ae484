/**
 * time: when the packet arrived.
 *
 *   -m time [--timestart 22:00 --timestop 06:00 [--contiguous]] [[!] --weekdays Mon,Tue] [[!] --monthdays 1,15]
 *           [--datestart 2024-01-01T00:00:00] [--datestop ...] [--kerneltz]
 *
 * All ends are included, to the second, and all times are UTC. --kerneltz means the zone of the kernel, which is UTC unless
 * somebody told it otherwise (hwclock -s -t), and UTC here. A time of day that ends before it begins goes over midnight; with
 * --contiguous the part after midnight counts to the day before, weekday and day of the month alike.
 * Reference: iptables-extensions(8), "time". Kernel counterpart: net/netfilter/xt_time.c (behaviour only).
 * @module
 */
import type { MatchModule } from '../match.ts';
import type { GivenOption, Options } from '../options.ts';
import { forbidTogether } from './option-value.ts';
import {
  DAY_SEC,
  formatDate,
  formatDaytime,
  formatMonthdays,
  formatWeekdays,
  parseDate,
  parseDaytime,
  parseMonthdays,
  parseWeekdays,
} from './time-text.ts';

const NAME = 'time';
const LAST_SECOND = DAY_SEC - 1;
/** What iptables takes for no end: it prints it, though. */
const NO_STOP = 0x7fffffff;
const ALL_WEEKDAYS = 0xfe;
const ALL_MONTHDAYS = 0xfffffffe | 0;
/** 1970-01-01 was a Thursday. */
const FIRST_WEEKDAY = 4;

export interface TimeInfo {
  /** Seconds since the epoch. */
  readonly dateStart: number;
  readonly dateStop: number;
  /** Seconds of the day. */
  readonly dayStart: number;
  readonly dayStop: number;
  /** Bits 1 (Monday) to 7. */
  readonly weekdays: number;
  /** Bits 1 to 31, int32. */
  readonly monthdays: number;
  readonly kerneltz: boolean;
  readonly contiguous: boolean;
}

export const time: MatchModule<TimeInfo> = {
  name: NAME,
  scope: 'stateless',
  options: [
    { name: 'datestart' },
    { name: 'datestop' },
    { name: 'timestart' },
    { name: 'timestop' },
    { name: 'contiguous', args: 0 },
    { name: 'weekdays', invert: true },
    { name: 'monthdays', invert: true },
    { name: 'localtz', args: 0 },
    { name: 'utc', args: 0 },
    { name: 'kerneltz', args: 0 },
  ],

  parse(options) {
    forbidTogether(options, NAME, 'utc', 'kerneltz');
    forbidTogether(options, NAME, 'utc', 'localtz');
    const dayStart = readOr(options, 'timestart', parseDaytime, 0);
    const dayStop = readOr(options, 'timestop', parseDaytime, LAST_SECOND);
    const contiguous = options.get('contiguous');
    if (dayStart < dayStop) contiguous?.fail('time: --contiguous only makes sense when stoptime is smaller than starttime');
    return {
      dateStart: readOr(options, 'datestart', parseDate, 0),
      dateStop: readOr(options, 'datestop', parseDate, NO_STOP),
      dayStart,
      dayStop,
      // The kernel's set has 8 bits: a day 8 is none.
      weekdays: readDays(options, 'weekdays', parseWeekdays, ALL_WEEKDAYS) & 0xff,
      monthdays: readDays(options, 'monthdays', parseMonthdays, ALL_MONTHDAYS),
      kerneltz: options.has('kerneltz') || options.has('localtz'),
      contiguous: contiguous !== undefined,
    };
  },

  print(info) {
    const words: string[] = [];
    if (info.dayStart !== 0 || info.dayStop !== LAST_SECOND) {
      words.push(`--timestart ${formatDaytime(info.dayStart)} --timestop ${formatDaytime(info.dayStop)}`);
    }
    if (info.monthdays !== ALL_MONTHDAYS) words.push(`--monthdays ${formatMonthdays(info.monthdays, false)}`);
    if (info.weekdays !== ALL_WEEKDAYS) words.push(`--weekdays ${formatWeekdays(info.weekdays)}`);
    if (info.dateStart !== 0) words.push(`--datestart ${formatDate(info.dateStart, 'T')}`);
    if (info.dateStop !== 0) words.push(`--datestop ${formatDate(info.dateStop, 'T')}`);
    if (info.kerneltz) words.push('--kerneltz');
    if (info.contiguous) words.push('--contiguous');
    return words.join(' ');
  },

  list(info) {
    const words = ['TIME'];
    if (info.dayStart !== 0 || info.dayStop !== LAST_SECOND) {
      words.push(`from ${formatDaytime(info.dayStart)} to ${formatDaytime(info.dayStop)}`);
    }
    if (info.weekdays !== ALL_WEEKDAYS) words.push(`on ${formatWeekdays(info.weekdays)}`);
    if (info.monthdays !== ALL_MONTHDAYS) words.push(`on ${formatMonthdays(info.monthdays, true)}`);
    if (info.dateStart !== 0) words.push(`starting from ${formatDate(info.dateStart, ' ')}`);
    if (info.dateStop !== NO_STOP) words.push(`until date${info.dateStop === 0 ? '' : ` ${formatDate(info.dateStop, ' ')}`}`);
    if (!info.kerneltz) words.push('UTC');
    if (info.contiguous) words.push('contiguous');
    return words.join(' ');
  },

  compile({ dateStart, dateStop, dayStart, dayStop, weekdays, monthdays, contiguous }) {
    const overMidnight = dayStart >= dayStop;
    return ({ nowUs }) => {
      const stamp = Math.floor(nowUs / 1e6);
      if (stamp < dateStart || stamp > dateStop) return false;
      const second = stamp % DAY_SEC;
      const early = second < dayStart;
      const late = second > dayStop;
      if (overMidnight ? early && late : early || late) return false;
      const day = Math.floor(stamp / DAY_SEC) - (overMidnight && contiguous && !late ? 1 : 0);
      if ((weekdays & (1 << (((FIRST_WEEKDAY - 1 + day + 7) % 7) + 1))) === 0) return false;
      return monthdays === ALL_MONTHDAYS || (monthdays & (1 << monthdayOf(day))) !== 0;
    };
  },
};

function readOr(options: Options, name: string, read: (given: GivenOption) => number, absent: number): number {
  const given = options.get(name);
  return given === undefined ? absent : read(given);
}

/** Bits of days; inverted, all others. */
function readDays(options: Options, name: string, read: (given: GivenOption) => number, all: number): number {
  const given = options.get(name);
  if (given === undefined) return all;
  return given.invert ? read(given) ^ all : read(given);
}

/** Day of the month of a day since the epoch: Howard Hinnant's "civil from days", which counts years from the first of March. */
function monthdayOf(day: number): number {
  const shifted = day + 719468;
  const era = Math.floor(shifted / 146097);
  const dayOfEra = shifted - era * 146097;
  const year = Math.floor((dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36524) - Math.floor(dayOfEra / 146096)) / 365);
  const dayOfYear = dayOfEra - (365 * year + Math.floor(year / 4) - Math.floor(year / 100));
  const month = Math.floor((5 * dayOfYear + 2) / 153);
  return dayOfYear - Math.floor((153 * month + 2) / 5) + 1;
}
