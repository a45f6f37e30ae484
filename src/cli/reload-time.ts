/**
 * A moment in a replay on the command line: `120` (before packet 120), `+2.5` (seconds behind the first packet), `@1254722791.5`
 * (seconds since the epoch), `2009-10-05T06:06:31.5Z`.
 * @module
 */
import { InvalidArgumentError } from 'commander';
import type { ReloadTime } from '../replay/reload.ts';

export function reloadTime(text: string): ReloadTime {
  if (/^\d{1,15}$/.test(text)) return { kind: 'packet', number: Number(text) };
  if (/^[+@]\d{1,12}(\.\d+)?$/.test(text)) return { kind: text.startsWith('+') ? 'after' : 'time', us: microseconds(text.slice(1)) };
  const date = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(\.\d{1,9})?Z?$/.exec(text);
  const ms = date === null ? Number.NaN : Date.parse(`${date[1]}T${date[2]}Z`);
  if (Number.isNaN(ms)) {
    throw new InvalidArgumentError('It is a packet number, +SECONDS, @SECONDS since the epoch or a date like 2009-10-05T06:06:31Z.');
  }
  return { kind: 'time', us: ms * 1000 + microseconds(`0${date?.[3] ?? ''}`) };
}

function microseconds(seconds: string): number {
  const [whole = '0', part = ''] = seconds.split('.');
  return Number(whole) * 1e6 + Number(part.padEnd(6, '0').slice(0, 6));
}
