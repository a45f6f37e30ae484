/**
 * A moment of a replay on the command line: a packet or a time.
 *
 *   12                          when packet 12 had passed
 *   +3.5                        3.5 seconds after the first packet
 *   @1254722767.25              seconds since the epoch
 *   2009-10-05T06:06:31.46Z     without a zone: UTC
 *
 * @module
 */
import { InvalidArgumentError } from 'commander';

export type Moment =
  | { readonly kind: 'packet'; readonly number: number }
  | { readonly kind: 'after'; readonly us: number }
  | { readonly kind: 'time'; readonly us: number };

const WHOLE = /^\d{1,15}$/;
const AFTER = /^\+(\d+(?:\.\d+)?)$/;
const EPOCH = /^@(\d+(?:\.\d+)?)$/;
const ISO = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(\.\d{1,9})?Z?$/;

export function moment(text: string): Moment {
  if (WHOLE.test(text)) return { kind: 'packet', number: Number(text) };
  const after = AFTER.exec(text);
  if (after !== null) return { kind: 'after', us: micros(after[1]!) };
  const epoch = EPOCH.exec(text);
  if (epoch !== null) return { kind: 'time', us: micros(epoch[1]!) };
  const iso = ISO.exec(text);
  const ms = iso === null ? Number.NaN : Date.parse(`${iso[1]}T${iso[2]}Z`);
  if (Number.isNaN(ms)) throw new InvalidArgumentError('It must be a packet number, +SECONDS, @SECONDS or a time (2009-10-05T06:06:31Z).');
  return { kind: 'time', us: ms * 1000 + micros(`0${iso?.[3] ?? ''}`) };
}

/** Microseconds of a decimal number of seconds, exactly. */
function micros(seconds: string): number {
  const [whole = '0', fraction = ''] = seconds.split('.');
  return Number(whole) * 1e6 + Number(fraction.padEnd(6, '0').slice(0, 6));
}
