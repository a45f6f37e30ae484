/**
 * Dates, times of day and lists of days as the time match writes them, always in UTC: `2024-02-29T10:11:00`, `22:00:00`, `Mon,Tue`.
 * @module
 */
import type { GivenOption } from '../options.ts';
import { scanDecimal, scanNumber } from './option-value.ts';

export const DAY_SEC = 86400;
const WEEKDAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'] as const;
export const LAST_MONTHDAY = 31;
const FIRST_YEAR = 1970;
const LAST_YEAR = 2038;

/** `YYYY[-MM[-DD[Thh[:mm[:ss]]]]]` in seconds since the epoch; days and months beyond their end run on into the next. */
export function parseDate(option: GivenOption): number {
  const parts = splitDate(option.value);
  if (parts === null) return option.fail(`Invalid date "${option.value}" specified. Should be YYYY[-MM[-DD[Thh[:mm[:ss]]]]]`);
  const [year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0] = parts;
  const seconds = Date.UTC(year, month - 1, day, hour, minute, second) / 1000;
  return seconds >= 0 ? seconds : option.fail('mktime returned an error');
}

/** `hh:mm[:ss]` in seconds. */
export function parseDaytime(option: GivenOption): number {
  const text = option.value;
  const refuse = (at: number): never =>
    option.fail(`invalid time "${text.slice(at)}" specified, should be hh:mm[:ss] format and within the boundaries`);
  const hour = field(text, 0);
  if (hour.value > 23 || text[hour.end] !== ':') return refuse(0);
  const minute = field(text, hour.end + 1);
  if (minute.value > 59 || (text[minute.end] !== ':' && minute.end !== text.length)) return refuse(hour.end + 1);
  if (minute.end === text.length) return hour.value * 3600 + minute.value * 60;
  const second = field(text, minute.end + 1);
  if (second.value > 59 || second.end !== text.length) return refuse(minute.end + 1);
  return hour.value * 3600 + minute.value * 60 + second.value;
}

/** Bits 1 to 31 of a list of days of the month; each is cut to two characters. */
export function parseMonthdays(option: GivenOption): number {
  let days = 0;
  for (const word of listOf(option.value, 2)) {
    const day = scanNumber(word) ?? { value: 0n, end: 0 };
    if (day.end !== word.length || day.value > BigInt(LAST_MONTHDAY)) option.fail(`${word} is not a valid day for --monthdays`);
    days |= 1 << Number(day.value);
  }
  return days;
}

/** Bits 1 (Monday) to 7 of a list of days of the week, by number or by the first two letters of three. */
export function parseWeekdays(option: GivenOption): number {
  let days = 0;
  for (const word of listOf(option.value, 3)) {
    const number = scanNumber(word);
    if (word === '' || (number !== null && number.end === word.length)) {
      if (number === null || number.value === 0n) option.fail('No, the week does NOT begin with Sunday.');
      days |= 1 << Number(BigInt.asUintN(5, number!.value));
      continue;
    }
    const named = WEEKDAYS.findIndex((name) => name.slice(0, 2) === word.slice(0, 2));
    if (named < 0) option.fail(`${word} is not a valid day specifier`);
    days |= 1 << (named + 1);
  }
  return days;
}

/** `2024-02-29T10:11:00` with the separator of choice. */
export function formatDate(seconds: number, separator: 'T' | ' '): string {
  return new Date(seconds * 1000).toISOString().slice(0, 19).replace('T', separator);
}

/** `22:00:00`. */
export function formatDaytime(seconds: number): string {
  const two = (value: number): string => String(Math.floor(value)).padStart(2, '0');
  return `${two(seconds / 3600)}:${two((seconds / 60) % 60)}:${two(seconds % 60)}`;
}

/** `Mon,Tue`. */
export function formatWeekdays(days: number): string {
  return WEEKDAYS.filter((_, i) => (days & (2 << i)) !== 0).join(',');
}

/** `1,22`, or `1st,22nd` for people (and `11st`, as iptables has it). */
export function formatMonthdays(days: number, ordinal: boolean): string {
  const numbers = Array.from({ length: LAST_MONTHDAY }, (_, i) => i + 1).filter((day) => (days & (1 << day)) !== 0);
  return numbers.map((day) => `${day}${ordinal ? (['th', 'st', 'nd', 'rd'][day % 10] ?? 'th') : ''}`).join(',');
}

/** Year, month and so on, as many as there are. */
function splitDate(text: string): readonly number[] | null {
  const most = [LAST_YEAR, 12, 31, 23, 59, 59];
  const behind = ['-', '-', 'T', ':', ':', ''];
  const parts: number[] = [];
  let at = 0;
  for (let i = 0; i < most.length; i++) {
    const part = field(text, at);
    if (part.value > most[i]! || (i === 0 && part.value < FIRST_YEAR)) return null;
    parts.push(part.value);
    if (part.end === text.length) return parts;
    if (text[part.end] !== behind[i]) return null;
    at = part.end + 1;
  }
  return null;
}

/** A number, 0 where there is none. */
function field(text: string, at: number): { readonly value: number; readonly end: number } {
  const scanned = scanDecimal(text, at);
  return scanned === null ? { value: 0, end: at } : { value: Number(scanned.value), end: scanned.end };
}

/** The words between commas, cut to a length; an empty one behind the last comma is none. */
function listOf(text: string, length: number): readonly string[] {
  const words = text.split(',');
  if (words.at(-1) === '') words.pop();
  return words.map((word) => word.slice(0, length));
}
